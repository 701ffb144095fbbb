"""Odoo runs a request again when it met another one: the gateways hear of it once."""

from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_till import TillCase


class Conflict(SerializationFailure):
    """As PostgreSQL says it; an error made here has no code."""

    pgcode = "40001"


@tagged("post_install", "-at_install")
class TestReplay(TillCase, HttpCase):
    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    @contextmanager
    def _replayed(self, model, method, times=2):
        """The first requests that come to ``method`` fail as Odoo replays them."""
        original = getattr(model, method)
        turns = []

        def called(records, *args, **kwargs):
            result = original(records, *args, **kwargs)
            turns.append(method)
            if len(turns) <= times:
                raise Conflict("could not serialize access")
            return result

        with (
            patch.object(model, method, called),
            patch("odoo.service.model.time.sleep"),
            mute_logger("odoo.service.model", "odoo.sql_db"),
        ):
            yield turns
        self.assertEqual(len(turns), times + 1, "the request was replayed")

    def _rpc(self, method, *args):
        self.authenticate(self.cashier.login, self.cashier.login)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/o2o.payment.till/{method}",
            {
                "model": "o2o.payment.till",
                "method": method,
                "args": [self.till.id, *args],
                "kwargs": {},
            },
        )

    def _trades(self, provider):
        return self._module(provider).ledger.trades()

    def test_plan(self):
        """FAULT-43: a plan that is replayed is one row, and calls nobody."""
        known = len(self._trades(self.alipay))
        with self._replayed(type(self.intents), "_plan"):
            answer = self._rpc(
                "pos_plan", self.order_uuid, self.line_uuid, 200.0, self._scan()
            )
        self.assertEqual(answer["status"], "ok")
        rows = self.intents.search([("order_uuid", "=", self.order_uuid)])
        self.assertEqual(rows.mapped("out_no"), [answer["payment"]["out_no"]])
        self.assertEqual(len(self._trades(self.alipay)), known)

    def test_charge(self):
        """FAULT-35, 43: the code is charged, the request is replayed twice: the gateway
        says "paid already", and the customer pays once."""
        for provider in (self.alipay, self.wechat):
            with self.subTest(gateway=provider.code):
                self.order_uuid = self.line_uuid = f"replay-{provider.id}"
                code = self._scan(provider)
                out_no = self._plan_at_till(code)["payment"]["out_no"]
                known = len(self._trades(provider))
                with self._replayed(type(self.intents), "_charge"):
                    answer = self._rpc("pos_charge", out_no, code)
                self.assertIn(answer["state"], ("paid", "unknown"))
                intent = self.intents.search([("out_no", "=", out_no)])
                self._make_due(intent)
                self._run("intent")
                self.assertEqual(intent.state, "paid", intent.failure)
                self.assertEqual(len(self._trades(provider)), known + 1)

    def test_notification(self):
        """FAULT-43: a notification is kept by a transaction of its own, and calls
        nobody: replayed or not, it is one row."""
        intent = self._pay(self._start(self.wechat))
        letter = self._letter(intent)
        calls = []
        with (
            patch.object(
                self.wechat._o2o_get_client(), "query", lambda no: calls.append(no)
            ),
            self._replayed(type(self.events), "_receive"),
        ):
            answer = self.url_open(
                f"/o2o/payment/notify/{self.wechat.id}",
                data=letter.body,
                headers={"Content-Type": "application/json", **letter.headers()},
            )
        self.assertEqual(answer.status_code, 204)
        event = self.events.search([("out_no", "=", intent.out_no)])
        self.assertEqual((len(event), calls), (1, []))

    def test_refund(self):
        """FAULT-43: the button is replayed: one row, and nothing was sent."""
        intent = self._paid()
        with self._replayed(type(self.refunds), "_plan"):
            self.authenticate("admin", "admin")
            self.make_jsonrpc_request(
                "/web/dataset/call_kw/payment.transaction/action_refund",
                {
                    "model": "payment.transaction",
                    "method": "action_refund",
                    "args": [intent.transaction_id.ids, 40.0],
                    "kwargs": {},
                },
            )
        self.assertEqual(intent.refund_ids.mapped("amount_fen"), [4000])
        trade = self.simulator.alipay.ledger.find(intent.out_no)
        self.assertEqual(trade.refunded_fen, 0)
