from odoo import api, models
from odoo.tools import SQL


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _o2o_book(self):
        """What was not in the books when a bill was compared is now."""
        result = super()._o2o_book()
        for intent in self.o2o_intent_ids.filtered("paid_fen"):
            intent._wake_bills()
        return result

    @api.model
    def _o2o_get_document_fields(self):
        """Names of the fields that tie a transaction to what it pays for. Hook for
        addons that sell something else; those that are not installed are left out."""
        return ["sale_order_ids", "invoice_ids", "o2o_wallet_topup_id"]

    @api.model
    def _o2o_get_document_sql(self):
        """Conditions on a transaction (alias ``tx``), one of which is true when
        something stands on it.

        :return: list of ``SQL``
        """
        conditions = []
        for name in self._o2o_get_document_fields():
            field = self._fields.get(name)
            if field is None:
                continue
            if field.type == "many2many":
                conditions.append(
                    SQL(
                        "EXISTS (SELECT FROM %s thing WHERE thing.%s = tx.id)",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column1),
                    )
                )
            else:
                conditions.append(SQL("tx.%s IS NOT NULL", SQL.identifier(name)))
        return conditions
