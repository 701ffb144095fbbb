from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, warmup

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestPos(O2oOrderCase):
    def _board(self, user, store):
        return (
            self.env["o2o.fulfillment"].with_user(user).pos_board(self._till(store).id)
        )

    def _heard(self, function):
        """:return: list of (till, message, payload) sent while ``function`` runs"""
        heard = []
        PosConfig = type(self.env["pos.config"])

        def notify(config, *args, **kwargs):
            heard.append((config, *args))

        with patch.object(PosConfig, "_notify", notify):
            function()
        return [entry for entry in heard if entry[1] == "O2O_ORDER_CHANGED"]

    def test_new_order_reaches_every_till_of_the_store_only(self):
        """POS-01, ROUT-07: all tills of the chosen store hear the order."""
        second_till = self.env["pos.config"].create(
            {"name": "Till 2", "o2o_store_id": self.near.id}
        )
        heard = self._heard(self._place)
        self.assertEqual(
            {config for config, _message, _payload in heard},
            set(self._till(self.near) | second_till),
        )
        self.assertEqual({p["event"] for _c, _m, p in heard}, {"new"})

    def test_board_shows_goods_and_delivery_information(self):
        """POS-03, POS-04: product list and delivery information."""
        fulfillment = self._place(o2o_note="请送到前台")
        board = self._board(self.cashier, self.near)
        self.assertEqual(board["store"]["id"], self.near.id)
        self.assertEqual([o["id"] for o in board["orders"]], fulfillment.ids)
        [order] = board["orders"]
        self.assertEqual(order["state"], "offered")
        self.assertEqual(order["actions"], ["accept", "reject"])
        self.assertEqual(order["partner_phone"], "13900000001")
        self.assertIn("长岭南路", order["street"])
        self.assertEqual(order["note"], "请送到前台")
        self.assertTrue(order["is_cod"])
        self.assertEqual(order["lines"][0]["quantity"], 2)
        self.assertEqual(order["lines"][0]["subtotal"], 400.0)
        self.assertIn(self.reason.id, [r["id"] for r in board["reasons"]])

    def test_board_of_another_store_is_refused(self):
        """POS-03: a cashier asks for the board of a store she does not work in."""
        self._place()
        with self.assertRaises(AccessError):
            self._board(self.cashier_far, self.near)

    def test_till_without_store_has_an_empty_board(self):
        till = self.env["pos.config"].create({"name": "Bar"})
        board = self.env["o2o.fulfillment"].with_user(self.cashier).pos_board(till.id)
        self.assertEqual(board["orders"], [])
        self.assertFalse(board["store"])

    def test_accept_ship_flow(self):
        """POS-04: accept, then ship, from the till; the log names the till."""
        fulfillment = self._place()
        answer = self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(answer["order"]["accepted_by"], self.cashier.name)
        answer = self._act(
            self.cashier, self.near, fulfillment, "ship", tracking_ref="SF1"
        )
        self.assertEqual(answer["order"]["state"], "shipped")
        self.assertEqual(fulfillment.carrier_tracking_ref, "SF1")
        event = fulfillment.event_ids[-1]
        self.assertEqual(event.pos_config_id, self._till(self.near))
        self.assertEqual(event.user_id, self.cashier)

    def test_second_accept_is_told_who_was_first(self):
        """POS-04, ROUT-07: one wins, the other is told who."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        answer = self._act(self.cashier_two, self.near, fulfillment, "accept")
        self.assertEqual(answer["status"], "taken")
        self.assertIn(self.cashier.name, answer["message"])
        self.assertEqual(fulfillment.accepted_by_id, self.cashier)

    def test_repeated_accept_of_the_same_cashier_is_fine(self):
        """POS-04: the answer got lost and the till asks again."""
        fulfillment = self._place()
        for _retry in range(2):
            answer = self._act(self.cashier, self.near, fulfillment, "accept")
            self.assertEqual(answer["status"], "ok")
        self.assertEqual(fulfillment.event_ids.mapped("kind").count("accepted"), 1)

    def test_accept_of_a_cancelled_order_says_so(self):
        """POS-04: also when it had been accepted before, whoever asks."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        fulfillment.order_id._action_cancel()
        answer = self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertEqual(answer["status"], "gone")
        self.assertTrue(answer["message"])

    def test_reject_moves_the_order_off_this_till(self):
        """POS-06, ROUT-08: reject with a reason; the order leaves the board."""
        fulfillment = self._place()
        answer = self._act(
            self.cashier, self.near, fulfillment, "reject", reason_id=self.reason.id
        )
        self.assertEqual(answer["status"], "ok")
        self.assertFalse(answer["order"])
        self.assertFalse(self._board(self.cashier, self.near)["orders"])
        self.assertEqual(
            [o["id"] for o in self._board(self.cashier_far, self.far)["orders"]],
            fulfillment.ids,
        )
        again = self._act(
            self.cashier, self.near, fulfillment, "reject", reason_id=self.reason.id
        )
        self.assertEqual(again["status"], "gone")

    def test_both_stores_hear_a_rejection(self):
        """ROUT-07: the old store's bell stops, the next store's rings."""
        fulfillment = self._place()
        heard = self._heard(
            lambda: self._act(
                self.cashier, self.near, fulfillment, "reject", reason_id=self.reason.id
            )
        )
        events = [(config.o2o_store_id, p["event"]) for config, _m, p in heard]
        self.assertEqual(events, [(self.near, "rejected"), (self.far, "new")])

    def test_reject_without_reason_is_refused_with_a_message(self):
        """POS-06: nothing changes and the cashier reads why."""
        fulfillment = self._place()
        for reason_id in (None, 0, "1 OR 1=1", self.reason_other.id):
            answer = self._act(
                self.cashier, self.near, fulfillment, "reject", reason_id=reason_id
            )
            self.assertEqual(answer["status"], "refused")
            self.assertTrue(answer["message"])
        self.assertEqual(fulfillment.store_id, self.near)

    def test_wrong_order_of_buttons_is_refused(self):
        fulfillment = self._place()
        for action in ("ship", "ready", "hand_over"):
            answer = self._act(self.cashier, self.near, fulfillment, action)
            self.assertEqual(answer["status"], "refused", action)
        self.assertEqual(fulfillment.state, "offered")

    def test_unknown_action_or_order(self):
        fulfillment = self._place()
        with self.assertRaises(UserError):
            self._act(self.cashier, self.near, fulfillment, "unlink")
        answer = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_act(self._till(self.near).id, 2**30, "accept", {})
        )
        self.assertEqual(answer["status"], "gone")

    @warmup
    def test_board_cost(self):
        """POS-03: the board of a busy store stays cheap."""
        for _order in range(3):
            self._place([(self.product, 1)])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            self._board(self.cashier, self.near)
