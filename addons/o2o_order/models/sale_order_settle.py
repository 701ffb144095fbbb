from odoo import models
from odoo.exceptions import UserError

from ..const import DEAD_STATES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_is_with_a_store(self):
        """Whether a store prepares this order, has handed it over, or will be asked to
        as soon as head office has looked at it."""
        self.ensure_one()
        return self.o2o_review_state == "to_review" or bool(
            self.o2o_state and self.o2o_state not in DEAD_STATES
        )

    def load_sale_order_from_pos(self, config_id):
        """An order that a store prepares is handed over from the online orders.

        Settled as a sale of the till its goods would leave a second time, and the store
        would go on preparing them.

        :raise UserError: where to find the order
        """
        self.check_access("read")
        for order in self.sudo():  # a till need not see the parts of the order
            if order._o2o_is_with_a_store():
                raise UserError(
                    self.env._(
                        "%s is an online order. Please hand it over, and take the"
                        " money for it, under “Online orders”.",
                        order.name,
                    )
                )
        return super().load_sale_order_from_pos(config_id)
