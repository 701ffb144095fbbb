"""A process that ends between a call to a gateway and the commit of its answer."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from ..lib.o2o_gateway.secret import Secret
from .common_till import TillCase


class Killed(BaseException):
    """Ends a process as SIGKILL does: nothing catches it, nothing is committed."""


@tagged("post_install", "-at_install")
class TestKilled(TillCase):
    """PAY-02: what was committed before is enough to go on."""

    @contextmanager
    def _killed_after(self, provider, method):
        """The gateway does what it is asked; nobody is left to hear of it."""
        client = provider._o2o_get_client()
        call = getattr(client, method)
        done = []

        def called(*args, **kwargs):
            done.append(call(*args, **kwargs))
            raise Killed

        with (
            patch.object(client, method, called),
            self.assertRaises(Killed),
            # what is kept of the transaction when its process is gone: nothing
            self.cr.savepoint(),
        ):
            yield
        self.env.invalidate_all()
        self.assertEqual(len(done), 1)

    def _trade(self, intent):
        return self._module(intent.provider_id).ledger.find(intent.out_no)

    def test_while_a_code_is_charged(self):
        """FAULT-42: charged, and the process dies: the payment is known by what was
        committed before, and the money goes back."""
        for provider in (self.alipay, self.wechat):
            with self.subTest(gateway=provider.code):
                self.order_uuid = self.line_uuid = f"killed-{provider.id}"
                code = self._scan(provider)
                answer = self._plan_at_till(code)
                intent = self.intents.search(
                    [("out_no", "=", answer["payment"]["out_no"])]
                )
                with self._killed_after(provider, "pay_by_code"):
                    intent._charge(code, "127.0.0.1")
                self.assertEqual((intent.state, intent.opened_at), ("new", False))
                self.assertTrue(intent.next_at, "a job looks after it")
                self.assertEqual(self._plan_at_till(code)["status"], "blocked")
                with self._after(seconds=50):
                    self._run("intent")
                self.assertEqual(intent.state, "closed", intent.failure)
                self.assertEqual(self._trade(intent).refunded_fen, 20000)

    def test_while_a_code_is_shown(self):
        """FAULT-42: the gateway has made a code, and the page never came: the next
        page is of the same payment."""
        intent = self._plan(self.wechat)
        with self._killed_after(self.wechat, "pay_by_qr"):
            intent._open(False, "127.0.0.1")
        self.assertEqual((intent.state, intent.qr_text), ("new", False))
        self._go(intent)
        self.assertTrue(intent.qr_text)
        self._pay(intent)
        self._tell(intent)
        self._run("event")
        self.assertEqual(intent.state, "paid", intent.failure)

    def test_while_a_payment_is_looked_at(self):
        """FAULT-42: the answer "paid" is lost with the process: asked again."""
        intent = self._pay(self._start())
        self._make_due(intent)
        with self._killed_after(self.alipay, "query"):
            intent._act_on(intent._ask())
        self.assertEqual((intent.state, intent.paid_fen), ("waiting", 0))
        self._run("intent")
        self.assertEqual(intent.state, "paid", intent.failure)
        self.assertEqual(intent.transaction_id.state, "done")

    def test_while_a_charge_is_undone(self):
        """FAULT-42: undone at the gateway, and the process dies: that it was wanted is
        committed, so the next job finds it undone, and nothing goes back twice."""
        intent = self._charge()
        self.assertEqual(intent.state, "paid")
        other = self._charged_and_waiting()
        other._want_closed()
        with self._killed_after(self.alipay, "cancel"):
            other._act_on(other._ask())
        self.assertEqual((other.state, other.is_close_wanted), ("waiting", True))
        self._run("intent")
        self.assertEqual(other.state, "closed", other.failure)
        self.assertEqual(self._trade(other).refunded_fen, 0)
        self.assertEqual(self._trade(intent).refunded_fen, 0)

    def _charged_and_waiting(self):
        self.order_uuid = "another-sale"
        self.simulator.faults.add("alipay.trade.pay", "ask_payer")
        return self._charge(line="another-line")

    def test_while_a_refund_is_sent(self):
        """FAULT-42: given back, and the process dies: the same number again, which is
        the same refund."""
        intent = self._paid()
        refund = self.refunds._plan(intent, 4000)
        refund.write(
            {"state": "sending", "is_sent": True, "sent_at": refund.create_date}
        )
        with self._killed_after(self.alipay, "refund"):
            refund._act_on(refund._send())
        self.assertEqual(refund.state, "sending")
        self.assertEqual(self._trade(intent).refunded_fen, 4000)
        self._make_due(refund)
        self._run("refund")
        self._make_due(refund)
        self._run("refund")
        self.assertEqual(refund.state, "done", refund.failure)
        self.assertEqual(self._trade(intent).refunded_fen, 4000)
        self.assertEqual(intent.reserved_fen, 4000)

    def test_a_used_code_pays_no_second_time(self):
        """FAULT-42: who charges again after the accident charges nothing."""
        code = self._scan()
        out_no = self._plan_at_till(code)["payment"]["out_no"]
        intent = self.intents.search([("out_no", "=", out_no)])
        with self._killed_after(self.alipay, "pay_by_code"):
            intent._charge(code, "127.0.0.1")
        self._call("pos_charge", out_no, code)
        self.assertEqual(intent.state, "paid", intent.failure)
        trades = [
            it for it in self.simulator.alipay.ledger.trades() if it.state == "paid"
        ]
        self.assertEqual([it.out_no for it in trades], [out_no])
        again = self.alipay._o2o_get_client().pay_by_code(
            intent.copy(
                {"out_no": "P0SECONDTIME", "token": "second", "state": "closed"}
            )._prepare_order("127.0.0.1"),
            Secret(code),
        )
        self.assertTrue(again.is_rejected)
