from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged

from .common_payment import PaidOnlineCase


class CartAgainCase(PaidOnlineCase):
    def _run_out(self, order, minutes=16):
        with freeze_time(fields.Datetime.now() + timedelta(minutes=minutes)):
            self._run_timers()
        self.assertEqual((order.state, order.o2o_cancel_reason), ("cancel", "unpaid"))
        return order.o2o_cart_again_id

    def _goods(self, order):
        return {
            line.product_id: line.product_uom_qty
            for line in order.order_line
            if line._o2o_is_goods()
        }


@tagged("post_install", "-at_install")
class TestCartAgain(CartAgainCase):
    """Idea 5: payment closed, order cancelled, goods in the cart again."""

    def test_goods_are_in_the_cart_again(self):
        order = self._submit([(self.product, 2), (self.scarce, 1)])
        cart = self._run_out(order)
        self.assertEqual(order.transaction_ids.state, "cancel")
        self.assertEqual(cart.state, "draft")
        self.assertEqual(cart.partner_id, order.partner_id)
        self.assertEqual(cart.website_id, order.website_id)
        self.assertEqual(self._goods(cart), {self.product: 2, self.scarce: 1})
        self.assertIn(order.name, cart.shop_warning)
        # a cart is no promise, and nobody waits for it to be paid
        free = self.far._get_free_quantities(self.scarce)[self.far]
        self.assertEqual(free[self.scarce], 2)
        self.assertEqual(cart.o2o_stage, "cart")

    def test_coupons_points_and_delivery_are_found_anew(self):
        order = self._submit()
        service = self.env["product.product"].create(
            {"name": "Coupon", "type": "service", "taxes_id": [Command.clear()]}
        )
        order.order_line = [
            Command.create({"product_id": service.id, "price_unit": -10}),
            Command.create(
                {"product_id": service.id, "price_unit": 5, "is_delivery": True}
            ),
        ]
        cart = self._run_out(order)
        self.assertEqual(cart.order_line.product_id, self.product)
        self.assertEqual(cart.amount_total, 400)

    def test_new_cart_of_the_member_stays_as_it_is(self):
        order = self._submit()
        other = self._create_cart([(self.scarce, 1)])
        self.assertFalse(self._run_out(order))
        self.assertEqual(self._goods(other), {self.scarce: 1})

    def test_cancelled_by_the_member_is_not_in_the_cart(self):
        order = self._submit()
        order._o2o_member_cancel("changed_mind")
        self._run_timers()
        self.assertFalse(order.o2o_cart_again_id)

    def test_late_money_takes_the_goods_out_of_the_cart(self):
        """The order lives again: nobody is sold the same twice."""
        order = self._submit([(self.product, 2)])
        cart = self._run_out(order)
        cart.order_line = [
            Command.create({"product_id": self.scarce.id, "product_uom_qty": 1})
        ]
        cart.order_line[0].product_uom_qty = 3
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._goods(cart), {self.product: 1, self.scarce: 1})

    def test_late_money_empties_an_untouched_cart(self):
        order = self._submit([(self.product, 2)])
        cart = self._run_out(order)
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "sale")
        self.assertFalse(cart.order_line)
        self.assertFalse(cart.shop_warning)

    def test_late_money_goes_back_when_the_cart_was_bought(self):
        """Idea 5: revived or refunded, never both bought and bought again."""
        order = self._submit([(self.product, 2)])
        cart = self._run_out(order)
        self._pay(cart)
        self._succeed(cart.transaction_ids)
        self.assertEqual(cart.state, "sale")
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_refund_ids.amount, order.amount_total)
        self.assertEqual(self._goods(cart), {self.product: 2})

    def test_late_money_goes_back_while_the_cart_is_being_paid(self):
        order = self._submit([(self.product, 2)])
        cart = self._run_out(order)
        self._pay(cart, "pending")
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_refund_ids.reason, "late")

    def test_run_out_twice(self):
        """The cart of the cart: late money of the first order meets the last cart."""
        order = self._submit([(self.product, 2)])
        second = self._run_out(order)
        self._pay(second)
        third = self._run_out(second)
        self.assertEqual(self._goods(third), {self.product: 2})
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "sale")
        self.assertFalse(third.order_line)

    def test_pointer_is_the_servers(self):
        """Attack: nobody points an order at somebody else's cart."""
        order = self._submit()
        seller_group = self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.head_office_user.group_ids += seller_group
        with self.assertRaises(AccessError):
            order.with_user(self.head_office_user).write(
                {"o2o_cart_again_id": order.id}
            )


@tagged("post_install", "-at_install")
class TestCartAgainHttp(CartAgainCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("o2o_test_member", "o2o_test_member")

    def _add(self):
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.product.product_tmpl_id.id,
                "product_id": self.product.id,
                "quantity": 2,
            },
        )

    def _cart(self):
        return self.env["sale.order"].search(
            [
                ("partner_id", "=", self.member.partner_id.id),
                ("website_id", "=", self.website.id),
                ("state", "=", "draft"),
            ]
        )

    def test_same_session_finds_the_cart(self):
        """Idea 5: who comes back from the payment page sees the goods, and why."""
        for state in ("draft", "pending"):
            self._add()
            order = self._cart()
            self._pay(order, state)
            # a payment that is under way: Odoo takes the cart out of the session
            self.url_open("/shop/cart")
            cart = self._run_out(order)
            page = self.url_open("/shop/cart").text
            self.assertIn(self.product.name, page, state)
            self.assertIn(order.name, page, state)
            self._add()
            self.assertEqual(self._goods(cart), {self.product: 4}, state)
            cart.order_line.unlink()
            cart._action_cancel()
