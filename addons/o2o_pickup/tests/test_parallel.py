import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common_parallel import ParallelOrderCase

from .common import PickupCase


@tagged("post_install", "-at_install")
class TestPickupParallel(ParallelOrderCase, PickupCase):
    """Real connections: the last place, and the last hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.near.pickup_slot_capacity = 1
        cls.env.flush_all()
        cls.cr._cnx.commit()

    @classmethod
    def _speak_english(cls):
        """What is committed here must not change the website of other tests."""

    def _make_cart(self, env):
        order = env["sale.order"].create(
            {
                "partner_id": self.member.partner_id.id,
                "website_id": self.website.id,
                "carrier_id": self.pickup.id,
                "order_line": [
                    (0, 0, {"product_id": self.product.id, "product_uom_qty": 1})
                ],
            }
        )
        store = env["o2o.store"].browse(self.near.id)
        order._set_pickup_location(json.dumps(store._prepare_pickup_data()))
        order._o2o_prefill_slot()
        return order.id

    def test_last_place_goes_to_one(self):
        """SHOP-11: five members, one place; the others are told and keep the cart."""
        carts = [self._commit(self._make_cart) for _number in range(5)]

        def buy(cart_id):
            def act(env):
                cart = env["sale.order"].browse(cart_id)
                if not cart._o2o_is_slot_offered():
                    return "full"
                try:
                    with env.cr.savepoint():
                        cart._o2o_take_slot()
                except UserError:
                    return "full"
                return "got it"

            return act

        answers = self._in_parallel([buy(cart_id) for cart_id in carts])
        self.assertEqual(sorted(answers), ["full"] * 4 + ["got it"])

        def look(env):
            rows = env["o2o.pickup.booking"].search([("order_id", "in", carts)])
            orders = env["sale.order"].browse(carts)
            return (
                [(row.place, row.state) for row in rows],
                [(order.state, len(order.order_line)) for order in orders],
            )

        rows, orders = self._commit(look)
        self.assertEqual(rows, [(1, "taken")])
        self.assertEqual(orders, [("draft", 1)] * 5)

    def test_two_tills_one_hands_over(self):
        """SHOP-11: the same code at two tills at once; one wins, one is told."""

        def make(env):
            order = env["sale.order"].browse(self._make_cart(env))
            order.action_confirm()
            fulfillment = order.o2o_fulfillment_ids
            fulfillment._mark_accepted()
            fulfillment._mark_ready("A-1")
            return fulfillment.id, fulfillment.pickup_code

        fulfillment_id, code = self._commit(make)
        till = self._till(self.near).id

        def press(user):
            return lambda env: (
                env["o2o.fulfillment"]
                .with_user(user.id)
                .pos_act(till, fulfillment_id, "hand_over", {"code": code})
            )

        answers = self._in_parallel([press(self.cashier), press(self.cashier_two)])
        statuses = sorted(answer["status"] for answer in answers)
        self.assertEqual(statuses, ["ok", "refused"], answers)
        kinds = self._commit(
            lambda env: (
                env["o2o.fulfillment"].browse(fulfillment_id).event_ids.mapped("kind")
            )
        )
        self.assertEqual(kinds.count("collected"), 1)
        self.assertEqual(kinds.count("delivered"), 1)
