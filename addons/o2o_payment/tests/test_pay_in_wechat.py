"""Paying on a page within WeChat."""

import re
from contextlib import nullcontext
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..controllers.pay_in_wechat import PaymentPayInWechat
from ..lib.o2o_gateway.outcome import rejected
from ..lib.o2o_gateway.wechat.login import WechatLogin
from .common import SimulatedGateways

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"
    " MicroMessenger/8.0.50"
)


@tagged("post_install", "-at_install")
class TestPayInWechat(SimulatedGateways, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
        self.opener.headers["User-Agent"] = WECHAT

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def _visit(self, intent):
        return self.url_open(f"/o2o/payment/go/{intent.token}", allow_redirects=False)

    def _named(self, intent):
        """WeChat's page names the reader; where it sends them back to."""
        sent = self._visit(intent).headers["Location"]
        self.assertTrue(sent.startswith(self.simulator.url), sent)
        answer = requests.get(sent.split("#")[0], allow_redirects=False, timeout=10)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def _call_of(self, page):
        return re.search(r'data-call="([^"]+)"', page.text)

    def _check_refused(self, address):
        """Neither a call, nor the way to one: another way to pay is offered."""
        page = self.url_open(address)
        self.assertFalse(self._call_of(page), address)
        self.assertNotIn("/o2o/payment/go/", page.text)
        self.assertIn("/shop/payment", page.text)

    def test_named_called_paid(self):
        """PAY-02: named once, the page calls WeChat, the server asks and decides."""
        intent = self._plan(self.wechat)
        back = self._named(intent)
        page = self.url_open(back)
        self.assertIn("prepay_id=wx", self._call_of(page)[1])
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual((intent.state, intent.way), ("waiting", "wechat"))
        # the page says that it was paid: it is asked about, and it was not
        self.url_open(f"/o2o/payment/return/{intent.token}", allow_redirects=False)
        self._run("intent")
        self.assertEqual(intent.state, "waiting")
        self._pay(intent)
        self._tell(intent)
        self._run("event")
        self.assertEqual(intent.state, "paid")
        # the next payment of this session needs no naming
        again = self._plan(self.wechat)
        self.assertTrue(self._call_of(self._visit(again)))

    def test_reloaded_is_the_same_payment(self):
        """FAULT-43: the page again: the same number, one payment at the gateway."""
        intent = self._plan(self.wechat)
        self.url_open(self._named(intent))
        self.assertTrue(self._call_of(self._visit(intent)))
        trades = self.simulator.wechat.ledger.trades()
        self.assertEqual(len([it for it in trades if it.out_no == intent.out_no]), 1)

    def test_state_is_of_this_session_and_good_once(self):
        """PAY-08: a stranger's way back, an invented state, the same once more."""
        intent = self._plan(self.wechat)
        back = self._named(intent)
        state = parse_qs(urlsplit(back).query)["state"][0]
        for address in (
            back.replace(state, "0" * 32),
            back.replace(state, "%E9%85%92"),
            back.split("?")[0],
            back,  # what was kept is gone
        ):
            self._check_refused(address)
        self.assertEqual(intent.state, "new")
        other = self._plan(self.wechat)
        mine = self._named(other)
        self.url_open("/web/session/logout")
        self.opener.cookies.clear()
        self._check_refused(mine)

    def test_code_of_another_payment(self):
        """PAY-08: the way back of one payment does not open another."""
        first, second = self._plan(self.wechat), self._plan(self.wechat)
        back = self._named(first)
        self._check_refused(back.replace(first.token, second.token))

    def test_wechat_does_not_name(self):
        """FAULT-39: a lost answer: the payer may try again, nothing was begun."""
        self.simulator.faults.add("wechat.login", "lost_after")
        intent = self._plan(self.wechat)
        page = self.url_open(self._named(intent))
        self.assertIn(f"/o2o/payment/go/{intent.token}", page.text)
        self.assertEqual(intent.state, "new")
        self.assertTrue(self._call_of(self.url_open(self._named(intent))))

    def test_begun_in_wechat_goes_on_there(self):
        """FAULT-36: opened in another browser, the number is not planned once more in
        another way."""
        intent = self._plan(self.wechat)
        self.url_open(self._named(intent))
        for agent in ("Mozilla/5.0 (iPhone) Mobile Safari", "Mozilla/5.0 (X11)"):
            self.opener.headers["User-Agent"] = agent
            page = self._visit(intent)
            self.assertEqual(page.status_code, 200)
            self.assertNotIn("data:image/svg", page.text)
        self.assertEqual(intent.way, "wechat")
        self.assertFalse(intent.page_url or intent.qr_text)
        for on_phone in (True, False):
            with self.assertRaises(UserError):
                intent._open(on_phone, "127.0.0.1")

    def test_wechat_refuses_the_app(self):
        """FAULT-39: a wrong secret of the app: the page for phones, as without one."""
        intent = self._plan(self.wechat)
        back = self._named(intent)
        refusal = rejected("40125", "WeChat refused number or secret of the app.")
        with patch.object(WechatLogin, "openid", lambda self, code: refusal):
            answer = self.url_open(back, allow_redirects=False)
        self.assertTrue(answer.headers["Location"].endswith(f"/go/{intent.token}"))
        self.assertIn("/wechat/h5/", self._visit(intent).headers["Location"])
        self.assertEqual(intent.way, "phone")

    def test_gateway_is_silent(self):
        """FAULT-39: no call without an answer; again it is the same payment."""
        intent = self._plan(self.wechat)
        self.simulator.faults.add("wechat.jsapi", "lost_before")
        page = self.url_open(self._named(intent))
        self.assertFalse(self._call_of(page))
        self.assertTrue(self._call_of(self._visit(intent)))

    def test_off_without_the_secret(self):
        """PAY-02: without the secret, for a mini program and for other gateways it is
        the page for phones, as before."""
        page = self._visit(self._plan(self.alipay))
        self.assertIn("alipay.trade.wap.pay", page.text)
        for vals in (
            {"o2o_wechat_app_kind": "mini"},
            {"o2o_wechat_app_secret": False},
        ):
            self.wechat.write(vals)
            intent = self._plan(self.wechat)
            self.assertIn("/wechat/h5/", self._visit(intent).headers["Location"])
            self.assertEqual(intent.way, "phone")

    def test_begun_on_another_page_goes_on_there(self):
        """FAULT-36: a number that a gateway knows in one way is not used in another."""
        intent = self._start(self.wechat)
        page = self._visit(intent)
        self.assertIn("data:image/svg", page.text)

    def test_bridge_of_the_simulator_only(self):
        """PAY-08: a page of real money loads no script of anybody."""
        intent = self._plan(self.wechat)
        page = self.url_open(self._named(intent))
        self.assertIn("/wechat/bridge.js", page.text)
        with patch.object(
            type(self.wechat), "_o2o_get_bridge_url", lambda provider: ""
        ):
            self.assertNotIn("bridge.js", self._visit(intent).text)
        self.wechat.o2o_environment = "sandbox"
        self.assertEqual(self.wechat._o2o_get_bridge_url(), "")

    def test_page_in_a_browser(self):
        """PAY-02: the page waits for WeChat's bridge, and hands it what was signed."""
        intent = self._plan(self.wechat)
        call = {"appId": "wx1", "package": "prepay_id=wx1", "paySign": "signed"}
        answer = type("Call", (), {"fields": lambda self: call})()
        model = type(intent)
        with (
            patch.object(
                PaymentPayInWechat, "_get_openid", lambda self, intent: OPENID
            ),
            patch.object(PaymentPayInWechat, "_is_in_wechat", lambda self: True),
            patch.object(model, "_open_in_wechat", lambda *_args: answer),
            patch.object(type(self.wechat), "_o2o_get_bridge_url", lambda provider: ""),
        ):
            self.browser_js(
                f"/o2o/payment/go/{intent.token}",
                """
                window.WeixinJSBridge = {
                    invoke(name, fields) {
                        const found = `${name} ${fields.paySign}`;
                        const isRight = found === "getBrandWCPayRequest signed";
                        console[isRight ? "log" : "error"](
                            isRight ? "test successful" : found
                        );
                    },
                };
                setInterval(
                    () => document.dispatchEvent(new Event("WeixinJSBridgeReady")), 200
                );
                """,
                "Boolean(document.querySelector('.o_o2o_pay_in_wechat'))",
            )


OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
