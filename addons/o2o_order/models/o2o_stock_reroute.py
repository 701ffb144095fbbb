"""A till sold what an online order was promised: the order finds another store."""

from odoo import api, models
from odoo.fields import Domain

from ..const import OPEN_STATES


class O2oStock(models.AbstractModel):
    _inherit = "o2o.stock"

    @api.model
    def _o2o_on_promise_broken(self, product, warehouse, quantity):
        broken = super()._o2o_on_promise_broken(product, warehouse, quantity)
        for fulfillment_sudo in self._get_unserved(product, warehouse):
            broken.append(fulfillment_sudo.order_id.name)
            fulfillment_sudo._lose_goods(
                self.env._("%s was sold at the till", product.display_name)
            )
        return broken

    @api.model
    def _break_reservation(self, line_sudo):
        fulfillment_sudo = line_sudo.move_id.o2o_fulfillment_id
        if not fulfillment_sudo or not fulfillment_sudo._is_open():
            return super()._break_reservation(line_sudo)
        return fulfillment_sudo._lose_goods(
            self.env._("%s was sold at the till", line_sudo.product_id.display_name)
        )

    @api.model
    def _get_unserved(self, product, warehouse):
        """Fulfillments whose reservation Odoo took away for goods already gone.

        Head office is left out: it takes what no store has, reserved or not.
        """
        moves_sudo = (
            self.env["stock.move"]
            .sudo()
            .search(
                Domain("product_id", "=", product.id)
                & Domain("location_id.warehouse_id", "=", warehouse.id)
                & Domain("state", "in", ("confirmed", "partially_available"))
                & Domain("o2o_fulfillment_id.state", "in", OPEN_STATES)
                & Domain("o2o_fulfillment_id.store_id.is_head_office", "=", False),
                order="id desc",
            )
        )
        # what is short by agreement with the member has lost nothing
        return moves_sudo.o2o_fulfillment_id.filtered(
            lambda it: (
                not it.choice_ids.filtered(
                    lambda choice: choice.state == "open" or choice.answer == "wait"
                )
            )
        )

    # === ORDERS THAT WAIT WITHOUT A STORE === #

    @api.model
    def _is_owed(self, hold):
        """What an order waits with stays promised as long as it waits."""
        if hold.res_model != "o2o.fulfillment":
            return super()._is_owed(hold)
        owner_sudo = self._get_owner(hold.sudo())
        return bool(owner_sudo) and owner_sudo._is_waiting_key(hold.key)

    @api.model
    def _break_hold(self, hold_sudo):
        """Goods of an order that waits went away: it waits with those of another store,
        or head office hears of it."""
        if hold_sudo.res_model != "o2o.fulfillment":
            return super()._break_hold(hold_sudo)
        owner_sudo = self._get_owner(hold_sudo)
        if not owner_sudo or not owner_sudo._is_waiting_key(hold_sudo.key):
            return self._release(hold_sudo.key, self.env._("The goods went away"))
        if owner_sudo._hold_goods():
            owner_sudo.order_id._o2o_raise_problem(
                "other",
                self.env._(
                    "The goods held for this order went away, and no store has them."
                ),
                fulfillment=owner_sudo,
            )
        return None
