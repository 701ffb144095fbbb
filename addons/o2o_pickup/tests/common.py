import json

from odoo.fields import Command

from odoo.addons.o2o_order.tests.common import O2oOrderCase


class PickupCase(O2oOrderCase):
    """The small chain, and a member who fetches the goods in the near store."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()
        cls.pickup = cls._create_pickup_method()
        cls.on_site = cls.env["payment.provider"].search(
            [("custom_mode", "=", "on_site")], limit=1
        )
        cls.on_site.write({"state": "enabled", "is_published": True})
        cls.on_site.payment_method_ids.active = True

    @classmethod
    def _speak_english(cls):
        """What pages and messages say is compared in one language."""
        english = cls.env["res.lang"]._activate_lang("en_US")
        cls.website.language_ids |= english
        cls.website.default_lang_id = english

    @classmethod
    def _create_member(cls, login, phone):
        member = super()._create_member(login, phone)
        member.partner_id.lang = "en_US"
        return member

    @classmethod
    def _create_pickup_method(cls):
        method = cls.env["delivery.carrier"].create(
            {
                "name": "Pick up",
                "delivery_type": "in_store",
                "product_id": cls.carrier.product_id.id,
            }
        )
        # Odoo gives a new one all warehouses, whatever is asked for
        method.warehouse_ids = (cls.near | cls.far).warehouse_id
        method.is_published = True
        return method

    @classmethod
    def _create_pickup_cart(cls, store=None, lines=None, member=None):
        cart = cls._create_cart(lines, member=member, carrier=cls.pickup)
        data = (store or cls.near)._prepare_pickup_data()
        cart._set_pickup_location(json.dumps(data))
        cart._o2o_prefill_slot()
        return cart

    @classmethod
    def _submit_cart(cls, cart, provider=None, state="pending"):
        """What the checkout does: a payment, which holds goods and time."""
        provider = provider or cls.on_site
        method = provider.payment_method_ids[:1] or cls.env["payment.method"].search(
            [], limit=1
        )
        return cls.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": cart.amount_total,
                "currency_id": cart.currency_id.id,
                "partner_id": cart.partner_id.id,
                "operation": "online_redirect",
                "sale_order_ids": [Command.set(cart.ids)],
                "reference": f"PICKUP-{cart.id}",
                "state": state,
            }
        )

    @classmethod
    def _place_pickup(cls, store=None, lines=None, member=None):
        """A submitted pick-up order; returns its fulfillment."""
        cart = cls._create_pickup_cart(store, lines, member)
        cls._submit_cart(cart)
        cart.action_confirm()
        return cart.o2o_fulfillment_ids

    def _place_ready(self, place="B-12", **kwargs):
        fulfillment = self._place_pickup(**kwargs)
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ready", place=place)
        return fulfillment

    def _find(self, code, user=None, store=None):
        """Type a code at a till, as the cashier would."""
        store = store or self.near
        return (
            self.env["o2o.fulfillment"]
            .with_user(user or self.cashier)
            .pos_pickup_find(self._till(store).id, code)
        )

    def _get_bookings(self, order):
        return self.env["o2o.pickup.booking"].search(
            [("order_id", "=", order.id), ("state", "=", "taken")]
        )

    def _kinds(self, fulfillment):
        return fulfillment.event_ids.mapped("kind")

    def _texts(self):
        return "\n".join(self.env["o2o.message"].search([]).mapped("body"))
