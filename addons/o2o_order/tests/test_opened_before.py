from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common_payment import PaidOnlineCase


@tagged("post_install", "-at_install")
class TestOpenedBefore(PaidOnlineCase):
    """A dialog was opened, something else happened, and then somebody confirms it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env,
            "o2o_boss",
            "base.group_user,o2o_order.o2o_order_group_manager",
        )

    def _open_refund(self, order, amount):
        wizards = self.env["o2o.refund.wizard"].with_user(self.boss)
        form = Form(wizards.with_context(default_order_id=order.id))
        form.amount = amount
        form.note = "a bottle is broken"
        return form

    def _open_change(self, order, kind):
        wizards = self.env["o2o.order.change.wizard"].with_user(self.head_office_user)
        form = Form(wizards.with_context(default_order_id=order.id))
        form.kind = kind
        form.reason = "the member called"
        return form

    def _by_hand(self, refund, reason):
        action = refund.with_user(self.head_office_user).action_paid_by_hand()
        return (
            self.env[action["res_model"]]
            .with_user(self.head_office_user)
            .with_context(**action["context"])
            .create({"reason": reason})
        )

    # === money === #

    def test_two_give_back_for_one_bottle(self):
        """REFUNDS: the second of two persons has to look again; nothing goes twice.
        Pressed twice, the same dialog is said once."""
        order = self._place_paid()
        late = self._open_refund(order, 20.0)
        wizard = self._open_refund(order, 30.0).save()
        wizard.action_confirm()
        # typed later: the lines come anew, what was seen does not
        late.amount = 30.0
        with self.assertRaisesRegex(UserError, "Open this again"):
            late.save().action_confirm()
        wizard.action_confirm()
        self.assertEqual(order.o2o_refund_ids.mapped("amount"), [30.0])
        self._open_refund(order, 20.0).save().action_confirm()
        self.assertEqual(sum(order.o2o_refund_ids.mapped("amount")), 50.0)

    def test_paid_by_hand_after_it_went_back(self):
        """REFUNDS: two persons pay one refund: head office hears of it, and the word
        of the second one is kept."""
        order = self._place_paid()
        self._open_refund(order, 30.0).save().action_confirm()
        refund = order.o2o_refund_ids
        refund.state = "by_hand"
        order._o2o_raise_problem("payment", "Paid twice.")
        first, second = (self._by_hand(refund, f"receipt {no}") for no in (1, 2))
        first.action_confirm()
        answer = first.action_confirm()
        self.assertEqual(answer["type"], "ir.actions.act_window_close")
        self.assertEqual(self._problems(order).note, "Paid twice.")
        answer = second.action_confirm()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn(order.name, answer["params"]["message"])
        self.assertRegex(self._problems(order).note, "^Paid twice.*receipt 2$")
        self.assertIn("receipt 2", refund.message_ids[:1].body)
        with self.assertRaisesRegex(UserError, "already"):
            refund.with_user(self.head_office_user).action_paid_by_hand()

    def _problems(self, order):
        return self.env["o2o.order.problem"].search(
            [("order_id", "=", order.id), ("kind", "=", "payment")]
        )

    # === orders === #

    def test_goods_changed_meanwhile(self):
        """ORD-04: what another person has added is not taken out again."""
        order = self._place().order_id
        form = self._open_change(order, "lines")
        with form.line_ids.edit(0) as line:
            line.quantity = 3
        other = self._create_product("窖藏 52度", 260.0)
        self._set_stock(self.near, other, 5)
        order._o2o_change_lines({}, "one more", added=[(other, 1)])
        with self.assertRaisesRegex(UserError, "changed meanwhile"):
            form.save().action_apply()
        self.assertTrue(self._goods(order, other))
        # somebody's word about the delivery is no reason to begin anew
        form = self._open_change(order, "lines")
        with form.line_ids.edit(0) as line:
            line.quantity = 1
        order._o2o_change_remark("Ring twice", "the member called")
        form.save().action_apply()
        self.assertEqual(self._goods(order, self.product).product_uom_qty, 1)

    def _goods(self, order, product):
        return order.order_line.filtered(lambda line: line.product_id == product)

    def test_address_changed_meanwhile(self):
        """ORD-04: who corrects the phone does not bring the old street back."""
        order = self._place().order_id
        form = self._open_change(order, "address")
        form.phone = "13900000007"
        other = self._open_change(order, "address")
        other.street = "新路 1 号"
        other.save().action_apply()
        with self.assertRaisesRegex(UserError, "changed meanwhile"):
            form.save().action_apply()
        self.assertEqual(order.partner_shipping_id.street, "新路 1 号")

    def test_refused_after_it_was_approved(self):
        """ORD-06: "Refuse" does not cancel an order that another person has let go."""
        self.company.o2o_review_amount = 1000.0
        order = self._place_paid([(self.product, 6)])
        action = order.with_user(self.head_office_user).action_o2o_refuse()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.head_office_user)
            .with_context(**action["context"])
            .create({"note": "a reseller"})
        )
        order.with_user(self.boss).action_o2o_approve()
        with self.assertRaisesRegex(UserError, "does not wait"):
            wizard.action_confirm()
        cancel = wizard.copy({"is_refusal": False, "reason": "review"})
        with self.assertRaisesRegex(UserError, "another reason"):
            cancel.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.o2o_refund_ids)
