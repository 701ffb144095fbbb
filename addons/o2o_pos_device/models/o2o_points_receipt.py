from odoo import api, models

from ..receipts.blocks import cut, feed, heading, line, text


class O2oReceipt(models.AbstractModel):
    _inherit = "o2o.receipt"

    @api.model
    def _build_points_slip(self, operation, store):
        """Points added or deducted by hand (PTS-08)."""
        slip = operation._prepare_till_dict()
        is_added = slip["points"] > 0
        title = (
            self.env._("Points added") if is_added else self.env._("Points deducted")
        )
        labelled = [
            (self.env._("No."), slip["number"]),
            (self.env._("Time"), self._format_time(slip["date"], store)),
            (self.env._("Member"), f"{slip['partner_name']} {slip['phone']}".strip()),
            (self.env._("Card"), slip["card_number"]),
        ]
        details = [
            (self.env._("Points now"), str(slip["balance"])),
            (self.env._("Reason"), slip["reason"]),
            (self.env._("Remark"), slip["note"]),
            (self.env._("Till"), slip["till"]),
            (self.env._("Cashier"), slip["cashier"]),
            (self.env._("Approved by"), slip["supervisor"]),
        ]
        return [
            heading(title),
            text(store.name, "center"),
            line(),
            *self._labelled_lines(labelled),
            text(f"{slip['points']:+d}", "center", True, "double"),
            *self._labelled_lines(details),
            feed(1),
            text(self.env._("Signature: ____________________")),
            line(),
            feed(2),
            cut(),
        ]

    @api.model
    def _labelled_lines(self, pairs):
        return [
            block for label, value in pairs for block in self._labelled(label, value)
        ]
