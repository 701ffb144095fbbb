from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_is_again(self):
        """Whether this line can be bought again by who looks at it now."""
        self.ensure_one()
        return (
            self._o2o_is_goods()
            and not self.combo_item_id
            and self.product_id.type != "combo"
            and self.product_uom_qty >= 1
            and self.with_user(self.env.user).sudo()._is_reorder_allowed()
        )
