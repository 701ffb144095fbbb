import base64
import io
import zipfile
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DAY, NEXT, BillCase, moment, trade_bill

ALL = ("alipay", "wechat", "unionpay")


@tagged("post_install", "-at_install")
class TestBill(BillCase):
    """Bills of all gateways, from the simulator through the real clients."""

    def test_bill_of_each_gateway(self):
        """PAY-07: paid, given back in part, and the next day's bill has no difference.

        FAULT-65: asked before it is there, it is asked again later, and says so.
        FAULT-70: fetched twice, nothing changes.
        """
        for name in ALL:
            with self.subTest(gateway=name):
                provider = getattr(self, name)
                intent = self._paid(provider)
                other = self._paid(provider, amount=33.33)
                transaction = intent.transaction_id._refund(30.0)
                refund = transaction.o2o_refund_row_ids
                for _turn in range(3):
                    self._make_due(refund)
                    self._run("refund")
                self.assertEqual(refund.state, "done", refund.failure)
                for it in (intent, other):
                    self._sell_on_website(it)
                day = provider._o2o_get_day_of(intent.paid_at)

                bill = self._fetch(provider, day)
                self.assertEqual(bill.state, "waiting")
                self.assertIn("o2o.bill_not_ready", bill.failure)
                self.assertIn("not made this bill yet", bill.trouble)
                self.assertTrue(bill.next_at)

                self._let_days_pass()
                bill = self._fetch(provider, day)
                self.assertFalse(bill.failure)
                self.assertEqual(bill.state, "matched", bill.problems)
                self.assertRecordValues(
                    bill,
                    [
                        {
                            "line_count": 3,
                            "paid": 133.33,
                            "refunded": 30.0,
                            "difference": 0.0,
                            "open_count": 0,
                        }
                    ],
                )
                self._assert_adds_up(bill)
                books = self._module(provider).ledger.books()
                self.assertEqual(round(bill.paid * 100), books["paid_fen"])
                file = bill.file_id
                self.assertTrue(file.attachment_id.raw)
                self.assertEqual(file.size, len(file.attachment_id.raw))

                lines = bill.line_ids
                bill = self._fetch(provider, day)
                self.assertEqual(bill.line_ids, lines)
                self.assertFalse(bill.next_at)
                self.providers.o2o_simulator_ahead = 0
                self.simulator.clock.advance(-2 * 86400)
                self.addCleanup(self.simulator.clock.advance, 2 * 86400)

    def test_day_without_payments(self):
        """FAULT-65: a day on which nothing was, has a bill without rows."""
        for name in ALL:
            with self.subTest(gateway=name):
                bill = self._fetch(getattr(self, name), DAY - timedelta(days=30))
                self.assertEqual(bill.state, "matched", bill.failure)
                self.assertEqual(bill.line_count, 0)

    def test_file_that_is_cut_off(self):
        """FAULT-67: a file that cannot be read is asked for again."""
        intent = self._paid(self.wechat)
        self._let_days_pass()
        self.simulator.faults.add("wechat.bill_file", "cut_off")
        day = self.wechat._o2o_get_day_of(intent.paid_at)
        bill = self._fetch(self.wechat, day)
        self.assertEqual(bill.state, "waiting")
        self.assertFalse(bill.file_ids)
        self._make_due(bill)
        self._run_bills()
        self.assertEqual(bill.state, "matched", bill.failure)

    def test_server_that_ends_in_between(self):
        """FAULT-42: the file was kept and nothing else: the job reads it again."""
        intent = self._pay_here(5000)
        bill = self.bills._ensure_bill(self.wechat, DAY)
        bill._take_file(trade_bill([self._row(intent)], False), "bill.csv")
        self.assertEqual(bill.state, "fetched")
        bill.next_at = "2026-01-01"
        self._run_bills()
        self.assertEqual(bill.state, "matched")
        self.assertEqual(bill.line_count, 1)

    def test_settings_that_are_wrong(self):
        """PAY-06: what is wrong is said in words, and asked again later."""
        self.alipay.o2o_alipay_private_key = "no key"
        with mute_logger("odoo.addons.o2o_payment.models.o2o_payment_job"):
            bill = self._fetch(self.alipay, DAY)
        self.assertIn("UserError", bill.failure)
        self.assertTrue(bill.next_at)

    # by hand

    def _upload(self, raw, provider=None, day=DAY, user=None):
        wizard = (
            self.env["o2o.payment.bill.upload"]
            .with_user(user or self.manager)
            .create(
                {
                    "account_id": (provider or self.wechat).id,
                    "day": day,
                    "content": base64.b64encode(raw),
                    "file_name": "bill.csv",
                }
            )
        )
        return self.bills.browse(wizard.action_upload()["res_id"])

    def test_upload(self):
        """PAY-07: a file from the gateway's own page goes the same way."""
        intent = self._pay_here(5000)
        raw = trade_bill([self._row(intent)], False)
        bill = self._upload(raw)
        self._run_bills()
        self.assertEqual(bill.state, "matched")
        self.assertTrue(bill.file_id.is_upload)
        self.assertEqual(bill.file_id.attachment_id.raw, raw)
        with self.assertRaisesRegex(UserError, "here already"):
            self._upload(raw)

    def test_upload_of_something_else(self):
        """PAY-07: a file of another merchant, another day, or no bill is refused."""
        intent = self._pay_here(5000)
        stranger = trade_bill([self._row(intent, mchid="1900000108")], False)
        with self.assertRaisesRegex(UserError, "another merchant"):
            self._upload(stranger)
        raw = trade_bill([self._row(intent)], False)
        with self.assertRaisesRegex(UserError, "another day"):
            self._upload(raw, day=NEXT)
        with self.assertRaisesRegex(UserError, "cannot be read"):
            self._upload(b"PK not a bill")
        with self.assertRaisesRegex(UserError, "cannot be read"):
            self._upload(raw, self.alipay)
        self.assertFalse(self.bills.search([("state", "!=", "waiting")]))

    def test_upload_of_alipay(self):
        """PAY-07: Alipay names account and day above the rows."""
        intent = self._paid(self.alipay)
        day = self.alipay._o2o_get_day_of(intent.paid_at)
        self._let_days_pass()
        raw = self._fetch(self.alipay, day).file_id.attachment_id.raw
        self.alipay.o2o_alipay_seller_id = "2088000000000000"
        with self.assertRaisesRegex(UserError, "another merchant"):
            self.alipay._o2o_read_bill(raw, day)

    def test_upload_of_an_empty_zip(self):
        """FAULT-67: a zip without a bill."""
        stream = io.BytesIO()
        zipfile.ZipFile(stream, "w").close()
        for provider in (self.alipay, self.unionpay):
            with self.assertRaisesRegex(UserError, "cannot be read"):
                self._upload(stream.getvalue(), provider)

    def test_problem_then_another_file(self):
        """FAULT-68: after a file with problems, one without; a second person agrees."""
        intent = self._pay_here(5000, moment())
        bill = self._bring([self._row(intent)], wrong_total=True)
        self._upload(trade_bill([self._row(intent)], False))
        self._run_bills()
        bill.with_user(self.second)._go_on("Compared.")
        self._run_bills()
        self.assertEqual(bill.state, "matched")
        self.assertIn("has uploaded this file", bill.problems)
        self.assertEqual(bill.file_count, 2)

    # who may

    def test_who_may_not_ask(self):
        """PAY-07: readers, cashiers and other companies ask for no bill, and upload
        none."""
        cashier = self.env["res.users"].create(
            {
                "name": "Cashier",
                "login": "bill_cashier",
                "group_ids": [self.env.ref("point_of_sale.group_pos_user").id],
            }
        )
        bill = self._bring([])
        for user in (self.reader, cashier):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.bills.with_user(user).fetch_day(self.wechat.id, str(DAY))
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                bill.with_user(user).action_fetch()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._upload(b"x", user=user)
        with self.assertRaises(AccessError):
            bill.with_user(cashier).read(["day"])
        self.assertTrue(bill.with_user(self.reader).read(["day", "paid"]))
        self.assertTrue(bill.with_user(self.reader).display_name)

    def test_other_company(self):
        """PAY-07: bills are of their company."""
        bill = self._bring([self._row(self._pay_here(5000))])
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [company.id], "company_id": company.id})
        bills = self.bills.with_user(self.manager)
        self.assertFalse(bills.search([]))
        self.assertFalse(self.lines.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            bills.fetch_day(self.wechat.id, str(DAY))
        with self.assertRaises(AccessError):
            bill.with_user(self.manager).action_fetch()

    def test_nobody_writes(self):
        """PAY-07: what is in a bill is the gateway's word, for everybody."""
        bill = self._bring([self._row(self._pay_here(5000))], wrong_total=True)
        for row in (bill, bill.line_ids, bill.file_id):
            with self.subTest(model=row._name), self.assertRaises(AccessError):
                row.with_user(self.manager).write({"company_id": self.company.id})
            with self.subTest(model=row._name), self.assertRaises(AccessError):
                row.with_user(self.manager).unlink()
        with self.assertRaises(AccessError):
            bill.with_user(self.reader)._go_on("because")
        with self.assertRaises(AccessError):
            bill.file_id.attachment_id.with_user(self.reader).write({"raw": b"x"})
