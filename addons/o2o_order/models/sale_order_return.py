from odoo import fields, models
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_return_ids = fields.One2many(
        "o2o.order.return",
        "order_id",
        string="Refunds",
        readonly=True,
        groups="o2o_order.o2o_order_group_user,point_of_sale.group_pos_user",
    )

    def _o2o_request_refund(self, amount, reason, **vals):
        """Money of this order goes back; nothing where none was taken.

        :param float amount: in the currency of the order, tax included
        :param str reason: shown to head office
        :param vals: more values of the ``o2o.order.return`` row; ``lines`` as
            ``{sale.order.line: (quantity, amount)}``
        :return: ``o2o.order.return``, elevated, empty when there is nothing to do
        """
        self.ensure_one()
        returns_sudo = self.env["o2o.order.return"].sudo()  # nobody writes them by hand
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            return returns_sudo
        if not self._o2o_is_paid_already():
            return returns_sudo
        return_sudo = self._o2o_create_refund(
            {"amount": amount, "reason": reason, **vals}
        )
        return_sudo.refund_ids = self._o2o_return_money(
            "short" if return_sudo.kind == "short" else "returned",
            f"o2o.order.return/{return_sudo.id}",
            amount=amount,
            fulfillment=return_sudo.fulfillment_id,
        )
        return return_sudo

    def _o2o_create_refund(self, vals):
        lines = vals.pop("lines", {})
        return (
            self.env["o2o.order.return"]
            .sudo()
            .create(
                {
                    "company_id": self.company_id.id,
                    "order_id": self.id,
                    "user_id": self.env.uid,
                    "pos_config_id": self.env.context.get("o2o_pos_config_id"),
                    "line_ids": [
                        Command.create(
                            {
                                "sale_line_id": line.id,
                                "quantity": quantity,
                                "amount": amount,
                            }
                        )
                        for line, (quantity, amount) in lines.items()
                    ],
                    **vals,
                }
            )
        )
