from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: kinds whose case is about a refund
_REFUND_KINDS = ("refund_abnormal", "refund_at_shop", "refund_after_all")


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
        refunds = self.filtered(lambda it: it.kind in _REFUND_KINDS)
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
            row.can_redirect = (
                is_open and row.kind == "refund_abnormal" and refund._can_redirect()
            )
            row.can_pay_by_hand = (
                is_open and row.kind != "refund_after_all" and refund._can_pay_by_hand()
            )

    def _get_possible_decisions(self):
        self.invalidate_recordset(["can_redirect", "can_pay_by_hand"])
        possible = super()._get_possible_decisions()
        if self.can_redirect:
            possible.add("redirected")
        if self.can_pay_by_hand:
            possible.add("by_hand")
        return possible

    def _decide(self, decision, reason):
        """Money that is owed to a payer is not noted away.

        :raise UserError: also for that
        """
        if decision == "ignored" and self.sudo().kind == "refund_at_shop":
            raise UserError(
                self.env._("This money is owed to the payer: pay it by hand.")
            )
        return super()._decide(decision, reason)

    @api.model
    def _note_refund_found(self, payment, refund):
        """A refund of a till and its sale have found each other.

        :param pos.payment payment: of the refund, below zero
        :param o2o.payment.refund refund: its money
        """
        keys = (f"pos.payment/{payment.id}", f"{refund.refund_no}/no_sale")
        self._close_found(
            Domain("key", "in", keys),
            self.env._("The money and its sale have been found."),
        )

    def _settle_redirected(self, reason):
        self.refund_id._redirect()

    def _settle_by_hand(self, reason):
        self.refund_id._settle_by_hand(reason.strip())
