from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_member.tests.common_parallel import ParallelPointsCase

KEY = "one-view-of-the-page"


@tagged("post_install", "-at_install")
class TestCheckoutParallel(ParallelPointsCase):
    """An impatient thumb: the same page, submitted at once, on real connections."""

    number = "88PARALLEL09"

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            service = env["product.product"].create(
                {"name": "O2O Parallel service", "type": "service", "list_price": 9.0}
            )
            cart = env["sale.order"].create(
                {
                    "partner_id": self.partner_id,
                    "website_id": env["website"].search([], limit=1).id,
                    "order_line": [Command.create({"product_id": service.id})],
                }
            )
            self.cart_id, self.service_id = cart.id, service.id
        self.addCleanup(self._forget_cart)

    def _forget_cart(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # an order that was placed is never deleted by the addons
            for query in (
                "DELETE FROM sale_order_line WHERE product_id = %(service)s",
                "DELETE FROM sale_order WHERE id = %(cart)s",
            ):
                cr.execute(query, {"service": self.service_id, "cart": self.cart_id})
            env["product.product"].browse(self.service_id).product_tmpl_id.unlink()

    def _submit(self, partner, _thumb):
        """What the route does between finding and confirming."""
        orders = partner.env["sale.order"]
        if done := orders._o2o_find_submitted(partner, KEY):
            return done
        cart = orders.browse(self.cart_id)
        cart._o2o_lock_cart()
        cart.o2o_checkout_key = cart._o2o_checkout_mark(partner, KEY)
        cart.client_order_ref = f"{cart.client_order_ref or ''}x"
        cart.action_confirm()
        return cart

    def test_six_taps_at_once_make_one_order(self):
        """SHOP-04: one buys, the others wait, run again and find that order."""
        results = self._in_parallel(range(6), self._submit)
        self.assertEqual(results, [self.cart_id] * 6)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            order = env["sale.order"].browse(self.cart_id)
            self.assertEqual((order.state, order.client_order_ref), ("sale", "x"))
