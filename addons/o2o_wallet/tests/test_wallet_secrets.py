"""The PIN of a wallet is known to its member, and its hash to the server (PAY-08)."""

from odoo.modules.neutralize import neutralize_database
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException

from odoo.addons.o2o_member.tests.common_secrets import SecretsMixin

from .common import PIN
from .common_till import WalletTillCommon
from .common_website import WalletHttpCommon

WRONG_PIN = "905173"
AT_HOME = {("o2o_wallet", "pin_hash")}


class PinSecrets(SecretsMixin):
    def setUp(self):
        super().setUp()
        self._keep_secret(PIN)
        self._keep_secret(WRONG_PIN)
        self._keep_secret(self.wallet.pin_hash)


@tagged("post_install", "-at_install")
class TestWalletSecretsTill(PinSecrets, WalletTillCommon, HttpCase):
    def setUp(self):
        super().setUp()
        # the other till of the common case has this name, and so has the browser's
        self.session = None

    def _ask_over_http(self, pin):
        """As the browser of the till sends it."""
        self.authenticate(self.cashier.login, self.cashier.login)
        who = {"partner_id": self.member.id, "pin": pin}
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw/o2o.wallet.till/authorise",
            {
                "model": "o2o.wallet.till",
                "method": "authorise",
                "args": [self.shop.id, self.uuid, 110.0, who],
                "kwargs": {},
            },
        )

    def test_in_no_log_and_no_table(self):
        """PAY-08, PAY-05: a right PIN, a wrong one and one that breaks something are
        in no log and no table; the hash is with its wallet only."""
        with self._log_book() as book:
            self.assertNotEqual(self._ask_over_http(WRONG_PIN)["status"], "ok")
            self.assertEqual(self._ask_over_http(PIN)["status"], "ok")
            self._sell_by_wallet()
            self.uuid = "a-line-of-its-own"
            self.patch(type(self.env["o2o.wallet"]), "_check_pin", self._break)
            with self.assertRaisesRegex(JsonRpcException, "RuntimeError"):
                self._ask_over_http(PIN)
        self.assertIn("Traceback", "\n".join(book.lines))
        self.assertLogKeepsSecrets(book)
        self.assertEqual(self._find_in_database(), AT_HOME)

    def _break(self, *args):
        raise RuntimeError("broken")

    def test_in_no_till(self):
        """PAY-08: what a till loads has neither PIN nor hash."""
        loaded = self.pos_session.with_user(self.cashier).load_data([])
        self.assertKeepsSecrets(loaded, "data of the till")

    def test_in_no_neutralised_copy(self):
        """PAY-08: a copy has no hash: six digits are soon tried out."""
        self.assertEqual(self._find_in_database(), AT_HOME)
        neutralize_database(self.cr)
        self.assertEqual(self._find_in_database(), set())


@tagged("post_install", "-at_install")
class TestWalletSecretsWebsite(PinSecrets, WalletHttpCommon):
    def test_in_no_log_and_no_table(self):
        """PAY-08: paid on the website, with a wrong PIN and the right one."""
        transaction = self._transaction(self._order(price=300.0))
        pay = {"reference": transaction.reference}
        with self._log_book() as book:
            for pin, status in ((WRONG_PIN, "pin_wrong"), (PIN, "ok")):
                answer = self.make_jsonrpc_request(
                    "/o2o/wallet/pay", {**pay, "pin": pin}
                )
                self.assertEqual(answer["status"], status)
        self.assertLogKeepsSecrets(book)
        self.assertEqual(self._find_in_database(), AT_HOME)
