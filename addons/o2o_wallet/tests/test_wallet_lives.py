from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.o2o_member.tests.common_lives import examples

from .common import WalletCommon

DAY0 = fields.Datetime.to_datetime("2026-03-02 04:00:00")
UNITS = st.integers(1, 40_000)
AT = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("top_up"), UNITS, st.integers(0, 5_000), st.integers(0, 9)),
        st.tuples(st.just("pay"), UNITS),
        st.tuples(st.just("hold"), UNITS),
        st.tuples(st.just("capture"), AT),
        st.tuples(st.just("release"), AT),
        st.tuples(st.just("refund"), AT, UNITS),
        st.tuples(st.just("adjust"), st.integers(-9_000, 9_000)),
        st.tuples(st.just("pay_out"), UNITS),
        st.tuples(st.just("wait"), st.integers(1, 5)),
    ),
    min_size=4,
    max_size=22,
)


@tagged("post_install", "-at_install")
class TestWalletLives(WalletCommon):
    """Any sequence leaves what a plain count of fen leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "o2o_wallet_cap_anonymous": 0,
                "o2o_wallet_limit_day": 0,
                "o2o_wallet_bonus_grace_days": 0,
            }
        )

    @examples(12)
    @given(STEPS, st.sampled_from(["proportional", "principal_first", "bonus_first"]))
    def test_any_life(self, steps, order):
        """PAY-05, idea 26: whatever happens, balance = sum of rows, never below zero,
        and nobody spends what is set aside."""
        self.company.o2o_wallet_use_order = order
        number = self.Card.search_count([])
        member = self._create_member("O2O Life", f"71{number:08d}")
        self.life_wallet = self.env["o2o.wallet"]._open(member)
        self.total, self.held, self.day = 0, 0, 0
        self.payments, self.holds = [], []
        for at, (action, *values) in enumerate(steps):
            with freeze_time(DAY0 + timedelta(days=self.day)):
                getattr(self, f"_do_{action}")(f"life/{number}/{at}", *values)
                self._compare()
        with freeze_time(DAY0 + timedelta(days=self.day)):
            for payment, paid in self.payments:
                if paid:
                    payment._refund(paid / 100, f"{payment.key}/end")
                    self.total += paid
            self._compare()
            for payment, _left in self.payments:
                self.assertFalse(
                    payment._left_units(), "given back to the last fen, by both shares"
                )
        self.assertProven()

    def _compare(self):
        wallet = self.life_wallet
        self.assertEqual(
            wallet._minor(wallet.principal) + wallet._minor(wallet.bonus), self.total
        )
        self.assertEqual(
            wallet._minor(wallet.held_principal) + wallet._minor(wallet.held_bonus),
            self.held,
        )
        self.assertEqual(
            sum(lot.left for lot in wallet._replay_bonus()[0]),
            wallet._minor(wallet.bonus),
        )

    def _tried(self, is_possible, act):
        """What should be refused is, and what should not be is not."""
        if is_possible:
            return act()
        with self.assertRaises(UserError):
            act()
        return None

    def _do_top_up(self, key, units, bonus, days):
        until = days and DAY0 + timedelta(days=self.day + days)
        self.life_wallet._top_up(
            units / 100, key, bonus=bonus / 100, bonus_until=until or False
        )
        self.total += units + bonus

    def _do_pay(self, key, units):
        payment = self._tried(
            units <= self.total - self.held,
            lambda: self.life_wallet._pay(units / 100, key),
        )
        if payment:
            self.total -= units
            self.payments.append([payment, units])

    def _do_hold(self, key, units):
        hold = self._tried(
            units <= self.total - self.held,
            lambda: self.Hold._hold(self.life_wallet, units / 100, key, minutes=99999),
        )
        if hold:
            self.held += units
            self.holds.append((hold, units))

    def _do_capture(self, key, at):
        if self.holds:
            hold, units = self.holds.pop(at % len(self.holds))
            self.payments.append([hold._capture(), units])
            self.total -= units
            self.held -= units

    def _do_release(self, key, at):
        if self.holds:
            hold, units = self.holds.pop(at % len(self.holds))
            hold._release()
            self.held -= units

    def _do_refund(self, key, at, units):
        if self.payments:
            paid = self.payments[at % len(self.payments)]
            if self._tried(units <= paid[1], lambda: paid[0]._refund(units / 100, key)):
                paid[1] -= units
                self.total += units

    def _do_adjust(self, key, units):
        free = self.life_wallet._free()[0]
        if units and self._tried(
            free + units >= 0,
            lambda: self.life_wallet._adjust(units / 100, 0.0, key, "Count"),
        ):
            self.total += units

    def _do_pay_out(self, key, units):
        if self._tried(
            units <= self.life_wallet._free()[0],
            lambda: self.life_wallet._pay_out(units / 100, key),
        ):
            self.total -= units

    def _do_wait(self, key, days):
        self.day += days
        with freeze_time(DAY0 + timedelta(days=self.day)):
            before = self.life_wallet._minor(self.life_wallet.bonus)
            self.life_wallet._expire_bonus()
            lots = self.life_wallet._replay_bonus()[0]
            self.total -= before - self.life_wallet._minor(self.life_wallet.bonus)
            now = fields.Datetime.now()
            over = sum(lot.left for lot in lots if lot.end and lot.end <= now)
            self.assertLessEqual(
                over, self.life_wallet._minor(self.life_wallet.held_bonus)
            )
