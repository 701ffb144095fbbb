from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oLevelGateAccess(models.Model):
    """Who asked for data that only a level may see, and the answer (MEM-09)."""

    _name = "o2o.level.gate.access"
    _description = "Access to Gated Data"
    _order = "id desc"
    _rec_name = "field_name"

    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="What", readonly=True)
    field_name = fields.Char(string="Field", required=True, readonly=True)
    level_id = fields.Many2one(
        "o2o.level", string="Level of the Member", readonly=True, ondelete="restrict"
    )
    needed_level_id = fields.Many2one(
        "o2o.level", string="Level Needed", readonly=True, ondelete="restrict"
    )
    is_granted = fields.Boolean(string="Shown", readonly=True)

    _record_idx = models.Index("(res_model, res_id)")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("This log is written by the system only."))
        return super().create(vals_list)

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of accesses cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("The log of accesses cannot be deleted."))
