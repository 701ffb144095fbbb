from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_get_wechat_intents(self):
        """The payments of this order of which WeChat wants to know what was shipped."""
        self.ensure_one()
        return self._o2o_get_payments().o2o_intent_ids.filtered(
            lambda it: (
                it.state == "paid"
                and it.provider_id.code == "o2o_wechat"
                and it.provider_id.o2o_wechat_tells_shipping
            )
        )

    def _o2o_has_all_left(self):
        """Whether no living part of the order is still in a store."""
        self.ensure_one()
        return all(part._o2o_has_left() for part in self.o2o_fulfillment_ids)
