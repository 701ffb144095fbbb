from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..lib.o2o_gateway.outcome import ok, unknown
from ..lib.o2o_gateway.results import Payment, PaymentState
from ..models import o2o_payment_booking
from .common_order import BOOKS, OrderPaymentCase


@tagged("post_install", "-at_install")
class TestBooksAfter(OrderPaymentCase):
    """PAY-10: an order that is paid waits for no bookkeeping, and all is booked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader, cls.manager = (
            new_test_user(
                cls.env,
                f"books_{name}",
                f"o2o_payment.o2o_payment_group_{name}",
                company_id=cls.company.id,
            )
            for name in ("user", "manager")
        )

    def setUp(self):
        super().setUp()
        self.booked, self.dates = [], []
        self.startPatcher(patch(BOOKS, self._make_book()))
        self.order = self._submit()
        self.intent = self._pay(self._attempt(self.order))
        self.transaction = self.intent.transaction_id

    def _make_book(self):
        """What Odoo books, without a chart of accounts."""
        case = self

        def create_payment(transaction, **vals):
            case.booked.append((transaction.id, transaction.sale_order_ids.state))
            case.dates.append(f"{vals.get('date')}")
            journal = case.env["account.journal"].create(
                {"name": "Gateways", "type": "bank", "code": f"G{len(case.booked)}"}
            )
            transaction.payment_id = transaction.env["account.payment"].create(
                {"amount": abs(transaction.amount), "journal_id": journal.id}
            )
            return transaction.payment_id

        return create_payment

    def _hear(self):
        self._tell(self.intent)
        self._run("event")

    def _waiting(self):
        return self.env["o2o.payment.booking"].search(
            [("transaction_id", "=", self.transaction.id), ("next_at", "!=", False)]
        )

    def test_booked_once_after_the_order(self):
        """PAY-10: the order first, its payment in the books after that, once."""
        self._hear()
        self.assertEqual((self.order.state, self.booked), ("sale", []))
        self.assertFalse(self.intent.next_at)
        [waiting] = self._waiting()
        self._run("booking")
        self.assertEqual(self.booked, [(self.transaction.id, "sale")])
        self.assertFalse(self._waiting())
        with self._jobs():
            waiting._book()
        self._tell(self.intent)
        self._make_due(self.intent)
        self._run("event", "intent", "booking")
        self.assertEqual(len(self.booked), 1)

    def test_order_is_confirmed_though_books_are_closed(self):
        """PAY-10: books that cannot be written keep no order from its store, and are
        written when they can be."""
        self._hear()
        self.assertTrue(self.order.o2o_fulfillment_ids)
        with (
            patch(BOOKS, side_effect=ValueError("the year is closed")),
            mute_logger("odoo.addons.o2o_payment.models.o2o_payment_job"),
        ):
            self._run("booking")
        waiting = self._waiting()
        self.assertIn("the year is closed", waiting.failure)
        self.assertEqual((self.order.state, self.booked), ("sale", []))
        with self.assertRaises(AccessError):
            waiting.with_user(self.reader).action_book()
        waiting.with_user(self.manager).action_book()
        self._run("booking")
        self.assertEqual(self.booked, [(self.transaction.id, "sale")])
        self.assertFalse(self._waiting())

    def test_booked_on_the_day_it_was_paid(self):
        """PAY-10: the day in Beijing, whenever that is done; of closed books, today."""
        self._hear()
        self.intent.paid_at = "2026-01-31 16:30:00"
        self._run("booking")
        self.assertEqual(self.dates, ["2026-02-01"])
        self.transaction.action_refund(1.0)
        self._run("refund")
        refund = self.transaction.child_transaction_ids
        refund.o2o_refund_row_ids.done_at = "2026-02-02 15:59:59"
        refund._create_payment()
        self.assertEqual(self.dates[-1], "2026-02-02")
        self.company.fiscalyear_lock_date = "2026-02-28"
        with freeze_time("2026-03-04 17:00:00"):
            self.transaction._create_payment()
        self.assertEqual(self.dates[-1], "2026-03-05")

    def test_books_wait_for_orders(self):
        """PAY-10: while many wait to be confirmed, nothing is booked."""
        self._hear()
        self._tell(self._pay(self._start()))
        with patch.object(o2o_payment_booking, "BEHIND", 1):
            self._run("booking")
            self.assertFalse(self.booked)
            with self._after(minutes=2):
                self._run("booking")
        self.assertEqual(self.booked, [(self.transaction.id, "sale")], "nor for ever")

    def test_an_invoice_finds_what_has_paid_it(self):
        """PAY-10: who invoices an order before its payment is booked has it booked."""
        self._hear()
        clerk = new_test_user(self.env, "books_clerk", "account.group_account_invoice")
        order = self.order.with_user(clerk).sudo()
        order.with_context(default_date="2020-01-01")._prepare_invoice()
        self.assertEqual(self.transaction.payment_id.create_uid, self.env.user)
        self.assertNotEqual(str(self.transaction.payment_id.date), "2020-01-01")
        self.assertEqual(self.booked, [(self.transaction.id, "sale")])
        self._run("booking")
        self.assertEqual(len(self.booked), 1)

    def test_paid_with_an_invoice_is_booked_at_once(self):
        """PAY-10: what pays an invoice is what is booked."""
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.payer.id}
        )
        self.transaction.invoice_ids = invoice
        with patch.object(type(invoice), "action_post"):
            self._hear()
        self.assertEqual(len(self.booked), 1)
        self.assertFalse(self._waiting())

    def test_an_answer_that_lost_the_race_leaves_the_rest_due(self):
        """PAY-10: one job has heard "paid" and not done what follows; another one gets
        no answer: what follows is not forgotten."""
        with patch.object(type(self.intents), "_finish", lambda intent: False):
            self._hear()
        due_at = self.intent.next_at
        self.assertEqual((self.intent.state, bool(due_at)), ("paid", True))
        number = self.intent.out_no
        for answer in (
            unknown("", "timed out"),
            ok(Payment(PaymentState.WAITING, number)),
            ok(Payment(PaymentState.CLOSED, number)),
        ):
            with self.subTest(answer=answer):
                self.intent._act_on(answer)
                self.assertEqual(self.intent.next_at, due_at)
