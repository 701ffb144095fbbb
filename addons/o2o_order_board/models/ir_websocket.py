from odoo import models

from .o2o_order_board_live import CHANNEL


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """An open board names no store and no company: the server knows the rights."""
        if CHANNEL in channels:
            channels = [channel for channel in channels if channel != CHANNEL]
            channels.extend(self.env["o2o.order.board"]._get_bus_channels())
        return super()._build_bus_channel_list(channels)
