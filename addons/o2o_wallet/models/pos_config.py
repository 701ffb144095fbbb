from odoo import models


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _o2o_is_for_wallet(self, order_uuid):
        return super()._o2o_is_for_wallet(order_uuid) or bool(
            order_uuid
            and self.env["o2o.wallet.topup"]
            .sudo()
            .search_count(
                [
                    ("pos_order_uuid", "=", order_uuid),
                    ("pos_config_id", "=", self.id),
                ],
                limit=1,
            )
        )
