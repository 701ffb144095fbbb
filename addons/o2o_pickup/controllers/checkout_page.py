from odoo.http import request

from odoo.addons.o2o_order.controllers.checkout_page import O2oCheckoutPage


class O2oPickupCheckout(O2oCheckoutPage):
    """A time to collect on the one page (SHOP-11); the server says which are free."""

    def _o2o_apply_choice(self, order_sudo, choices):
        result = super()._o2o_apply_choice(order_sudo, choices)
        if isinstance(value := choices.get("pickup_at"), str):
            order_sudo._o2o_page_slot(value[:32])
        return result

    def _o2o_find_problem(self, order_sudo, seen):
        """Full is said as such, before anything else that has changed."""
        if not order_sudo._o2o_is_slot_offered():
            taken = order_sudo._o2o_get_slot_text()
            return request.env._(
                "Somebody was faster: %s is full now. Please look at the next free time"
                " and submit again; your cart is unchanged.",
                taken,
            )
        return super()._o2o_find_problem(order_sudo, seen)
