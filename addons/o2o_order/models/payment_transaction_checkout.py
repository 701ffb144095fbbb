from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _log_message_on_linked_documents(self, message):
        """The one-page checkout writes no message about what the transaction itself
        says; every later change of it is told as ever."""
        if self.env.context.get("o2o_lean"):
            return None
        return super()._log_message_on_linked_documents(message)
