from odoo import fields, models


class O2oPaymentIntent(models.Model):
    """A code that a courier shows at a door."""

    _inherit = "o2o.payment.intent"

    collection_id = fields.Many2one(
        "o2o.collection",
        string="Collection at the door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _one_undecided_per_collection = models.UniqueIndex(
        "(collection_id) WHERE collection_id IS NOT NULL"
        " AND state IN ('new', 'waiting', 'unknown')",
        "Another code of this collection is not decided yet.",
    )

    def _choose_way(self, on_phone):
        """The courier's phone shows a code, whatever it would do for its owner."""
        return "qr" if self.collection_id else super()._choose_way(on_phone)

    def _enter(self, state, **vals):
        has_moved = super()._enter(state, **vals)
        if has_moved and state == "paid" and self.collection_id:
            # sudo: a job, a notification or a person confirms it
            self.collection_id.sudo()._note_paid_code(self)
        return has_moved
