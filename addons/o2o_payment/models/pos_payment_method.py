from odoo import models

from ..const import CODE_TERMINAL


class PosPaymentMethod(models.Model):
    """The code on a customer's phone, whichever of the gateways it is of."""

    _inherit = "pos.payment.method"

    def _get_payment_terminal_selection(self):
        return [
            *super()._get_payment_terminal_selection(),
            (CODE_TERMINAL, self.env._("Customer's payment code")),
        ]

    def _o2o_needs_proof(self):
        return super()._o2o_needs_proof() or self.use_payment_terminal == CODE_TERMINAL
