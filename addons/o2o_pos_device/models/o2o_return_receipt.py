from odoo import api, models
from odoo.tools.misc import format_amount

from ..receipts.blocks import barcode, cut, feed, heading, line, row, text


class O2oReceipt(models.AbstractModel):
    _inherit = "o2o.receipt"

    @api.model
    def _build_return_slip(self, refund, store):
        """What the customer brought back, and what for (POS-07)."""
        slip = refund._prepare_pos_dict()
        amount = format_amount(self.env, slip["amount"], refund.currency_id)
        money = []
        if slip["amount"]:
            money = [
                text(self.env._("Back: %s", amount), "center", True, "double"),
                *self._labelled(slip["route_label"], slip["state_label"]),
            ]
        return [
            heading(self.env._("Return slip")),
            text(store.name, "center"),
            line(),
            text(self.env._("Order: %s", slip["order_name"]), bold=True, size="tall"),
            *self._labelled(self.env._("No."), slip["name"]),
            *self._labelled(self.env._("Time"), self._format_time(slip["at"], store)),
            line(),
            *[
                block
                for item in slip["lines"]
                for block in (
                    text(item["name"]),
                    row(
                        [
                            (f"x {item['quantity']:g}", 1, "left"),
                            (f"{item['amount']:.2f}", 1, "right"),
                        ]
                    ),
                )
            ],
            line(),
            *money,
            *self._labelled(
                self.env._("Points given back"), str(slip["points_back"] or "")
            ),
            *self._labelled(
                self.env._("Points taken back"), str(slip["points_taken"] or "")
            ),
            *self._labelled(self.env._("Reason"), slip["reason"]),
            *self._labelled(self.env._("Cashier"), slip["cashier"]),
            *self._labelled(self.env._("Approved by"), slip["supervisor"]),
            feed(1),
            text(self.env._("Signature: ____________________")),
            line(),
            barcode(slip["name"]),
            feed(2),
            cut(),
        ]
