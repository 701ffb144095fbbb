"""The shop's own code, shown at a till and scanned by the customer (PAY-02)."""

import math

from odoo import fields, models
from odoo.fields import Domain

from ..lib.o2o_gateway.results import PaymentState
from ..words import failure_words
from .o2o_payment_intent import GRACE
from .o2o_payment_intent_till import PAUSE


class O2oPaymentIntent(models.Model):
    """One code for one line of the payment screen.

    It is closed, not undone: until it is closed a customer may pay it, and what is paid
    is paid. A code that nobody has scanned cannot be closed at Alipay: the till is
    free at once, the row is looked at until the code's time is over, and money that
    comes all the same goes back.
    """

    _inherit = "o2o.payment.intent"

    def _is_shop_code(self):
        self.ensure_one()
        return bool(self.config_id) and self.way == "qr"

    def _get_shop_code(self, client_ip):
        """The text of the code; asked for again, it is the same code.

        The row was committed before, and the gateway is called by its number.

        :return: "" while there is none: it is over, or the gateway gave no answer
        """
        self.ensure_one()
        if not self._is_open() or self._is_due_to_end():
            return ""
        if self.qr_text:
            return self.qr_text
        was_asked = bool(self.opened_at)
        self._prepare_call()
        order = self._prepare_order(client_ip, **self._prepare_terminal())
        outcome = self.provider_id._o2o_get_client().pay_by_qr(order)
        # not before: nobody waits for a gateway with a lock in hand
        self.lock_for_update(allow_referencing=True)
        self.opened_at = fields.Datetime.now()
        if outcome.is_ok:
            self.write({"qr_text": outcome.value.text, "failure": False})
            self._enter("waiting")
        else:
            self.failure = failure_words(self.env, outcome)
            # a refusal speaks of one call: an earlier one may have made a code
            is_refused = outcome.is_rejected and not was_asked
            self._enter("failed" if is_refused else "unknown")
        if self._is_open():
            self._wake(PAUSE)
        return self.qr_text or ""

    # === THE END === #

    def _is_given_up(self):
        """Scanned after the till was free: closed now, or paid in this moment."""
        is_over = self._is_shop_code() and self.state == "closed"
        return is_over or super()._is_given_up()

    def _act_on(self, outcome):
        if (
            self._is_shop_code()
            and outcome.is_ok
            and outcome.value.state is PaymentState.ABSENT
            and not self._is_over()
            and (self.state == "closed" or (self._is_open() and self._is_due_to_end()))
        ):
            self._end("closed")
            over_at = self.expires_at + GRACE
            left = (over_at - fields.Datetime.now()).total_seconds()
            return self._wake(math.ceil(left))
        return super()._act_on(outcome)

    def _note_no_answer(self, outcome):
        """Somebody stands at the till; and a code that was given up may be paid."""
        if self._is_given_up() and self.next_at:
            return self._postpone(failure_words(self.env, outcome))
        result = super()._note_no_answer(outcome)
        if self._is_shop_code() and self._is_open():
            self._wake(PAUSE)
        return result

    def _take(self, payment):
        """Money for a code that was given up goes back, unless a sale stands on it."""
        was_over = self._is_shop_code() and self.state in ("closed", "failed")
        result = super()._take(payment)
        if was_over and self.state == "paid" and not self._find_sold_payment():
            self._reverse()
        return result

    def _find_sold_payment(self):
        """The payment of a sale that names this line; the sale may be here already."""
        self.ensure_one()
        # sudo: a job does this, for any till
        return (
            self.env["pos.payment"]
            .sudo()
            .search(
                Domain("uuid", "=", self.payment_uuid)
                & Domain("pos_order_id.state", "in", ("paid", "done")),
                limit=1,
            )
        )
