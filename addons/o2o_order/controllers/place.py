from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import Controller, request, route

#: how many stores a picker shows; more are found by name
PICKER_LIMIT = 60
#: longest word a search takes
WORD_LENGTH = 40


class O2oPlace(Controller):
    """Where the visitor wants to be served, and what is there (ROUT-04, idea 22)."""

    @route(
        "/o2o/place/options",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
        readonly=True,
    )
    def place_options(self, search="", **_query):
        """The picker's list: regions to deliver to, stores to collect at."""
        word = search.strip()[:WORD_LENGTH]
        regions = request.env["o2o.region"].search([("child_ids", "=", False)])
        if word:
            regions = regions.filtered(lambda r: word in (r.complete_name or ""))
        website = request.website
        return self._render(
            "o2o_order.place_options",
            {
                "regions": regions,
                "stores": [
                    website._o2o_describe_store(store)
                    for store in self._stores(word)[:PICKER_LIMIT]
                ],
                "place": website._o2o_get_place(),
                "word": word,
            },
        )

    @route(
        "/o2o/place/choose",
        type="jsonrpc",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def place_choose(self, region_id=None, store_id=None):
        """Remember a region, or a store; unknown ones change nothing.

        :return: dict ``label``, or ``error``
        """
        website = request.website
        if _is_id(store_id):
            store = self._stores().filtered(lambda s: s.id == store_id)
            if not store:
                return {"error": request.env._("This store takes no orders now.")}
            website._o2o_set_place(store=store)
        elif _is_id(region_id):
            region = request.env["o2o.region"].search([("id", "=", region_id)])
            if not region:
                return {"error": request.env._("We do not deliver there yet.")}
            website._o2o_set_place(region=region)
        return {"label": website._o2o_get_place_label()}

    @route(
        "/o2o/place/stock/<int:product_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
        readonly=True,
    )
    def place_stock(self, product_id, **_query):
        """The stock block of one product, as it is at this moment."""
        product = self._product(product_id)
        if not product:
            return request.not_found()
        website = request.website
        availability = website._o2o_get_availability(product)
        holds = request.env["o2o.member.hold"]
        user = request.env.user
        return self._render(
            "o2o_order.product_stock",
            {
                "product": product,
                "note": availability.get(product.sudo()),
                "elsewhere": website._o2o_list_elsewhere(product),
                "can_hold": holds._stock() is not None and not user._is_public(),
                "hold": (
                    holds
                    if user._is_public()
                    else holds._get_live(user.partner_id).filtered(
                        lambda hold: hold.product_id.id == product_id
                    )
                ),
            },
        )

    @route(
        "/o2o/hold/take",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def hold_take(self, product_id=None, store_id=None):
        """Keep one piece at a store for the member who is logged in.

        :return: dict ``error``, empty when it is kept
        """
        product = self._product(product_id)
        stores = self._stores().filtered(lambda store: store.id == store_id)
        if not product or not stores:
            return {"error": request.env._("This is not possible any more.")}
        try:
            with request.env.cr.savepoint():
                request.env["o2o.member.hold"]._take(
                    request.env.user.partner_id, product, stores
                )
        except UserError as refusal:
            return {"error": str(refusal)}
        return {"error": ""}

    @route(
        "/o2o/hold/release",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def hold_release(self, hold_id=None):
        """Give a piece back; those of others are not found."""
        self._own_hold(hold_id)._release(request.env._("Given back by the member"))
        return {"error": ""}

    @route(
        "/o2o/hold/buy/<int:hold_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def hold_buy(self, hold_id, **_post):
        """Buy what is kept: into the cart, collected at that store."""
        hold_sudo = self._own_hold(hold_id)
        if not hold_sudo:
            return request.redirect("/shop")
        request.website._o2o_set_place(store=hold_sudo.store_id)
        order_sudo = request.cart or request.website._create_cart()
        product = hold_sudo.product_id
        if product not in order_sudo.order_line.product_id:
            order_sudo._cart_add(product_id=product.id, quantity=1)
        method = order_sudo._get_delivery_methods().filtered(
            lambda method: method.delivery_type == "in_store"
        )[:1]
        if hold_sudo.store_id in order_sudo._o2o_get_pickup_stores(method):
            order_sudo._o2o_set_pickup(method, hold_sudo.store_id)
        return request.redirect("/o2o/checkout")

    # === helpers ===

    def _own_hold(self, hold_id):
        holds = request.env["o2o.member.hold"]
        return holds._get_live(request.env.user.partner_id).filtered(
            lambda hold: hold.id == hold_id
        )

    def _product(self, product_id):
        """A product that the visitor can see in the shop, or nothing."""
        if not _is_id(product_id):
            return request.env["product.product"]
        return request.env["product.product"].search(
            Domain("id", "=", product_id)
            & Domain(request.website.sale_product_domain())
        )

    def _stores(self, word=""):
        """Stores that visitors may choose, elevated."""
        stores = request.website._o2o_get_selling_stores().filtered(
            lambda store: not store.is_head_office
        )
        if word:
            stores = stores.filtered(
                lambda store: (
                    word in store.name or word in (store.region_id.complete_name or "")
                )
            )
        return stores

    def _render(self, template, values):
        response = request.render(template, values)
        response.headers["Cache-Control"] = "no-store"
        return response


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
