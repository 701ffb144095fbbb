from odoo import api, models

from odoo.addons.o2o_member.lib.share import share_out
from odoo.addons.o2o_order.const import DEAD_STATES
from odoo.addons.o2o_payment.money import to_fen


class SaleOrder(models.Model):
    """An order is paid at the door when its last parcel is."""

    _inherit = "sale.order"

    def _o2o_has_promise(self):
        """Whether some of it is still to be taken at a door."""
        self.ensure_one()
        collections = self.sudo().o2o_fulfillment_ids.collection_ids
        return "to_collect" in collections.mapped("state") or any(
            tx.state == "pending" and tx._o2o_is_on_receipt()
            for tx in self._o2o_get_payments()
        )

    def _o2o_is_to_collect(self):
        """The first parcel may be paid, and the second on its way."""
        return super()._o2o_is_to_collect() or self._o2o_has_promise()

    def _o2o_get_transaction(self):
        """A code that is shown at a door does not change how the order is paid."""
        transaction = super()._o2o_get_transaction()
        if not transaction._o2o_is_shown_at_door():
            return transaction
        return self.sudo().transaction_ids.filtered(
            lambda tx: (
                tx.state not in ("cancel", "error") and not tx._o2o_is_shown_at_door()
            )
        )[-1:]

    @api.depends(
        "transaction_ids.o2o_collection_id",
        "o2o_fulfillment_ids.collection_ids.state",
    )
    def _compute_o2o_payment_state(self):
        return super()._compute_o2o_payment_state()

    def _o2o_get_payment_state(self):
        """Paid when the last parcel is; nothing to pay when all were refused."""
        state = super()._o2o_get_payment_state()
        if self._o2o_has_promise() and state in ("paid", "unpaid"):
            waiting = self._o2o_get_payments().filtered(
                lambda tx: tx.state in ("draft", "pending")
            )
            at_door = waiting.filtered(
                lambda tx: tx.o2o_collection_id or tx._o2o_is_on_receipt()
            )
            return "to_collect" if at_door == waiting else state
        is_over = self.sudo().o2o_fulfillment_ids.collection_ids and not (
            self._o2o_has_promise()
        )
        return False if state == "to_collect" and is_over else state

    def _o2o_get_door_fen(self):
        """What is left for doors: the price without what was paid online or at a till.

        What the office gave back of it on purpose is not asked for at the door.

        :return: fen, not negative
        """
        self.ensure_one()
        paid = self._o2o_get_paid_at_till() + sum(
            tx._o2o_get_price_part()
            for tx in self._o2o_get_payments()
            if tx.state in ("authorized", "done") and not tx.o2o_collection_id
        )
        left = max(0.0, self.currency_id.round(self.amount_total - paid))
        return to_fen(left, self.currency_id)

    def _o2o_get_due_fen(self, part):
        """What one part has to bring in.

        The parts that have left are told already; the rest is shared out over the
        others by their worth, so that all of them add up to what the order still costs.

        :param o2o.fulfillment part: of this order, without a collection
        :return: fen, not negative
        """
        self.ensure_one()
        rows = self.o2o_fulfillment_ids.collection_ids.filtered(
            lambda row: row.state != "cancelled"
        )
        rest = self._o2o_get_door_fen() - sum(rows.mapped("due_fen"))
        others = self.o2o_fulfillment_ids.filtered(
            lambda it: (
                it.state not in DEAD_STATES
                and not it.is_given_up
                and it not in rows.fulfillment_id
            )
        )
        shares = share_out(max(0, rest), others.mapped("amount_total"))
        return dict(zip(others, shares, strict=True)).get(part, 0)
