"""Open online orders on the member card of the till (idea 10, POS-04)."""

from odoo import models
from odoo.fields import Domain

from ..const import OPEN_STATES

_ORDER_LIMIT = 10


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _o2o_till_card_values(self, config):
        return {
            **super()._o2o_till_card_values(config),
            "orders": self._o2o_till_orders(),
        }

    def _o2o_till_orders(self):
        """What this member still waits for, in any store: "which one has it?" is what
        they ask. Without addresses and phones: those are the serving store's."""
        fulfillments = self.env["o2o.fulfillment"].search(
            Domain("order_id.partner_id", "=", self.id)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("state", "in", [*OPEN_STATES, "shipped"]),
            order="id desc",
            limit=_ORDER_LIMIT,
        )
        kinds = dict(
            fulfillments._fields["delivery_kind"]._description_selection(self.env)
        )
        states = dict(fulfillments._fields["state"]._description_selection(self.env))
        return [
            {
                "id": fulfillment.id,
                "name": fulfillment.order_id.name,
                "kind": kinds[fulfillment.delivery_kind],
                "state": states[fulfillment.state],
                "store": fulfillment.store_id.name or "",
            }
            for fulfillment in fulfillments
        ]
