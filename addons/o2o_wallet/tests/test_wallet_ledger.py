from datetime import timedelta

from psycopg2 import Error as PgError
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..const import WALLET_CONTEXT
from .common import WalletCommon

DAY = fields.Datetime.to_datetime("2026-05-04 04:00:00")


@tagged("post_install", "-at_install")
class TestWalletLedger(WalletCommon):
    """PAY-05: the ledger of a wallet."""

    # === top-up === #

    def test_top_up_adds_own_money_and_bonus(self):
        """PAY-05: top up 500 with a bonus of 50; each is a row of its own."""
        entry = self._top_up()
        self.assertBalance(500.0, 50.0)
        self.assertRecordValues(
            self.wallet.entry_ids.sorted("id"),
            [
                {
                    "kind": "topup",
                    "amount": 500.0,
                    "principal_before": 0.0,
                    "principal_after": 500.0,
                    "bonus_after": 0.0,
                    "balance_after": 500.0,
                },
                {
                    "kind": "bonus",
                    "amount": 50.0,
                    "principal_before": 500.0,
                    "principal_after": 500.0,
                    "bonus_after": 50.0,
                    "balance_after": 550.0,
                },
            ],
        )
        self.assertEqual(entry.partner_id, self.member)
        self.assertProven()

    def test_entry_has_a_name_that_people_use(self):
        """PAY-05: a row is called by what it is, not by its technical key."""
        entry = self._top_up(document="CZ0001").with_context(lang="en_US")
        self.assertEqual(entry.display_name, "Top-up CZ0001")
        found = self.Entry.name_search("test/topup")
        self.assertIn(entry.id, [row[0] for row in found])

    def test_same_key_is_one_row(self):
        """PAY-05: a repeated message about the same money moves it once."""
        first = self._top_up()
        self.assertEqual(self._top_up(), first)
        self.assertBalance(500.0, 50.0)

    def test_key_of_another_posting(self):
        """PAY-05: a key names one posting."""
        self._top_up()
        with self.assertRaises(ValidationError):
            self._top_up(400.0)
        with self.assertRaises(ValidationError):
            self.wallet._pay(500.0, "test/topup")

    def test_cap_without_identity(self):
        """Idea 26: a wallet without a checked identity holds 1,000, bonus included."""
        self._top_up(900.0, 50.0)
        with self.assertRaisesRegex(UserError, "50.00.* more can be paid in"):
            self._top_up(51.0, 0.0, "test/more")
        self._top_up(50.0, 0.0, "test/more")
        self.assertBalance(950.0, 50.0)

    def test_cap_with_identity(self):
        """Idea 26: with the identity checked it holds 5,000."""
        self.wallet._register_identity()
        self._top_up(4500.0, 450.0)
        with self.assertRaises(UserError):
            self._top_up(50.0, 1.0, "test/more")

    def test_cap_is_a_setting(self):
        """Idea 26: 0 stands for no cap."""
        self.company.o2o_wallet_cap_anonymous = 0
        self._top_up(20000.0, 0.0)
        self.assertBalance(20000.0, 0.0)

    def test_only_members_have_wallets(self):
        """PAY-05: who has no active card opens no wallet."""
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaises(UserError):
            self.env["o2o.wallet"]._open(stranger)

    def test_nothing_and_less_are_refused(self):
        """PAY-05: amounts are above zero, in whole fen."""
        self._top_up()
        for amount in (0.0, -5.0, 0.004, 1.005):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self.wallet._pay(amount, f"test/{amount}")

    # === paying === #

    def test_in_proportion_by_default(self):
        """PAY-05: 110 of 500 and 50 are 100 of own money and 10 of bonus."""
        self._top_up()
        entry = self.wallet._pay(110.0, "test/pay")
        self.assertEqual((entry.principal, entry.bonus), (-100.0, -10.0))
        self.assertBalance(400.0, 40.0)

    def test_order_of_use_is_a_setting(self):
        """PAY-05: own money first, or bonus first."""
        self._top_up()
        self.company.o2o_wallet_use_order = "bonus_first"
        entry = self.wallet._pay(60.0, "test/one")
        self.assertEqual((entry.principal, entry.bonus), (-10.0, -50.0))
        self._top_up(100.0, 20.0, "test/again")
        self.company.o2o_wallet_use_order = "principal_first"
        entry = self.wallet._pay(100.0, "test/two")
        self.assertEqual((entry.principal, entry.bonus), (-100.0, 0.0))

    def test_not_enough(self):
        """PAY-05: a wallet has no debt."""
        self._top_up()
        with self.assertRaisesRegex(UserError, "550.00.* can be spent"):
            self.wallet._pay(550.01, "test/pay")
        self.wallet._pay(550.0, "test/pay")
        self.assertBalance(0.0, 0.0)

    def test_paying_twice_under_one_key(self):
        """PAY-05: a payment that is repeated is made once, whatever is left."""
        self._top_up()
        first = self.wallet._pay(550.0, "test/pay")
        self.assertEqual(self.wallet._pay(550.0, "test/pay"), first)
        with self.assertRaises(ValidationError):
            self.wallet._pay(549.0, "test/pay")

    def test_limit_per_payment(self):
        """PAY-05: one payment has a limit."""
        self.company.o2o_wallet_limit_payment = 100
        self._top_up()
        with self.assertRaisesRegex(UserError, "100.00.* at most"):
            self.wallet._pay(100.01, "test/pay")
        self.wallet._pay(100.0, "test/pay")

    @freeze_time(DAY)
    def test_limit_per_day(self):
        """PAY-05: a day has a limit; what is set aside counts, what was refunded does
        not make room; the next day begins where the shop is."""
        self.company.o2o_wallet_limit_day = 200
        self._top_up()
        self.wallet._pay(150.0, "test/1")._refund(150.0, "test/1/back")
        self.Hold._hold(self.wallet, 30.0, "test/2")
        with self.assertRaisesRegex(UserError, "a day"):
            self.wallet._pay(21.0, "test/3")
        self.wallet._pay(20.0, "test/3")
        with freeze_time(DAY + timedelta(days=1)):
            self.wallet._pay(150.0, "test/4")

    def test_frozen(self):
        """PAY-05: a frozen wallet pays nothing and takes no top-up, but refunds."""
        self._top_up()
        payment = self.wallet._pay(110.0, "test/pay")
        self.wallet._freeze()
        with self.assertRaisesRegex(UserError, "frozen"):
            self.wallet._pay(1.0, "test/more")
        with self.assertRaisesRegex(UserError, "frozen"):
            self._top_up(10.0, 0.0, "test/in")
        payment._refund(110.0, "test/back")
        self.wallet._unfreeze()
        self.wallet._pay(550.0, "test/rest")

    def test_freeze_of_the_shop_outranks_the_members(self):
        """PAY-05: members unfreeze what they froze themselves."""
        self.wallet._freeze(by_member=True)
        self.wallet._unfreeze(by_member=True)
        self.assertEqual(self.wallet.state, "active")
        self.wallet._freeze()
        self.wallet._freeze(by_member=True)
        with self.assertRaisesRegex(UserError, "The shop froze"):
            self.wallet._unfreeze(by_member=True)
        self.assertEqual(self.wallet.state, "frozen")

    # === setting aside === #

    def test_hold_and_capture(self):
        """PAY-05: what is set aside cannot be spent twice; capturing it pays."""
        self._top_up()
        hold = self.Hold._hold(self.wallet, 440.0, "test/hold")
        self.assertBalance(500.0, 50.0, 440.0)
        with self.assertRaises(UserError):
            self.wallet._pay(110.01, "test/pay")
        self.wallet._pay(110.0, "test/pay")
        entry = hold._capture()
        self.assertEqual((entry.principal, entry.bonus), (-400.0, -40.0))
        self.assertEqual(hold._capture(), entry)
        self.assertBalance(0.0, 0.0)
        self.assertProven()

    def test_hold_and_release(self):
        """PAY-05: what is let go is free again, once."""
        self._top_up()
        hold = self.Hold._hold(self.wallet, 440.0, "test/hold")
        hold._release()
        hold._release()
        self.assertBalance(500.0, 50.0)
        with self.assertRaises(UserError):
            hold._capture()
        again = self.Hold._hold(self.wallet, 440.0, "test/hold")
        self.assertNotEqual(again, hold)
        self.assertProven()

    def test_holding_again_is_the_same_hold(self):
        """PAY-05: a till that asks again sets nothing more aside."""
        self._top_up()
        hold = self.Hold._hold(self.wallet, 100.0, "test/hold")
        self.assertEqual(self.Hold._hold(self.wallet, 100.0, "test/hold"), hold)
        with self.assertRaises(UserError):
            self.Hold._hold(self.wallet, 101.0, "test/hold")
        self.assertBalance(500.0, 50.0, 100.0)

    @freeze_time(DAY)
    def test_hold_ends_by_itself(self):
        """PAY-05, FAULT-61: a till that dies between hold and sale frees the money."""
        self._top_up()
        hold = self.Hold._hold(self.wallet, 100.0, "test/hold", minutes=30)
        with freeze_time(DAY + timedelta(minutes=29)):
            self._run_job("o2o_wallet_hold_cron_release")
        self.assertEqual(hold.state, "held")
        with freeze_time(DAY + timedelta(minutes=31)):
            self._run_job("o2o_wallet_hold_cron_release")
        self.assertEqual(hold.state, "expired")
        self.assertBalance(500.0, 50.0)

    # === refunds === #

    def test_refund_in_parts_by_share(self):
        """PAY-05: refunds give own money and bonus back as they were paid."""
        self._top_up()
        payment = self.wallet._pay(110.0, "test/pay")
        first = payment._refund(33.33, "test/back/1")
        self.assertEqual((first.principal, first.bonus), (30.3, 3.03))
        payment._refund(66.66, "test/back/2")
        payment._refund(10.01, "test/back/3")
        self.assertBalance(500.0, 50.0)
        with self.assertRaisesRegex(UserError, "Only .*0.00"):
            payment._refund(0.01, "test/back/4")
        self.assertProven()

    def test_three_refunds_of_60_on_100(self):
        """PAY-05, FAULT-46: what is given back never passes what was paid."""
        self._top_up()
        payment = self.wallet._pay(100.0, "test/pay")
        payment._refund(60.0, "test/back/1")
        for number in (2, 3):
            with self.assertRaisesRegex(UserError, "Only .*40.00"):
                payment._refund(60.0, f"test/back/{number}")

    def test_refund_repeated(self):
        """PAY-05, FAULT-44: the same refund is made once."""
        self._top_up()
        payment = self.wallet._pay(100.0, "test/pay")
        refund = payment._refund(60.0, "test/back")
        self.assertEqual(payment._refund(60.0, "test/back"), refund)
        with self.assertRaises(ValidationError):
            payment._refund(40.0, "test/back")

    def test_only_payments_are_refunded(self):
        """PAY-05: nobody refunds a top-up into the wallet."""
        entry = self._top_up()
        with self.assertRaises(UserError):
            entry._refund(100.0, "test/back")
        refund = self.wallet._pay(10.0, "test/pay")._refund(10.0, "test/back")
        with self.assertRaises(UserError):
            refund._refund(10.0, "test/back/back")

    def test_bonus_taken_back_as_far_as_it_is_there(self):
        """PAY-05, FAULT-63: a bonus whose top-up is refunded after it was spent."""
        self._top_up()
        bonus = self.wallet.entry_ids.filtered(lambda entry: entry.kind == "bonus")
        self.wallet._pay(330.0, "test/pay")
        taken = bonus._reverse("test/undo")
        self.assertEqual(taken.bonus, -20.0)
        self.assertEqual(bonus._reverse("test/undo"), taken)
        self.assertFalse(bonus._reverse("test/undo/more"))
        self.assertBalance(200.0, 0.0)

    def test_pay_out_is_own_money_that_is_free(self):
        """PAY-05: bonus is never paid out, nor what is set aside."""
        self._top_up()
        self.Hold._hold(self.wallet, 110.0, "test/hold")
        with self.assertRaisesRegex(UserError, "400.00.* can be paid out"):
            self.wallet._pay_out(400.01, "test/out")
        self.wallet._pay_out(400.0, "test/out")
        self.assertBalance(100.0, 50.0, 110.0)
        self.assertProven()

    # === bonus that ends === #

    @freeze_time(DAY)
    def test_bonus_ends_and_own_money_does_not(self):
        """Idea 26: no end for own money; a bonus may have one."""
        self._top_up(bonus_until=DAY + timedelta(days=10))
        self._top_up(0.01, 30.0, "test/endless")
        self.wallet._pay(58.0, "test/pay")
        before = self.wallet.bonus
        with freeze_time(DAY + timedelta(days=11)):
            self._run_job("o2o_wallet_cron_expire")
            self.wallet.invalidate_recordset()
            self.assertEqual(self.wallet.bonus, 30.0)
            self.assertLess(30.0, before)
            self.assertFalse(self.env["o2o.wallet"]._find_ending())
            self.assertProven()

    @freeze_time(DAY)
    def test_ended_bonus_pays_nothing_before_the_job_runs(self):
        """PAY-05: the end of a bonus does not wait for the night."""
        self._top_up(bonus_until=DAY + timedelta(days=10))
        with freeze_time(DAY + timedelta(days=11)):
            with self.assertRaisesRegex(UserError, "500.00.* can be spent"):
                self.wallet._pay(550.0, "test/pay")
            self.wallet._pay(500.0, "test/pay")

    @freeze_time(DAY)
    def test_bonus_set_aside_outlives_its_end(self):
        """PAY-05: what is on its way is not taken; the next night it is."""
        self._top_up(bonus_until=DAY + timedelta(days=10))
        hold = self.Hold._hold(self.wallet, 110.0, "test/hold", minutes=60 * 24 * 12)
        with freeze_time(DAY + timedelta(days=11)):
            self._run_job("o2o_wallet_cron_expire")
            self.assertBalance(500.0, 10.0, 110.0)
            hold._release()
            self._run_job("o2o_wallet_cron_expire")
            self.assertBalance(500.0, 0.0)

    @freeze_time(DAY)
    def test_bonus_set_aside_ends_once(self):
        """PAY-05: a payment under way holds bonus that ends: it uses that bonus, and
        none that goes on is taken in its place."""
        self._top_up(bonus_until=DAY + timedelta(days=10))
        self._top_up(0.01, 50.0, "test/endless")
        self.company.o2o_wallet_use_order = "bonus_first"
        hold = self.Hold._hold(self.wallet, 30.0, "test/hold", minutes=60 * 24 * 12)
        with freeze_time(DAY + timedelta(days=11)):
            self._run_job("o2o_wallet_cron_expire")
            self.assertBalance(500.01, 80.0, 30.0)
            hold._capture()
            self.assertBalance(500.01, 50.0)
            self._run_job("o2o_wallet_cron_expire")
            self.assertBalance(500.01, 50.0)
        self.assertProven()

    @freeze_time(DAY)
    def test_refunded_bonus_has_days_of_grace(self):
        """PAY-05: a bonus that comes back late can still be used, as long as when it
        was paid with."""
        self._top_up(bonus_until=DAY + timedelta(days=10))
        payment = self.wallet._pay(550.0, "test/pay")
        with freeze_time(DAY + timedelta(days=20)):
            refund = payment._refund(550.0, "test/back")
            self.assertEqual(refund.expires_at, DAY + timedelta(days=30))
            self._run_job("o2o_wallet_cron_expire")
            self.assertBalance(500.0, 50.0)

    @freeze_time(DAY)
    def test_no_end_is_put_off_again_and_again(self):
        """PAY-05: who pays with an ending bonus and cancels, gains a day at most."""
        self._top_up(bonus_until=DAY + timedelta(days=10))
        for number, day in enumerate((9, 10, 11), start=1):
            at = DAY + timedelta(days=day, hours=-number)
            with freeze_time(at):
                payment = self.wallet._pay(550.0, f"test/pay/{number}")
                back = payment._refund(550.0, f"test/back/{number}")
                self.assertEqual(
                    back.expires_at, max(DAY + timedelta(10), at + timedelta(1))
                )

    @freeze_time(DAY)
    def test_each_bonus_comes_back_with_its_own_end(self):
        """PAY-05: in parts, the last one to end first; all of it with the ends it had
        before, to the last fen."""
        soon, late = DAY + timedelta(days=40), DAY + timedelta(days=80)
        self._top_up(100.0, 10.0, "test/soon", bonus_until=soon)
        self._top_up(100.0, 20.0, "test/late", bonus_until=late)
        self._top_up(100.0, 30.0, "test/endless")
        before = [(lot.end, lot.left) for lot in self.wallet._replay_bonus()[0]]
        payment = self.wallet._pay(360.0, "test/pay")

        first = payment._refund(240.0, "test/back/1")
        self.assertEqual(
            [(row.principal, row.bonus, row.expires_at) for row in first],
            [(200.0, 30.0, False), (0.0, 10.0, late)],
        )
        self.assertEqual(payment._refund(240.0, "test/back/1"), first, "once")
        with self.assertRaises(UserError):
            payment._refund(230.0, "test/back/1")
        self.assertEqual(payment._left_units(), 12000)

        second = payment._refund(120.0, "test/back/2")
        self.assertEqual(
            [(row.principal, row.bonus, row.expires_at) for row in second],
            [(100.0, 10.0, late), (0.0, 10.0, soon)],
        )
        after = {}
        for lot in self.wallet._replay_bonus()[0]:
            after[lot.end] = after.get(lot.end, 0) + lot.left
        self.assertEqual(after, dict(before))
        self.assertProven()

    # === append only === #

    def test_rows_cannot_be_changed(self):
        """Invariant 1: rows are written once, also for the superuser."""
        entry = self._top_up()
        with self.assertRaises(UserError):
            entry.write({"principal": 1000.0})
        with self.assertRaises(UserError):
            entry.unlink()
        with self.assertRaises(UserError):
            self.env["o2o.wallet"].browse(self.wallet.id).with_context(
                o2o_wallet_writer=True
            ).write({"principal": 1000.0})
        self.env.flush_all()
        for statement in (
            "UPDATE o2o_wallet_entry SET principal = 1 WHERE id = %s",
            "DELETE FROM o2o_wallet_entry WHERE id = %s",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(PgError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [entry.id])

    def test_database_refuses_debts_and_twins(self):
        """Invariant 1: the constraints hold without the Python above them."""
        self._top_up()
        vals = {
            "wallet_id": self.wallet.id,
            "partner_id": self.member.id,
            "company_id": self.company.id,
            "kind": "pay",
            "key": "test/forged",
            "actor_id": self.env.uid,
            "principal": -600.0,
            "principal_before": 500.0,
            "principal_after": -100.0,
        }
        writer = self.Entry.with_context(**WALLET_CONTEXT)
        for error, change in (
            (CheckViolation, {}),
            (CheckViolation, {"principal_after": 0.0}),
            (CheckViolation, {"principal": 0.0, "principal_after": 500.0}),
            (
                UniqueViolation,
                {"key": "test/topup", "principal": -1.0, "principal_after": 499.0},
            ),
        ):
            with (
                self.subTest(change=change),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                writer.create({**vals, **change})

    def test_audit_finds_a_forged_balance(self):
        """PAY-05: the nightly proof compares rows, running sums and wallets."""
        self._top_up()
        self.env.flush_all()
        self.assertFalse(self.Entry._find_wrong_wallets())
        self.env.cr.execute(
            "UPDATE o2o_wallet SET principal = 501 WHERE id = %s", [self.wallet.id]
        )
        self.wallet.invalidate_recordset()
        with mute_logger("odoo.addons.o2o_wallet.models.o2o_wallet_audit"):
            wrong = self.Entry._cron_check_balances()
        self.assertEqual(wrong, self.wallet.ids)
        self.assertIn(
            "Wallet balances that do not add up",
            self.env["mail.message"]
            .search(
                [("partner_ids", "in", self.wallet_manager.partner_id.ids)],
                limit=1,
                order="id desc",
            )
            .mapped("subject"),
        )
