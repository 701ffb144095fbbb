from lxml import html

from odoo.fields import Command
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import PIN
from .common_website import WalletHttpCommon


@tagged("post_install", "-at_install")
class TestWalletWebsite(WalletHttpCommon):
    """PAY-05: the member's own page."""

    def _code(self, **kwargs):
        return self.env["o2o.verification"]._issue(
            "wallet", "sms", "13800138001", user=self.buyer, **kwargs
        )

    def _messages(self, response):
        page = html.fromstring(response.text)
        return [
            " ".join(node.text_content().split())
            for node in page.xpath("//*[contains(@class, 'invalid-feedback')]")
        ]

    def test_balance_and_statement(self):
        """PAY-05: own money and bonus apart; every movement with what is left."""
        self.wallet._pay(110.0, "test/pay")._refund(11.0, "test/back")
        self.Hold._hold(self.wallet, 1.0, "test/hold")
        page = self._page("/o2o/member/wallet")
        self.assertIn("451.00", self._texts(page, "o_o2o_wallet_balance")[0])
        self.assertIn("410.00", self._texts(page, "o_o2o_wallet_principal")[0])
        self.assertIn("41.00", self._texts(page, "o_o2o_wallet_bonus")[0])
        rows = self._texts(page, "o_o2o_wallet_entry")
        self.assertEqual(len(rows), 4, rows)
        self.assertTrue(rows[0].startswith("Refund"), rows)
        self.assertIn("of it bonus", rows[0])
        self.assertIn("451.00", rows[0])

    def test_filters_and_pages(self):
        """PAY-05: by kind and by month; nonsense is ignored."""
        for number in range(22):
            self.wallet._pay(1.0, f"test/{number}")
        page = self._page("/o2o/member/wallet?kind=payments")
        self.assertEqual(len(self._texts(page, "o_o2o_wallet_entry")), 20)
        [older] = page.xpath("//a[normalize-space()='Older']/@href")
        self.assertEqual(len(self._texts(self._page(older), "o_o2o_wallet_entry")), 2)
        month = self.company._o2o_today().strftime("%Y-%m")
        page = self._page(f"/o2o/member/wallet?kind=topups&month={month}")
        self.assertEqual(len(self._texts(page, "o_o2o_wallet_entry")), 2)
        page = self._page("/o2o/member/wallet?month=2001-01")
        self.assertIn("Nothing here", self._texts(page, "o_o2o_wallet_empty")[0])
        self._page("/o2o/member/wallet?kind=x&month=%27&before=99999999999999999999")

    def test_statement_as_a_file(self):
        """PAY-05: for a spreadsheet; only one's own rows, and no formulas."""
        other = self._create_member("O2O Other", "88000400")
        self.env["o2o.wallet"]._open(other)._top_up(7.0, "test/other")
        self.wallet._adjust(-1.0, 0.0, "test/adjust", "=1+1")
        response = self.url_open("/o2o/member/wallet/statement")
        self.assertEqual(response.headers["Content-Type"], "text/csv; charset=utf-8")
        lines = response.content.decode("utf-8-sig").splitlines()
        self.assertEqual(lines[0], "Time,Kind,Document,Principal,Bonus,Balance,Reason")
        self.assertEqual(len(lines), 4, lines)
        self.assertIn(",-1.0,0.0,549.0,'=1+1", lines[1])
        month = self.url_open("/o2o/member/wallet/statement?month=2001-01")
        self.assertEqual(month.content.decode("utf-8-sig"), "")

    def test_home_leads_here(self):
        """PAY-05: a tile in the member centre."""
        page = self._page("/o2o/member")
        self.assertTrue(page.xpath("//a[@href='/o2o/member/wallet']"))

    def test_without_a_wallet(self):
        """PAY-05: a member who never had money sees zero, not an error."""
        self.wallet._pay(550.0, "test/all")
        self.member.o2o_card_ids._freeze("test")
        self.assertIn(
            "0.00",
            self._texts(self._page("/o2o/member/wallet"), "o_o2o_wallet_balance")[0],
        )

    def test_set_pin_with_a_code(self):
        """PAY-05: the PIN is set with a code to the own phone."""
        answer = self._post(
            "/o2o/member/wallet/pin",
            pin="736152",
            pin_again="736152",
            code=self._code(),
        )
        self.assertEqual(answer.status_code, 303, answer.text[:500])
        self.wallet.invalidate_recordset()
        self.assertFalse(self.wallet._check_pin("736152"))
        self.assertIn("wallet_pin", self.member._o2o_security_events().mapped("kind"))

    def test_pin_errors(self):
        """An attack: no code, a wrong one, one of somebody else; and easy PINs."""
        code = self._code()
        other = self.env["o2o.verification"]._issue(
            "wallet", "sms", "13800138001", user=self.portal
        )
        for pin, again, given, expected in (
            ("111111", "111111", code, "in a row"),
            ("736152", "736153", code, "not the same"),
            ("736152", "736152", "000000", "not right"),
            ("736152", "736152", other, "not right"),
            ("736152", "736152", "", "6 digits"),
        ):
            with self.subTest(pin=pin, given=given):
                answer = self._post(
                    "/o2o/member/wallet/pin", pin=pin, pin_again=again, code=given
                )
                self.assertIn(expected, " ".join(self._messages(answer)))
                self.assertNotIn(pin, answer.text)
        self.wallet.invalidate_recordset()
        self.assertFalse(self.wallet._check_pin(PIN), "still the old one")

    def test_code_goes_to_the_own_phone(self):
        """An attack: the page asks for a code to another number."""
        answer = self.make_jsonrpc_request(
            "/o2o/member/wallet/code", {"purpose": "wallet", "target": "13900000000"}
        )
        self.assertTrue(answer["sent"], answer)
        row = self.env["o2o.verification"].search([], limit=1)
        self.assertEqual(row.purpose, "wallet")
        self.assertEqual(row.target_masked, "138****8001")

    def test_freeze_and_use_again(self):
        """PAY-05: freezing takes one tap; using it again takes a code."""
        self._post("/o2o/member/wallet/freeze")
        self.wallet.invalidate_recordset()
        self.assertEqual(self.wallet.state, "frozen")
        answer = self._post("/o2o/member/wallet/unfreeze", code="000000")
        self.assertEqual(answer.status_code, 200)
        self.wallet.invalidate_recordset()
        self.assertEqual(self.wallet.state, "frozen")
        self._post("/o2o/member/wallet/unfreeze", code=self._code())
        self.wallet.invalidate_recordset()
        self.assertEqual(self.wallet.state, "active")
        kinds = self.member._o2o_security_events().mapped("kind")
        self.assertIn("wallet_frozen", kinds)
        self.assertIn("wallet_unfrozen", kinds)

    def test_shops_freeze_stays(self):
        """An attack: the member puts a wallet to use that the shop froze."""
        self.wallet._freeze()
        self._post("/o2o/member/wallet/unfreeze", code=self._code())
        self.wallet.invalidate_recordset()
        self.assertEqual(self.wallet.state, "frozen")

    def _add_to_cart(self):
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.bottle.product_tmpl_id.id,
                "product_id": self.bottle.id,
                "quantity": 3,
            },
        )
        return self.env["sale.order"].search(
            [("partner_id", "=", self.member.id)], order="id desc", limit=1
        )

    def test_payment_page(self):
        """PAY-05: from the cart to the confirmed order, with the PIN."""
        order = self._add_to_cart()
        page = self._page("/shop/payment")
        [form] = page.xpath("//div[contains(@class, 'o_o2o_wallet_form')]")
        self.assertIn("550.00", form.text_content())
        self.assertTrue(form.xpath(".//input[@name='o2o_wallet_pin']"))
        values = self.make_jsonrpc_request(
            f"/shop/payment/transaction/{order.id}",
            {
                "access_token": order._portal_ensure_token(),
                "amount": order.amount_total,
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "token_id": None,
                "flow": "direct",
                "tokenization_requested": False,
                "landing_route": "/shop/payment/validate",
            },
        )
        pay = {"reference": values["reference"]}
        answer = self.make_jsonrpc_request("/o2o/wallet/pay", {**pay, "pin": "1"})
        self.assertEqual(answer["status"], "pin_wrong")
        answer = self.make_jsonrpc_request("/o2o/wallet/pay", {**pay, "pin": PIN})
        self.assertEqual(answer["status"], "ok")
        self.make_jsonrpc_request("/payment/status/poll", {})
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.wallet.balance, 220.0)

    # === top-up === #

    def _begin_topup(self, amount="300"):
        answer = self._post("/o2o/member/wallet/topup", amount=amount)
        self.assertEqual(answer.status_code, 303, answer.text[:300])
        return answer.headers["Location"]

    def _money(self):
        """A provider that takes real money, so to speak."""
        method = self.env["payment.method"].create(
            {"name": "O2O Test Money", "code": "o2o_test_money", "active": True}
        )
        return self.env["payment.provider"].create(
            {
                "name": "O2O Test Money",
                "code": "none",
                "state": "test",
                "is_published": True,
                "payment_method_ids": [Command.set(method.ids)],
            }
        )

    def test_topup_pages(self):
        """PAY-05: choose an amount, see the campaign, pay, see that it came."""
        self.env["o2o.wallet.campaign"].create(
            {"name": "Spring", "minimum": 300.0, "bonus": 30.0}
        )
        provider = self._money()
        page = self._page("/o2o/member/wallet/topup")
        self.assertIn("30.00", self._texts(page, "o_o2o_topup_campaigns")[0])
        url = self._begin_topup()
        topup = self.env["o2o.wallet.topup"].search(
            [("partner_id", "=", self.member.id)], limit=1
        )
        self.assertTrue(url.endswith(f"/{topup.id}"))
        page = self._page(url)
        codes = page.xpath("//input[@name='o_payment_radio']/@data-provider-code")
        self.assertIn("none", codes)
        self.assertNotIn("o2o_wallet", codes, "a wallet does not fill itself")
        self.make_jsonrpc_request(
            f"/o2o/wallet/topup/{topup.id}/transaction",
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids.id,
                "token_id": None,
                "amount": 1.0,
                "flow": "redirect",
                "tokenization_requested": True,
                "landing_route": "//evil.example",
                "is_validation": True,
                "access_token": "",
            },
        )
        transaction = topup.transaction_ids
        self.assertRecordValues(
            transaction,
            [
                {
                    "amount": 300.0,
                    "partner_id": self.member.id,
                    "operation": "online_redirect",
                    "landing_route": f"/o2o/member/wallet/topup/{topup.id}",
                    "tokenize": False,
                }
            ],
        )
        topup._receive(transaction)
        self.assertTrue(self._texts(self._page(url), "o_o2o_topup_done"))
        self.assertBalance(800.0, 80.0)

    @mute_logger("odoo.http")
    def test_topup_attacks(self):
        """An attack: odd amounts, somebody else's top-up, the wallet pays itself."""
        for amount in ("0", "-5", "1e9", "abc", "", "99999999", "1.005"):
            with self.subTest(amount=amount):
                answer = self._post("/o2o/member/wallet/topup", amount=amount)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("o_o2o_topup_error", answer.text)
        self.assertFalse(self.env["o2o.wallet.topup"].search_count([]))
        other = self._create_member("O2O Other", "88000401")
        foreign = self.env["o2o.wallet.topup"]._begin(other, 100.0)
        response = self.url_open(f"/o2o/member/wallet/topup/{foreign.id}")
        self.assertEqual(response.status_code, 404)
        own = self.env["o2o.wallet.topup"]._begin(self.member, 100.0)
        for topup in (foreign, own):
            with self.subTest(topup=topup.name), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request(
                    f"/o2o/wallet/topup/{topup.id}/transaction",
                    {
                        "provider_id": self.provider.id,
                        "payment_method_id": self.method.id,
                        "flow": "direct",
                    },
                )
            self.assertFalse(topup.transaction_ids)

    @mute_logger("odoo.http")
    def test_topup_is_paid_at_once(self):
        """PAY-05: a provider that captures by hand could capture less than the wallet
        got."""
        provider = self._money()
        provider.flush_recordset()
        self.env.cr.execute(
            "UPDATE payment_provider SET capture_manually = TRUE WHERE id = %s",
            [provider.id],
        )
        provider.invalidate_recordset()
        topup = self.env["o2o.wallet.topup"]._begin(self.member, 100.0)
        page = self._page(f"/o2o/member/wallet/topup/{topup.id}")
        self.assertFalse(page.xpath(f"//input[@data-provider-id='{provider.id}']"))
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                f"/o2o/wallet/topup/{topup.id}/transaction",
                {
                    "provider_id": provider.id,
                    "payment_method_id": provider.payment_method_ids.id,
                    "flow": "redirect",
                },
            )
        self.assertFalse(topup.transaction_ids)

    @mute_logger("odoo.http")
    def test_pay_route_attacks(self):
        """An attack: unknown references and values that are no text."""
        for values in ({"reference": "nothing"}, {"reference": "%", "pin": PIN}):
            self.assertEqual(
                self.make_jsonrpc_request("/o2o/wallet/pay", values)["status"],
                "refused",
            )
        for values in ({"reference": 1}, {"reference": "x", "pin": {"a": 1}}):
            with self.subTest(values=values), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request("/o2o/wallet/pay", values)
        self.authenticate(None, None)
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request("/o2o/wallet/pay", {"reference": "x"})
