"""The code on a customer's phone, charged at a till (PAY-02, idea 15)."""

import math
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..lib.o2o_gateway.outcome import ok
from ..lib.o2o_gateway.results import Payment, PaymentState
from ..lib.o2o_gateway.secret import Secret
from ..words import failure_words

#: how long the customer is waited for, then the payment is undone (payments.md §2.2)
PATIENCE = timedelta(seconds=45)
#: seconds between the questions while the customer enters a password
PAUSE = 4
#: the most between two tries while the gateway gives no answer
MAX_PAUSE = 16
#: how long a charge may still be on its way to the gateway when it is cancelled there
CHARGE_SECONDS = 90
#: after that, money without a sale is for a person
NO_SALE_SECONDS = 15 * 60


class O2oPaymentIntent(models.Model):
    _inherit = "o2o.payment.intent"

    config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, index="btree_not_null"
    )
    order_uuid = fields.Char(readonly=True, index="btree_not_null")
    payment_uuid = fields.Char(
        readonly=True, index="btree_not_null", help="The line of the payment screen"
    )
    pos_payment_id = fields.Many2one(
        "pos.payment",
        string="Till payment",
        readonly=True,
        ondelete="set null",
        copy=False,
        help="The payment of a sale that stands on this",
    )

    _one_per_till_payment = models.UniqueIndex(
        "(pos_payment_id) WHERE pos_payment_id IS NOT NULL",
        "This payment of a till has its money already.",
    )

    _one_undecided_per_sale = models.UniqueIndex(
        "(config_id, order_uuid)"
        " WHERE config_id IS NOT NULL AND state IN ('new', 'waiting', 'unknown')",
        "Another payment of this sale is not decided yet.",
    )

    def _charge(self, code, client_ip):
        """Charge the code that was scanned. The row was committed before.

        Whatever comes out, a later look tells the end; a second call charges nothing
        else, for the number is the same.

        :param str code: as it was scanned; kept nowhere
        """
        self.ensure_one()
        if self.state != "new" or self.is_close_wanted:
            # asked for once more, or cancelled in between: a look tells what it is
            if self._may_change():
                self._wake()
            return
        self._prepare_call()
        order = self._prepare_order(client_ip, **self._prepare_terminal())
        outcome = self.provider_id._o2o_get_client().pay_by_code(order, Secret(code))
        # not before: nobody waits for a gateway with a lock in hand
        self.lock_for_update(allow_referencing=True)
        self.opened_at = fields.Datetime.now()
        if outcome.is_rejected:
            self.failure = failure_words(self.env, outcome)
            self._enter("failed")
        elif outcome.is_ok and outcome.value.state is PaymentState.PAID:
            self._take(outcome.value)
        else:
            self._enter("waiting" if outcome.is_ok else "unknown")
            self._wake(PAUSE)

    def _prepare_terminal(self):
        """What gateways want to know of a till."""
        self.ensure_one()
        return {
            "store_no": self.config_id.o2o_store_id.code or f"T{self.config_id.id}",
            "terminal_no": f"T{self.config_id.id:07d}",
        }

    def _take(self, payment):
        """What was charged at a till belongs to a sale, or goes back: never silent."""
        result = super()._take(payment)
        if self.config_id and self.state == "paid":
            self._find_sale()
            if not self.pos_payment_id:
                self._wake(NO_SALE_SECONDS)
        return result

    def _find_sale(self):
        """The cashier may have gone on without the answer: the sale is here already."""
        self.ensure_one()
        # sudo: payments of a till are its cashiers', this is known from the gateway
        payments_sudo = (
            self.env["pos.payment"].sudo().search([("uuid", "=", self.payment_uuid)])
        )
        payments_sudo.filtered(
            lambda it: it.pos_order_id.state in ("paid", "done")
        )._o2o_match_intents()

    def _work(self):
        if self.config_id and self.state == "paid":
            self._report_without_sale()
            return True
        if self.way == "code" and self._is_waited_for_too_long():
            if not self.try_lock_for_update(allow_referencing=True):
                return False
            # kept before the gateway is asked: who hears "paid" meanwhile sees it
            self.is_close_wanted = True
        return super()._work()

    def _is_outdated(self, was_close_wanted):
        """A gateway undoes what is paid, so "paid" may have been of before."""
        if self.way != "code" or was_close_wanted or not self.is_close_wanted:
            return super()._is_outdated(was_close_wanted)
        if self._is_open():
            self._wake()
        return True

    def _act_on(self, outcome):
        """What was taken as paid stays so; a gateway that undid it is told of."""
        if not self.config_id or self.state != "paid":
            return super()._act_on(outcome)
        if outcome.is_ok and outcome.value.state is PaymentState.CLOSED:
            self.env["o2o.payment.quarantine"]._report(
                "till",
                f"{self.out_no}/undone",
                self.provider_id,
                intent=self,
                expected_fen=self.paid_fen,
                note=self.env._("Undone at the gateway"),
            )
        return None

    def _report_without_sale(self):
        self.ensure_one()
        self._rest()
        if not self.pos_payment_id and not self.reserved_fen:
            self.env["o2o.payment.quarantine"]._report(
                "till_no_sale",
                f"{self.out_no}/no_sale",
                self.provider_id,
                intent=self,
                found_fen=self.paid_fen,
                note=self.config_id.name,
            )

    def _reverse(self):
        """Give back what was charged for a line that is taken off the screen.

        :raise UserError: it belongs to a sale
        """
        self.ensure_one()
        if self.pos_payment_id:
            raise UserError(
                self.env._("This payment was sold: make a refund of the order.")
            )
        if self.state == "paid" and not self.reserved_fen:
            self.env["o2o.payment.refund"]._plan(
                self, self.paid_fen, reason=self.config_id.name
            )

    def _is_waited_for_too_long(self):
        """A customer at the till is waited for by the second, and then undone."""
        self.ensure_one()
        begun_at = self.opened_at or self.create_date
        return (
            self._is_open()
            and not self.is_close_wanted
            and fields.Datetime.now() >= begun_at + PATIENCE
        )

    def _is_given_up(self):
        """What comes for it goes back, unless the goods were sold on it. To ask is not
        enough: UnionPay says "paid" of what it has given back, in a query and in a
        notification that comes late."""
        is_over = self.way == "code" and self.state == "closed" and self.is_close_wanted
        return super()._is_given_up() or (is_over and not self._find_sold_payment())

    def _end(self, state):
        """A charge whose answer was never seen may be overtaken by its cancellation,
        and arrive after it: nobody tells of it, so it is cancelled once more."""
        result = super()._end(state)
        if self.way == "code" and self.state == "closed" and not self.opened_at:
            over_at = self.create_date + timedelta(seconds=CHARGE_SECONDS)
            left = (over_at - fields.Datetime.now()).total_seconds()
            if left > 0:
                self._wake(math.ceil(left))
        return result

    def _is_due_to_end(self):
        """At a till only what was decided, and kept, before the gateway is asked."""
        if self.way != "code":
            return super()._is_due_to_end()
        return self.is_close_wanted

    def _end_at_gateway(self):
        if self.way != "code":
            return super()._end_at_gateway()
        client = self.provider_id._o2o_get_client()
        outcome = client.cancel(self.out_no)
        if outcome.is_ok:
            return ok(Payment(PaymentState.CLOSED, self.out_no))
        if not (outcome.is_rejected and outcome.was_sent):
            # perhaps it was undone: UnionPay goes on calling such a payment paid
            return outcome.failure()
        # not to be undone: then it is paid, or over, or nobody knows
        return client.query(self.out_no)

    def _get_pause(self):
        return PAUSE if self.config_id else super()._get_pause()

    def _postpone(self, failure, seconds=None):
        """A customer stands at the till: a gateway that gave no answer is asked again
        in seconds, not in the minutes that others wait."""
        if seconds is None and self.way == "code" and self._is_open():
            seconds = min(MAX_PAUSE, PAUSE * (self.attempt_count + 1))
        return super()._postpone(failure, seconds)

    def _prepare_till_dict(self):
        """What the payment screen gets to know."""
        self.ensure_one()
        return {
            "out_no": self.out_no,
            "payment_uuid": self.payment_uuid,
            "state": self.state,
            "way": self.way,
            "amount": self.amount,
            "gateway": self.provider_id.name,
            "is_given_back": bool(self.reserved_fen),
            "is_sold": bool(self.pos_payment_id),
            "reason": self._get_failure_words() if self.state == "failed" else "",
        }
