from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BoardCase


@tagged("post_install", "-at_install")
class TestBoardQueue(BoardCase):
    """ROUT-04, ROUT-11: orders in nobody's hands, and what head office does."""

    def _call(self, method, *args, user=None):
        boards = self.env["o2o.order.board"].with_user(user or self.head_office_user)
        return getattr(boards, method)(*args)

    def test_order_nobody_can_serve(self):
        fulfillment = self._place_unfillable()
        row = self._row(fulfillment)
        self.assertEqual(row["kind"], "nobody")
        self.assertEqual(row["order"], fulfillment.order_id.name)
        self.assertEqual(row["goods"], f"{self.scarce.name} × 3")
        self.assertEqual(row["pieces"], 3)
        self.assertFalse(row["until_at"])
        self.assertEqual(self._board()["queue_count"], len(self._board()["queue"]))

    def test_order_in_the_pool(self):
        """ROUT-03: it will be given to a store when nobody grabs it."""
        self._publish({}, ["head_office"], method="pool")
        fulfillment = self._place([(self.product, 1)])
        self.assertEqual(fulfillment.state, "pooled")
        row = self._row(fulfillment)
        self.assertEqual(row["kind"], "pool")
        self.assertEqual(row["until_at"], str(fulfillment.pool_until))

    def test_order_whose_customer_chooses(self):
        """Idea 9: accepted in part; the store waits for the word of the customer."""
        fulfillment = self._place([(self.product, 6)])
        line = fulfillment.line_ids
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "accept_lines",
            lines={str(line.id): 5},
        )
        row = self._row(fulfillment)
        self.assertEqual(row["kind"], "choice")
        self.assertEqual(row["store"], self.near.name)
        self.assertEqual(row["until_at"], str(fulfillment.choice_ids.due_at))
        self.assertEqual(self._row(fulfillment, self.cashier)["kind"], "choice")
        self.assertIsNone(self._row(fulfillment, self.cashier_far))

    def test_order_in_a_store_is_not_in_the_queue(self):
        self.assertIsNone(self._row(self._place([(self.product, 1)])))

    # === ACTIONS === #

    def test_head_office_names_a_store(self):
        """ROUT-11: with a reason, in the log of changes."""
        fulfillment = self._place_unfillable()
        self.assertFalse(self._call("get_stores_for", fulfillment.id))
        self._set_stock(self.other_city, self.scarce, 5)
        stores = self._call("get_stores_for", fulfillment.id)
        self.assertEqual([row["id"] for row in stores], [self.other_city.id])
        result = self._call(
            "assign", fulfillment.id, self.other_city.id, "Member agreed by phone"
        )
        self.assertTrue(result["is_found"])
        self.assertEqual(fulfillment.store_id, self.other_city)
        self.assertEqual(fulfillment.state, "offered")
        change = fulfillment.order_id.o2o_change_ids
        self.assertEqual(change.reason, "Member agreed by phone")
        self.assertIsNone(self._row(fulfillment))

    def test_store_without_the_goods_is_refused(self):
        fulfillment = self._place_unfillable()
        with self.assertRefused(UserError, "does not have"):
            self._call("assign", fulfillment.id, self.near.id, "Because")

    def test_reason_is_needed(self):
        fulfillment = self._place_unfillable()
        self._set_stock(self.near, self.scarce, 5)
        with self.assertRefused(UserError, "why"):
            self._call("assign", fulfillment.id, self.near.id, "  ")

    def test_order_that_found_a_store_is_left_alone(self):
        """Two people at head office: the second is told who has it."""
        fulfillment = self._place_unfillable()
        self._set_stock(self.near, self.scarce, 5)
        self._call("assign", fulfillment.id, self.near.id, "Because")
        fulfillment._mark_accepted()
        with self.assertRefused(UserError, self.near.name):
            self._call("assign", fulfillment.id, self.far.id, "Because")

    def test_head_office_looks_again(self):
        """ROUT-04: stock came in."""
        fulfillment = self._place_unfillable()
        result = self._call("route_again", fulfillment.id)
        self.assertFalse(result["is_found"])
        self.assertIn(fulfillment.order_id.name, result["message"])
        self._set_stock(self.near, self.scarce, 5)
        result = self._call("route_again", fulfillment.id)
        self.assertTrue(result["is_found"])
        self.assertEqual(fulfillment.store_id, self.near)

    def test_pool_is_ended_by_hand(self):
        """ROUT-03: head office does not wait until somebody grabs."""
        self._publish({}, ["head_office"], method="pool")
        fulfillment = self._place([(self.product, 1)])
        self._call("route_again", fulfillment.id)
        self.assertEqual(fulfillment.state, "offered")
        self.assertEqual(fulfillment.store_id, self.near)
