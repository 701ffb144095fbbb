from odoo import api, models
from odoo.exceptions import UserError

from .pos_payment_guard import PAID

#: context key: a till's sale is being saved. The value is this very object, which no
#: request can send.
_KEY = "o2o_sale_is_saved"
_SAVED = object()


class PosOrder(models.Model):
    """Odoo saves the sales that tills send, and looks there for the money behind their
    electronic payments. Whoever may write sales can also call them paid by writing a
    state: with such payments that is refused, because nobody would look (FAULT-54).
    """

    _inherit = "pos.order"

    def _process_order(self, order, existing_order):
        return super(PosOrder, self._o2o_saving())._process_order(order, existing_order)

    def _process_saved_order(self, draft):
        return super(PosOrder, self._o2o_saving())._process_saved_order(draft)

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._o2o_refuse_unproven()
        return orders

    def write(self, vals):
        unpaid = self.browse()
        if vals.get("state") in PAID:
            unpaid = self.filtered(lambda order: order.state not in PAID)
        result = super().write(vals)
        unpaid._o2o_refuse_unproven()
        return result

    def _o2o_saving(self):
        return self.with_context(**{_KEY: _SAVED})

    def _o2o_is_being_saved(self):
        """Whether this is part of saving what a till has sent."""
        return self.env.context.get(_KEY) is _SAVED

    def _o2o_refuse_unproven(self):
        """:raise UserError: one is paid electronically, nobody looks for the money"""
        if self._o2o_is_being_saved():
            return
        payments = self.filtered(lambda order: order.state in PAID).payment_ids
        if any(method._o2o_needs_proof() for method in payments.payment_method_id):
            raise UserError(
                self.env._(
                    "A sale that was paid electronically is finished at its till only."
                )
            )
