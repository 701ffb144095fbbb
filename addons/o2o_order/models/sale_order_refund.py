"""Head office gives money of an order back: preview first, then one click."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_refundable_amount = fields.Monetary(
        string="Can be given back",
        compute="_compute_o2o_refundable_amount",
        compute_sudo=True,
    )

    @api.depends(
        "transaction_ids.state", "transaction_ids.amount", "o2o_refund_ids.amount"
    )
    def _compute_o2o_refundable_amount(self):
        for order in self:
            order.o2o_refundable_amount = order._o2o_get_kept()

    def _o2o_get_received(self):
        """The payments that brought money, the first one first; elevated."""
        received = self._o2o_get_payments().filtered(
            lambda tx: tx.state in ("authorized", "done")
        )
        return received.sorted("id")

    def _o2o_get_kept(self):
        """What payments brought and was not given back, in the order's currency."""
        self.ensure_one()
        return sum(tx._o2o_get_refundable_amount() for tx in self._o2o_get_received())

    def _o2o_get_surplus(self):
        """What was paid beyond the price, here and at tills; below zero: what is owed.

        Goods and money that were given back on purpose change nothing in it.
        """
        self.ensure_one()
        paid = self._o2o_get_paid_at_till() + sum(
            tx._o2o_get_price_part() for tx in self._o2o_get_received()
        )
        return self.currency_id.round(paid - self.amount_total)

    def _o2o_get_worth_left(self):
        """What goods of this order are still worth to the member: its price less what
        was given back of it, for goods or as a gift, from a drawer too."""
        self.ensure_one()
        # sudo: whoever takes goods back need not read payments
        order_sudo = self.sudo()
        by_hand = order_sudo._o2o_get_received()._o2o_get_refunds_by_hand()
        drawer = order_sudo.o2o_return_ids.filtered(lambda it: it.route == "cash")
        gone = (
            sum(order_sudo.o2o_refund_ids.mapped("gift_amount"))
            + sum(by_hand.mapped("o2o_gift_amount"))
            + sum(drawer.mapped("amount"))
        )
        return max(0.0, self.currency_id.round(self.amount_total - gone))

    def _o2o_get_gift_part(self, amount):
        """What of an amount that a person gives back now is a gift: the order costs
        what it did, and the member pays that much less.

        Before it is confirmed nothing is sold; what was paid beyond the price goes back
        first.

        :param float amount: what goes back, in the order's currency
        """
        if any(order.state != "sale" for order in self):
            return 0.0
        # sudo: whoever gives back need not read tills
        over = sum(max(0.0, order._o2o_get_surplus()) for order in self.sudo())
        return max(0.0, self.currency_id[:1].round(amount - over))

    def action_o2o_give_back(self):
        """Open the preview of a refund."""
        self.ensure_one()
        self._o2o_as_refunder()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give money back"),
            "res_model": "o2o.refund.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _o2o_as_refunder(self):
        """Elevate for those of head office who give money back.

        :raise AccessError: for everybody else
        """
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_manager"):
            raise AccessError(
                self.env._("Only who is in charge of orders gives money back.")
            )
        return self.sudo()

    def _o2o_get_lefts(self):
        """:return: ``{payment.transaction: what is left of it}``, all that came in"""
        return {tx: tx._o2o_get_refundable_amount() for tx in self._o2o_get_received()}

    def _o2o_ensure_seen(self, seen):
        """Two persons who give back for the same reason, or a return at a till beside
        it, would give it back twice.

        :param dict seen: ``{id of a payment: what was left of it}``
        :raise UserError: something came or went back since
        """
        lefts = {tx.id: left for tx, left in self._o2o_get_lefts().items()}
        compare = self.currency_id.compare_amounts
        if lefts.keys() != seen.keys() or any(
            compare(left, seen[tx_id]) for tx_id, left in lefts.items()
        ):
            raise UserError(
                self.env._(
                    "Money of this order came or went back while you were looking."
                    " Open this again."
                )
            )

    def _o2o_give_back(self, parts, key, note, takes_points=False, seen=None):
        """Write down what goes back to each payment; said twice, it counts once.

        :param dict parts: ``{payment.transaction: amount}``, amounts above zero
        :param str key: names this refund for good
        :param str note: why
        :param bool takes_points: take the points that this money earned
        :param dict seen: ``{id of a payment: what was left of it}``, all of them, as
            whoever decided saw them; None: nobody looked
        :return: ``o2o.refund`` records, elevated
        :raise UserError: more than what is left of a payment, or not what was seen
        """
        self.ensure_one()
        order_sudo = self._o2o_as_refunder()
        order_sudo._o2o_claim_row()
        refunds_sudo = self.env["o2o.refund"].sudo()
        keys = {tx: f"{key}/{tx.id}" for tx in parts}
        if known := refunds_sudo.search([("key", "in", list(keys.values()))]):
            return known
        received = order_sudo._o2o_get_received()
        if seen is not None:
            order_sudo._o2o_ensure_seen(seen)
        for tx, amount in parts.items():
            left = tx in received and tx._o2o_get_refundable_amount()
            compare = order_sudo.currency_id.compare_amounts
            if compare(amount, 0.0) <= 0 or compare(amount, left or 0.0) > 0:
                raise UserError(
                    self.env._(
                        "%(amount)s is more than what is left of this payment:"
                        " %(left)s.",
                        amount=order_sudo.currency_id.format(amount),
                        left=order_sudo.currency_id.format(left or 0.0),
                    )
                )
        for tx, amount in parts.items():
            refunds_sudo |= refunds_sudo._plan(
                order_sudo, tx, amount, "agreed", keys[tx]
            )
        refunds_sudo.write({"note": note, "takes_points": takes_points})
        order_sudo._o2o_take_points_of_gifts(note)
        order_sudo.message_post(
            body=self.env._(
                "%(amount)s go back to the member: %(note)s",
                amount=order_sudo.currency_id.format(sum(parts.values())),
                note=note,
            )
        )
        return refunds_sudo
