"""A code of Alipay, WeChat Pay or UnionPay on the courier's phone."""

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.o2o_payment.const import GATEWAYS, OPEN_STATES
from odoo.addons.o2o_payment.models.o2o_payment_intent import GRACE
from odoo.addons.o2o_payment.money import from_fen

#: minutes a customer has at the door
PATIENCE = 10
#: a code in one of these may still become money, or waits for a person
_UNDECIDED = (*OPEN_STATES, "held")


class O2oCollection(models.Model):
    _inherit = "o2o.collection"

    intent_ids = fields.One2many(
        "o2o.payment.intent",
        "collection_id",
        string="Codes",
        readonly=True,
        groups="o2o_payment.o2o_payment_group_user",
    )

    def _get_undecided_codes(self):
        """Codes of which nobody knows yet whether they are paid; elevated."""
        # sudo: attempts are read by few
        return self.sudo().intent_ids.filtered(
            lambda intent: (
                intent.state in _UNDECIDED
                and not (intent.state == "held" and intent._is_decided())
            )
        )

    def _get_blocking_codes(self):
        """Undecided codes beside which nothing else is taken; elevated.

        One that was called off blocks until the gateway has said that it is not paid:
        some gateways cannot close a code that nobody has scanned. If it is paid all the
        same, that money goes back, see :meth:`_note_paid_code`.
        """
        return self._get_undecided_codes().filtered(
            lambda intent: (
                intent.state == "held"
                or not intent.is_close_wanted
                or not intent.attempt_count
                or intent.failure
            )
        )

    def _get_gateways(self):
        """:return: ``{gateway: payment.provider}`` that this store can show codes of"""
        self.ensure_one()
        if self.currency_id.name != "CNY":
            return {}
        till = self.store_id.pos_config_ids[:1]
        providers = {}
        for gateway in GATEWAYS.values():
            provider = till and till._o2o_get_gateway_provider(gateway)
            if provider:
                providers[gateway] = provider
        return providers

    def _plan_code(self, gateway, fen):
        """Write down that a code is to be paid; nothing is sent before the commit.

        :param str gateway: ``alipay``, ``wechat`` or ``unionpay``
        :return: ``o2o.payment.intent``
        :raise UserError: another code is undecided, or not this amount
        """
        self._lock()
        known = self._get_undecided_codes()[:1]
        if known and (self._get_gateway_name(known), known.amount_fen) == (
            gateway,
            fen,
        ):
            # the same press, or a second phone: the same code
            return known
        if known:
            raise UserError(
                self.env._(
                    "The last code is not certain yet: take cash or a card, or wait."
                )
            )
        self._ensure_can_take(fen)
        provider = self._get_gateways().get(gateway)
        if not provider:
            raise UserError(
                self.env._("This store does not take that kind of payment.")
            )
        transaction = self._create_transaction("qr", fen, provider)
        now = fields.Datetime.now()
        try:
            intent = self.env["o2o.payment.intent"]._plan(
                provider,
                from_fen(fen),
                self.currency_id,
                f"{self.company_id.name} {self.order_id.name}",
                store=self.store_id.id,
                way="qr",
                transaction_id=transaction.id,
                collection_id=self.id,
                expires_at=fields.Datetime.add(now, minutes=PATIENCE),
            )
        except ValueError as error:
            raise UserError(
                self.env._("This cannot be paid in this way: %s", error)
            ) from error
        # should the request that opens it never come, or die
        intent._wake((intent.expires_at + GRACE - now).total_seconds())
        return intent

    def _get_gateway_name(self, intent):
        return GATEWAYS[intent.provider_id.code]

    def _end_codes(self):
        """Nobody wants these codes any more: the job closes them at the gateway."""
        self._get_undecided_codes()._want_closed()

    def _note_paid_code(self, intent):
        """The gateway has confirmed that a code is paid; called once, by the attempt.

        Money that comes when nothing is open any more goes back: never silent.
        """
        self._lock()
        transaction = intent.transaction_id
        fen = min(intent.paid_fen, self.open_fen if self._may_grow() else 0)
        if fen:
            self._note_payment(
                "qr",
                fen,
                intent.out_no,
                transaction,
                self.courier_id or intent.create_uid,
                received_fen=intent.paid_fen,
                reference=intent.provider_no,
            )
        if fen < intent.paid_fen:
            self._return_late_money(transaction, intent.paid_fen - fen)

    def _may_grow(self):
        self.ensure_one()
        return self.state == "to_collect"

    def _return_late_money(self, transaction, fen):
        self.ensure_one()
        self.env["o2o.refund"]._plan(
            self.order_id,
            transaction,
            from_fen(fen),
            "twice" if self.collected_fen else "late",
            f"o2o.collection/{self.id}/late/{transaction.id}",
            self.fulfillment_id,
        )
