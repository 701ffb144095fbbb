from odoo import api, models
from odoo.tools.misc import format_amount

from odoo.addons.o2o_member.lib.contact import mask_mobile
from odoo.addons.o2o_pos_device.receipts.blocks import (
    barcode,
    cut,
    feed,
    heading,
    line,
    text,
)


class O2oReceipt(models.AbstractModel):
    _inherit = "o2o.receipt"

    @api.model
    def _build_ready_slip(self, fulfillment, store):
        """For the bag: where it waits and whose it is; never the code (idea 24)."""
        order = fulfillment._prepare_pos_dict()
        place = []
        if order["pickup_place"]:
            place = [text(order["pickup_place"], "center", True, "double")]
        phone = mask_mobile(order["partner_phone"]) if order["partner_phone"] else ""
        collect = []
        if order["is_cod"]:
            total = format_amount(
                self.env, order["amount_total"], fulfillment.currency_id
            )
            collect = [
                text(self.env._("To collect: %s", total), "center", True, "double")
            ]
        return [
            heading(self.env._("Pick-up in store")),
            *place,
            text(store.name, "center"),
            line(),
            text(self.env._("Order: %s", order["order_name"]), bold=True, size="tall"),
            *self._labelled(self.env._("Member"), order["partner_name"], "tall"),
            *self._labelled(self.env._("Phone"), phone),
            *self._labelled(
                self.env._("Comes at"), self._format_time(order["wanted_at"], store)
            ),
            *self._labelled(
                self.env._("Kept until"),
                self._format_time(order["collect_until"], store),
            ),
            line(),
            *self._plain_line_blocks(order),
            line(),
            *collect,
            *self._remark_blocks(order),
            line(),
            barcode(order["order_name"]),
            feed(2),
            cut(),
        ]

    @api.model
    def _get_pickup_blocks(self, order, store):
        """When the member comes, large, for the slip that is prepared first."""
        if not order.get("wanted_at"):
            return []
        moment = self._format_time(order["wanted_at"], store)
        return [text(self.env._("Comes at %s", moment), "center", True, "tall")]

    @api.model
    def _order_blocks(self, order, store, moment):
        return [
            *super()._order_blocks(order, store, moment),
            *self._get_pickup_blocks(order, store),
        ]
