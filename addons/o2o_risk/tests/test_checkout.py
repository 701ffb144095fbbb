from contextlib import suppress

from odoo.fields import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.o2o_order.tests.test_checkout_page import CheckoutPageCase

from .common import RiskRules


@tagged("post_install", "-at_install")
class TestRiskCheckout(RiskRules, CheckoutPageCase):
    """The one-page checkout, in the requests that a phone sends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_rules()
        cls._set_stock(cls.near, cls.product, 100)

    def _buy(self):
        self._add()
        return self._submit(self._page())

    def test_held_member_reads_thanks(self):
        """PAY-09: paid at the door and held: the member sees an order like others."""
        self._rule("device")
        first, second = self._buy(), self._buy()
        self.assertEqual(second["url"], first["url"])
        orders = self._orders().sorted("id")
        self.assertEqual(orders.mapped("o2o_stage"), ["to_ship", "review"])
        self.assertTrue(self.opener.cookies.get("o2o_device"))
        for word in ("risk", "device", "Too much"):
            self.assertNotIn(word, second["done"])

    def test_cookie_thrown_away(self):
        """PAY-09: without the cookie it is another device, of the same member."""
        self._rule("device")
        self._buy()
        del self.opener.cookies["o2o_device"]
        self._buy()
        self.assertNotIn("review", self._orders().mapped("o2o_stage"))
        self._rule("member", limit=2)
        self._buy()
        self.assertIn("review", self._orders().mapped("o2o_stage"))

    def test_refused(self):
        """PAY-09: no order, a neutral word, and head office sees that it was tried."""
        rule = self._rule("network", action="refuse", message="Call 400-000-000.")
        self._buy()
        answer = self._buy()
        self.assertEqual(answer["error"], "Call 400-000-000.")
        self.assertEqual(len(self._orders()), 1)
        self.assertEqual(self.hits.search([]).rule_id, rule)

    @mute_logger("odoo.http")
    def test_topup_page(self):
        """PAY-05, PAY-09: the page that begins to pay for a top-up counts it."""
        rule = self._rule(counted="topup", action="refuse")
        method = self.env["payment.method"].create(
            {"name": "O2O Test Money", "code": "o2o_test_money", "active": True}
        )
        provider = self.env["payment.provider"].create(
            {
                "name": "O2O Test Money",
                "code": "none",
                "state": "test",
                "is_published": True,
                "payment_method_ids": [Command.set(method.ids)],
            }
        )

        def begin():
            topup = self.env["o2o.wallet.topup"]._begin(self.partner, 100.0)
            self.make_jsonrpc_request(
                f"/o2o/wallet/topup/{topup.id}/transaction",
                {
                    "provider_id": provider.id,
                    "payment_method_id": method.id,
                    "flow": "redirect",
                },
            )
            return topup

        self.assertEqual(begin().transaction_ids.provider_id, provider)
        # assertRaises would roll back what is noted about the refusal
        with suppress(JsonRpcException):
            begin()
        hit = self.hits.search([])
        self.assertEqual((hit.rule_id, hit.action), (rule, "refuse"))

    def test_statements(self):
        """SHOP-05: a submission costs two statements more, whatever the rules."""
        for key_kind in ("member", "device", "network", "place", "phone"):
            for number in range(3):
                self._rule(key_kind, limit=100 + number)
        self._buy()
        self._add()
        page = self._page()
        with self._count() as statements:
            answer = self._submit(page)
        self.assertIn("done", answer)
        ours = [
            it for it in statements if "o2o_risk" in it or "o2o_card_throttle" in it
        ]
        self.assertLessEqual(len(ours), 2, "\n".join(ours))
