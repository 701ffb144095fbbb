from odoo import api, fields, models


class O2oSourcingRehearsalStore(models.Model):
    """How many orders a store got, and would get by the draft."""

    _name = "o2o.sourcing.rehearsal.store"
    _description = "Store of a rehearsal"
    _order = "rehearsal_id, difference desc, id"
    _rec_name = "store_id"

    rehearsal_id = fields.Many2one(
        "o2o.sourcing.rehearsal", required=True, index=True, ondelete="cascade"
    )
    store_id = fields.Many2one("o2o.store", required=True, ondelete="cascade")
    orders_before = fields.Integer(string="Parcels before")
    orders_after = fields.Integer(string="Parcels after")
    difference = fields.Integer(compute="_compute_difference", store=True)

    @api.depends("orders_before", "orders_after")
    def _compute_difference(self):
        for line in self:
            line.difference = line.orders_after - line.orders_before
