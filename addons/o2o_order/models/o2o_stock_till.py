from odoo import api, models
from odoo.fields import Domain


class O2oStockTill(models.AbstractModel):
    _inherit = "o2o.stock.till"

    @api.model
    def _get_warehouse_sudo(self, config_id):
        """Of the tills of stores only for their own staff."""
        warehouse_sudo = super()._get_warehouse_sudo(config_id)
        self.env["o2o.fulfillment"]._get_pos_store_sudo(config_id)
        return warehouse_sudo

    @api.model
    def _lengthen_settled(self, settled_sudo, until):
        """An order does not end for want of payment while it is paid for at a till."""
        result = super()._lengthen_settled(settled_sudo, until)
        timers_sudo = self.env["o2o.timer"].sudo()
        due = timers_sudo.search(
            Domain("kind", "=", "unpaid")
            & Domain("state", "=", "waiting")
            & Domain("order_id", "in", settled_sudo.order_id.ids)
            & Domain("due_at", "<", until)
        )
        for order in due.order_id:
            timers_sudo._set("unpaid", order, until)
        return result
