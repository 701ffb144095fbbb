"""What only the server says about an order; forms and RPC cannot."""

from odoo import api, models
from odoo.exceptions import AccessError

#: written by methods of the suite, elevated, after their own checks
SERVER_FIELDS = frozenset(
    (
        "o2o_cancel_note",
        "o2o_cancel_reason",
        "o2o_cancelled_at",
        "o2o_cart_again_id",
        "o2o_checkout_key",
        "o2o_hold_decision_id",
        "o2o_payment_state",
        "o2o_review_state",
        "o2o_snapshot",
        "o2o_stage",
        "o2o_state",
    )
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model
    def _o2o_get_closed_fields(self):
        """The server's, from the context or from a user's own defaults neither."""
        closed = super()._o2o_get_closed_fields() | SERVER_FIELDS | {"active"}
        if self._o2o_is_created_for_user():
            closed |= {"locked", "state"}
        return closed

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._o2o_refuse_server_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._o2o_refuse_server_fields(vals)
        return super().write(vals)

    @api.model
    def _o2o_refuse_server_fields(self, vals):
        """:raise AccessError: a person claims what only the server knows"""
        claimed = SERVER_FIELDS & vals.keys()
        # an archived order has a snapshot and a log: see "Delete"
        if vals.get("active") is False:
            claimed |= {"active"}
        if not claimed or self.env.su:
            return
        raise AccessError(
            self.env._(
                "This cannot be set by hand: %s. Use the buttons of the order.",
                ", ".join(sorted(claimed)),
            )
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model
    def _o2o_get_closed_fields(self):
        """Who only shops names no price."""
        closed = super()._o2o_get_closed_fields()
        if self._o2o_is_created_for_user():
            closed |= {"discount", "price_unit"}
        return closed
