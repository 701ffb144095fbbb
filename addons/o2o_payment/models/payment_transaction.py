"""Odoo's transaction follows what the gateway said; nobody else's word moves it."""

import logging

from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.o2o_order.models.payment_transaction import CLOSED, PAID, UNKNOWN

from ..const import GATEWAYS
from ..money import from_fen, to_fen

_logger = logging.getLogger(__name__)


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    o2o_intent_ids = fields.One2many(
        "o2o.payment.intent",
        "transaction_id",
        string="Attempts",
        readonly=True,
        groups="o2o_payment.o2o_payment_group_user",
    )
    o2o_refund_row_ids = fields.One2many(
        "o2o.payment.refund",
        "transaction_id",
        string="Refunds at the gateway",
        readonly=True,
        groups="o2o_payment.o2o_payment_group_user",
    )

    def _o2o_is_gateway(self):
        self.ensure_one()
        return self.provider_code in GATEWAYS

    # === PAYING === #

    def _get_specific_rendering_values(self, processing_values):
        """The browser goes to a page of ours: the next request, after the commit of
        what is planned here, is the first to speak with the gateway."""
        if not self._o2o_is_gateway():
            return super()._get_specific_rendering_values(processing_values)
        intent_sudo = self._o2o_plan_intent()
        return {"api_url": f"/o2o/payment/go/{intent_sudo.token}"}

    def _o2o_plan_intent(self):
        """The attempt of this transaction, elevated; planned once."""
        self.ensure_one()
        # sudo: whoever pays plans an attempt, and reads none
        intents_sudo = self.env["o2o.payment.intent"].sudo()
        if known := intents_sudo.search([("transaction_id", "=", self.id)]):
            return known
        names = ", ".join(self.sudo().sale_order_ids.mapped("name")) or self.reference
        vals = {"transaction_id": self.id}
        if expires_at := self._o2o_get_expiry():
            vals["expires_at"] = expires_at
        try:
            return intents_sudo._plan(
                self.provider_id,
                self.amount,
                self.currency_id,
                f"{self.company_id.name} {names}",
                **vals,
            )
        except ValueError as error:
            raise ValidationError(
                self.env._("This cannot be paid in this way: %s", error)
            ) from error

    def _o2o_get_expiry(self):
        """Until when this can be paid: no longer than its order waits."""
        self.ensure_one()
        intents = self.env["o2o.payment.intent"]
        timer_sudo = (
            self.env["o2o.timer"]
            .sudo()
            .search(
                [
                    ("order_id", "in", self.sudo().sale_order_ids.ids),
                    ("kind", "=", "unpaid"),
                    ("state", "=", "waiting"),
                ],
                limit=1,
            )
        )
        return timer_sudo and intents._limit_expiry(timer_sudo.due_at)

    # === WHAT THE GATEWAY SAID === #

    def _extract_amount_data(self, payment_data):
        """For Odoo's own comparison, which comes on top of ours."""
        if not self._o2o_is_gateway():
            return super()._extract_amount_data(payment_data)
        return {
            "amount": from_fen(payment_data.get("amount_fen") or 0),
            "currency_code": payment_data.get("currency"),
        }

    def _apply_updates(self, payment_data):
        """Follow the attempt, or the refund, as it was written after a query.

        ``payment_data`` moves nothing here: Odoo 19.0 hands it on although its amount
        was refused, when it comes a second time.
        """
        if not self._o2o_is_gateway():
            return super()._apply_updates(payment_data)
        self = self.sudo()  # attempts and refunds are read by few
        if self.operation == "refund":
            return self._o2o_follow_refund()
        return self._o2o_follow_intent()

    def _o2o_follow_intent(self):
        intent = self.o2o_intent_ids
        if intent.state == "paid" and intent.paid_fen == to_fen(
            self.amount, self.currency_id
        ):
            self.provider_reference = intent.provider_no
            self._set_done(extra_allowed_states=("cancel",))
        elif intent.state == "failed":
            self._set_error(self.env._("The payment failed."))
        elif intent.state == "closed":
            self._set_canceled(state_message=self.env._("Not paid in time."))
        else:
            _logger.warning(
                "transaction %s: the attempt is %s", self.reference, intent.state
            )

    def _o2o_follow_refund(self):
        refund = self.o2o_refund_row_ids
        if refund.state == "done":
            self.provider_reference = refund.provider_no
            self._set_done()
        elif refund.state == "failed":
            self._set_error(refund.failure or self.env._("The refund failed."))

    # === CLOSING === #

    def _o2o_close_payment(self):
        """Nobody waits any more: a job closes it at the gateway, then the order goes
        on. Nothing is asked while the order is locked."""
        self.ensure_one()
        if not self._o2o_is_gateway():
            return super()._o2o_close_payment()
        intent = self.sudo().o2o_intent_ids
        if self.state in ("done", "authorized") or intent.state == "paid":
            return PAID
        if not intent or intent.state in ("closed", "failed"):
            return CLOSED
        if intent.state == "held" and intent._is_decided():
            return CLOSED
        intent._want_closed()
        return UNKNOWN

    def _o2o_note_closed(self):
        """The gateway has closed it: orders that waited for this go on at once."""
        for order in self.sale_order_ids:
            if order.state in ("draft", "sent"):
                self.env["o2o.timer"]._set_soon("unpaid", order, fields.Datetime.now())

    # === GIVING BACK === #

    def _send_refund_request(self):
        """Promise the refund; the job sends it after the commit (Odoo sends at once,
        and as often and as much as it is asked to)."""
        if not self._o2o_is_gateway():
            return super()._send_refund_request()
        intent = self.source_transaction_id.sudo().o2o_intent_ids
        if not intent:
            raise ValidationError(
                self.env._("This payment was not made through this gateway.")
            )
        self.env["o2o.payment.refund"].sudo()._plan(
            intent,
            to_fen(-self.amount, self.currency_id),
            reason=self.reference,
            transaction_id=self.id,
        )
        self._set_pending()
        return None
