"""Customers' codes get their money back at a till (PAY-02, REFUNDS)."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from .o2o_payment_intent_till import NO_SALE_SECONDS

#: a gateway that is silent for so long does not keep the customer waiting: what was
#: promised goes on by itself, and what fails then is for a person
PATIENCE = timedelta(seconds=20)


class O2oPaymentRefund(models.Model):
    _inherit = "o2o.payment.refund"

    config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, index="btree_not_null"
    )
    order_uuid = fields.Char(
        readonly=True, index="btree_not_null", help="Of the order that refunds a sale"
    )
    payment_uuid = fields.Char(
        readonly=True, index="btree_not_null", help="The line of the payment screen"
    )
    pos_payment_id = fields.Many2one(
        "pos.payment",
        string="Till payment",
        readonly=True,
        ondelete="set null",
        copy=False,
        help="The payment, below zero, that stands on this",
    )
    is_number_over = fields.Boolean(
        readonly=True, help="It failed at the gateway: another try takes a new number"
    )

    _one_per_till_line = models.UniqueIndex(
        "(payment_uuid) WHERE payment_uuid IS NOT NULL AND state <> 'failed'",
        "This line was given back already.",
    )
    _one_per_till_payment = models.UniqueIndex(
        "(pos_payment_id) WHERE pos_payment_id IS NOT NULL",
        "This refund of a till has its money already.",
    )

    # === AGAIN === #

    def _try_again(self):
        """Promise a refund that was refused once more, and send it under its number:
        should the gateway have it after all, it is the same refund.

        :raise UserError: it was not refused, or its number is over
        :raise ValidationError: more than what is left of the payment
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        if self.state != "failed" or self.is_number_over:
            raise UserError(self.env._("This refund cannot be sent again."))
        self._promise(self.intent_id, self.amount_fen)
        self.write(
            {
                "state": "new",
                "is_sent": False,
                "sent_at": False,
                "failure": False,
                "attempt_count": 0,
            }
        )
        self._wake()

    def _note_failed(self, refund):
        self.is_number_over = True
        return super()._note_failed(refund)

    # === WITHOUT A SALE === #

    def _report_failure(self, why):
        """A till sees it, and tries again or gives back in another way; what fails
        after the sale is for a person."""
        if self.payment_uuid and not self.pos_payment_id:
            return None
        return super()._report_failure(why)

    def _note_done(self, refund):
        result = super()._note_done(refund)
        if self._is_loose():
            self._wake(NO_SALE_SECONDS)
        return result

    def _work(self):
        if self.state == "done" and self.payment_uuid:
            self._rest()
            self._report_loose()
            return True
        return super()._work()

    def _is_loose(self):
        """Whether money went back at a till, and no refund of a sale says so."""
        self.ensure_one()
        return bool(
            self.payment_uuid and not self.pos_payment_id and self.state != "failed"
        )

    def _report_loose(self):
        """Put what went back without a refund of a sale on the list, each once."""
        for refund in self.filtered(lambda it: it._is_loose()):
            self.env["o2o.payment.quarantine"]._report(
                "till_refund_no_sale",
                f"{refund.refund_no}/no_sale",
                refund.provider_id,
                intent=refund.intent_id,
                found_fen=refund.amount_fen,
                note=f"{refund.refund_no} {refund.config_id.name}",
            )

    # === THE TILL === #

    def _get_till_state(self):
        """What the line of the payment screen is to do: ``wait``, ``done`` (given back,
        or certain to be followed up without the till) or ``failed``."""
        self.ensure_one()
        if self.state == "failed":
            return "failed"
        if self.state in ("new", "sending"):
            since = self.sent_at or self.next_at
            return "done" if fields.Datetime.now() - since > PATIENCE else "wait"
        return "done"

    def _prepare_till_dict(self):
        """What the payment screen gets to know."""
        self.ensure_one()
        is_failed = self.state == "failed"
        return {
            "refund_no": self.refund_no,
            "payment_uuid": self.payment_uuid,
            "state": self._get_till_state(),
            "is_arrived": self.state == "done",
            "needs_person": self.state == "abnormal",
            "amount": self.amount,
            "gateway": self.provider_id.name,
            "reason": self._get_failure_words() if is_failed else "",
        }
