from odoo import models
from odoo.fields import Domain

from ..const import OPEN_STATES


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class ResPartner(models.Model):
    _inherit = "res.partner"

    def _o2o_deletion_obstacles(self):
        """Goods on their way need a name and an address."""
        obstacles = super()._o2o_deletion_obstacles()
        # sudo: the names of this member's own orders, in all companies
        fulfillments_sudo = (
            self.env["o2o.fulfillment"]
            .sudo()
            .search(
                Domain("order_id.partner_id", "child_of", self.id)
                & Domain("state", "in", [*OPEN_STATES, "shipped"]),
                order="id",
            )
        )
        for order in fulfillments_sudo.order_id:
            obstacles.append(
                self.env._(
                    "Order %s is not finished. Wait for it, or cancel it.", order.name
                )
            )
        return obstacles
