from odoo.exceptions import UserError
from odoo.http import Controller, request, route


class CartPointsController(Controller):
    @route(
        "/o2o/cart/points",
        type="jsonrpc",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def cart_points(self, points=None):
        """PTS-05: use points for the visitor's own cart; the server decides.

        :param int points: how many; 0 uses none
        :return: dict ``error``, empty when the choice stands
        """
        order_sudo = request.cart
        if not order_sudo:
            return {"error": request.env._("Your cart is empty.")}
        try:
            with request.env.cr.savepoint():
                order_sudo._o2o_ensure_spender()
                order_sudo._o2o_set_points(points)
        except UserError as error:
            return {"error": str(error)}
        return {"error": ""}
