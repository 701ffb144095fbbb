import base64
from dataclasses import replace

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import DAY, BillCase, trade_bill


@tagged("post_install", "-at_install")
class TestAccept(BillCase):
    """Files that a person brings or lets pass, and who has to agree."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_difference_limit = 100.0

    def _upload(self, rows, user=None):
        wizard = self.env["o2o.payment.bill.upload"].with_user(user or self.manager)
        wizard.create(
            {
                "account_id": self.wechat.id,
                "day": DAY,
                "content": base64.b64encode(trade_bill(rows, False)),
                "file_name": "bill.csv",
            }
        ).action_upload()
        self._run_bills()

    def _go_on(self, bill, user):
        wizard = self.env["o2o.payment.bill.go.on"].with_user(user)
        arguments = {"bill_id": bill.id, "reason": "Known."}
        wizard = wizard.create(arguments)
        call_kw(wizard, "action_go_on", [wizard.ids], {})
        self._run_bills()

    def test_attack_file_in_the_place_of_the_gateways(self):
        """PAY-07, attack: who uploads a file that hides a difference does not let it
        count; the gateway's own file comes back, or another person agrees."""
        kept, stolen = self._pay_here(5000), self._pay_here(700)
        bill = self._bring([self._row(kept)])
        own = bill.file_id.attachment_id.raw
        row = self._open()
        self.assertEqual(row.intent_id, stolen)
        rows = [self._row(kept), self._row(stolen)]
        self._upload(rows)
        self.assertEqual(bill.state, "problem")
        self.assertIn(self.manager.name, bill.problems)
        self.assertEqual(bill.file_id.uploaded_by_id, self.manager)
        self.assertEqual(row.state, "open")
        self.assertFalse(bill.with_user(self.manager).can_go_on)
        self.assertTrue(bill.with_user(self.second).can_go_on)
        with self.assertRaises(AccessError):
            self._go_on(bill, self.manager)
        # the gateway's own file wins
        bill._take_file(own, "own.csv")
        bill._wake()
        self._run_bills()
        self.assertEqual((bill.state, row.state), ("matched", "open"))
        self.assertFalse(bill.file_id.is_upload)
        # another upload, which a second person has looked at
        self._upload(rows)
        self._go_on(bill, self.second)
        self.assertEqual(bill.state, "matched")
        self.assertEqual(bill.file_id.accepted_by_id, self.second)
        self.assertEqual(row.resolution, "itself")
        self.assertEqual(bill.file_id.uploaded_by_id, self.manager)

    def test_attack_upload_before_the_gateway_answers(self):
        """PAY-07, attack: the first file of a day, above what one person decides,
        counts when another person agrees; below, it counts at once."""
        stolen = self._pay_here(10001)
        bill = self.bills._ensure_bill(self.wechat, DAY)
        self._upload([self._row(stolen)])
        self.assertEqual(bill.state, "problem")
        self.assertIn(self.manager.name, bill.problems)
        with self.assertRaises(AccessError):
            self._go_on(bill, self.manager)
        self._go_on(bill, self.second)
        self.assertEqual(bill.state, "matched")
        self.assertFalse(self._open())

    def test_attack_rows_for_an_empty_day(self):
        """PAY-07, attack: the gateway said that nothing was on that day."""
        self._pay_here(700)
        bill = self.bills._ensure_bill(self.wechat, DAY)
        bill._take_nothing()
        bill._wake()
        self._run_bills()
        row = self._row(self._open().intent_id)
        for fee in (0, 1):
            self._upload([replace(row, fee_fen=fee)])
            self.assertEqual(bill.state, "problem")
        self.assertEqual(self._open().kind, "ours_only")

    def test_uploaded_and_then_sent(self):
        """PAY-07: the gateway sends what was uploaded: it is the gateway's."""
        intent = self._pay_here(700)
        self._bring([])
        self._upload([self._row(intent)])
        bill = self._bring([self._row(intent)])
        self.assertEqual(bill.state, "matched")
        self.assertFalse(bill.file_id.is_upload)
        self.assertFalse(self._open())

    def test_two_persons_for_a_file_with_problems(self):
        """PAY-07: above the limit a file with problems counts when two agree."""
        intent = self._pay_here(10001)
        bill = self._bring([self._row(intent)], wrong_total=True)
        self._go_on(bill, self.manager)
        self.assertEqual(bill.state, "problem")
        self.assertEqual(bill.first_by_id, self.manager)
        with self.assertRaises(AccessError):
            self._go_on(bill, self.manager)
        self._go_on(bill, self.second)
        self.assertEqual(bill.state, "matched")
        self.assertFalse(self._open())

    def test_two_persons_for_a_file_without_rows(self):
        """PAY-07: to go on with a file that cannot be read empties the day."""
        bill = self.bills._ensure_bill(self.wechat, DAY)
        bill._take_file(b"no bill", "bill.csv")
        bill._wake()
        self._run_bills()
        self.assertEqual(bill.state, "problem")
        self._go_on(bill, self.manager)
        self.assertEqual(bill.state, "problem")
        self._go_on(bill, self.second)
        self.assertEqual(bill.state, "matched")

    def test_first_person_of_another_file(self):
        """PAY-07: who went on with one file has not seen the next one."""
        intent = self._pay_here(10001)
        bill = self._bring([self._row(intent)], wrong_total=True)
        self._go_on(bill, self.manager)
        self._bring([self._row(intent, fee_fen=1)], wrong_total=True)
        self.assertFalse(bill.first_by_id)
        self._go_on(bill, self.second)
        self.assertEqual(bill.state, "problem")
