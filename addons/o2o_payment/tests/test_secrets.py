"""Secrets are where they have to be, and nowhere else (PAY-08)."""

import base64
import json
from contextlib import nullcontext
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.http import root
from odoo.modules.neutralize import neutralize_database
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.o2o_member.tests.common_secrets import SecretsMixin

from .common_till import TillCase

#: what may be told to nobody; numbers and public keys are for administrators, too
SECRET_FIELDS = (
    "o2o_alipay_private_key",
    "o2o_wechat_private_key",
    "o2o_wechat_api_key",
    "o2o_wechat_app_secret",
    "o2o_unionpay_pfx",
    "o2o_unionpay_pfx_password",
)
#: what WeChat adds to an address when it names a reader
WECHAT_CODE, WECHAT_STATE = "081Code0fAReaderNamed", "5tate0fThe5ession0fAReader"
#: numbers, names and what is public of a pair of keys
NO_SECRETS = {
    "o2o_simulator_url",
    "o2o_alipay_app_id",
    "o2o_alipay_seller_id",
    "o2o_alipay_public_key",
    "o2o_alipay_app_certificate",
    "o2o_alipay_certificate",
    "o2o_alipay_root_certificate",
    "o2o_wechat_mchid",
    "o2o_wechat_app_id",
    "o2o_wechat_serial_no",
    "o2o_wechat_public_key_id",
    "o2o_wechat_public_key",
    "o2o_wechat_certificates",
    "o2o_unionpay_merchant_no",
    "o2o_unionpay_middle_certificate",
    "o2o_unionpay_root_certificate",
}
#: where a secret has to be to be of any use
AT_HOME = {
    *(("payment_provider", field) for field in SECRET_FIELDS),
    ("o2o_payment_intent", "token"),
}
PAYMENT_MODELS = ("payment.provider", "payment.transaction", "pos.payment")
OUR_MODELS = ("o2o.payment.intent", "o2o.payment.event", "o2o.payment.quarantine")
RESTRICTED = {
    "o2o.payment.intent": ("token", "qr_text", "page_url"),
    "o2o.payment.event": ("body", "headers"),
}


class SecretCase(SecretsMixin, TillCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as a merchant chooses one; that of the simulator is "000000"
        cls.unionpay.o2o_unionpay_pfx = cls._with_password("Pfx-Passw0rd-of-a-shop")
        cls.unionpay.o2o_unionpay_pfx_password = "Pfx-Passw0rd-of-a-shop"

    @classmethod
    def _with_password(cls, password):
        """The simulator's .pfx, protected by another password."""
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            BestAvailableEncryption,
            pkcs12,
        )

        bundle = base64.b64decode(cls.unionpay.o2o_unionpay_pfx)
        old = cls.unionpay.o2o_unionpay_pfx_password.encode()
        key, certificate, others = pkcs12.load_key_and_certificates(bundle, old)
        return base64.b64encode(
            pkcs12.serialize_key_and_certificates(
                b"shop",
                key,
                certificate,
                others,
                BestAvailableEncryption(password.encode()),
            )
        )

    def setUp(self):
        super().setUp()
        self._keep_secret(self.simulator.token)
        self._keep_secret(WECHAT_CODE)
        self._keep_secret(WECHAT_STATE)
        for provider in self.providers:
            for field in SECRET_FIELDS:
                if value := provider[field]:
                    text = value.decode() if isinstance(value, bytes) else value
                    self._keep_secret(text)

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def _scan(self, provider=None):
        code = super()._scan(provider)
        self._keep_secret(code)
        return code

    def _plan(self, provider=None, amount=100.0, **vals):
        intent = super()._plan(provider, amount, **vals)
        self._keep_secret(intent.token)
        return intent

    # what happens in a shop

    def _pay_on_the_web(self, provider):
        intent = self._plan(provider)
        with self._as_browser():
            self.url_open(f"/o2o/payment/go/{intent.token}", allow_redirects=False)
            self._go(intent)
        self._pay(intent)
        letter = self._letter(intent)
        self.url_open(
            f"/o2o/payment/notify/{provider.id}",
            data=letter.body,
            headers={"Content-Type": letter.content_type, **letter.headers()},
        )
        self._run("event")
        with self._as_browser():
            self.make_jsonrpc_request(f"/o2o/payment/state/{intent.token}", {})
            self.url_open(f"/o2o/payment/return/{intent.token}", allow_redirects=False)
            self.url_open(
                f"/o2o/payment/wechat/{intent.token}"
                f"?code={WECHAT_CODE}&state={WECHAT_STATE}",
                allow_redirects=False,
            )
        self.assertEqual(intent.state, "paid", intent.failure)
        self._refund_a_part(intent)
        return intent

    def _refund_a_part(self, intent):
        refund = intent.transaction_id._refund(30.0).o2o_refund_row_ids
        for _turn in range(3):
            self._make_due(refund)
            self._run("refund")
        self.assertEqual(refund.state, "done", refund.failure)

    def _pay_at_the_till(self, provider):
        self.order_uuid = self.line_uuid = f"secret-{provider.id}"
        intent = self._charge(provider)
        self._keep_secret(intent.token)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "paid", intent.failure)
        self._sell(line=self.line_uuid)

    def _meet_a_broken_gateway(self, provider):
        """Answers that are none, and an error of our own with a long traceback."""
        route = {
            self.alipay: "alipay.trade.query",
            self.wechat: "wechat.query",
            self.unionpay: "unionpay.query",
        }[provider]
        with self._as_browser():
            intent = self._start(provider)
        for fault in ("html", "truncated", "bad_signature", "lost_after", "status"):
            self.simulator.faults.add(route, fault)
            self._make_due(intent)
            self._run("intent")
        client = provider._o2o_get_client()
        with patch.object(client, "query", side_effect=RuntimeError("broken")):
            self._make_due(intent)
            self._run("intent")
        self.assertIn("broken", intent.failure)
        code = self._scan(provider)
        self.order_uuid = self.line_uuid = f"broken-{provider.id}"
        out_no = self._plan_at_till(code)["payment"]["out_no"]
        with patch.object(client, "pay_by_code", side_effect=RuntimeError("broken")):
            self.authenticate(self.cashier.login, self.cashier.login)
            self.url_open(
                "/web/dataset/call_kw/o2o.payment.till/pos_charge",
                data=json.dumps(
                    {
                        "params": {
                            "model": "o2o.payment.till",
                            "method": "pos_charge",
                            "args": [self.till.id, out_no, code],
                            "kwargs": {},
                        }
                    }
                ),
                headers={"Content-Type": "application/json"},
            )
        self.authenticate(None, None)

    def _set_up_wrongly(self):
        """Keys in the wrong places, and keys that are none."""
        right = self.alipay.o2o_alipay_private_key
        nonsense = "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwNonsenseNonsenseNonsense"
        self._keep_secret(nonsense)
        for provider, field, value in (
            (self.alipay, "o2o_alipay_private_key", nonsense),
            (self.alipay, "o2o_alipay_public_key", right),
            (self.wechat, "o2o_wechat_private_key", nonsense),
            (self.wechat, "o2o_wechat_api_key", "TooShortAPIv3KeyOfTheShop"),
            (self.unionpay, "o2o_unionpay_pfx_password", "Not-The-Pfx-Password"),
        ):
            self._keep_secret(value)
            before = provider[field]
            provider[field] = value
            answer = provider.action_o2o_check_settings()
            self.assertEqual(answer["params"]["type"], "warning", field)
            self.assertKeepsSecrets(answer, f"what is said of {field}")
            intent = self._plan(provider)
            intent._wake()
            self._run("intent")
            self.assertTrue(intent.failure, field)
            provider[field] = before


@tagged("post_install", "-at_install")
class TestSecrets(SecretCase):
    EXPORT = ",base.group_allow_export"

    def test_each_credential_is_a_secret_or_not(self):
        """PAY-08: a credential that is added is looked for, or said to be none."""
        known = self.alipay._o2o_get_credential_fields()
        self.assertEqual(set(known), NO_SECRETS | set(SECRET_FIELDS))

    def test_in_no_log(self):
        """PAY-08: paid on the web and at a till, given back, with broken gateways and
        wrong keys, at all levels of logging: no log has a key, a code or a token."""
        with self._log_book() as book:
            for provider in self.providers:
                self._pay_on_the_web(provider)
                self._pay_at_the_till(provider)
                self._meet_a_broken_gateway(provider)
            self._set_up_wrongly()
        text = "\n".join(book.lines)
        for spoken in (
            "Traceback",
            "/o2o/payment/go/***",
            "/o2o/payment/wechat/***",
            "urllib3",
            "broken",
        ):
            self.assertIn(spoken, text, "the log is not loud enough for this test")
        self.assertLogKeepsSecrets(book)

    def test_in_no_summary(self):
        """PAY-08: what a debugger, a traceback or a print shows of clients and rows."""
        for provider in self.providers:
            client = provider._o2o_get_client()
            intent = self._pay_on_the_web(provider)
            for thing in (client, vars(client), provider, intent, intent.event_ids):
                self.assertKeepsSecrets(repr(thing), f"summary of {provider.code}")
            for value in vars(client).values():
                self.assertKeepsSecrets(
                    repr(getattr(value, "__dict__", value)), f"{provider.code}"
                )

    def test_nowhere_else_in_the_database(self):
        """PAY-08: after all that, secrets are in the settings of their provider, and
        the address of a payment in its row; in no event, message, note or file."""
        sent = []
        bus = type(self.env["bus.bus"])
        with patch.object(bus, "_sendone", lambda self, *args: sent.append(args)):
            for provider in self.providers:
                self._pay_on_the_web(provider)
                self._pay_at_the_till(provider)
                self._meet_a_broken_gateway(provider)
        self.assertEqual(self._find_in_database() - AT_HOME, set())
        self.assertFalse(self._find_in_files(*PAYMENT_MODELS, *OUR_MODELS))
        self.assertKeepsSecrets(repr(sent), "messages of the bus")

    def test_in_no_session(self):
        """PAY-08: what the server keeps for a browser."""
        self.authenticate(self.cashier.login, self.cashier.login)
        self._pay_on_the_web(self.alipay)
        session = root.session_store.get(self.session.sid)
        self.assertKeepsSecrets(dict(session), "session")

    def test_in_no_till(self):
        """PAY-08: all that a till loads, as its cashier."""
        for provider in self.providers:
            self._pay_at_the_till(provider)
        session = self.till.current_session_id.with_user(self.cashier)
        loaded = session.load_data([])
        self.assertIn("pos.payment.method", loaded)
        self.assertKeepsSecrets(loaded, "data of the till")
        names = {
            field
            for model in session.load_data_params().values()
            for field in model["fields"]
        }
        hidden = set(self.alipay._o2o_get_credential_fields())
        self.assertFalse(names & hidden)

    def _people(self):
        groups = {
            "o2o_s_manager": "o2o_payment.o2o_payment_group_manager",
            "o2o_s_books": "account.group_account_manager",
            "o2o_s_website": "website.group_website_designer",
            "o2o_s_till": "point_of_sale.group_pos_manager",
            "o2o_s_portal": "base.group_portal",
        }
        people = [
            new_test_user(
                self.env, login, group + (self.EXPORT if "portal" not in login else "")
            )
            for login, group in groups.items()
        ]
        return [*people, self.cashier, self.env.ref("base.public_user")]

    def test_for_nobody_but_administrators(self):
        """PAY-08: by no door of the framework: read, search, export, group, list."""
        intent = self._pay_on_the_web(self.wechat)
        closed = {
            "payment.provider": (
                self.wechat,
                self.wechat._o2o_get_credential_fields(),
            ),
            "o2o.payment.intent": (intent, RESTRICTED["o2o.payment.intent"]),
            "o2o.payment.event": (intent.event_ids, RESTRICTED["o2o.payment.event"]),
        }
        for person in self._people():
            for record, names in closed.values():
                mine = record.with_user(person)
                for name in names:
                    with self.subTest(person=person.login, field=name):
                        self._try_all_doors(mine, name)

    def _try_all_doors(self, record, name):
        model = record.browse()
        self.assertNotIn(name, self._allowed(model.fields_get) or {})
        for door in (
            lambda: record.read([name]),
            lambda: model.search_read([], [name]),
            lambda: model.search([(name, "!=", False)]),
            lambda: record.export_data([name])["datas"],
            lambda: model.formatted_read_group([], [name], ["__count"]),
            lambda: model.search([], order=name),
            lambda: record.web_read({name: {}}),
            lambda: record.copy_data(),
        ):
            answer = self._allowed(door)
            self.assertFalse(self._leaks_in(repr(answer)), answer)
            self.assertNotIn(f"'{name}':", repr(answer))

    def _allowed(self, door):
        with mute_logger("odoo.models", "odoo.addons.base.models.ir_model"):
            try:
                return door()
            except (AccessError, UserError, ValueError):
                # no rights, no exports, or no such field for this person
                return None

    def test_in_no_neutralised_copy(self):
        """PAY-08: ``odoo neutralize`` leaves none of them in any column of any table,
        and in no file."""
        for provider in self.providers:
            self._pay_on_the_web(provider)
            self._pay_at_the_till(provider)
        self.assertTrue(self._find_in_database() >= AT_HOME, "something to be found")
        neutralize_database(self.cr)
        self.env.invalidate_all()
        self.assertEqual(self._find_in_database(), set())
        self.assertFalse(self._find_in_files(*PAYMENT_MODELS, *OUR_MODELS))
        for provider in self.providers:
            for field in provider._o2o_get_credential_fields():
                self.assertFalse(provider[field], field)
            self.assertEqual(provider.o2o_environment, "sandbox")
        self.assertFalse(self.intents.search([("next_at", "!=", False)]))
