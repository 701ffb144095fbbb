from odoo import fields, models


class O2oSourcingStep(models.Model):
    """What is tried, in order, when no store can be offered the order."""

    _name = "o2o.sourcing.step"
    _description = "Sourcing fallback step"
    _inherit = ["o2o.sourcing.rule.line"]
    _order = "rule_set_id, sequence, id"
    _rec_name = "kind"

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
