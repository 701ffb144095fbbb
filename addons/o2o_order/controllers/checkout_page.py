import secrets

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

from ..models.sale_order_checkout import LEAN
from .checkout import NOTE_LENGTH

#: session key of texts for the next page view
NOTICE_KEY = "o2o_checkout_notices"
PAGE_URL = "/o2o/checkout"
DONE_URL = "/o2o/checkout/done"
#: addresses that a member may add here
ADDRESS_LIMIT = 30
#: what finds everybody in China
CHINESE_ADDRESS = ("name", "phone", "street", "city")
#: longest name, phone and street a form takes
FIELD_LENGTH = 128


class O2oCheckoutPage(WebsiteSale):
    """A known member buys with one page and one button (SHOP-04, SHOP-05).

    Odoo's steps stay: for guests, for services, and for whoever pays online, where
    Odoo's payment page goes on from here.
    """

    @route(
        PAGE_URL,
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def o2o_checkout_page(self, **_query):
        order_sudo = request.cart
        if request.env.user._is_public() or (order_sudo and order_sudo.only_services):
            return request.redirect("/shop/checkout?try_skip_step=true")
        if redirection := self._check_cart(order_sudo):
            return redirection
        notices = request.session.pop(NOTICE_KEY, None)
        # whoever comes from a product or the cart has just seen what there is
        values = self._o2o_prepare_page(
            order_sudo.with_context(**LEAN), with_stock=notices is not None
        )
        values["notices"] = notices or []
        # no page of the website builder: nothing to look up about it
        values["main_object"] = request.env["ir.ui.view"]
        response = request.render("o2o_order.checkout_page", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    @route(
        "/o2o/checkout/update",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_checkout_update(self, key="", option="", **choices):
        """Keep one choice on the visitor's own cart and show the page anew.

        :return: dict ``html``, ``error``; or ``url`` when there is no cart any more
        """
        order_sudo = request.cart
        if not order_sudo or order_sudo.state != "draft" or not order_sudo.order_line:
            return {"url": "/shop/cart"}
        order_sudo = order_sudo.with_context(**LEAN)
        error = ""
        try:
            with request.env.cr.savepoint():
                error = self._o2o_apply_choice(order_sudo, choices)
        except UserError as refusal:
            order_sudo.invalidate_recordset()
            error = str(refusal)
        if not order_sudo.website_order_line:
            return {"url": "/shop/cart"}
        return self._o2o_show_again(
            order_sudo,
            error,
            key=key,
            option=option,
            addresses=choices.get("addresses") is True,
        )

    @route(
        "/o2o/checkout/submit",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_checkout_submit(self, key="", seen="", option="", note=""):
        """Make the order; the same page makes one order, however often it asks.

        Nothing of what the page sends is believed but the choice of payment and the
        remark: address, goods, prices, points and stock are the cart's own, and
        ``seen`` only tells whether the member has seen them like this.

        :return: dict ``url`` where to go; or ``error`` and ``html``
        """
        partner = request.env.user.partner_id
        orders = request.env["sale.order"]
        if not orders._o2o_checkout_mark(partner, key):
            return {"error": request.env._("Please reload the page."), "html": ""}
        if done := orders._o2o_find_submitted(partner, key):
            return self._o2o_thank(done)
        order_sudo = request.cart
        if not order_sudo or order_sudo.state != "draft" or not order_sudo.order_line:
            return {"url": "/shop/cart"}
        request.update_context(**LEAN)
        order_sudo = order_sudo.with_context(**LEAN)
        order_sudo._o2o_lock_cart()
        order_sudo._recompute_cart()
        if isinstance(note, str):
            order_sudo.o2o_note = note.strip()[:NOTE_LENGTH]
        if problem := self._o2o_find_problem(order_sudo, seen):
            return self._o2o_show_again(order_sudo, problem, key=key, option=option)
        try:
            return self._o2o_buy(order_sudo, key, option)
        except UserError as refusal:
            request.env.cr.rollback()
            return self._o2o_show_again(
                request.cart.with_context(**LEAN),
                str(refusal),
                key=key,
                option=option,
            )

    @route(
        DONE_URL,
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def o2o_checkout_done(self, **_query):
        """The thanks again, when the page is reloaded."""
        # sudo: the order of this session, and only the member's own
        order_sudo = (
            request.env["sale.order"]
            .sudo()
            .search(
                [
                    ("id", "=", request.session.get("sale_last_order_id") or 0),
                    ("partner_id", "=", request.env.user.partner_id.id),
                    ("state", "=", "sale"),
                ]
            )
        )
        if not order_sudo:
            return request.redirect("/my/orders")
        return request.render(
            "o2o_order.checkout_done_page",
            {"order": order_sudo, "main_object": request.env["ir.ui.view"]},
        )

    @route(
        "/o2o/checkout/address",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_checkout_address(
        self, key="", option="", name="", phone="", region_id=None, street=""
    ):
        """The address of a member who has none yet, or one more, on the same page.

        In China a name, a phone, the district and the street find everybody.
        """
        order_sudo = request.cart
        if not order_sudo or order_sudo.state != "draft":
            return {"url": "/shop/cart"}
        order_sudo = order_sudo.with_context(**LEAN)
        texts = [
            text.strip()[:FIELD_LENGTH] if isinstance(text, str) else ""
            for text in (name, phone, street)
        ]
        region = request.env["o2o.region"].search(
            [("id", "=", region_id if isinstance(region_id, int) else 0)]
        )
        if not all(texts) or not region:
            error = request.env._("Please fill in name, phone, district and street.")
        elif len(order_sudo.partner_id.child_ids) >= ADDRESS_LIMIT:
            error = request.env._(
                "You have many addresses already: please remove one first."
            )
        else:
            error = ""
            order_sudo._o2o_add_address(*texts, region)
        return self._o2o_show_again(order_sudo, error, key=key, option=option)

    # === what the page shows ===

    def _o2o_prepare_page(
        self, order_sudo, *, option="", with_stock=True, with_addresses=False
    ):
        """The values of the page; prefills a fresh cart on the way.

        :param bool with_stock: whether to say that the region lacks something
        :param bool with_addresses: whether addresses and regions are listed; who has
            no address yet sees the form in any case
        """
        place = request.website._o2o_get_place()
        last = order_sudo._o2o_get_last_order()
        methods = order_sudo._get_delivery_methods()
        order_sudo._o2o_prefill_checkout(last, methods, place)
        options = order_sudo._o2o_get_payment_options()
        is_pickup = order_sudo._o2o_is_pickup()
        codes = [row["code"] for row in options]
        has_address = self._o2o_has_address(order_sudo)
        is_listed = not is_pickup and (with_addresses or not has_address)
        return {
            "website_sale_order": order_sudo,
            "order": order_sudo,
            "addresses": (
                order_sudo._o2o_get_delivery_addresses()
                if with_addresses
                else request.env["res.partner"]
            ),
            "has_address": has_address,
            "is_listed": is_listed,
            "methods": methods,
            "is_pickup": is_pickup,
            "pickup_stores": (
                order_sudo._o2o_get_pickup_choices() if is_pickup else []
            ),
            "regions": (
                request.env["o2o.region"].search([("child_ids", "=", False)])
                if is_listed
                else request.env["o2o.region"]
            ),
            "shortage": order_sudo._o2o_get_shortage_message() if with_stock else "",
            "options": options,
            "option": (
                option
                if option in codes
                else order_sudo._o2o_get_default_payment(options, last)
            ),
            "key": secrets.token_urlsafe(24),
            "seen": order_sudo._o2o_get_fingerprint(),
            "notices": [],
            "error": "",
        }

    def _o2o_show_again(self, order_sudo, error, *, key, option, addresses=False):
        """The inner part of the page as it is now, with what to tell the member."""
        values = self._o2o_prepare_page(
            order_sudo,
            option=option if isinstance(option, str) else "",
            with_addresses=bool(addresses),
        )
        if order_sudo._o2o_checkout_mark(order_sudo.partner_id, key):
            values["key"] = key
        values["error"] = error
        html = request.env["ir.ui.view"]._render_template(
            "o2o_order.checkout_form", values
        )
        return {"html": html, "error": error}

    def _o2o_has_address(self, order_sudo):
        """Whether the store knows where to, or whom to call for a pick-up."""
        address_sudo = order_sudo.partner_shipping_id
        if order_sudo._o2o_is_pickup():
            return bool(address_sudo.name and address_sudo.phone)
        country_sudo = address_sudo.country_id
        needed = (
            CHINESE_ADDRESS
            if country_sudo.code == "CN"
            else self._get_mandatory_delivery_address_fields(country_sudo)
        )
        return all(address_sudo[field] for field in needed)

    def _o2o_apply_choice(self, order_sudo, choices):
        """:return: a text when the choice could only partly be kept"""
        numbers = {
            name: value
            for name, value in choices.items()
            if isinstance(value, int) and not isinstance(value, bool)
        }
        if "address_id" in numbers:
            order_sudo._o2o_page_address(numbers["address_id"])
        if "method_id" in numbers:
            order_sudo._o2o_page_delivery(
                order_sudo._get_delivery_methods(),
                numbers["method_id"],
                numbers.get("store_id"),
            )
        if "region_id" in numbers:
            order_sudo._o2o_page_region(numbers["region_id"])
        if "line_id" in numbers and "quantity" in numbers:
            return order_sudo._o2o_page_quantity(
                numbers["line_id"], numbers["quantity"]
            )
        return ""

    # === buying ===

    def _o2o_find_problem(self, order_sudo, seen):
        """:return: why this cart cannot be bought as the member has seen it"""
        if not self._o2o_has_address(order_sudo):
            return request.env._("Please tell us where to deliver to.")
        if order_sudo._o2o_is_pickup() and not self._o2o_pickup_is_open(order_sudo):
            return request.env._("Please choose a store to collect at.")
        if seen != order_sudo._o2o_get_fingerprint():
            return request.env._(
                "Your order has changed meanwhile. Please check it and submit again."
            )
        return ""

    def _o2o_pickup_is_open(self, order_sudo):
        store = order_sudo._o2o_get_pickup_store()
        return bool(store) and store in order_sudo._o2o_get_pickup_stores(
            order_sudo.carrier_id
        )

    def _o2o_buy(self, order_sudo, key, option):
        """Pay at the door: confirm now. Pay online: on to Odoo's payment page.

        :return: the answer to the page
        :raise UserError: when it cannot be bought, or not paid like this
        """
        mark = order_sudo._o2o_checkout_mark(order_sudo.partner_id, key)
        if not order_sudo.amount_total:
            order_sudo._o2o_promise_goods()
            order_sudo.o2o_checkout_key = mark
            order_sudo._validate_order()
            order_sudo._o2o_ensure_goods()
            return self._o2o_thank(order_sudo)
        chosen = order_sudo._o2o_get_payment_option(option)
        if chosen is None:
            raise UserError(
                request.env._("Please choose how to pay; this way is not possible.")
            )
        if not chosen["is_collecting"]:
            request.session["sale_last_order_id"] = order_sudo.id
            return {"url": "/shop/payment"}
        order_sudo._o2o_promise_goods()
        order_sudo.o2o_checkout_key = mark
        # the payment objects of Odoo, with every rule that is hooked into them
        transaction_sudo = self._create_transaction(
            provider_id=chosen["provider"].id,
            payment_method_id=chosen["method"].id,
            token_id=None,
            amount=order_sudo.amount_total,
            currency_id=order_sudo.currency_id.id,
            partner_id=order_sudo.partner_invoice_id.id,
            flow="redirect",
            tokenization_requested=False,
            landing_route="/shop/payment/validate",
            sale_order_id=order_sudo.id,
            custom_create_values={"sale_order_ids": [Command.set(order_sudo.ids)]},
        )
        # of website_sale's PaymentPortal: Odoo makes one class of all of them
        self._validate_transaction_for_order(transaction_sudo, order_sudo)
        transaction_sudo._process("custom", {"reference": transaction_sudo.reference})
        transaction_sudo._post_process()
        if order_sudo.state != "sale":
            raise UserError(
                request.env._("This order could not be placed. Please try again.")
            )
        order_sudo._o2o_ensure_goods()
        return self._o2o_thank(order_sudo)

    def _o2o_thank(self, order_sudo):
        """The cart is over: what the page shows instead, and its address."""
        request.session["sale_last_order_id"] = order_sudo.id
        if request.cart == order_sudo:
            request.website.sale_reset()
        html = request.env["ir.ui.view"]._render_template(
            "o2o_order.checkout_done", {"order": order_sudo}
        )
        return {"url": DONE_URL, "done": html}
