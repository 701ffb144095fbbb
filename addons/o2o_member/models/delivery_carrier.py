from odoo import models
from odoo.tools import format_amount


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    def rate_shipment(self, order):
        """MEM-06: free delivery for the level of the buyer, from its amount on."""
        result = super().rate_shipment(order)
        partner = order.partner_id.with_company(order.company_id)
        level_sudo = partner._o2o_level()
        if (
            not result.get("success")
            or not result.get("price")
            or not level_sudo.has_free_delivery
        ):
            return result
        amount = self._compute_currency(
            order,
            order._compute_amount_total_without_delivery(),
            "pricelist_to_company",
        )
        currency = order.company_id.currency_id
        if currency.compare_amounts(amount, level_sudo.free_delivery_over) >= 0:
            result["price"] = 0.0
            result["warning_message"] = self.env._(
                "Delivery is free for %(level)s members from %(amount)s.",
                level=level_sudo.name,
                amount=format_amount(self.env, level_sudo.free_delivery_over, currency),
            )
        return result
