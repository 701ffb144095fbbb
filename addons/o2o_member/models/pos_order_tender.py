from odoo import models


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _o2o_get_refunds(self):
        """The paid orders that give back lines of this one."""
        return self.lines.refund_orderline_ids.order_id.filtered(
            lambda order: order.state in ("paid", "done")
        )

    def _o2o_get_tenders(self):
        """How this sale was paid: payments that go back together, change included.

        :return: list of ``pos.payment`` recordsets, each of one method
        """
        self.ensure_one()
        payments = self.payment_ids.sorted("id")
        own = payments.filtered(lambda it: it.amount > 0 and it._o2o_is_own_tender())
        rest = (payments - own).grouped("payment_method_id").values()
        tenders = [*own, *rest]
        return [it for it in tenders if sum(it.mapped("amount")) > 0]
