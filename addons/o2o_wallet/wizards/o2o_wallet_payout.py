from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class O2oWalletPayout(models.TransientModel):
    """Give own money back to the member: by the payment of a top-up, or by hand."""

    _name = "o2o.wallet.payout"
    _description = "Pay Out Wallet"

    wallet_id = fields.Many2one("o2o.wallet", required=True, ondelete="cascade")
    topup_id = fields.Many2one(
        "o2o.wallet.topup",
        string="Top-up to Refund",
        domain="[('partner_id', '=', partner_id),"
        " ('state', 'in', ('done', 'problem'))]",
        ondelete="cascade",
        help="The money goes back to where it came from. What was paid at a till, or "
        "by a provider without refunds, you pay out by hand. Empty: you have paid out "
        "by hand what is of no top-up, for example to a member who leaves.",
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id")
    currency_id = fields.Many2one(related="wallet_id.currency_id")
    amount = fields.Monetary(required=True)
    reason = fields.Char(required=True)
    # fixed when the dialog opens: a double click is one payment
    key = fields.Char(required=True, default=lambda self: f"payout:{uuid4()}")

    @api.model
    def default_get(self, fields_list):
        """Opened from a top-up it is about that one."""
        values = super().default_get(fields_list)
        if topup_id := values.get("topup_id"):
            topup = self.env["o2o.wallet.topup"].browse(topup_id)
            wallet = self.env["o2o.wallet"].with_company(topup.company_id)
            values["wallet_id"] = wallet._of(topup.partner_id).id
            values["amount"] = topup.amount - topup.refunded_amount
        return values

    def action_pay_out(self):
        self.ensure_one()
        if not self.env.user.has_group("o2o_wallet.o2o_wallet_group_manager"):
            raise AccessError(self.env._("Only wallet managers pay out wallets."))
        # through the record rules: wallets of the user's companies only
        self.wallet_id.check_access("read")
        if not self.reason.strip():
            raise UserError(self.env._("Please write down the reason."))
        if self.topup_id:
            self.topup_id.check_access("read")
            self.topup_id._refund(self.amount, self.reason.strip(), once=self.key)
        else:
            self.wallet_id._pay_out_by_hand(
                self.amount, self.key, reason=self.reason.strip()
            )
        return {"type": "ir.actions.act_window_close"}
