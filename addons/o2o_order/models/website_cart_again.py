from odoo import models
from odoo.exceptions import MissingError
from odoo.http import request

from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY

#: the cart this visitor left for a payment page
LEFT_KEY = "o2o_left_cart"


class Website(models.Model):
    _inherit = "website"

    def _get_and_cache_current_cart(self):
        """A cart that was not paid in time goes on as the one given back (idea 5).

        Odoo looks for a member's cart once in a session; the session of who waits at a
        payment page has one, or had.
        """
        session = request.session
        before = session.get(CART_SESSION_CACHE_KEY)
        left_sudo = self._o2o_read_own_order(before or session.get(LEFT_KEY))
        again_sudo = left_sudo.browse()
        if left_sudo.state == "cancel":
            again_sudo = left_sudo._o2o_get_last_cart_again()
        if again_sudo.state == "draft":
            session[CART_SESSION_CACHE_KEY] = again_sudo.id
            session.pop("website_sale_cart_quantity", None)
        cart_sudo = super()._get_and_cache_current_cart()
        if left_sudo.state in ("draft", "sent") and cart_sudo != left_sudo:
            session[LEFT_KEY] = left_sudo.id
        else:
            session.pop(LEFT_KEY, None)
        return cart_sudo

    def _o2o_read_own_order(self, order_id):
        # sudo: the number comes from the visitor's own session
        order_sudo = self.env["sale.order"].sudo().browse(order_id or ())
        try:
            return order_sudo if order_sudo.state else order_sudo.browse()
        except MissingError:
            return order_sudo.browse()
