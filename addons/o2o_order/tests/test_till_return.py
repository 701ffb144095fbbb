from uuid import uuid4

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTillReturn(O2oOrderCase):
    """POS-07: return by the number of the order, with everything filled in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_points_pay(50000)
        cls.company.o2o_till_refund_limit = 1000

    def _complete(self, points=0, quantity=2, paid=False):
        order = self._create_order([(self.product, quantity)])
        payment = order.transaction_ids
        payment.state = "cancel"
        order._o2o_set_points(points)
        order.action_confirm()
        payment.state = "done" if paid else "pending"
        fulfillment = order.o2o_fulfillment_ids
        for action in ("accept", "ship"):
            self._act(self.cashier, self.near, fulfillment, action)
        fulfillment._mark_received()
        # the courier of the store brought it, and the money back
        fulfillment.is_collected = True
        return fulfillment

    def _orders(self, user=None):
        return self.env["o2o.fulfillment"].with_user(user or self.cashier)

    def _find(self, number, user=None, store=None):
        return self._orders(user).pos_return_find(
            self._till(store or self.near).id, number
        )

    def _return(self, fulfillment, quantity, key=None, **values):
        return self._orders().pos_act(
            self._till(self.near).id,
            fulfillment.id,
            "return_goods",
            {"lines": {str(fulfillment.line_ids.id): quantity}, **values},
            key or str(uuid4()),
        )

    def test_everything_is_filled_in(self):
        """POS-07: lines, what can still come back, points, payment."""
        fulfillment = self._complete(points=10000)
        answer = self._find(fulfillment.order_id.name.lower())
        self.assertEqual(answer["status"], "ok")
        [shown] = answer["returns"]
        self.assertEqual(shown["lines"][0]["returnable"], 2)
        self.assertEqual(shown["points_used"], 10000)
        self.assertEqual(shown["points_earned"], 300)
        self.assertEqual(shown["route"], "cash")
        preview = self._orders().pos_return_preview(
            self._till(self.near).id,
            fulfillment.id,
            {str(fulfillment.line_ids.id): 1},
        )
        self.assertEqual(
            (preview["amount"], preview["points_back"], preview["points_taken"]),
            (150, 5000, 150),
        )

    def test_return_moves_goods_points_and_money(self):
        """POS-07, PTS-09: as shown, piece by piece, to the cent and the point."""
        before = self.near._get_stock_position(self.product)[self.product][0]
        fulfillment = self._complete(points=10000)
        for index in (1, 2):
            answer = self._return(fulfillment, 1, reason="瓶盖破损")
            self.assertEqual(answer["status"], "ok", answer["message"])
            refund = answer["refund"]
            self.assertEqual(refund["amount"], 150)
            self.assertEqual(refund["points_back"], 5000)
            self.assertEqual(refund["points_taken"], 150)
            self.assertEqual(len(fulfillment.refund_ids), index)
        self.assertEqual(self.partner.o2o_points, 50000)
        after = self.near._get_stock_position(self.product)[self.product][0]
        self.assertEqual(after, before)
        self.assertEqual(fulfillment.order_id.order_line[:1].qty_delivered, 0)
        self.assertEqual(fulfillment.event_ids.mapped("kind").count("returned"), 2)
        self.assertEqual(
            self._return(fulfillment, 1)["status"], "refused", "nothing is left"
        )

    def test_return_is_done_once_per_key(self):
        """Idea 17: the answer got lost, the till asks again."""
        fulfillment = self._complete()
        key = str(uuid4())
        first = self._return(fulfillment, 1, key=key)
        again = self._return(fulfillment, 1, key=key)
        self.assertEqual(first["refund"]["name"], again["refund"]["name"])
        self.assertEqual(len(fulfillment.refund_ids), 1)

    def test_forged_returns_are_refused(self):
        """Invariant 7: negative, too many, foreign lines, goods still here."""
        fulfillment, other = self._complete(), self._complete()
        for quantity in (-1, 3, 0, "1", None, float("nan")):
            answer = self._return(fulfillment, quantity)
            self.assertEqual(answer["status"], "refused", quantity)
        answer = self._orders().pos_act(
            self._till(self.near).id,
            fulfillment.id,
            "return_goods",
            {"lines": {str(other.line_ids.id): 1}},
        )
        self.assertEqual(answer["status"], "refused")
        waiting = self._place()
        self.assertEqual(self._return(waiting, 1)["status"], "refused")
        self.assertEqual(self._find(waiting.order_id.name)["status"], "refused")
        self.assertFalse((fulfillment | other | waiting).refund_ids)

    def test_other_store_does_not_find_it(self):
        """Invariant 8: FAR neither sees nor takes back what NEAR sold."""
        fulfillment = self._complete()
        answer = self._find(
            fulfillment.order_id.name, user=self.cashier_far, store=self.far
        )
        self.assertEqual(answer["status"], "unknown")
        answer = self._orders(self.cashier_far).pos_act(
            self._till(self.far).id,
            fulfillment.id,
            "return_goods",
            {"lines": {str(fulfillment.line_ids.id): 1}},
        )
        self.assertEqual(answer["status"], "gone")

    def test_online_payment_goes_back_through_head_office(self):
        """POS-07: the till gives no cash for money it has not taken."""
        fulfillment = self._complete(paid=True)
        answer = self._return(fulfillment, 1)
        refund = fulfillment.refund_ids
        self.assertEqual(answer["refund"]["route"], "original")
        self.assertEqual((refund.amount, refund.state), (200, "to_pay"))
        self.assertTrue(refund.refund_ids.activity_ids)
        refund.with_user(self.head_office_user).action_mark_paid()
        self.assertEqual(refund.state, "paid")
        self.assertEqual(refund.paid_by_id, self.head_office_user)
        self.assertEqual(refund.refund_ids.state, "done")

    def test_not_paid_by_hand_beside_the_provider(self):
        """FAULT-46: what a provider is giving back is not marked as paid by hand."""
        fulfillment = self._complete(paid=True)
        self._return(fulfillment, 1)
        refund = fulfillment.refund_ids
        refund.refund_ids.state = "waiting"
        with self.assertRaises(UserError):
            refund.with_user(self.head_office_user).action_mark_paid()
        self.assertEqual(refund.state, "to_pay")

    def test_cash_leaves_the_open_drawer(self):
        """POS-07: paid at the door, paid back from the drawer, in Odoo's own books."""
        fulfillment = self._complete()
        config = self._till(self.near)
        config.sudo().open_ui()
        session = config.current_session_id
        session.set_opening_control(0, "")
        self.assertEqual(session.state, "opened")
        self._return(fulfillment, 1)
        refund = fulfillment.refund_ids
        if not session.cash_journal_id:
            self.assertEqual(refund.state, "to_pay")
            return
        self.assertEqual(refund.state, "paid")
        self.assertEqual(session.statement_line_ids[-1:].amount, -200)

    def test_refused_at_the_door_was_never_paid(self):
        """POS-07: shipped, to be collected, comes back: goods yes, money no."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        answer = self._return(fulfillment, 2)
        self.assertEqual(answer["refund"]["amount"], 0)
        self.assertEqual(answer["refund"]["state"], "paid")

    def test_above_the_limit_a_supervisor_approves(self):
        """POS-07: who may: the cashier up to a limit, then a PIN."""
        self.company.o2o_till_refund_limit = 100
        supervisor = new_test_user(
            self.env,
            "o2o_supervisor",
            groups="base.group_user,o2o_member.o2o_member_group_manager",
        )
        supervisor.with_user(supervisor)._o2o_set_pin("739154")
        fulfillment = self._complete()
        key = str(uuid4())
        answer = self._return(fulfillment, 1, key=key)
        self.assertEqual(answer["status"], "pin_needed")
        self.assertFalse(fulfillment.refund_ids)
        wrong = {"supervisor_id": supervisor.id, "pin": "000001"}
        answer = self._return(fulfillment, 1, key=key, **wrong)
        self.assertEqual(answer["status"], "pin_wrong")
        right = {"supervisor_id": supervisor.id, "pin": "739154"}
        answer = self._return(fulfillment, 1, key=key, **right)
        self.assertEqual(answer["status"], "ok", answer.get("message"))
        self.assertEqual(fulfillment.refund_ids.supervisor_id, supervisor)
