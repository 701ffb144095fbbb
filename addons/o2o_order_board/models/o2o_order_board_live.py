"""Whoever looks at the board is told that something has changed, and nothing else."""

from odoo import api, models

#: what an open board asks to hear; the server says what it may hear of it
CHANNEL = "o2o_order_board"
MESSAGE = "O2O_BOARD_CHANGED"


class O2oOrderBoard(models.AbstractModel):
    _inherit = "o2o.order.board"

    @api.model
    def _get_bus_channels(self):
        """The channels this user may listen to: companies for head office, stores for
        their staff, nothing for anybody else."""
        user = self.env.user
        if self._is_head_office():
            return [(company, CHANNEL) for company in user.company_ids]
        if not user._is_internal() or not user.has_group(
            "point_of_sale.group_pos_user"
        ):
            return []
        stores = self.env["o2o.store"].search([("user_ids", "in", user.ids)])
        return [(store, CHANNEL) for store in stores]

    @api.model
    def _tell(self, stores, companies):
        """Wake the open boards, once in a transaction for each channel.

        The message says nothing: who is woken asks for the board, as what it is.

        :param o2o.store stores: where something has changed
        :param res.company companies: whose head office is told
        """
        told = self.env.cr.precommit.data.setdefault("o2o_order_board.told", set())
        for record in [*companies, *stores]:
            channel = (record._name, record.id)
            if channel not in told:
                told.add(channel)
                # sudo: anybody's order may change the board; no content is sent
                self.env["bus.bus"].sudo()._sendone((record, CHANNEL), MESSAGE, {})
