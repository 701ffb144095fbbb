from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.o2o_member.tests.common_examples import examples

from .common import BillCase

#: what may become of a payment on its way into a bill
FATES = ("same", "missing", "amount", "twice", "status", "gateway_only")
KINDS = {
    "missing": "ours_only",
    "amount": "amount",
    "twice": "duplicate",
    "status": "status",
    "gateway_only": "gateway_only",
}
lives = st.lists(
    st.tuples(st.sampled_from(FATES), st.integers(2, 90000), st.booleans()),
    max_size=12,
)


@tagged("post_install", "-at_install")
class TestMatchRandom(BillCase):
    @examples(8)
    @given(lives)
    def _check(self, payments):
        with self.env.cr.savepoint() as savepoint:
            expected, rows = [], []
            for fate, fen, is_refunded in payments:
                vals = {}
                if fate == "status":
                    vals = {"state": "closed", "paid_fen": 0, "reserved_fen": 0}
                intent = self._pay_here(fen, **vals)
                row = self._row(intent)
                if fate == "status":
                    intent.paid_at = False
                if fate == "amount":
                    row = self._row(intent, amount_fen=fen + 1)
                if fate == "gateway_only":
                    row = self._row(intent, out_no=f"X{intent.out_no}")
                    intent.write({"paid_at": False})
                if fate != "missing":
                    rows.append(row)
                if fate == "twice":
                    rows.append(row)
                if fate == "same" and is_refunded:
                    rows.append(self._row(self._refund_here(intent, fen // 2)))
                if fate in KINDS:
                    number = row.out_no
                    expected.append((KINDS[fate], number))
            bill = self._bring(rows)
            found = self._open()
            self.assertEqual(
                sorted((row.kind, row.number) for row in found), sorted(expected)
            )
            self._assert_adds_up(bill)
            before = found.read(["key", "kind", "ours_fen", "gateway_fen", "line_id"])
            bill._wake()
            self._run_bills()
            after = self._open().read(
                ["key", "kind", "ours_fen", "gateway_fen", "line_id"]
            )
            self.assertEqual(after, before)
            savepoint.rollback()
        self.env.invalidate_all()

    def test_each_difference_is_found_once(self):
        """PAY-07: whatever a bill lacks or has too much: each difference is found
        once, the sums add up, and a second run changes nothing."""
        self._check()
