from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import AccessError


class O2oWalletAdjust(models.TransientModel):
    """Put a balance right by hand, with a reason."""

    _name = "o2o.wallet.adjust"
    _description = "Adjust Wallet"

    wallet_id = fields.Many2one("o2o.wallet", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wallet_id.currency_id")
    current_principal = fields.Monetary(
        related="wallet_id.principal", string="Principal Now"
    )
    current_bonus = fields.Monetary(related="wallet_id.bonus", string="Bonus Now")
    principal = fields.Monetary(
        string="Change of Principal",
        help="Own money to add; a negative number takes money away.",
    )
    bonus = fields.Monetary(
        string="Change of Bonus",
        help="Bonus to add; a negative number takes bonus away.",
    )
    reason = fields.Char(required=True)
    # fixed when the dialog opens: a double click is one posting
    key = fields.Char(required=True, default=lambda self: f"adjust:{uuid4()}")

    def action_adjust(self):
        self.ensure_one()
        if not self.env.user.has_group("o2o_wallet.o2o_wallet_group_manager"):
            raise AccessError(self.env._("Only wallet managers adjust wallets."))
        # through the record rules: wallets of the user's companies only
        self.wallet_id.check_access("read")
        self.wallet_id._adjust(self.principal, self.bonus, self.key, self.reason)
        return {"type": "ir.actions.act_window_close"}
