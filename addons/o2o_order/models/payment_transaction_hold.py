from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _o2o_get_patience(self):
        """An order waits as long as its goods are held: less for who never pays."""
        patience = super()._o2o_get_patience()
        order = self.sale_order_ids[:1]
        if not patience or not order or self._o2o_is_slow():
            return patience
        # sudo: paid by members, who read no holds
        stock_sudo = self.env["o2o.stock"].sudo()
        end = stock_sudo._get_end(order._o2o_get_hold_key())
        return min(patience, end - fields.Datetime.now()) if end else patience

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
