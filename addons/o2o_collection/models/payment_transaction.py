from odoo import fields, models

from ..const import WAYS


class PaymentTransaction(models.Model):
    """Odoo's payment for what was taken at a door."""

    _inherit = "payment.transaction"

    o2o_collection_id = fields.Many2one(
        "o2o.collection",
        string="Collection at the door",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    o2o_door_way = fields.Selection(
        WAYS, string="Taken at the door by", readonly=True, copy=False
    )

    def _o2o_is_on_receipt(self):
        """What a courier took, or shows a code for, is no promise."""
        return not self.o2o_collection_id and super()._o2o_is_on_receipt()

    def _o2o_is_shown_at_door(self):
        """Whether it is a code of which nobody knows yet that it is paid."""
        return bool(self.o2o_collection_id) and self.state not in ("authorized", "done")

    def _create_payment(self, **extra_create_values):
        """Cash is with the courier, a slip waits for the bank: not at the provider."""
        self.ensure_one()
        if self.o2o_collection_id and self.o2o_door_way != "qr":
            line = self.company_id._o2o_get_door_line(self.o2o_door_way)
            if line:
                extra_create_values = {
                    "journal_id": line.journal_id.id,
                    "payment_method_line_id": line.id,
                    "company_id": self.company_id.id,
                    **extra_create_values,
                }
        return super()._create_payment(**extra_create_values)

    def _o2o_get_refundable_amount(self):
        """Cash that was given back from a drawer is not given back again."""
        left = super()._o2o_get_refundable_amount()
        return max(0.0, self.currency_id.round(left - self._o2o_get_drawer_amount()))

    def _o2o_get_price_part(self):
        """It was given back for goods, and is not owed anew."""
        part = super()._o2o_get_price_part() + self._o2o_get_drawer_amount()
        return min(self.amount, self.currency_id.round(part))

    def _o2o_get_drawer_amount(self):
        """What tills gave back of the cash of this payment, the first one first."""
        if self.o2o_door_way != "cash":
            return 0.0
        order = self.o2o_collection_id.order_id
        given = sum(
            order.o2o_return_ids.filtered(lambda it: it.route == "cash").mapped(
                "amount"
            )
        )
        for transaction in order._o2o_get_payments().sorted("id"):
            if transaction.o2o_door_way != "cash" or transaction.state != "done":
                continue
            part = min(given, transaction._o2o_get_unpromised_amount())
            if transaction == self:
                return part
            given -= part
        return 0.0
