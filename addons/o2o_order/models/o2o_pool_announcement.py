from odoo import fields, models


class O2oPoolAnnouncement(models.Model):
    """An order of the grab pool that a store may see, and what became of it there.

    The rows are also the memory of fairness: who won, who lost, who handed back, when.
    """

    _name = "o2o.pool.announcement"
    _description = "Order to grab, announced to a store"
    _order = "id desc"
    _check_company_auto = True

    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_id = fields.Many2one(related="fulfillment_id.order_id")
    store_id = fields.Many2one(
        "o2o.store", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    announced_at = fields.Datetime(required=True, readonly=True)
    distance_km = fields.Float(readonly=True, digits=(10, 3))
    state = fields.Selection(
        [
            ("open", "To grab"),
            ("won", "Grabbed"),
            ("lost", "Another store was faster"),
            ("dropped", "Handed back"),
            ("ended", "Ended"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    ended_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Grabbed by", readonly=True, ondelete="restrict"
    )
    note = fields.Char(readonly=True)

    _one_open = models.UniqueIndex(
        "(fulfillment_id, store_id) WHERE state = 'open'",
        "The order is announced to this store already.",
    )
    _store_open_idx = models.Index("(store_id) WHERE state = 'open'")
    _store_ended_idx = models.Index("(store_id, state, ended_at)")

    def _end(self, state, **vals):
        """Close announcements that are open; others stay as they are."""
        closing = self.filtered(lambda row: row.state == "open")
        closing.write({"state": state, "ended_at": fields.Datetime.now(), **vals})
        # the next announcement is inserted at once and must not meet an open one
        closing.flush_recordset(["state"])
        return closing
