from datetime import timedelta
from uuid import uuid4

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import PIN
from .common_till import WalletTillCommon

DAY = fields.Datetime.to_datetime("2026-05-04 04:00:00")


@tagged("post_install", "-at_install")
class TestWalletTillAuthorise(WalletTillCommon):
    """PAY-05: the server sets the money aside; the cashier cannot."""

    def test_pin_sets_money_aside(self):
        """PAY-05: the member enters the PIN; the cashier sees name and rest."""
        answer = self._authorise()
        self.assertEqual(answer["status"], "ok", answer)
        self.assertEqual(
            answer["payment"],
            {
                "uuid": self.uuid,
                "state": "held",
                "amount": 110.0,
                "partner": {"id": self.member.id, "name": "O2O Member"},
                "available": 440.0,
            },
        )
        self.assertBalance(500.0, 50.0, 110.0)

    def test_electronic_card_is_enough_for_small_amounts(self):
        """PAY-05: who shows the card needs no PIN up to the amount of the company."""
        code = self.member._o2o_member_token()
        self.assertEqual(self._authorise(200.0, code=code)["status"], "ok")

    def test_electronic_card_and_pin_above(self):
        """PAY-05: above it the PIN is needed as well; the answer knows the member."""
        code = self.member._o2o_member_token()
        answer = self._authorise(200.01, code=code)
        self.assertEqual(answer["status"], "pin_needed")
        self.assertEqual(answer["partner"]["id"], self.member.id)
        self.assertFalse(self._hold())
        self.assertEqual(self._authorise(200.01)["status"], "ok")

    def test_name_alone_spends_nothing(self):
        """An attack: a cashier knows a member and no PIN, or an old code."""
        answer = self._authorise(1.0, partner_id=self.member.id)
        self.assertEqual(answer["status"], "pin_needed")
        answer = self._authorise(1.0, partner_id=self.member.id, pin="258037")
        self.assertEqual(answer["status"], "pin_wrong")
        code = self.member._o2o_member_token()
        self._authorise(1.0, code=code)
        self.assertEqual(
            self._authorise(1.0, str(uuid4()), code=code)["status"], "refused"
        )
        for code in ("nonsense", "O2O" * 20, {"x": 1}, 7):
            with self.subTest(code=code):
                self.assertEqual(
                    self._authorise(1.0, str(uuid4()), code=code)["status"], "refused"
                )
        self.assertBalance(500.0, 50.0, 1.0)

    def test_guessing_locks_the_pin(self):
        """An attack: five wrong PINs at the till lock it for all tills."""
        for _number in range(4):
            self._authorise(partner_id=self.member.id, pin="258037")
        answer = self._authorise(partner_id=self.member.id, pin="258037")
        self.assertEqual(answer["status"], "pin_locked")
        self.assertEqual(self._authorise()["status"], "pin_locked")
        self.assertFalse(self._hold())

    def test_one_pin_for_many_members(self):
        """An attack: a cashier tries one PIN at many members and is stopped."""
        key = self.Card._hash("wallet pin", str(self.cashier.id))
        for _number in range(60):
            self.env["o2o.card.throttle"]._is_over(key, 60, 600)
        with mute_logger("odoo.addons.o2o_wallet.models.o2o_wallet_till"):
            self.assertEqual(self._authorise()["status"], "pin_locked")

    def test_asking_again_is_the_same_hold(self):
        """PAY-05: an answer that was lost is asked for once more; nothing more is set
        aside, and another amount is refused."""
        self._authorise()
        answer = self._authorise(partner_id=self.member.id)
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(self._authorise(111.0)["status"], "refused")
        self.assertBalance(500.0, 50.0, 110.0)
        self.assertEqual(
            self.Hold.search_count([("wallet_id", "=", self.wallet.id)]), 1
        )

    def test_not_enough_and_frozen_are_answers(self):
        """PAY-05: the cashier reads why."""
        answer = self._authorise(550.01)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("550.00", answer["message"])
        self.wallet._freeze()
        answer = self._authorise(10.0)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("frozen", answer["message"])

    def test_nonsense(self):
        """An attack: amounts and names that are none."""
        for amount in (0, -5.0, True, "5", None, float("nan"), float("inf"), 1e12):
            with self.subTest(amount=amount):
                self.assertEqual(self._authorise(amount)["status"], "refused")
        for uuid in ("", "x" * 65, "a b", None, 5, {"a": 1}):
            with self.subTest(uuid=uuid), self.assertRaises(UserError):
                self._ask("authorise", uuid, 5.0, {})
        self.assertEqual(
            self._ask("authorise", self.uuid, 5.0, "x")["status"], "refused"
        )

    def test_member_without_wallet(self):
        """PAY-05: a member who never topped up."""
        other = self._create_till_member("Other", "88000301", "13900139000")
        answer = self._authorise(partner_id=other.id, pin=PIN)
        self.assertEqual(answer["status"], "refused")

    def test_cancel_frees_the_money(self):
        """PAY-05: cancelled at the till, safe to repeat."""
        self._authorise()
        self.assertEqual(self._ask("cancel", self.uuid)["state"], "released")
        self.assertEqual(self._ask("cancel", self.uuid)["state"], "released")
        self.assertEqual(self._ask("cancel", str(uuid4())), {})
        self.assertBalance(500.0, 50.0)

    def test_look_tells_what_became_of_it(self):
        """PAY-05, idea 15: unknown is resolved by asking."""
        self.assertEqual(self._ask("look", [self.uuid]), [])
        self._authorise()
        self.assertEqual(self._ask("look", [self.uuid])[0]["state"], "held")
        with self.assertRaises(UserError):
            self._ask("look", [self.uuid] * 51)

    def test_only_cashiers_of_the_till(self):
        """An attack: others call what tills call."""
        self._authorise()
        for user in (self.portal, self.employee, self.clerk):
            for method, args in (
                ("authorise", (self.uuid, 5.0, {})),
                ("look", ([self.uuid],)),
                ("cancel", (self.uuid,)),
                ("check_refund", (self.uuid, 5.0, 1)),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._ask(method, *args, user=user)

    def test_other_till_sees_and_cancels_nothing(self):
        """An attack: a till asks about the payment of another one."""
        self._authorise()
        other = self._create_till("O2OC2")
        self._open_session(other)
        self.assertEqual(self._ask("look", [self.uuid], till=other), [])
        self.assertEqual(self._ask("cancel", self.uuid, till=other), {})
        self.assertEqual(self._authorise(till=other)["status"], "refused")
        self.assertEqual(self._hold().state, "held")

    def test_method_needs_a_bank_journal(self):
        """PAY-05: without a journal the sale would land on the customer's account."""
        with self.assertRaises(ValidationError):
            self.env["pos.payment.method"].create(
                {
                    "name": "Wrong",
                    "payment_method_type": "terminal",
                    "use_payment_terminal": "o2o_wallet",
                }
            )


@tagged("post_install", "-at_install")
class TestWalletTillSale(WalletTillCommon):
    """PAY-05, invariant 7: a wallet line stands on money that was set aside."""

    def test_sale_takes_the_money(self):
        """PAY-05: the sale comes in, the wallet pays, once."""
        self._authorise()
        order = self._sell_by_wallet()
        self.assertEqual(order.state, "paid")
        self.assertBalance(400.0, 40.0)
        hold = self._hold()
        self.assertEqual(hold.state, "captured")
        self.assertEqual(hold.pos_payment_id, order.payment_ids)
        self.assertRecordValues(
            hold.entry_id,
            [
                {
                    "kind": "pay",
                    "amount": -110.0,
                    "res_model": "pos.order",
                    "res_id": order.id,
                    "actor_id": self.cashier.id,
                    "pos_session_id": self.pos_session.id,
                }
            ],
        )
        self.env["pos.order"].with_user(self.cashier).sync_from_ui([self.last_sale])
        self.assertBalance(400.0, 40.0)
        self.assertProven()

    def test_split_tender(self):
        """PAY-05: part wallet, part cash; change on the cash."""
        self._authorise(100.0)
        self._sell(
            120.0,
            (self.wallet_method, 100.0, self.uuid),
            (self.cash_method, 50.0, str(uuid4())),
            amount_return=-30.0,
        )
        self.assertEqual(self.wallet.balance, 450.0)

    def _assert_refused(self, *args, **kwargs):
        orders = self.env["pos.order"].search_count([])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._sell_by_wallet(*args, **kwargs)
        self.assertEqual(self.env["pos.order"].search_count([]), orders)

    def test_forged_payment(self):
        """FAULT-54: a till user sends a wallet line that nobody authorised."""
        self._assert_refused()
        self.assertBalance(500.0, 50.0)

    def test_other_amount(self):
        """An attack: authorise 1, sell for 200."""
        self._authorise(1.0)
        self._assert_refused(200.0)
        self.assertEqual(self._hold().state, "held")

    def test_hold_is_used_once(self):
        """FAULT-54: one authorisation for two sales."""
        self._authorise()
        self._sell_by_wallet()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._sell_by_wallet()
        self.assertBalance(400.0, 40.0)
        paid = self._hold().pos_payment_id
        again = {"pos_order_id": paid.pos_order_id.copy().id}
        payment = paid.copy(again)
        with self.assertRaises(UserError):
            self._hold().sudo()._writer()._pay_for(payment)

    def test_hold_of_another_till(self):
        """An attack: sell on what another till set aside."""
        self._authorise()
        other = self._create_till("O2OC2")
        self._assert_refused(session=self._open_session(other))

    def test_cancelled_hold(self):
        """An attack: authorise, cancel, sell all the same."""
        self._authorise()
        self._ask("cancel", self.uuid)
        self._assert_refused()

    def test_wallet_is_no_cash_machine(self):
        """An attack: pay 200 for a bottle of 10 and take the change in cash."""
        self._authorise(200.0)
        with self.assertRaisesRegex(UserError, "no change"):
            self._sell(
                10.0, (self.wallet_method, 200.0, self.uuid), amount_return=-190.0
            )

    def test_wallet_does_not_refill_a_card(self):
        """An attack: the wallet pays 100 more and the bank card gets them."""
        card = self._create_card_method()
        self._authorise(100.0)
        with self.assertRaisesRegex(UserError, "no change"):
            self._sell(
                10.0,
                (self.wallet_method, 100.0, self.uuid),
                (card, -90.0, str(uuid4())),
            )

    def _create_card_method(self):
        card = self.env["pos.payment.method"].create(
            {"name": "O2O Card", "journal_id": self._create_journal("O2OB", "bank").id}
        )
        self.env.cr.execute(
            "INSERT INTO pos_config_pos_payment_method_rel "
            "(pos_config_id, pos_payment_method_id) VALUES (%s, %s)",
            [self.shop.id, card.id],
        )
        self.env.invalidate_all()
        return card

    def test_sold_payment_is_not_authorised_again(self):
        """An attack: ask for the same line after the sale."""
        self._authorise()
        self._sell_by_wallet()
        self.assertEqual(self._authorise()["status"], "refused")
        self._ask("cancel", self.uuid)
        self.assertBalance(400.0, 40.0)

    # === tills without a line === #

    @freeze_time(DAY)
    def test_late_sale_is_paid_when_the_money_is_there(self):
        """FAULT-57: a till had no line for hours; its time over, the money is taken."""
        self._authorise()
        with freeze_time(DAY + timedelta(hours=2)):
            self._run_job("o2o_wallet_hold_cron_release")
            self.assertBalance(500.0, 50.0)
            self._sell_by_wallet(date_order="2026-05-04 04:05:00")
            self.assertBalance(400.0, 40.0)
            self.assertProven()

    @freeze_time(DAY)
    def test_late_sale_without_money_waits_for_a_person(self):
        """PAY-05: the goods left while the money was set aside; the sale stands, the
        row is listed, and a clerk collects it later."""
        self._authorise()
        with freeze_time(DAY + timedelta(hours=2)):
            self._run_job("o2o_wallet_hold_cron_release")
            self.wallet._pay(500.0, "test/elsewhere")
            order = self._sell_by_wallet(date_order="2026-05-04 04:05:00")
            self.assertEqual(order.state, "paid")
            hold = self._hold()
            self.assertEqual(hold.state, "uncovered")
            with self.assertRaises(UserError):
                hold.with_user(self.clerk).action_collect()
            with self.assertRaises(AccessError):
                hold.with_user(self.auditor).action_collect()
            self._top_up(200.0, 0.0, "test/more")
            hold.with_user(self.clerk).action_collect()
            hold.with_user(self.clerk).action_collect()
            self.assertEqual(hold.state, "captured")
            self.assertEqual(self.wallet.balance, 140.0)
            self.assertProven()

    @freeze_time(DAY)
    def test_parked_order_whose_time_is_over(self):
        """PAY-05: an order that is finished after its time needs a new go-ahead, when
        the money is gone."""
        self._authorise()
        with freeze_time(DAY + timedelta(hours=2)):
            self._run_job("o2o_wallet_hold_cron_release")
            self.wallet._pay(500.0, "test/elsewhere")
            self._assert_refused(date_order="2026-05-04 05:59:00")

    # === refunds === #

    def _sold(self, amount=110.0):
        self._authorise(amount)
        return self._sell_by_wallet(amount)

    def _refund(self, order, amount, method=None, line=None):
        return self._sell(
            -amount,
            (method or self.wallet_method, -amount, str(uuid4())),
            refunded=line or order.lines,
        )

    def test_refund_goes_back_by_share(self):
        """PAY-05: own money and bonus come back as they were paid, in parts."""
        order = self._sold()
        answer = self._ask("check_refund", str(uuid4()), 110.0, order.id)
        self.assertEqual(answer["status"], "ok")
        self._refund(order, 33.33)
        self.assertBalance(430.3, 43.03)
        self._refund(order, 76.67)
        self.assertBalance(500.0, 50.0)
        self.assertProven()

    def test_what_is_left_of_each_tender(self):
        """REFUNDS: a preview asks the ledger for the wallet, the books for cash."""
        self._authorise(60.0)
        order = self._sell(
            110.0,
            (self.wallet_method, 60.0, self.uuid),
            (self.cash_method, 50.0, str(uuid4())),
        )
        self._refund(order, 20.5)
        self._refund(order, 10.0, method=self.cash_method)
        self.assertEqual(
            [
                (it.payment_method_id, it._o2o_get_left())
                for it in order._o2o_get_tenders()
            ],
            [(self.wallet_method, 39.5), (self.cash_method, 40.0)],
        )

    def test_refund_of_more_than_the_wallet_paid(self):
        """An attack: refund cash into the wallet, or twice."""
        order = self._sold()
        self._refund(order, 60.0)
        answer = self._ask("check_refund", str(uuid4()), 60.0, order.id)
        self.assertEqual(answer["status"], "refused")
        with self.assertRaisesRegex(UserError, "10.00.* not paid from a wallet"):
            self._refund(order, 60.0)

    def test_refund_of_a_cash_sale(self):
        """An attack: money of the drawer becomes wallet money."""
        order = self._sell(110.0, (self.cash_method, 110.0, str(uuid4())))
        with self.assertRaises(UserError):
            self._refund(order, 110.0)
        with self.assertRaises(UserError):
            self._sell(-110.0, (self.wallet_method, -110.0, str(uuid4())))

    def test_wallet_sale_is_not_refunded_in_cash(self):
        """An attack: bonus becomes cash by way of a bottle that comes back."""
        order = self._sold()
        with self.assertRaisesRegex(UserError, "goes back to the wallet"):
            self._refund(order, 110.0, method=self.cash_method)

    def test_wallet_sale_is_not_cashed_by_an_exchange(self):
        """An attack: the bottle is exchanged for another one first."""
        order = self._sold()
        lines = [self._line(-110.0, order.lines), self._line(110.0)]
        other = self._sell(0.0, lines=[Command.create(line) for line in lines])
        with self.assertRaisesRegex(UserError, "goes back to the wallet"):
            self._refund(other, 110.0, method=self.cash_method, line=other.lines[1])

    def test_cash_part_of_a_sale_is_refunded_in_cash(self):
        """PAY-05: of 110, 60 came from the wallet; the 50 of the drawer may go back
        there, once."""
        self._authorise(60.0)
        order = self._sell(
            110.0,
            (self.wallet_method, 60.0, self.uuid),
            (self.cash_method, 50.0, str(uuid4())),
        )
        self._refund(order, 40.0, method=self.cash_method)
        with (
            self.assertRaisesRegex(UserError, "goes back to the wallet"),
            self.env.cr.savepoint(),
        ):
            self._refund(order, 20.0, method=self.cash_method)
        self._sell(
            -70.0,
            (self.cash_method, -10.0, str(uuid4())),
            (self.wallet_method, -60.0, str(uuid4())),
            refunded=order.lines,
        )
        self.assertBalance(500.0, 50.0)

    def test_refund_repeated(self):
        """PAY-05, FAULT-44: the same refund comes in twice."""
        order = self._sold()
        refund = self._refund(order, 60.0)
        refund.payment_ids._o2o_settle_wallet()
        self.assertEqual(self.wallet.balance, 500.0)

    def test_refund_to_who_paid(self):
        """PAY-05: the money goes to the wallet it came from, also after a merge."""
        order = self._sold()
        kept = self._create_till_member("Kept", "88000302", "13900139002")
        self.env["o2o.wallet"]._open(kept)
        self.env["o2o.member.merge"]._merge_members(kept, self.member)
        self.env.invalidate_all()
        self._refund(order, 110.0)
        self.assertEqual(self.env["o2o.wallet"]._of(kept).balance, 550.0)
        self.assertProven()

    # === books === #

    def test_session_books_the_liability(self):
        """PAY-05: closing the till takes what was paid off what we owe the members."""
        liability = self.env["account.account"].create(
            {
                "name": "O2O Wallets",
                "code": "O2O220599",
                "account_type": "liability_current",
            }
        )
        method = self.wallet_method.with_context(active_test=False)
        self.env.cr.execute(
            "UPDATE pos_payment_method SET outstanding_account_id = %s WHERE id = %s",
            [liability.id, method.id],
        )
        method.invalidate_recordset()
        order = self._sold()
        self._refund(order, 10.0)
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")
        lines = self.env["account.move.line"].search(
            [("account_id", "=", liability.id)]
        )
        self.assertEqual(sum(lines.mapped("balance")), 100.0)
