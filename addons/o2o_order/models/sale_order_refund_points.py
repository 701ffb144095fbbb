"""What was given back in money gave no points in the end."""

from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_take_points_of_gifts(self, reason=""):
        """Take the points that money earned which went back without goods; again when
        later goods have earned theirs. Said twice, it counts once."""
        for order in self:
            # sudo: whoever delivers need not read refunds
            gifts_sudo = order.sudo().o2o_refund_ids.filtered("takes_points")
            if gift := sum(gifts_sudo.mapped("gift_amount")):
                shares = self.env["o2o.points.share"].with_company(order.company_id)
                shares._set_given_back(
                    order._o2o_get_parts_of_gift(gift),
                    reason=reason or gifts_sudo[:1].note,
                    source=order,
                )

    def _o2o_preview_points_of_gift(self, amount):
        """:return: the points that go when this amount is given back now"""
        self.ensure_one()
        gifts_sudo = self.sudo().o2o_refund_ids.filtered("takes_points")
        gift = self._o2o_get_gift_part(amount)
        gift += sum(gifts_sudo.mapped("gift_amount"))
        shares = self.env["o2o.points.share"].with_company(self.company_id)
        return shares._preview_given_back(self._o2o_get_parts_of_gift(gift))

    def _o2o_get_parts_of_gift(self, gift):
        """:return: {sale.order.line: part of its price that this amount is}"""
        self.ensure_one()
        paid = self._o2o_paid_amounts()
        total = sum(paid.values())
        gift = self.currency_id._convert(
            gift, self.company_id.currency_id, self.company_id, self.date_order
        )
        return dict.fromkeys(paid, min(1.0, gift / total) if total > 0 else 0.0)


class O2oRefund(models.Model):
    _inherit = "o2o.refund"

    takes_points = fields.Boolean(
        readonly=True, help="The points that this money earned go with it"
    )
