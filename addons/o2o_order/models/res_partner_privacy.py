from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import OPEN_STATES


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

    def _o2o_anonymise(self):
        """The copies that orders keep of a person go as well: snapshots, the log of
        changed addresses, answers that tills may ask for again."""
        self.ensure_one()
        # the consignee stands in these rows as text, and the log refuses the ORM
        self.env.flush_all()
        for query in (
            """
            UPDATE sale_order
               SET o2o_snapshot = o2o_snapshot - 'member' - 'phone' - 'consignee'
                                  - 'remark'
             WHERE o2o_snapshot IS NOT NULL
               AND (partner_id = %(id)s OR partner_shipping_id = %(id)s)
            """,
            """
            UPDATE o2o_order_change AS change
               SET old_value = '', new_value = ''
              FROM sale_order AS sale
             WHERE sale.id = change.order_id
               AND sale.partner_id = %(id)s
               AND change.kind = 'address'
            """,
            """
            UPDATE o2o_till_action AS action
               SET answer = jsonb_build_object('status', action.answer -> 'status')
              FROM o2o_fulfillment AS fulfillment
             WHERE fulfillment.id = action.fulfillment_id
               AND fulfillment.partner_id = %(id)s
               AND action.answer IS NOT NULL
            """,
        ):
            self.env.cr.execute(SQL(query, id=self.id))
        self.env.invalidate_all()
        return super()._o2o_anonymise()
