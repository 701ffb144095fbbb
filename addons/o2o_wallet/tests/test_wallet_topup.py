from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.account_payment.models.payment_transaction import (
    PaymentTransaction as CoreTransaction,
)

from .common import WalletCommon
from .common_till import WalletTillCommon

DAY = fields.Datetime.to_datetime("2026-05-04 04:00:00")


class TopupCommon(WalletCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Topup = cls.env["o2o.wallet.topup"]
        cls.campaign = cls.env["o2o.wallet.campaign"].create(
            {"name": "500 gives 50", "minimum": 500.0, "bonus": 50.0}
        )
        cls.provider = cls.env["payment.provider"].create(
            {"name": "O2O Test Money", "code": "none", "state": "test"}
        )
        cls.method = cls.env["payment.method"].create(
            {"name": "O2O Test Money", "code": "o2o_test_money"}
        )
        cls.provider.payment_method_ids = [Command.set(cls.method.ids)]

    def _transaction(self, topup, **vals):
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": f"{topup.name}-{uuid4().hex[:6]}",
                "amount": topup.amount,
                "currency_id": topup.currency_id.id,
                "partner_id": self.member.id,
                "operation": "online_redirect",
                "o2o_wallet_topup_id": topup.id,
                **vals,
            }
        )

    def _arrive(self, transaction):
        """What post-processing does, without the books of a database that has none."""
        transaction._set_done()
        self.patch(
            CoreTransaction,
            "_create_payment",
            lambda _self, **_values: _self.payment_id,
        )
        transaction._post_process()


@tagged("post_install", "-at_install")
class TestWalletCampaign(TopupCommon):
    def _bonus(self, amount):
        return self.env["o2o.wallet.campaign"]._for_amount(self.member, amount).bonus

    def test_the_best_that_fits(self):
        """PAY-05: top up 500, get 50; a bigger one gives more."""
        self.campaign.copy({"minimum": 800.0, "bonus": 100.0})
        self.assertEqual(
            [self._bonus(amount) for amount in (499.99, 500.0, 799.99, 800.0)],
            [0.0, 50.0, 50.0, 100.0],
        )

    @freeze_time(DAY)
    def test_dates(self):
        """PAY-05: from and to, in the days of the shop."""
        self.campaign.write({"date_from": "2026-05-04", "date_to": "2026-05-05"})
        self.assertEqual(self._bonus(500.0), 50.0)
        with freeze_time(DAY + timedelta(days=1, hours=11)):
            self.assertEqual(self._bonus(500.0), 50.0)
        with freeze_time(DAY + timedelta(days=1, hours=13)):
            self.assertEqual(self._bonus(500.0), 0.0)

    def test_levels(self):
        """PAY-05: a campaign for some levels only."""
        level = self.env["o2o.level"].search([], limit=1)
        other = level.copy({"name": "O2O Other", "sequence": 99})
        self.campaign.level_ids = other
        self.assertEqual(self._bonus(500.0), 0.0)

    def test_times_per_member(self):
        """PAY-05: once per member; a refund does not make it twice."""
        self.campaign.max_per_member = 1
        first = self.Topup._begin(self.member, 500.0)
        first._mark_done()
        self.assertBalance(500.0, 50.0)
        self.assertEqual(self._bonus(500.0), 0.0)


@tagged("post_install", "-at_install")
class TestWalletTopup(TopupCommon):
    """PAY-05: a document of its own; the money first, then the balance."""

    def test_money_first(self):
        """PAY-05: nothing is in the wallet before the money came; then the bonus,
        too, once."""
        topup = self.Topup._begin(self.member, 500.0)
        self.assertBalance(0.0, 0.0)
        transaction = self._transaction(topup)
        self._arrive(transaction)
        self._arrive(transaction)
        self.assertBalance(500.0, 50.0)
        self.assertRecordValues(
            topup, [{"state": "done", "bonus": 50.0, "campaign_id": self.campaign.id}]
        )
        self.assertProven()

    def test_payment_says_that_it_is_for_a_wallet(self):
        """PAY-05: gateways are told, so that no credit card pays it."""
        topup = self.Topup._begin(self.member, 500.0)
        self.assertTrue(self._transaction(topup)._o2o_is_for_wallet())
        other = self._transaction(topup, o2o_wallet_topup_id=False)
        self.assertFalse(other._o2o_is_for_wallet())

    def test_paid_twice_in_two_tabs(self):
        """PAY-05: two transactions of one top-up, both paid: the second is a top-up of
        its own, no money is lost."""
        topup = self.Topup._begin(self.member, 100.0)
        first, second = self._transaction(topup), self._transaction(topup)
        for transaction in (first, second, second, first):
            self._arrive(transaction)
        self.assertBalance(200.0, 0.0)
        self.assertEqual(topup.transaction_id, first)
        self.assertNotEqual(second.o2o_wallet_topup_id, topup)
        self.assertEqual(second.o2o_wallet_topup_id.state, "done")

    def test_forgotten_top_ups_are_cancelled(self):
        """PAY-05: and late money is put in all the same."""
        topup = self.Topup._begin(self.member, 100.0)
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            self.Topup._gc_topups()
        self.assertEqual(topup.state, "cancelled")
        self._arrive(self._transaction(topup))
        self.assertBalance(100.0, 0.0)

    def test_other_amount_counts_as_what_it_is(self):
        """PAY-05, an attack: a transaction of 1 for a top-up of 500. And who decides
        that 99 are accepted for 100 does not keep them: what came is in the wallet, as
        a top-up of its own, once."""
        topup = self.Topup._begin(self.member, 500.0)
        transaction = self._transaction(topup, amount=1.0)
        self._arrive(transaction)
        self._arrive(transaction)
        self.assertBalance(1.0, 0.0)
        self.assertEqual(topup.state, "cancelled")
        self.assertRecordValues(
            transaction.o2o_wallet_topup_id, [{"state": "done", "amount": 1.0}]
        )
        self.assertProven()

    def test_cap_is_asked_before_paying(self):
        """Idea 26: nobody is asked for money that the wallet may not hold."""
        with self.assertRaisesRegex(UserError, "more can be paid in"):
            self.Topup._begin(self.member, 960.0)

    def test_cap_reached_meanwhile(self):
        """Idea 26: two top-ups at once: the second waits for a person, visibly."""
        first = self.Topup._begin(self.member, 500.0)
        second = self.Topup._begin(self.member, 500.0)
        self._arrive(self._transaction(first))
        self._arrive(self._transaction(second))
        self.assertEqual(second.state, "problem")
        self.assertBalance(500.0, 50.0)
        with self.assertRaises(UserError):
            second.with_user(self.wallet_manager).action_retry()
        self.wallet._register_identity()
        second.with_user(self.wallet_manager).action_retry()
        self.assertBalance(1000.0, 100.0)
        with self.assertRaises(AccessError):
            second.with_user(self.clerk).action_retry()

    def test_nobody_writes_by_rpc(self):
        """An attack: a top-up is set to done by RPC."""
        topup = self.Topup._begin(self.member, 500.0)
        for user in (self.portal, self.cashier, self.clerk, self.wallet_manager):
            attacked = topup.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    attacked.write({"state": "done"})
                with self.assertRaises(UserError):
                    attacked.create({"amount": 5.0})
                with self.assertRaises(UserError):
                    attacked.unlink()

    def test_books_owe_it_to_the_member(self):
        """PAY-05: the payment of a top-up credits the liability, no receivable."""
        account = self.env["account.account"].create(
            {
                "name": "O2O Wallets",
                "code": "O2O220597",
                "account_type": "liability_current",
            }
        )
        self.company.o2o_wallet_account_id = account
        seen = {}

        def create_payment(_self, **values):
            seen.update(values)
            return self.env["account.payment"]

        self.patch(CoreTransaction, "_create_payment", create_payment)
        transaction = self._transaction(self.Topup._begin(self.member, 500.0))
        transaction._create_payment()
        self.assertEqual(seen, {"destination_account_id": account.id})


@tagged("post_install", "-at_install")
class TestWalletTopupTill(WalletTillCommon):
    """PAY-05: topping up at the till is no sale of goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["o2o.wallet.campaign"].create(
            {"name": "300 gives 30", "minimum": 300.0, "bonus": 30.0}
        )

    def _start(self, amount=300.0, uuid=None, order_uuid=None, **kwargs):
        args = [uuid or self.uuid, self.member.id, amount, order_uuid]
        return self._ask("start_topup", *args, **kwargs)

    def _send(self, amount=300.0, method=None, paid=None, **vals):
        return self._sell(
            0.0,
            (self.wallet_method, -amount, self.uuid),
            (method or self.cash_method, paid or amount, str(uuid4())),
            lines=[],
            partner_id=self.member.id,
            **vals,
        )

    def test_cash_becomes_wallet_money(self):
        """PAY-05: cash into the drawer, money and bonus into the wallet, once."""
        offer = self._ask("offer_topup", self.member.id)
        self.assertEqual(offer["campaigns"][0]["bonus"], 30.0)
        answer = self._start()
        self.assertEqual(answer["topup"]["bonus"], 30.0)
        self.assertEqual(self._start()["topup"], answer["topup"])
        order = self._send()
        self.assertEqual((order.state, order.amount_total), ("paid", 0.0))
        self.assertBalance(800.0, 80.0)
        self.env["pos.order"].with_user(self.cashier).sync_from_ui([self.last_sale])
        self.assertBalance(800.0, 80.0)
        topup = self.env["o2o.wallet.topup"]._of_till(self.uuid)
        self.assertEqual(topup.state, "done")
        self.assertEqual(topup.entry_id.pos_session_id, self.pos_session)
        self.assertProven()

    def test_till_knows_what_tops_up(self):
        """PAY-05: no credit card pays a top-up at a till: gateways are told by the
        order, which is the one that brings the money."""
        order_uuid = str(uuid4())
        self.assertFalse(self.shop._o2o_is_for_wallet(order_uuid))
        self._start(order_uuid=order_uuid)
        self.assertTrue(self.shop._o2o_is_for_wallet(order_uuid))
        self.assertFalse(self.shop._o2o_is_for_wallet(""))
        self.assertFalse(self.shop._o2o_is_for_wallet(str(uuid4())))
        self.assertEqual(self._start()["status"], "refused", "with other values")
        self._assert_refused()
        self._send(uuid=order_uuid)
        self.assertBalance(800.0, 80.0)

    def _assert_refused(self, **kwargs):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._send(**kwargs)
        self.assertBalance(500.0, 50.0)

    def test_forged_topups(self):
        """An attack: not started, another amount, with goods, on credit, from a
        wallet."""
        self._assert_refused()
        self._start()
        self._assert_refused(amount=301.0)
        later = self.env["pos.payment.method"].create({"name": "O2O Later"})
        self.env.cr.execute(
            "INSERT INTO pos_config_pos_payment_method_rel "
            "(pos_config_id, pos_payment_method_id) VALUES (%s, %s)",
            [self.shop.id, later.id],
        )
        self.env.invalidate_all()
        self._assert_refused(method=later)
        self._assert_refused(method=self.wallet_method)

    def test_unproven_money(self):
        """PAY-05, an attack: a payment by code or card that nobody charged, or that
        went back meanwhile. Goods that are gone are sold; a balance is not given."""
        journal = self._create_journal("O2OCD", "bank")
        method = self.env["pos.payment.method"].create(
            {"name": "O2O Code", "journal_id": journal.id}
        )
        self.env.cr.execute(
            "INSERT INTO pos_config_pos_payment_method_rel "
            "(pos_config_id, pos_payment_method_id) VALUES (%s, %s)",
            [self.shop.id, method.id],
        )
        self.env.invalidate_all()
        self._start()
        self.patch(type(method), "_o2o_needs_proof", lambda it: it == method)
        with self.assertRaisesRegex(UserError, "not confirmed"), self.cr.savepoint():
            self._send(method=method)
        self.assertBalance(500.0, 50.0)
        self.patch(
            type(self.env["pos.payment"]), "_o2o_is_proven", lambda _payment: True
        )
        self._send(method=method)
        self.assertBalance(800.0, 80.0)

    def test_other_till(self):
        """An attack: a top-up that another till started."""
        other = self._create_till("O2OC2")
        self._open_session(other)
        self._start(till=other)
        self._assert_refused()

    def test_limits_are_answers(self):
        """Idea 26: the cap is told before the cashier takes money."""
        answer = self._start(900.0)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("more can be paid in", answer["message"])

    def test_only_cashiers(self):
        """An attack: others begin top-ups."""
        for user in (self.portal, self.employee, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._start(user=user)
