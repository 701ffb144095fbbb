from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oSourcingRuleLine(models.AbstractModel):
    """A line of a rule set: what was published does not change, its lines neither."""

    _name = "o2o.sourcing.rule.line"
    _description = "Line of sourcing rules"

    rule_set_id = fields.Many2one(
        "o2o.sourcing.rule.set", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    is_on = fields.Boolean(string="On", default=True)

    def _ensure_draft(self):
        if any(rules.state != "draft" for rules in self.rule_set_id):
            raise UserError(
                self.env._("These rules have been in use: make a new version.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._ensure_draft()
        return lines

    def write(self, vals):
        self._ensure_draft()
        result = super().write(vals)
        self._ensure_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._ensure_draft()
