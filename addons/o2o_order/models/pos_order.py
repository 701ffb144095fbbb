from odoo import api, models
from odoo.fields import Domain


class PosOrder(models.Model):
    _inherit = "pos.order"

    @api.model
    def _process_order(self, order, existing_order):
        order_id = super()._process_order(order, existing_order)
        sale = self.browse(order_id)
        sale._o2o_report_online_orders()
        if sale.state in ("paid", "done"):
            # sudo: cashiers report what they may not read
            sale.sudo().lines.sale_order_origin_id._o2o_report_paid_twice()
        return order_id

    def _o2o_report_online_orders(self):
        """The till has sold what a store prepares: a person has to stop one of them.

        A till loads no order that has a store; one that was paid and routed while it
        was in the basket comes in nevertheless, the goods are gone.
        """
        self.ensure_one()
        if self.state in ("draft", "cancel"):
            return
        # sudo: cashiers report what they may not read
        problems_sudo = self.env["o2o.order.problem"].sudo()
        for order_sudo in self.sudo().lines.sale_order_line_id.order_id:
            if not order_sudo._o2o_is_with_a_store():
                continue
            note = self.env._(
                "Also sold at a till, as %s: the goods may leave twice.",
                self.pos_reference,
            )
            if not problems_sudo.search_count(
                Domain("order_id", "=", order_sudo.id) & Domain("note", "=", note)
            ):
                problems_sudo.create(
                    {"order_id": order_sudo.id, "kind": "other", "note": note}
                )
