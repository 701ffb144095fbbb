from odoo.http import request, route

from .checkout_page import NOTICE_KEY, PAGE_URL
from .portal import O2oPortal


class O2oAgain(O2oPortal):
    @route(
        "/o2o/order/again/<int:order_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def order_again(self, order_id, **_post):
        """SHOP-10: the goods of an own order once more, straight to the one page."""
        # sudo: only an order of the member who asks
        order_sudo = (
            request.env["sale.order"]
            .sudo()
            .search(
                [
                    ("id", "=", order_id),
                    ("partner_id", "=", request.env.user.partner_id.id),
                    ("state", "!=", "draft"),
                ]
            )
        )
        if not order_sudo:
            return request.not_found()
        cart_sudo = request.cart or request.website._create_cart()
        left_out = cart_sudo._o2o_refill(order_sudo)
        if not cart_sudo.website_order_line:
            cart_sudo.shop_warning = "\n".join(left_out)
            return request.redirect("/shop/cart")
        request.session[NOTICE_KEY] = left_out
        return request.redirect(PAGE_URL)
