from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

#: longest remark a slip has room for
NOTE_LENGTH = 200


class O2oCheckout(WebsiteSale):
    """The member chooses the region to be served in and leaves a remark (SHOP-04)."""

    def _get_mandatory_billing_address_fields(self, country_sudo):
        fields = super()._get_mandatory_billing_address_fields(country_sudo)
        return self._o2o_drop_unused_fields(fields, country_sudo)

    def _get_mandatory_delivery_address_fields(self, country_sudo):
        fields = super()._get_mandatory_delivery_address_fields(country_sudo)
        return self._o2o_drop_unused_fields(fields, country_sudo)

    def _get_mandatory_address_fields(self, country_sudo):
        fields = super()._get_mandatory_address_fields(country_sudo)
        return self._o2o_drop_unused_fields(fields, country_sudo)

    def _o2o_drop_unused_fields(self, fields, country_sudo):
        """In China the phone finds a person: no e-mail, no post code (SHOP-05)."""
        if country_sudo.code != "CN":
            return fields
        return fields - {"email", "zip"}

    def _get_shop_payment_values(self, order, **kwargs):
        values = super()._get_shop_payment_values(order, **kwargs)
        values["o2o_regions"] = request.env["o2o.region"].search(
            [("child_ids", "=", False)]
        )
        return values

    def _get_shop_payment_errors(self, order):
        """Say that the region lacks the goods before the member tries to pay."""
        errors = super()._get_shop_payment_errors(order)
        if message := order._o2o_get_shortage_message():
            errors.append((request.env._("Not enough stock in your region"), message))
        return errors

    @route(
        "/o2o/order/checkout",
        type="jsonrpc",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def o2o_order_checkout(self, region_id=None, note=None):
        """Keep the region and the remark on the visitor's own cart.

        :param int region_id: ``o2o.region`` id; unknown ids change nothing
        :param str note: remark, cut to :data:`NOTE_LENGTH` characters
        """
        order_sudo = request.cart
        if not order_sudo:
            return {"error": request.env._("Your cart is empty.")}
        if isinstance(region_id, int):
            region = request.env["o2o.region"].search([("id", "=", region_id)])
            if region:
                order_sudo.o2o_region_id = region
                # the public user's contact is everybody's
                if not order_sudo._is_anonymous_cart():
                    order_sudo.partner_shipping_id.o2o_region_id = region
        if isinstance(note, str):
            order_sudo.o2o_note = note.strip()[:NOTE_LENGTH]
        return {"error": ""}
