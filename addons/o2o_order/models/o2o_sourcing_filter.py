from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oSourcingFilter(models.Model):
    """What leaves a store out; the order is the one in which it is explained."""

    _name = "o2o.sourcing.filter"
    _description = "Sourcing filter"
    _order = "rule_set_id, sequence, id"
    _rec_name = "kind"

    rule_set_id = fields.Many2one(
        "o2o.sourcing.rule.set", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
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
    is_on = fields.Boolean(string="On", default=True)
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

    # what was published does not change, line by line neither

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
        self.rule_set_id._check_lines()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._ensure_draft()
