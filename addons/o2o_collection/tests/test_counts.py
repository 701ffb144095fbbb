from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_till import DoorTillCase


@tagged("post_install", "-at_install")
class TestDoorCounts(DoorTillCase):
    """POS-15: courier and cashier count, each alone; slips are counted, too."""

    def test_declares_first(self):
        """POS-15: without a count there is no code."""
        self._collect(self._ship())
        for declared in (None, "400", -1, True, 10**12):
            with self.assertRaises(UserError):
                self._begin(declared)
        self.assertEqual(self._begin(39800).declared_fen, 39800)

    def test_declared_and_counted_differ(self):
        """POS-15: another number than was declared needs a reason; both are kept."""
        row = self._collect(self._ship())
        code = self._begin(39000).code
        answer = self._take_over(40000, code=code)
        self.assertEqual(answer["status"], "refused")
        self.assertNotIn("390", answer["message"])
        answer = self._take_over(40000, code=code, reason="送货员数错")
        self.assertEqual(answer["status"], "ok")
        handover = row.payment_ids.handover_id
        self.assertRecordValues(
            handover,
            [
                {
                    "declared_fen": 39000,
                    "counted_fen": 40000,
                    "is_declared_otherwise": True,
                    "difference_state": "none",
                }
            ],
        )

    def test_slips_are_counted(self):
        """POS-15: the till says how many slips it has, and their sum."""
        row = self._ship()
        self._collect_by_card(row)
        code = self._begin(0).code
        for slips in (
            {"slip_count": None},
            {"slip_fen": "400"},
            {"slip_count": 0, "slip_fen": 0},
            {"slip_count": 1, "slip_fen": 39900},
        ):
            answer = self._take_over(0, code=code, **slips)
            self.assertEqual(answer["status"], "refused", slips)
        self.assertFalse(row.payment_ids.handover_id)
        self.assertEqual(self._take_over(0, code=code)["status"], "ok")
        self.assertEqual(row.state, "settled")

    def test_slip_is_missing(self):
        """FAULT-64: a missing slip is a difference: a reason, and head office looks."""
        row = self._ship()
        self._collect_by_card(row)
        answer = self._take_over(0, slip_count=0, slip_fen=0, reason="丢失")
        self.assertEqual(answer["status"], "ok")
        handover = row.payment_ids.handover_id
        self.assertRecordValues(
            handover,
            [
                {
                    "slip_count": 1,
                    "slip_taken_count": 0,
                    "slip_fen": 40000,
                    "slip_taken_fen": 0,
                    "difference_state": "open",
                }
            ],
        )
        self.assertTrue(handover.activity_ids)
        self.assertEqual(row.state, "handed_over")
        handover.with_user(self.head_office_user)._solve("补打签购单")
        self.assertEqual(row.state, "settled")

    def test_one_slip_is_one_number(self):
        """FAULT-64: the same slip, written otherwise or in another store, pays once."""
        row = self._ship()
        self._take(
            row, "card", amount_fen=40000, reference="abcd-1234", card_end="0128"
        )
        self.assertEqual(row.payment_ids.reference, "ABCD1234")
        other = self._ship()
        self.env.cr.execute(
            "UPDATE o2o_collection SET store_id = %s WHERE id = %s",
            (self.far.id, other.id),
        )
        self.env.invalidate_all()
        self.far.user_ids |= self.courier
        for reference in ("abcd1234", "ABCD-1234", " AB CD 12.34 "):
            answer = self._press(
                other, "card", amount_fen=40000, reference=reference, card_end="0128"
            )
            self.assertEqual(answer["status"], "refused", reference)
        self.assertFalse(other.payment_ids)
