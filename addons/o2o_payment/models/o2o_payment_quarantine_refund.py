from odoo import api, fields, models


class O2oPaymentQuarantine(models.Model):
    """Refunds that reached nobody: sent elsewhere, or paid by hand."""

    _inherit = "o2o.payment.quarantine"

    state = fields.Selection(
        selection_add=[
            ("redirected", "Sent to the shop's account"),
            ("by_hand", "Paid by hand"),
        ],
        ondelete={"redirected": "cascade", "by_hand": "cascade"},
    )
    refund_id = fields.Many2one(
        "o2o.payment.refund",
        compute="_compute_refund_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    can_redirect = fields.Boolean(compute="_compute_can_settle_refund")
    can_pay_by_hand = fields.Boolean(compute="_compute_can_settle_refund")

    @api.depends("key", "kind")
    def _compute_refund_id(self):
        """Keys of refunds begin with their number."""
        refunds = self.filtered(lambda it: it.kind == "refund_abnormal")
        numbers = {row: row.key.partition("/")[0] for row in refunds}
        found = self.env["o2o.payment.refund"].search(
            [("refund_no", "in", list(numbers.values()))]
        )
        by_number = {refund.refund_no: refund for refund in found}
        for row in self:
            row.refund_id = by_number.get(numbers.get(row))

    @api.depends("state", "refund_id.state")
    def _compute_can_settle_refund(self):
        for row in self:
            refund = row.refund_id
            is_open = row.state == "open" and bool(refund)
            row.can_redirect = is_open and refund._can_redirect()
            row.can_pay_by_hand = is_open and refund._can_pay_by_hand()

    def _get_possible_decisions(self):
        self.invalidate_recordset(["can_redirect", "can_pay_by_hand"])
        possible = super()._get_possible_decisions()
        if self.can_redirect:
            possible.add("redirected")
        if self.can_pay_by_hand:
            possible.add("by_hand")
        return possible

    def _settle_redirected(self, reason):
        self.refund_id._redirect()

    def _settle_by_hand(self, reason):
        self.refund_id._settle_by_hand(reason.strip())
