from odoo import fields, models
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_refund_ids = fields.One2many(
        "o2o.order.refund", "order_id", string="Refunds", readonly=True
    )

    def _o2o_request_refund(self, amount, reason, **vals):
        """Hook: money of this order has to go back; nothing where none was taken.

        Until a payment provider gives it back by itself, head office gets a row and an
        activity.

        :param float amount: in the currency of the order, tax included
        :param str reason: shown to head office
        :param vals: more values of the ``o2o.order.refund`` row; ``lines`` as
            ``{sale.order.line: (quantity, amount)}``
        :return: ``o2o.order.refund``, elevated, empty when there is nothing to do
        """
        self.ensure_one()
        refunds_sudo = self.env["o2o.order.refund"].sudo()  # nobody writes them by hand
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            return refunds_sudo
        if not self._o2o_is_paid_already():
            return refunds_sudo
        refund_sudo = self._o2o_create_refund(
            {"amount": amount, "reason": reason, **vals}
        )
        # no mail within the transaction of a till or a customer
        self.sudo().with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "Pay back %(amount)s (%(refund)s)",
                amount=self.currency_id.format(amount),
                refund=refund_sudo.name,
            ),
            note=reason,
            user_id=(self.user_id or self.env.ref("base.user_admin")).id,
        )
        return refund_sudo

    def _o2o_create_refund(self, vals):
        lines = vals.pop("lines", {})
        return (
            self.env["o2o.order.refund"]
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
