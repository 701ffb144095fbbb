from odoo import fields, models


class O2oSourcingRehearsalOrder(models.Model):
    """One past order: who served it, and who would by the draft."""

    _name = "o2o.sourcing.rehearsal.order"
    _description = "Order of a rehearsal"
    _order = "rehearsal_id, decision_id"
    _rec_name = "order_id"

    rehearsal_id = fields.Many2one(
        "o2o.sourcing.rehearsal", required=True, index=True, ondelete="cascade"
    )
    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="cascade"
    )
    decision_id = fields.Many2one(
        "o2o.routing.decision", required=True, index=True, ondelete="cascade"
    )
    ordered_at = fields.Datetime(required=True)
    rule_before = fields.Selection(
        selection=lambda self: self._get_rule_selection(), string="Before"
    )
    rule_after = fields.Selection(
        selection=lambda self: self._get_rule_selection(), string="After"
    )
    store_before_ids = fields.Many2many(
        "o2o.store",
        "o2o_rehearsal_order_before_rel",
        "line_id",
        "store_id",
        string="Stores before",
    )
    store_after_ids = fields.Many2many(
        "o2o.store",
        "o2o_rehearsal_order_after_rel",
        "line_id",
        "store_id",
        string="Stores after",
    )
    parcels_before = fields.Integer()
    parcels_after = fields.Integer()
    distance_before = fields.Float(string="km before")
    distance_after = fields.Float(string="km after")
    has_distance = fields.Boolean()
    parts_after = fields.Json()
    is_changed = fields.Boolean(string="Goes elsewhere", index=True)

    def _get_rule_selection(self):
        field = self.env["o2o.routing.decision"]._fields["rule"]
        return field._description_selection(self.env)

    def _get_kind(self, when):
        """one_parcel, split, head_office or nobody, before or after."""
        self.ensure_one()
        stores = self[f"store_{when}_ids"]
        if not stores:
            return "nobody" if self[f"rule_{when}"] != "pool" else "one_parcel"
        if self[f"rule_{when}"] == "head_office":
            return "head_office"
        return "split" if self[f"parcels_{when}"] > 1 else "one_parcel"
