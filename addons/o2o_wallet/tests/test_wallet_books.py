from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import WalletCommon

DAY = fields.Datetime.to_datetime("2026-05-04 04:00:00")


@tagged("post_install", "-at_install")
class TestWalletBooks(WalletCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"].create(
            [
                {"name": "O2O Wallets", "code": "O2O2205", "account_type": kind}
                | {"code": code}
                for code, kind in (
                    ("O2O220595", "liability_current"),
                    ("O2O660195", "expense"),
                )
            ]
        )
        cls.liability, cls.cost = accounts
        cls.company.write(
            {
                "o2o_wallet_account_id": cls.liability.id,
                "o2o_wallet_bonus_account_id": cls.cost.id,
            }
        )
        if not cls.company._o2o_wallet_misc_journal():
            cls.env["account.journal"].create(
                {"name": "O2O Misc", "code": "O2OM", "type": "general"}
            )

    def _live(self):
        """Two days: 500 with 50, 110 paid and 11 back; then 20 less by hand."""
        with freeze_time(DAY):
            self._top_up()
            self.wallet._pay(110.0, "test/pay")._refund(11.0, "test/back")
            self.Hold._hold(self.wallet, 5.0, "test/hold")
        with freeze_time(DAY + timedelta(days=1)):
            self.wallet._adjust(-20.0, 0.0, "test/adjust", "Counted")
            self.wallet._pay_out(100.0, "test/out")

    def _days(self):
        self.env.flush_all()
        return self.env["o2o.wallet.day"].search(
            [("company_id", "=", self.company.id), ("day", ">=", "2026-05-04")],
            order="day",
        )

    def test_liability_by_day(self):
        """Idea 26: opening, in, out, closing; closing is what all wallets hold."""
        before = sum(self.env["o2o.wallet"].search([]).mapped("balance"))
        self._live()
        first, second = self._days()[:2]
        self.assertRecordValues(
            first,
            [
                {
                    "day": fields.Date.to_date("2026-05-04"),
                    "topped_up": 500.0,
                    "bonus_given": 50.0,
                    "paid": -110.0,
                    "refunded": 11.0,
                }
            ],
        )
        self.assertEqual(round(first.closing - first.opening, 2), 451.0)
        self.assertEqual(second.opening, first.closing)
        self.assertEqual((second.corrected, second.paid_out), (-20.0, -100.0))
        now = sum(self.env["o2o.wallet"].search([]).mapped("balance"))
        self.assertEqual(round(now - before, 2), 331.0)
        self.assertEqual(
            round(second.closing - second.closing_principal, 2), second.closing_bonus
        )

    def test_day_begins_where_the_shop_is(self):
        """Idea 26: half past midnight in Shanghai is the next day."""
        with freeze_time("2026-05-04 16:30:00"):
            self._top_up()
        days = self._days().mapped("day")
        self.assertIn(fields.Date.to_date("2026-05-05"), days)
        self.assertNotIn(fields.Date.to_date("2026-05-04"), days)

    def test_bonus_and_corrections_are_booked_once(self):
        """PAY-05: the day after, one entry: cost of bonus against the liability."""
        self._live()
        bookings = self.env["o2o.wallet.booking"]
        with freeze_time(DAY + timedelta(days=2)):
            booked = bookings._book_days(self.company)
            self.assertFalse(bookings._book_days(self.company))
        days = booked.filtered(lambda booking: str(booking.day) >= "2026-05-04")
        lines = days.move_id.line_ids
        self.assertEqual(set(days.move_id.mapped("state")), {"posted"})
        cost = lines.filtered(lambda line: line.account_id == self.cost)
        self.assertEqual(sorted(cost.mapped("balance")), [-20.0, 50.0])
        self.assertEqual(round(sum(lines.mapped("balance")), 2), 0.0)

    def test_today_is_not_booked(self):
        """PAY-05: a day is booked when it is over."""
        with freeze_time(DAY):
            self._top_up()
            booked = self.env["o2o.wallet.booking"]._book_days(self.company)
            self.assertNotIn(fields.Date.to_date("2026-05-04"), booked.mapped("day"))

    def test_setup_creates_what_is_missing(self):
        """PAY-05: accounts, journal and payment method, once."""
        self.company.write(
            {"o2o_wallet_account_id": False, "o2o_wallet_bonus_account_id": False}
        )
        company = self.company
        if not company.chart_template:
            company.chart_template = "generic_coa"
        company._o2o_wallet_setup()
        made = (
            company.o2o_wallet_account_id,
            company.o2o_wallet_bonus_account_id,
            company.o2o_wallet_journal_id,
            company._o2o_wallet_method(),
        )
        self.assertTrue(all(made))
        self.assertEqual(made[3].outstanding_account_id, made[0])
        lines = self.env["account.payment.method.line"].search(
            [
                ("payment_provider_id.code", "=", "o2o_wallet"),
                ("company_id", "=", company.id),
            ]
        )
        self.assertEqual(len(lines), 1)
        self.assertEqual(lines.journal_id, made[2])
        self.assertEqual(lines.payment_account_id, made[0])
        lines.payment_account_id = False
        company._o2o_wallet_setup()
        self.assertEqual(lines.payment_account_id, made[0], "of older databases, too")
        self.assertEqual(company.o2o_wallet_account_id, made[0])
        self.assertEqual(
            self.env["pos.payment.method"].search_count(
                [
                    ("use_payment_terminal", "=", "o2o_wallet"),
                    ("company_id", "=", company.id),
                ]
            ),
            1,
        )
