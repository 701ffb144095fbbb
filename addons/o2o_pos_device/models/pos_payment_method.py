from odoo import models

from ..const import PAYMENT_TERMINAL


class PosPaymentMethod(models.Model):
    """Bank cards, charged by the terminal of the till that asks (UPAY-01, POS-12)."""

    _inherit = "pos.payment.method"

    def _get_payment_terminal_selection(self):
        return [
            *super()._get_payment_terminal_selection(),
            (PAYMENT_TERMINAL, self.env._("O2O bank card terminal")),
        ]

    def _o2o_needs_proof(self):
        return (
            super()._o2o_needs_proof() or self.use_payment_terminal == PAYMENT_TERMINAL
        )
