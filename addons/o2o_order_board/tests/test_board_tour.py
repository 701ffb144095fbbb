from odoo.tests import HttpCase, tagged

from .common import BoardCase


@tagged("post_install", "-at_install")
class TestBoardTour(BoardCase, HttpCase):
    def test_head_office_gives_an_order_to_a_store(self):
        """ROUT-11, ROUT-04: search, colours, the map, and an order without a store."""
        fulfillment = self._place_unfillable()
        self._set_stock(self.other_city, self.scarce, 5)
        waiting = self._place([(self.product, 1)])
        self.assertEqual(waiting.store_id, self.near)
        self.start_tour("/odoo/order-board", "o2o_order_board", login="o2o_head_office")
        self.assertEqual(fulfillment.store_id, self.other_city)
        self.assertEqual(fulfillment.state, "offered")
        self.assertEqual(fulfillment.order_id.o2o_change_ids.reason, "Member agreed")

    def test_cashier_sees_the_own_store(self):
        """ROUT-11: the board of a store person, and the list behind a number."""
        self._place([(self.product, 1)])
        self.start_tour(
            "/odoo/order-board", "o2o_order_board_store", login="o2o_cashier"
        )
