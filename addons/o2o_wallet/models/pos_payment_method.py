from odoo import api, models
from odoo.exceptions import ValidationError

from ..const import POS_TERMINAL


class PosPaymentMethod(models.Model):
    """Member wallet as a way to pay at the till (PAY-05): a tender, no discount."""

    _inherit = "pos.payment.method"

    def _get_payment_terminal_selection(self):
        return [
            *super()._get_payment_terminal_selection(),
            (POS_TERMINAL, self.env._("Member wallet")),
        ]

    def _o2o_needs_proof(self):
        return super()._o2o_needs_proof() or self.use_payment_terminal == POS_TERMINAL

    @api.constrains("use_payment_terminal", "journal_id")
    def _o2o_check_wallet_journal(self):
        for method in self:
            if (
                method.use_payment_terminal == POS_TERMINAL
                and method.journal_id.type != "bank"
            ):
                raise ValidationError(
                    self.env._(
                        "A wallet is paid through a bank journal, whose outstanding "
                        "account is what you owe your members."
                    )
                )
