from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _o2o_get_due_at(self, started_at):
        """An order waits as long as its goods are held: less for who never pays."""
        due_at = super()._o2o_get_due_at(started_at)
        order = self.sale_order_ids[:1]
        if not due_at or not order or self._o2o_is_slow():
            return due_at
        # sudo: paid by members, who read no holds
        end = self.env["o2o.stock"].sudo()._get_end(order._o2o_get_hold_key())
        return min(due_at, end) if end else due_at

    def _o2o_start_clock(self):
        """Who pays by bank transfer has days: the goods are held until then."""
        result = super()._o2o_start_clock()
        patience = self._o2o_get_patience() if self._o2o_is_slow() else None
        if patience:
            for order in self.sale_order_ids:
                self.env["o2o.stock"].sudo()._extend(
                    order._o2o_get_hold_key(), fields.Datetime.now() + patience
                )
        return result

    def _o2o_is_slow(self):
        self.ensure_one()
        return self.sudo().provider_id.custom_mode == "wire_transfer"
