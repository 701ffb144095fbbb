from odoo import api, models
from odoo.exceptions import UserError

#: states of a sale that is through
PAID = ("paid", "done", "invoiced")


class PosPayment(models.Model):
    """What a terminal, a gateway or a wallet paid is not edited at a sale that is paid.

    Odoo lets cashiers correct the payments of a sale until its receipt is printed. That
    is right for cash that was entered as a bank transfer. It would part an electronic
    payment from its money: one that becomes cash is charged all the same, and cash that
    becomes one has no money behind it. So an electronic payment comes with its sale or
    not at all, stays with it, and keeps the number under which its money is known.
    """

    _inherit = "pos.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        # a sale of a till comes with all its payments at once
        is_new = self.env["pos.order"]._o2o_is_being_saved()
        payments.filtered(
            lambda payment: (
                payment._o2o_is_settled()
                and (not is_new or bool(payment.pos_order_id.payment_ids - payments))
            )
        )._o2o_refuse_edit()
        return payments

    def write(self, vals):
        edited = self.browse()
        if "payment_method_id" in vals or "amount" in vals:
            edited = self.filtered(lambda payment: payment._o2o_changes(vals))
            edited.filtered("payment_method_id.use_payment_terminal")._o2o_refuse_edit()
        moved = self.filtered(lambda payment: payment._o2o_moves(vals))
        moved.filtered(lambda payment: payment._o2o_is_settled())._o2o_refuse_edit()
        result = super().write(vals)
        moved.filtered(lambda payment: payment._o2o_is_settled())._o2o_refuse_edit()
        edited.filtered("payment_method_id.use_payment_terminal")._o2o_refuse_edit()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_o2o_settled(self):
        self.filtered(lambda payment: payment._o2o_is_settled())._o2o_refuse_edit()

    def _o2o_changes(self, vals):
        """Whether values change how much of a paid sale was paid how."""
        self.ensure_one()
        method_id = vals.get("payment_method_id", self.payment_method_id.id)
        amount = vals.get("amount", self.amount)
        return self.pos_order_id.state in PAID and (
            method_id != self.payment_method_id.id
            or self.currency_id.compare_amounts(amount, self.amount) != 0
        )

    def _o2o_moves(self, vals):
        """Whether values give it to another sale, or another number."""
        self.ensure_one()
        return (
            vals.get("pos_order_id", self.pos_order_id.id) != self.pos_order_id.id
            or vals.get("uuid", self.uuid) != self.uuid
        )

    def _o2o_is_settled(self):
        """Whether it is an electronic payment of a sale that is paid."""
        self.ensure_one()
        return (
            bool(self.payment_method_id.use_payment_terminal)
            and self.pos_order_id.state in PAID
        )

    def _o2o_refuse_edit(self):
        """:raise UserError: there is a payment among these"""
        if self:
            raise UserError(
                self.env._(
                    "What was paid electronically cannot be changed here. Refund the"
                    " sale, then sell again."
                )
            )
