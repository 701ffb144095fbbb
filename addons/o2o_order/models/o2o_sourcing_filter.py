from odoo import api, fields, models


class O2oSourcingFilter(models.Model):
    """What leaves a store out; the order is the one in which it is explained."""

    _name = "o2o.sourcing.filter"
    _description = "Sourcing filter"
    _inherit = ["o2o.sourcing.rule.line"]
    _order = "rule_set_id, sequence, id"
    _rec_name = "kind"

    kind = fields.Selection(
        [
            ("region", "In the member's city"),
            ("distance", "Within a distance"),
            ("area", "In the store's service area"),
            ("channel", "Serves the channel of the order"),
            ("paused", "Not paused"),
            ("open", "Open"),
            ("capacity", "Has capacity left"),
            ("goods", "May sell all goods"),
            ("refused", "Has not refused this order"),
            ("stock", "Has all goods"),
        ],
        required=True,
    )
    value = fields.Float(
        string="Limit",
        help="Within a distance: kilometres. Open: minutes one may wait for it to open",
    )
    by_promise = fields.Boolean(
        string="Or by the promised time",
        help="Open: also a store that opens before the time promised to the member",
    )
    unit = fields.Char(compute="_compute_unit")

    @api.depends("kind")
    def _compute_unit(self):
        units = {"distance": self.env._("km"), "open": self.env._("min")}
        for it in self:
            it.unit = units.get(it.kind, "")

    def _get_summary(self):
        self.ensure_one()
        match self.kind:
            case "region":
                return self.env._("it is in the member's city")
            case "distance":
                return self.env._("it is within %g km", self.value)
            case "area":
                return self.env._("the address is in its service area")
            case "channel":
                return self.env._("it serves such orders")
            case "paused":
                return self.env._("it is not paused")
            case "open":
                text = (
                    self.env._("it opens within %g minutes", self.value)
                    if self.value
                    else self.env._("it is open")
                )
                return (
                    text + self.env._(" or opens by the promised time")
                    if self.by_promise
                    else text
                )
            case "capacity":
                return self.env._("it has capacity left")
            case "goods":
                return self.env._("it may sell all goods")
            case "refused":
                return self.env._("it has not refused the order")
        return self.env._("it has all goods")

    def write(self, vals):
        result = super().write(vals)
        self.rule_set_id._check_lines()
        return result
