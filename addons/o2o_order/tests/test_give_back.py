from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import o2o_refund_legs
from .common_payment import PaidOnlineCase


@tagged("post_install", "-at_install")
class TestGiveBack(PaidOnlineCase):
    """REFUNDS: head office gives money back, preview first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env,
            "o2o_boss",
            "base.group_user,o2o_order.o2o_order_group_manager",
        )
        # another payment of the same order
        cls.second = cls.online.copy({"name": "Second gateway", "state": "test"})

    def _order(self, *amounts):
        """An order that was paid by several payments."""
        order = self._place_paid()
        first = order.transaction_ids
        amounts = amounts or (order.amount_total,)
        first.amount = amounts[0]
        for amount in amounts[1:]:
            other = first.copy(
                {
                    "provider_id": self.second.id,
                    "reference": f"{first.reference}-{amount}",
                    "amount": amount,
                    "state": "done",
                }
            )
            other.write(
                {"sale_order_ids": [Command.set(order.ids)], "is_post_processed": True}
            )
        self.env.invalidate_all()
        return order

    def _open(self, order, user=None):
        wizard = self.env["o2o.refund.wizard"].with_user(user or self.boss)
        return Form(wizard.with_context(default_order_id=order.id))

    def _give(self, order, amount, note="缺货补偿", **parts):
        form = self._open(order)
        form.amount = amount
        form.note = note
        wizard = form.save()
        wizard.action_confirm()
        return wizard

    def test_preview_in_proportion(self):
        """REFUNDS: each payment gets its share of what is left, to the fen."""
        order = self._order(100.0, 200.0, 100.01)
        form = self._open(order)
        self.assertEqual(form.amount, 400.01)
        form.amount = 100.0
        amounts = [form.line_ids.edit(at).amount for at in range(3)]
        self.assertEqual(amounts, [25.0, 50.0, 25.0])

    def test_partial_and_repeated_until_nothing_is_left(self):
        """REFUNDS: in parts, until nothing is left; never more than was paid."""
        order = self._order(100.0, 300.0)
        for _part in range(3):
            self._give(order, 120.0)
            self._run_refunds()
        self.assertEqual(order.o2o_refundable_amount, 40.0)
        self._give(order, 40.0)
        self._run_refunds()
        self.assertEqual(order.o2o_refundable_amount, 0.0)
        self.assertEqual(sum(order.o2o_refund_ids.mapped("amount")), 400.0)
        self.assertEqual(set(order.o2o_refund_ids.mapped("state")), {"done"})
        for tx in order._o2o_get_received():
            back = sum(tx.o2o_refund_ids.mapped("amount"))
            self.assertEqual(order.currency_id.compare_amounts(back, tx.amount), 0)
        self.assertEqual(order.o2o_payment_state, "refunded")

    def test_chosen_order(self):
        """REFUNDS: one payment first, by typing; the parts must add up."""
        order = self._order(100.0, 300.0)
        form = self._open(order)
        form.note = "only the second"
        form.amount = 100.0
        with form.line_ids.edit(0) as line:
            line.amount = 0.0
        with form.line_ids.edit(1) as line:
            line.amount = 90.0
        wizard = form.save()
        with self.assertRaises(UserError):
            wizard.action_confirm()
        wizard.line_ids[1].amount = 100.0
        wizard.action_confirm()
        self.assertEqual(order.o2o_refund_ids.amount, 100.0)
        self.assertEqual(order.o2o_refund_ids.provider_id, self.second)
        self.assertEqual(order.o2o_refund_ids.note, "only the second")

    def test_for_some_lines(self):
        """REFUNDS: what chosen lines cost is filled in."""
        order = self._order()
        form = self._open(order)
        form.order_line_ids.add(order.order_line[0])
        self.assertEqual(form.amount, order.order_line[0].price_total)

    def test_pressed_twice(self):
        """FAULT-43: a double click is one refund."""
        order = self._order()
        wizard = self._give(order, 50.0)
        wizard.action_confirm()
        self.assertEqual(len(order.o2o_refund_ids), 1)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            order.o2o_refund_ids.copy({"key": order.o2o_refund_ids.key}).flush_model()

    def test_three_of_60_on_100(self):
        """FAULT-46: three refunds of 60 on 100, each opened before the others."""
        order = self._order(100.0)
        wizards = []
        for _tab in range(3):
            form = self._open(order)
            form.amount, form.note = 60.0, "again"
            wizards.append(form.save())
        wizards[0].action_confirm()
        for wizard in wizards[1:]:
            with self.assertRaises(UserError):
                wizard.action_confirm()
        self.assertEqual(order.o2o_refund_ids.amount, 60.0)

    def test_attacks_by_rpc(self):
        """REFUNDS: the browser may say what it likes: payments of another order, more
        than is left, less than nothing."""
        order, other = self._order(100.0), self._order(100.0)
        for vals in (
            {"amount": 100.01},
            {"amount": -5.0},
            {"amount": 5.0, "transaction_id": other.transaction_ids.id},
        ):
            wizard = self.env["o2o.refund.wizard"].with_user(self.boss)
            wizard = wizard.create({"order_id": order.id, "note": "x"})
            wizard.line_ids.sudo().write(vals)
            wizard.amount = vals["amount"]
            wizard.line_ids.sudo().write(vals)
            with self.assertRaises(UserError, msg=vals):
                wizard.action_confirm()
        self.assertFalse((order | other).o2o_refund_ids)

    def test_who_may(self):
        """REFUNDS: who is in charge of orders, in the own company."""
        order = self._order(100.0)
        for user in (self.cashier, self.head_office_user, self.member):
            with self.assertRaises(AccessError, msg=user.login):
                self.env["o2o.refund.wizard"].with_user(user).create(
                    {"order_id": order.id, "note": "x"}
                )
            with self.assertRaises(UserError, msg=user.login):
                order.with_user(user).action_o2o_give_back()
            with self.assertRaises(AccessError, msg=user.login):
                order.with_user(user)._o2o_give_back(
                    {order.transaction_ids: 5.0}, "k", "x"
                )
        company = self.env["res.company"].create({"name": "Other"})
        self.boss.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        with self.assertRaises(AccessError):
            order.with_user(self.boss)._o2o_give_back(
                {order.transaction_ids.sudo(): 5.0}, "k", "x"
            )

    # === LEGS === #

    def _stuck(self, state, **vals):
        order = self._order(100.0)
        self._give(order, 100.0)
        order.o2o_refund_ids.write({"state": state, **vals})
        return order.o2o_refund_ids

    def test_failed_leg_again(self):
        """FAULT-51: a leg that failed is sent again; the others stay."""
        refund = self._stuck("failed")
        self.assertTrue(refund.can_retry and refund.can_pay_by_hand)
        refund.with_user(self.head_office_user).action_retry()
        self._run_refunds()
        self.assertEqual(refund.state, "done")

    def test_leg_under_way_is_left_alone(self):
        """FAULT-44: what a provider has accepted is neither sent again nor paid by
        hand beside it."""
        refund = self._stuck("sending")
        refund.refund_transaction_id = refund.transaction_id.copy(
            {
                "reference": "R-1",
                "operation": "refund",
                "amount": -100.0,
                "state": "pending",
            }
        )
        self.assertFalse(refund.can_retry or refund.can_pay_by_hand)
        refund.with_user(self.head_office_user).action_retry()
        self.assertEqual(refund.state, "sending")
        with self.assertRaises(UserError):
            refund.with_user(self.head_office_user)._mark_paid_by_hand("cash")

    def test_leg_in_the_air_is_left_alone(self):
        """FAULT-44: while a call may still be under way nobody sends or pays it; a call
        that nobody can be waiting for any more is for a person."""
        refund = self._stuck("sending")
        self.assertFalse(refund.can_retry or refund.can_pay_by_hand)
        later = fields.Datetime.add(fields.Datetime.now(), minutes=6)
        with patch.object(fields.Datetime, "now", staticmethod(lambda: later)):
            refund.invalidate_recordset()
            self.assertTrue(refund.can_retry and refund.can_pay_by_hand)

    def test_decided_before_the_call(self):
        """FAULT-44: what a person has ended is not sent by a job that comes late."""
        refund = self._stuck("by_hand")
        refund._send()
        self.assertFalse(refund.refund_transaction_id)
        self.assertEqual(refund.state, "by_hand")

    def test_paid_by_hand_says_how(self):
        """REFUNDS: by hand, with a reason that stays."""
        refund = self._stuck("by_hand")
        office = refund.with_user(self.head_office_user)
        for reason in ("", "  ", False):
            with self.assertRaises(UserError):
                office._mark_paid_by_hand(reason)
        action = office.action_paid_by_hand()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.head_office_user)
            .with_context(**action["context"])
            .create({"reason": "in cash, receipt 12"})
        )
        wizard.action_confirm()
        self.assertEqual(refund.state, "done")
        self.assertIn("receipt 12", refund.message_ids[:1].body or "")
        with self.assertRaises(UserError):
            refund.with_user(self.cashier).sudo(False)._mark_paid_by_hand("mine")

    def test_broken_call_of_a_provider_that_promises(self):
        """FAULT-42: where a refund is a row of ours, a call that broke off before the
        commit has moved nothing: it is sent, nobody has to ask."""
        refund = self._stuck("sending")
        self._run_refunds()
        self.assertEqual(refund.state, "sending")
        self.patch(
            type(self.env["payment.provider"]),
            "_o2o_promises_refunds",
            lambda self: True,
        )
        self._run_refunds()
        self.assertEqual(refund.state, "done")
        self.assertEqual(len(self.refunds), 1)

    def test_broken_call_behind_others(self):
        """FAULT-42: rows that wait for a person do not stand in the way of those that
        nobody has to ask about."""
        first, second = self._stuck("sending"), self._stuck("sending")
        promising = self.second
        second.transaction_id.provider_id = promising
        self.patch(
            type(self.env["payment.provider"]),
            "_o2o_promises_refunds",
            lambda self: self == promising,
        )
        self.patch(o2o_refund_legs, "BATCH", 1)
        self.env["o2o.refund"]._resume_broken()
        self.assertEqual((first.state, second.state), ("sending", "waiting"))
