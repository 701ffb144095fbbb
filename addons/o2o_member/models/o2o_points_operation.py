from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.mask import mask_phone


class O2oPointsOperation(models.Model):
    """Points added or taken by hand at a till: by whom, approved by whom, why.

    One row per posting, made by ``o2o.member.till`` only, never changed.
    """

    _name = "o2o.points.operation"
    _description = "Till Points Operation"
    _order = "id desc"
    _rec_name = "key"
    _check_company_auto = True

    key = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    points = fields.Integer(required=True, readonly=True)
    balance = fields.Integer(
        string="Points Afterwards", required=True, readonly=True, aggregator=None
    )
    reason_id = fields.Many2one(
        "o2o.points.reason", required=True, readonly=True, ondelete="restrict"
    )
    note = fields.Char(readonly=True)
    config_id = fields.Many2one(
        "pos.config", string="Till", required=True, readonly=True, ondelete="restrict"
    )
    session_id = fields.Many2one(
        "pos.session",
        string="Till Session",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users", string="Cashier", required=True, readonly=True, ondelete="restrict"
    )
    supervisor_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, ondelete="restrict"
    )
    entry_id = fields.Many2one(
        "o2o.points.entry", required=True, readonly=True, ondelete="restrict"
    )

    _key_uniq = models.UniqueIndex("(key)", "These points were already posted.")
    _user_idx = models.Index("(user_id, create_date)")
    _points_not_zero = models.Constraint(
        "CHECK (points <> 0)", "An operation moves at least one point."
    )
    _four_eyes = models.Constraint(
        "CHECK (supervisor_id IS NULL OR supervisor_id <> user_id)",
        "Nobody approves their own operation.",
    )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("Points operations cannot be changed. Post the opposite.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(
            self.env._("Points operations cannot be deleted. Post the opposite.")
        )

    def _prepare_till_dict(self):
        """What the slip says."""
        self.ensure_one()
        partner = self.partner_id.with_company(self.company_id)
        return {
            "number": f"P{self.id:06}",
            "partner_name": partner.name or "",
            # on paper always masked, whoever prints it
            "phone": mask_phone(partner.phone),
            "card_number": partner._o2o_till_card().number or "",
            "points": self.points,
            "balance": self.balance,
            "reason": self.reason_id.name,
            "note": self.note or "",
            "till": self.config_id.name,
            "cashier": self.user_id.name,
            "supervisor": self.supervisor_id.name or "",
            "date": fields.Datetime.to_string(self.create_date),
        }
