from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oSourcingPublication(models.Model):
    """Which rules were in use from when, and who decided it: append only."""

    _name = "o2o.sourcing.publication"
    _description = "Publication of sourcing rules"
    _order = "id desc"
    _rec_name = "kind"

    kind = fields.Selection(
        [("publish", "Published"), ("rollback", "Rolled back")], required=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    rule_set_id = fields.Many2one(
        "o2o.sourcing.rule.set",
        string="In use from now on",
        index=True,
        ondelete="restrict",
        help="Empty: the built-in rules",
    )
    previous_id = fields.Many2one(
        "o2o.sourcing.rule.set", string="In use before", ondelete="restrict"
    )
    user_id = fields.Many2one("res.users", required=True, ondelete="restrict")

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of the rules cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("The log of the rules cannot be deleted."))
