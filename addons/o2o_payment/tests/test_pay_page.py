import json
from contextlib import nullcontext
from urllib.parse import unquote

from odoo.tests import HttpCase, tagged

from .common import SimulatedGateways

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"


@tagged("post_install", "-at_install")
class TestPayPage(SimulatedGateways, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def _visit(self, intent, phone=False, **options):
        return self.url_open(
            f"/o2o/payment/go/{intent.token}",
            headers={"User-Agent": PHONE} if phone else None,
            **options,
        )

    def _state(self, token):
        return self.make_jsonrpc_request(f"/o2o/payment/state/{token}", {})

    def test_form_leads_to_the_gateway(self):
        """PAY-02: Alipay and UnionPay: a form that sends itself, for each device."""
        for provider, method in (
            (self.alipay, "alipay.trade.page.pay"),
            (self.unionpay, "frontTransReq.do"),
        ):
            intent = self._plan(provider)
            page = self._visit(intent)
            self.assertIn(method, page.text)
            self.assertIn(self.simulator.url, page.text)
            self.assertEqual(page.headers["Cache-Control"], "no-store")
            self.assertEqual((intent.state, intent.way), ("waiting", "page"))
        intent = self._plan(self.alipay)
        self.assertIn("alipay.trade.wap.pay", self._visit(intent, phone=True).text)
        self.assertEqual(intent.way, "phone")

    def test_code_on_the_screen(self):
        """PAY-02: WeChat Pay on a computer: a code, and a page that sees the end."""
        intent = self._plan(self.wechat)
        page = self._visit(intent)
        self.assertIn("data:image/svg+xml;base64,", page.text)
        self.assertIn("100.00", page.text)
        self.assertEqual(self._state(intent.token)["state"], "waiting")
        again = self._visit(intent)
        self.assertIn("data:image/svg+xml;base64,", again.text)
        self._pay(intent)
        self.assertEqual(self._state(intent.token)["state"], "waiting")
        self._tell(intent)
        self._run("event")
        self.assertEqual(self._state(intent.token)["state"], "paid")
        page = self._visit(intent, allow_redirects=False)
        self.assertEqual(
            (page.status_code, page.headers["Location"]), (303, "/payment/status")
        )

    def test_addresses_that_the_gateway_is_told(self):
        """PAY-10: notifications to the public address, the browser back to its own;
        no address needs a redirect, which no gateway follows."""
        self.env["ir.config_parameter"].set_param(
            "web.base.url", "https://shop.example"
        )
        intent = self._plan(self.wechat)
        self._visit(intent)
        trade = self._module(self.wechat).ledger.find(intent.out_no)
        self.assertEqual(
            trade.notify_url,
            f"https://shop.example/o2o/payment/notify/{self.wechat.id}",
        )
        page = unquote(self._visit(self._plan(self.alipay)).text)
        self.assertIn(f"{self.base_url()}/o2o/payment/return/", page)
        self.assertNotIn("//o2o", page)

    def test_page_on_a_phone(self):
        """PAY-02: WeChat Pay on a phone: on to its page."""
        page = self._visit(self._plan(self.wechat), phone=True, allow_redirects=False)
        self.assertEqual(page.status_code, 303)
        self.assertTrue(page.headers["Location"].startswith(self.simulator.url))

    def test_silent_gateway(self):
        """FAULT-39: no code: the payer may try again, nothing is lost."""
        self.simulator.faults.add("wechat.native", "lost_before")
        intent = self._plan(self.wechat)
        page = self._visit(intent)
        self.assertNotIn("data:image/svg", page.text)
        self.assertIn(f"/o2o/payment/go/{intent.token}", page.text)
        self.assertIn("data:image/svg", self._visit(intent).text)

    def test_return_is_not_believed(self):
        """FAULT-5: the browser says "paid": it is asked about, and not paid."""
        intent = self._start(self.alipay)
        for options in ({}, {"data": {"trade_status": "TRADE_SUCCESS"}}):
            page = self.url_open(
                f"/o2o/payment/return/{intent.token}?trade_status=TRADE_SUCCESS",
                allow_redirects=False,
                **options,
            )
            self.assertEqual(page.status_code, 303)
            self.assertTrue(page.headers["Location"].endswith("/payment/status"))
            self.assertEqual(intent.state, "waiting")
        self._run("intent")
        self.assertEqual(intent.state, "waiting")
        self._pay(intent)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "paid")

    def test_address_is_a_secret(self):
        """PAY-08: no number and no guess leads to a payment of somebody."""
        intent = self._start(self.wechat)
        for token in (intent.out_no, str(intent.id), "x", "%25"):
            self.assertEqual(self.url_open(f"/o2o/payment/go/{token}").status_code, 404)
            page = self.url_open(f"/o2o/payment/return/{token}", data={"a": "b"})
            self.assertEqual(page.status_code, 404)
            answer = self.url_open(
                f"/o2o/payment/state/{token}",
                data=json.dumps({"params": {}}),
                headers={"Content-Type": "application/json"},
            )
            self.assertNotIn("result", answer.json())

    def test_state_tells_nothing_else(self):
        """PAY-08: the waiting page learns a state and the time, no number, no name."""
        intent = self._start(self.wechat)
        self.assertEqual(set(self._state(intent.token)), {"state", "seconds_left"})
        intent._enter("held")
        self.assertEqual(self._state(intent.token)["state"], "held")

    def test_over(self):
        """FAULT-37: an old address says so, and leads to another way to pay."""
        intent = self._start(self.wechat)
        intent._end("closed")
        page = self._visit(intent)
        self.assertNotIn("data:image/svg", page.text)
        self.assertIn("/shop/payment", page.text)

    def test_another_way_is_where_the_payer_came_from(self):
        """PAY-05: who tops a wallet up, or pays an invoice, is not led to a cart."""
        intent = self._start(self.wechat)
        for page, choice in (
            (False, "/shop/payment"),
            ("/shop/payment/validate", "/shop/payment"),
            ("/my/invoices/7?access_token=abc", "/my/invoices/7?access_token=abc"),
        ):
            intent.transaction_id.landing_route = page
            self.assertIn(f'href="{choice}"', self._visit(intent).text)
