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

    def _o2o_note_unconfirmed(self, error):
        result = super()._o2o_note_unconfirmed(error)
        self._o2o_ensure_paid_order_lives()
        return result

    def _o2o_report_paid_twice(self):
        """Paid at a till while its payment page was open: somebody gives money back."""
        for order in self:
            # sudo: asked for by members' payments and by tills
            at_till = order.sudo()._o2o_get_paid_at_till()
            online = order._o2o_get_kept()
            over = order.sudo()._o2o_get_surplus()
            if (
                not at_till
                or not online
                or order.currency_id.compare_amounts(over, 0) <= 0
            ):
                continue
            order._o2o_raise_problem(
                "payment",
                self.env._(
                    "Paid twice: %(till)s at a till and %(online)s online. Give back"
                    " %(over)s.",
                    till=order.currency_id.format(at_till),
                    online=order.currency_id.format(online),
                    over=order.currency_id.format(over),
                ),
            )

    def _o2o_get_paid_at_till(self):
        """What tills took for goods and deposits of this order, less what they gave
        back."""
        self.ensure_one()
        lines = self.pos_order_line_ids
        return sum(
            line.price_subtotal_incl
            for line in lines | lines.refund_orderline_ids
            if line.order_id.state in ("paid", "done")
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
