"""What WeChat is told of goods that were sent: an outbox."""

from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import SHIPPING_KINDS, SHIPPING_STATES
from ..lib.o2o_gateway.outcome import NOT_SENT
from ..lib.o2o_gateway.results import PaymentState
from ..lib.o2o_gateway.wechat.shipping import (
    MAX_ITEM,
    MAX_PARCELS,
    TOKEN_EXPIRED,
    Logistics,
    Parcel,
    Shipping,
)
from ..words import failure_words, words

_LOGISTICS = {
    "express": Logistics.EXPRESS,
    "local": Logistics.LOCAL,
    "pickup": Logistics.PICKUP,
}
#: a refusal of one call, not of what it tells
_AGAIN = (NOT_SENT, TOKEN_EXPIRED)


class O2oPaymentShipping(models.Model):
    """One part of an order that has left, for one payment through WeChat.

    Parcels of carriers are told one after the other, all that have left each time, as
    WeChat wants it; what a store brings or hands over is told once, when nothing is
    still to come. To tell the same twice does no harm.
    """

    _name = "o2o.payment.shipping"
    _description = "Shipping Information for WeChat"
    _inherit = ["o2o.payment.job"]
    _order = "id desc"
    _rec_name = "fulfillment_id"

    _job_xmlid = "o2o_payment.o2o_payment_shipping_cron"

    intent_id = fields.Many2one(
        "o2o.payment.intent",
        string="Payment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment",
        string="Part",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    order_id = fields.Many2one(related="fulfillment_id.order_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(SHIPPING_KINDS, required=True, readonly=True)
    item = fields.Char(string="Goods", required=True, readonly=True)
    carrier_code = fields.Char(string="Carrier", readonly=True)
    tracking_no = fields.Char(string="Tracking number", readonly=True)
    left_at = fields.Datetime(string="Left", required=True, readonly=True)
    told_at = fields.Datetime(string="Told", readonly=True)
    state = fields.Selection(
        SHIPPING_STATES, required=True, readonly=True, default="waiting", index=True
    )

    _once = models.UniqueIndex(
        "(intent_id, fulfillment_id)", "This part is told of already."
    )

    # === WRITING DOWN === #

    @api.model
    def _plan(self, fulfillment):
        """Write down that a part has left; in the transaction in which it does.

        :return: the rows, elevated; none when no payment of the order wants it
        """
        # sudo: stores ship, and read no payments
        rows_sudo = self.sudo()
        for intent_sudo in fulfillment.order_id.sudo()._o2o_get_wechat_intents():
            known = rows_sudo.search(
                Domain("intent_id", "=", intent_sudo.id)
                & Domain("fulfillment_id", "=", fulfillment.id)
            )
            rows_sudo |= known or rows_sudo.create(
                self._prepare_vals(intent_sudo, fulfillment.sudo())
            )
        if rows_sudo:
            rows_sudo._wake()
        return rows_sudo

    @api.model
    def _prepare_vals(self, intent, fulfillment):
        order = fulfillment.order_id
        tracking_no = (fulfillment.carrier_tracking_ref or "").strip()
        carrier_code = order.carrier_id.o2o_wechat_code
        kind = "local"
        if fulfillment.delivery_kind == "pickup":
            kind = "pickup"
        elif tracking_no and carrier_code:
            kind = "express"
        is_express = kind == "express"
        return {
            "intent_id": intent.id,
            "provider_id": intent.provider_id.id,
            "company_id": intent.company_id.id,
            "fulfillment_id": fulfillment.id,
            "kind": kind,
            "item": self._describe(fulfillment),
            "carrier_code": carrier_code if is_express else False,
            "tracking_no": tracking_no if is_express else False,
            "left_at": fields.Datetime.now(),
        }

    @api.model
    def _describe(self, fulfillment):
        """The goods in as many characters as WeChat takes."""
        lang = fulfillment.order_id.partner_id.lang
        texts = [
            f"{line.product_id.name} ×{line.quantity:g}"
            for line in fulfillment.with_context(lang=lang).line_ids
        ]
        text = "，".join(texts) or fulfillment.order_id.name
        return text if len(text) <= MAX_ITEM else f"{text[: MAX_ITEM - 1]}…"

    def _note_dropped(self):
        """A part ends without goods: perhaps nothing is still to come now."""
        if last := self.sorted("id")[-1:]:
            last.write({"state": "waiting", "attempt_count": 0})
            last._wake()

    # === TELLING === #

    def _work(self):
        """Tell what has left for the payment of this row; all of it, each time."""
        self.ensure_one()
        if self.state != "waiting":
            self._rest()
            return True
        rows = self.search([("intent_id", "=", self.intent_id.id)], order="id")
        is_complete = self.order_id._o2o_has_all_left()
        if not is_complete and set(rows.mapped("kind")) != {"express"}:
            # the last part tells of them all
            self._rest()
            return True
        # nothing is locked while WeChat is asked
        self._commit()
        try:
            outcome = self._tell(rows, is_complete)
        except (UserError, ValueError) as error:
            self._commit()
            self._fail(words(self.env, error))
            return True
        self._commit()
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        if outcome.is_ok:
            rows._note_told()
        elif outcome.is_unknown or outcome.code in _AGAIN:
            self._postpone(failure_words(self.env, outcome))
        else:
            self._fail(self._get_words(outcome))
        return True

    def _tell(self, rows, is_complete):
        """Ask who has paid, then tell; nothing is written.

        :return: ``Outcome``
        :raise UserError: the settings cannot be used
        :raise ValueError: something that WeChat would refuse
        """
        provider = self.provider_id
        found = provider._o2o_get_client().query(self.intent_id.out_no)
        if not found.is_ok:
            return found.failure()
        if found.value.state is not PaymentState.PAID or not found.value.payer:
            raise ValueError(self.env._("WeChat knows no payer of this payment."))
        told = self._prepare_told(rows, found.value.payer, is_complete)
        return provider._o2o_get_wechat_app().tell_shipping(told)

    def _prepare_told(self, rows, payer, is_complete):
        is_express = set(rows.mapped("kind")) == {"express"}
        if is_express:
            kind = "express"
            parcels = tuple(row._prepare_parcel() for row in rows[:MAX_PARCELS])
        else:
            kind = rows.filtered(lambda row: row.kind != "express")[:1].kind
            parcels = (Parcel("，".join(rows.mapped("item"))[:MAX_ITEM]),)
        return Shipping(
            # sudo: the number of the merchant is the administrators'
            self.provider_id.sudo().o2o_wechat_mchid or "",
            self.intent_id.out_no,
            payer,
            _LOGISTICS[kind],
            parcels,
            rows[-1:].left_at.replace(tzinfo=timezone.utc),
            is_express and (len(rows) > 1 or not is_complete),
            is_complete,
        )

    def _prepare_parcel(self):
        self.ensure_one()
        return Parcel(
            self.item,
            self.tracking_no,
            self.carrier_code,
            receiver_phone=self.order_id.partner_shipping_id.phone or "",
        )

    def _note_told(self):
        self.write(
            {"state": "told", "told_at": fields.Datetime.now(), "failure": False}
        )
        self._rest()

    def _fail(self, text):
        self.ensure_one()
        self.write({"state": "failed", "next_at": False, "failure": text[:500]})

    def _get_words(self, outcome):
        """What WeChat's refusal means for a person."""
        texts = {
            "10060001": self.env._("WeChat knows no such payment of this app."),
            "10060002": self.env._("WeChat was told already that all was shipped."),
            "10060003": self.env._("It was told twice already; WeChat takes no more."),
            "10060004": self.env._("For WeChat this is not paid."),
            "10060014": self.env._("WeChat takes one of the values for wrong."),
            "40013": self.env._("The app number is wrong."),
            "40125": self.env._("The secret of the app is wrong."),
            "48001": self.env._("The app has no right to tell of shipments."),
        }
        if outcome.code not in texts:
            return failure_words(self.env, outcome)
        return f"{outcome.code} {texts[outcome.code]}"

    def action_retry(self):
        """Tell it again, after whatever was wrong is right.

        :raise AccessError: for whoever is not in charge of payments
        """
        self._ensure_in_charge()
        self.check_access("read")
        # sudo: rows are written by their own methods only
        for row_sudo in self.sudo().filtered(lambda row: row.state == "failed"):
            row_sudo.write({"state": "waiting", "attempt_count": 0})
            row_sudo._wake()
