import re
import time

from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import consteq
from odoo.tools.misc import hmac

from odoo.addons.website_sale.controllers.main import WebsiteSale

from .portal import O2oPortal

#: tries from one address, and for one order number, within TRY_SECONDS
TRIES_OF_ADDRESS = 20
TRIES_OF_ORDER = 6
TRY_SECONDS = 900
#: how long the page of an order that was found can be opened again
PAGE_SECONDS = 24 * 3600
#: what an order number looks like, wherever it is typed
NUMBER = re.compile(r"[A-Za-z]{1,4}[\w/-]{0,20}\d{3,12}", re.ASCII)
TEXT_LENGTH = 40


def _digits(text):
    """The digits that a telephone has; other scripts' digits are none."""
    return re.sub(r"[^0-9]", "", text)


class O2oTracking(O2oPortal):
    """Whoever has the order number and the phone sees how far it is (SHOP-09)."""

    @route(
        "/o2o/order/track",
        type="http",
        auth="public",
        website=True,
        methods=["GET", "POST"],
        sitemap=True,
    )
    def order_track(self, number="", phone="", **_post):
        """The form, and on to the order's page. Wrong and unknown look the same."""
        number = number.strip()[:TEXT_LENGTH]
        error = ""
        if request.httprequest.method == "POST":
            order_sudo = self._find_order(number, phone.strip()[:TEXT_LENGTH])
            if order_sudo:
                return request.redirect(self._tracking_url(order_sudo), code=303)
            error = request.env._(
                "We find no such order. Please check the number and the last 4 digits"
                " of the phone, or try again later."
            )
        return self._show(
            "o2o_order.order_track", {"number": number, "error": error, "order": None}
        )

    @route(
        "/o2o/order/track/<int:order_id>/<int:until>/<string:signature>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def order_track_status(self, order_id, until, signature, part=""):
        """An order that was found: its status, and nothing about people.

        :param str part: set for the block alone, which an open page asks for
        """
        expected = self._sign(order_id, until)
        is_valid = signature.isascii() and consteq(expected, signature)
        if not is_valid or until < time.time():
            if part:
                return request.not_found()
            return request.redirect("/o2o/order/track")
        # sudo: the signature was given to who knew number and phone
        order_sudo = request.env["sale.order"].sudo().browse(order_id).exists()
        if not order_sudo:
            return request.redirect("/o2o/order/track")
        values = {
            "order": order_sudo,
            "o2o_is_guest": True,
            "url": f"/o2o/order/track/{order_id}/{until}/{signature}?part=1",
            "number": "",
            "error": "",
        }
        return self._show(
            "o2o_order.order_progress" if part else "o2o_order.order_track", values
        )

    # === helpers ===

    def _find_order(self, number, phone):
        """The order with this number and these last digits, elevated, or nothing."""
        orders_sudo = request.env["sale.order"].sudo()
        digits = _digits(phone)
        if not NUMBER.fullmatch(number) or len(digits) != 4:
            return orders_sudo.browse()
        if self._tries_too_often(number):
            return orders_sudo.browse()
        # sudo: compared with what the guest knows, before anything is shown
        order_sudo = orders_sudo.search(
            Domain("name", "in", [number, number.upper()])
            & Domain("website_id", "=", request.website.id)
            & Domain("state", "in", ("sale", "cancel")),
            limit=1,
        )
        phones = {
            _digits(partner.phone or "")[-4:]
            for partner in order_sudo.partner_shipping_id | order_sudo.partner_id
        }
        known = [consteq(known, digits) for known in phones if len(known) == 4]
        return order_sudo if any(known) else orders_sudo.browse()

    def _tries_too_often(self, number):
        """Count this try, for the address and for the number that is tried.

        An address that is over its limit counts against no number: it cannot lock
        others out.
        """
        website = request.website
        cards = request.env["o2o.card"].with_company(website.company_id)
        throttle_sudo = request.env["o2o.card.throttle"].sudo()  # visitors cannot
        return any(
            throttle_sudo._is_over(
                cards._hash("order_track", kind, value), limit, TRY_SECONDS
            )
            for kind, value, limit in (
                ("address", request.httprequest.remote_addr or "", TRIES_OF_ADDRESS),
                ("number", number.upper(), TRIES_OF_ORDER),
            )
        )

    def _tracking_url(self, order_sudo):
        until = int(time.time()) + PAGE_SECONDS
        signature = self._sign(order_sudo.id, until)
        return f"/o2o/order/track/{order_sudo.id}/{until}/{signature}"

    def _sign(self, order_id, until):
        # sudo: the secret of the database
        env_sudo = request.env(su=True)
        return hmac(env_sudo, "o2o_order-track", (order_id, until))

    def _show(self, template, values):
        response = request.render(template, values)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


class O2oOrderSearch(WebsiteSale):
    @route()
    def shop(self, page=0, category=None, search="", **post):
        """A member who types the number of an own order is shown that order."""
        if order_sudo := self._o2o_find_own_order(search):
            return request.redirect(order_sudo.get_portal_url())
        return super().shop(page=page, category=category, search=search, **post)

    def _o2o_find_own_order(self, search):
        orders_sudo = request.env["sale.order"].sudo()
        number = (search or "").strip()
        if request.env.user._is_public() or not NUMBER.fullmatch(number):
            return orders_sudo.browse()
        # sudo: only the member's own orders
        return orders_sudo.search(
            Domain("name", "in", [number, number.upper()])
            & Domain("partner_id", "=", request.env.user.partner_id.id)
            & Domain("state", "!=", "draft"),
            limit=1,
        )
