from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def message_post_with_source(self, source_ref, **kwargs):
        """A transfer of an online order names its order and its fulfillment in fields:
        the note "created from" is not written while a member waits."""
        if (
            self.env.context.get("o2o_lean")
            and source_ref == "mail.message_origin_link"
        ):
            return None
        return super().message_post_with_source(source_ref, **kwargs)
