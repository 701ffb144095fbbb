from odoo import models
from odoo.exceptions import UserError

from ..const import is_till_sync


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        """A quotation that a till settles may lack its points, a coupon or a product.

        The money is in the drawer. Refused, the sale would wait unsent in the till for
        ever: it comes in, the quotation stays one, and a person looks after it.
        """
        if not is_till_sync(self.env):
            return super().action_confirm()
        for order in self:
            try:
                with self.env.cr.savepoint():
                    super(SaleOrder, order).action_confirm()
            except UserError as error:
                order.invalidate_recordset()
                order._o2o_note_unconfirmed(error)
        return True

    def _o2o_note_unconfirmed(self, error):
        """Hook: a till has sold of this order, which could not be confirmed."""
        self.ensure_one()
        # sudo: whoever works at the till
        self.sudo()._o2o_note_paid(self.env._("Paid, but not confirmed"), error)
