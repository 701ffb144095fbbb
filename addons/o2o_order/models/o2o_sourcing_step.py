from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oSourcingStep(models.Model):
    """What is tried, in order, when no store can be offered the order."""

    _name = "o2o.sourcing.step"
    _description = "Sourcing fallback step"
    _order = "rule_set_id, sequence, id"
    _rec_name = "kind"

    rule_set_id = fields.Many2one(
        "o2o.sourcing.rule.set", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("pool", "Stores grab it"),
            ("neighbours", "Stores of neighbouring regions"),
            ("transit", "Goods come to a transit store first"),
            ("head_office", "Head office"),
            ("choice", "The member chooses another region"),
        ],
        required=True,
    )
    is_on = fields.Boolean(string="On", default=True)

    def _get_summary(self):
        self.ensure_one()
        return {
            "pool": self.env._("stores near enough may grab it"),
            "neighbours": self.env._("stores of neighbouring regions are asked"),
            "transit": self.env._("goods are brought to a transit store"),
            "head_office": self.env._("head office takes it with the goods")
            if self.rule_set_id.head_office_needs_goods
            else self.env._("head office takes it"),
            "choice": self.env._("the member chooses another region"),
        }[self.kind]

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
