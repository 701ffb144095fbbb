from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common import O2oOrderCase

PIN = "258036"


@tagged("post_install", "-at_install")
class TestWalletReturn(O2oOrderCase):
    """REFUNDS: an order that a wallet has paid on the website goes back into it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wallet_provider = cls.env["payment.provider"].search(
            [("code", "=", "o2o_wallet"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.wallet_provider.write({"state": "enabled", "is_published": True})
        cls.wallet_provider.journal_id = cls.env["account.journal"].create(
            {"name": "O2O Wallets", "code": "O2OWW", "type": "bank"}
        )
        cls.wallet = cls.env["o2o.wallet"]._open(cls.member.partner_id)
        cls.wallet._set_pin(PIN)
        cls.wallet._top_up(500.0, "test/topup", bonus=50.0)

    def _order(self):
        """Two bottles, paid from the wallet."""
        order = self._create_order([(self.product, 2)])
        order.transaction_ids.state = "cancel"
        payment = self.env["payment.transaction"].create(
            {
                "provider_id": self.wallet_provider.id,
                "payment_method_id": self.env.ref(
                    "o2o_wallet.payment_method_wallet"
                ).id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        answer = payment.with_user(self.member).sudo()._o2o_pay_from_wallet(PIN)
        self.assertEqual(answer["status"], "ok", answer)
        payment._post_process()
        return order

    def _get_balance(self):
        self.wallet.invalidate_recordset()
        return self.wallet.principal, self.wallet.bonus

    def test_goes_back_into_the_wallet(self):
        """PAY-05, POS-07: half of it is returned at a till, which gives no cash for it:
        own money and bonus come back as they were paid, by themselves."""
        order = self._order()
        self.assertEqual(sum(self._get_balance()), 550.0 - order.amount_total)
        fulfillment = order.o2o_fulfillment_ids
        self.assertEqual(fulfillment._get_return_route(), "original")
        # what the till's return does with the money of this way
        returned = order._o2o_request_refund(
            200.0, "returned", kind="return", fulfillment_id=fulfillment.id
        )
        with self.enter_registry_test_mode():
            self.env.ref("o2o_order.o2o_refund_cron").method_direct_trigger()
        self.assertEqual(returned.refund_ids.state, "done", returned.refund_ids.failure)
        self.assertEqual(returned.state, "paid")
        principal, bonus = self._get_balance()
        left = 750.0 - order.amount_total
        self.assertEqual(round(principal + bonus, 2), left)
        self.assertEqual(bonus, round(left / 11, 2))
        self.assertFalse(self.env["o2o.wallet.entry"]._find_wrong_wallets())
