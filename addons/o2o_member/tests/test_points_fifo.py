from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import BaseCase, tagged

from ..lib.points_fifo import Join, Lot, Take, settle
from ..lib.share import points_for, share_out
from .common_lives import TWO_LIVES, Story, examples
from .common_purchases import LIFE, WAIT

DAY0 = fields.Datetime.to_datetime("2026-01-01 00:00:00")


def day(number):
    return DAY0 + timedelta(days=number)


@tagged("post_install", "-at_install")
class TestPointsFifo(BaseCase):
    def test_first_to_expire_is_spent_first(self):
        """PTS-09: what runs out first goes first, whatever came first."""
        lots = [Lot(1, 50, day(0), day(90)), Lot(2, 50, day(1), day(30))]
        account = settle(lots, [Take(3, 60, day(2))], day(3))
        self.assertEqual(account.remaining, {1: 40, 2: 0})

    def test_points_that_never_expire_go_last(self):
        """PTS-09: a lot without an end is kept for the end."""
        lots = [Lot(1, 50, day(0)), Lot(2, 50, day(1), day(30))]
        account = settle(lots, [Take(3, 50, day(2))], day(3))
        self.assertEqual(account.remaining, {1: 50, 2: 0})

    def test_expired_points_pay_nothing(self):
        """PTS-09: a take after the end of a lot finds nothing there."""
        account = settle([Lot(1, 50, day(0), day(10))], [Take(2, 50, day(11))], day(12))
        self.assertEqual((account.expired, account.debt), ({1: 50}, 50))

    def test_the_next_points_pay_the_debt(self):
        """PTS-09: a debt is paid by later points, pending ones too."""
        account = settle(
            [Lot(2, 80, day(9), day(99))], [Take(1, 50, day(1))], now=day(2)
        )
        self.assertEqual((account.remaining, account.debt), ({2: 30}, 0))

    @examples(200)
    @given(
        st.lists(
            st.tuples(
                st.booleans(),
                st.integers(1, 90),
                st.integers(0, 20),
                st.integers(1, 60),
            ),
            max_size=12,
        ),
        st.integers(0, 120),
    )
    def test_nothing_is_lost_or_made(self, steps, last_day):
        """PTS-09: earned = remaining + expired + taken - debt, for any history."""
        lots, takes = [], []
        for number, (is_lot, points, wait, life) in enumerate(steps):
            if is_lot:
                lots.append(
                    Lot(number, points, day(number + wait), day(number + wait + life))
                )
            else:
                takes.append(Take(number, points, day(number)))
        account = settle(lots, takes, day(max(last_day, len(steps))))
        earned = sum(lot.points for lot in lots)
        taken = sum(take.points for take in takes)
        self.assertEqual(
            earned - taken, account.balance + sum(account.expired.values())
        )
        self.assertTrue(all(points >= 0 for points in account.remaining.values()))

    @examples(400)
    @given(TWO_LIVES)
    def test_two_lives(self, steps):
        """MEM-12, PTS-09: two histories that join end as the story told in plain words,
        whoever owed what to whom."""
        story = Story()
        for action, *values in steps:
            if action == "give_back" and not story.can_give_back(*values):
                continue
            if action == "cancel" and not story.spendings:
                continue
            getattr(story, action)(*values)
        lots, takes, joins, kept = [], [], [], None
        for number, event in enumerate(story.events):
            now = day(event["day"])
            if "kept" in event:
                kept = event["kept"]
                joins.append(Join(number, 1 - kept, kept, now))
                continue
            purse = event["side"] if kept is None else kept
            if "lines" in event:
                waits, ends = day(event["day"] + WAIT), day(event["day"] + LIFE)
                lots.append(Lot(number, story.earned(event), waits, ends, purse))
            else:
                takes.append(Take(number, event["spent"], now, purse))
        account = settle(lots, takes, day(story.day), joins)
        [ending] = story.endings()
        self.assertEqual((sum(account.remaining.values()), account.debt), ending)

    @examples(200)
    @given(st.integers(0, 5000), st.lists(st.integers(0, 9999), max_size=8))
    def test_shares_add_up(self, total, cents):
        """PTS-05: shares of points over lines add up and stay near the exact part."""
        weights = [value / 100 for value in cents]
        shares = share_out(total, weights)
        if not weights:
            self.assertEqual(shares, [])
            return
        self.assertEqual(sum(shares), total)
        if whole := sum(weights):
            for share, weight in zip(shares, weights, strict=True):
                self.assertLess(abs(share - total * weight / whole), 1.0001)

    def test_points_for(self):
        """PTS-01: fractions dropped, binary dust ignored, never negative."""
        cases = [
            (99.99, 1.0, 99),
            (0.0, 1.0, 0),
            (-5.0, 1.0, 0),
            (1.1, 10.0, 11),
            (1499.0, 0.1, 149),
            (1000.0, 0.0, 0),
        ]
        for amount, rate, expected in cases:
            self.assertEqual(points_for(amount, rate), expected)
