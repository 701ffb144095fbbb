from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import NEXT, BillCase, moment


@tagged("post_install", "-at_install")
class TestDifference(BillCase):
    """What persons decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_difference_limit = 100.0

    def _find(self, amount_fen):
        """A payment that no bill has."""
        intent = self._pay_here(amount_fen)
        self._bring([])
        return self._open().filtered(lambda row: row.intent_id == intent)

    def _call(self, row, user, method, *args):
        """As a browser calls, whatever its screen shows."""
        return call_kw(
            self.env[row._name].with_user(user), method, [row.ids, *args], {}
        )

    def test_one_person_and_a_reason(self):
        """PAY-07: up to the limit one person resolves it and says why."""
        row = self._find(10000)
        with self.assertRaisesRegex(UserError, "why"):
            row.with_user(self.manager)._decide("noted", "  ")
        row.with_user(self.manager)._decide("noted", "Paid by hand.")
        self.assertRecordValues(
            row,
            [
                {
                    "state": "resolved",
                    "resolution": "noted",
                    "reason": "Paid by hand.",
                    "first_by_id": self.manager.id,
                    "second_by_id": False,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "already"):
            row.with_user(self.second)._decide("noted", "Again.")
        row.bill_id._wake()
        self._run_bills()
        self.assertEqual(row.state, "resolved", "a decision stays")
        self.assertEqual(row.bill_id.open_count, 0)

    def test_two_persons_above_the_limit(self):
        """PAY-07: above the limit, the second one is another person."""
        row = self._find(10001)
        row.with_user(self.manager)._decide("noted", "Paid by hand.")
        self.assertEqual(row.state, "second")
        self.assertFalse(row.with_user(self.manager).can_confirm)
        self.assertTrue(row.with_user(self.second).can_confirm)
        self._call(row, self.second, "action_confirm")
        self.assertEqual(row.state, "resolved")
        self.assertEqual(row.second_by_id, self.second)

    def test_attack_confirm_oneself(self):
        """PAY-07, attack: the first person confirms by RPC, or decides twice."""
        row = self._find(10001)
        row.with_user(self.manager)._decide("noted", "Mine.")
        with self.assertRaises(AccessError):
            self._call(row, self.manager, "action_confirm")
        with self.assertRaises(UserError):
            row.with_user(self.manager)._decide("noted", "Mine.")
        with self.assertRaises(AccessError):
            self._call(
                row, self.manager, "write", {"state": "resolved", "first_by_id": False}
            )
        with self.assertRaises(AccessError):
            self._call(row, self.reader, "action_confirm")
        with self.assertRaises(AccessError):
            call_kw(self.differences.with_user(self.second), "_finish", [row.ids], {})
        self.assertEqual(row.state, "second")

    def test_attack_lower_the_limit(self):
        """PAY-07, attack: who decides does not set the limit."""
        with self.assertRaises(AccessError):
            self.company.with_user(self.manager).o2o_difference_limit = 1000000

    def test_not_agreed(self):
        """PAY-07: the second person does not agree: it is open again."""
        row = self._find(10001)
        row.with_user(self.manager)._decide("noted", "Mine.")
        self._call(row, self.second, "action_send_back")
        self.assertRecordValues(row, [{"state": "open", "first_by_id": False}])

    def test_reader_decides_nothing(self):
        """PAY-07: readers read."""
        row = self._find(100)
        self.assertTrue(row.with_user(self.reader).read(["kind", "difference"]))
        self.assertFalse(row.with_user(self.reader).can_decide)
        with self.assertRaises(AccessError):
            row.with_user(self.reader)._decide("noted", "Mine.")
        with self.assertRaises(AccessError):
            self.env["o2o.payment.resolution"].with_user(self.reader).create(
                {"difference_id": row.id, "reason": "Mine."}
            )

    def test_other_company(self):
        """PAY-07: differences are of their company."""
        row = self._find(100)
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [company.id], "company_id": company.id})
        self.assertFalse(self.differences.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            row.with_user(self.manager)._decide("noted", "Mine.")

    def test_decided_about_other_amounts(self):
        """PAY-07: a decision is about amounts; with others it is open again."""
        intent = self._pay_here(5000)
        self._bring([self._row(intent, amount_fen=5001)])
        row = self._open()
        row.with_user(self.manager)._decide("noted", "A fen.")
        bill = self._bring([self._row(intent, amount_fen=9000)])
        self.assertEqual(row.state, "open")
        self.assertEqual(row.gateway_fen, 9000)
        self._assert_adds_up(bill)

    def test_decided_too_early(self):
        """PAY-07: noted as missing, and it is in the next bill: that resolves it, and
        it is counted in one bill only."""
        intent = self._pay_here(5000)
        first = self._bring([])
        row = self._open()
        row.with_user(self.manager)._decide("noted", "Lost.")
        self.assertEqual(first.ours_paid, 50.0)
        second = self._bring([self._row(intent, moment(NEXT))], NEXT)
        self.assertEqual(row.resolution, "itself")
        self.assertEqual((first.ours_paid, second.ours_paid), (0.0, 50.0))
        self._assert_adds_up(first)
        self._assert_adds_up(second)

    def test_resolved_by_itself_and_back(self):
        """PAY-07: what comes back is the same row again."""
        intent = self._pay_here(5000)
        self._bring([])
        row = self._open()
        self._bring([self._row(intent)])
        self.assertEqual(row.resolution, "itself")
        self._bring([self._row(self._pay_here(1))])
        self.assertEqual(row.state, "open")
        self.assertFalse(row.resolution)

    def test_wizard(self):
        """PAY-07: the form says when two are needed, and offers what can be done."""
        row = self._find(10001)
        wizards = self.env["o2o.payment.resolution"].with_user(self.manager)
        wizard = wizards.create({"difference_id": row.id, "reason": "Found."})
        self.assertTrue(wizard.needs_two)
        self.assertTrue(wizard.can_book)
        wizard.action_note()
        self.assertEqual(row.state, "second")

    def test_changed_while_it_was_looked_at(self):
        """PAY-07: nobody decides, or agrees, on amounts that he has not seen."""
        intent = self._pay_here(5000)
        self._bring([self._row(intent, amount_fen=5001)])
        row = self._open()
        wizards = self.env["o2o.payment.resolution"].with_user(self.manager)
        wizards = wizards.with_context(default_difference_id=row.id)
        wizard = wizards.create({"reason": "A fen."})
        self._bring([self._row(intent, amount_fen=9000)])
        for decide in (wizard.action_note, wizard.action_book):
            with self.assertRaisesRegex(UserError, "meanwhile"):
                decide()
        self.assertEqual(row.state, "open")

        self.company.o2o_difference_limit = 1.0
        wizards.create({"reason": "Forty."}).action_note()
        self.assertEqual(row.state, "second")
        seen = [row.ours_fen, row.gateway_fen, row.resolution]
        second = row.with_user(self.second).with_context(o2o_seen=seen)
        row.with_user(self.manager).action_send_back()
        row.with_user(self.manager)._decide("booked", "A loss.")
        with self.assertRaisesRegex(UserError, "meanwhile"):
            second.action_confirm()
        self.assertEqual(row.state, "second")

    def test_search(self):
        """PAY-07: by age and by number."""
        row = self._find(100)
        self.assertFalse(self.differences.search([("age_days", ">", 1)]) & row)
        row.found_at = "2026-01-01"
        self.assertIn(row, self.differences.search([("age_days", ">", 1)]))
        self.assertIn(row, self.differences.search([("age_days", ">=", 2)]))
        self.assertGreater(row.age_days, 1)
        action = row.action_view_rows()
        self.assertFalse(self.lines.search(action["domain"]))
