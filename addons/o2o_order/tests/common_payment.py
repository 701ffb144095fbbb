from unittest.mock import patch

from odoo.fields import Command

from .common import O2oOrderCase


class PaidOnlineCase(O2oOrderCase):
    """Orders paid at a provider; its answers are what the test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.online = cls.env["payment.provider"].create(
            {
                "name": "Test gateway",
                "code": "none",
                "state": "test",
                "is_published": True,
                "company_id": cls.company.id,
            }
        )
        cls.method = cls.env["payment.method"].search([], limit=1)

    def setUp(self):
        super().setUp()
        transactions = type(self.env["payment.transaction"])
        # bookkeeping has no journal for a provider that does not exist
        self.startPatcher(
            patch(
                "odoo.addons.account_payment.models.payment_transaction"
                ".PaymentTransaction._create_payment"
            )
        )
        self.refunds = []

        def send_refund(transaction):
            self.refunds.append(transaction.amount)
            transaction._set_done()

        self.startPatcher(
            patch.object(transactions, "_send_refund_request", send_refund)
        )
        provider = type(self.env["payment.provider"])
        self.support = "partial"
        original = provider._compute_feature_support_fields
        case = self

        def compute(providers):
            original(providers)
            for record in providers.filtered(lambda p: p.code == "none"):
                record.support_refund = case.support

        self.startPatcher(
            patch.object(provider, "_compute_feature_support_fields", compute)
        )

    def _close_says(self, answer):
        self.startPatcher(
            patch.object(
                type(self.env["payment.transaction"]),
                "_o2o_close_payment",
                lambda transaction: answer,
            )
        )

    def _submit(self, lines=None, state="draft", **vals):
        """An order whose member is at the payment page: a quotation and a payment."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.partner_id.id,
                "website_id": self.website.id,
                "carrier_id": self.carrier.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product, quantity in (lines or [(self.product, 2)])
                ],
                **vals,
            }
        )
        self._pay(order, state)
        return order

    def _pay(self, order, state="draft"):
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.online.id,
                "payment_method_id": self.method.id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_redirect",
                "sale_order_ids": [Command.set(order.ids)],
                "state": state,
            }
        )

    def _succeed(self, transaction):
        """What the notification of the provider does, and the job after it."""
        transaction._set_done()
        transaction._post_process()

    def _place_paid(self, lines=None):
        order = self._submit(lines)
        self._succeed(order.transaction_ids)
        return order

    def _run_timers(self):
        with self.enter_registry_test_mode():
            self.env.ref("o2o_order.o2o_timer_cron").method_direct_trigger()

    def _run_refunds(self):
        with self.enter_registry_test_mode():
            self.env.ref("o2o_order.o2o_refund_cron").method_direct_trigger()

    def _texts(self):
        return self.env["o2o.message"].search([]).mapped("body")
