"""What was given back in money gave no points in the end."""

from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_take_points_of_gifts(self, reason=""):
        """Take the points that money earned which went back without goods; again when
        later goods have earned theirs, or others came back. Said twice, it counts
        once."""
        # sudo: whoever delivers, or takes goods back, need not read orders and refunds
        for order in self.sudo():
            if gifts_sudo := order._o2o_get_gifts():
                shares = self.env["o2o.points.share"].with_company(order.company_id)
                shares._set_given_back(
                    order._o2o_get_parts_of_gift(),
                    reason=reason or gifts_sudo[:1].note or "",
                    source=order,
                )

    def _o2o_preview_points_of_gift(self, amount):
        """:return: the points that go when this amount is given back now"""
        self.ensure_one()
        shares = self.env["o2o.points.share"].with_company(self.company_id)
        return shares._preview_given_back(
            self._o2o_get_parts_of_gift(self._o2o_get_gift_part(amount))
        )

    def _o2o_get_gifts(self):
        return self.o2o_refund_ids.filtered(
            lambda refund: refund.takes_points and refund.gift_amount
        )

    def _o2o_get_parts_of_gift(self, more=0.0, returned=None):
        """Share what was given back out over goods and delivery that are kept.

        :param float more: is given back, too
        :param dict returned: {sale.order.line: quantity returned in all}; others as
            they are
        :return: {sale.order.line: part of what is kept of it}
        """
        self.ensure_one()
        returned = returned or {}
        # sudo: whoever takes goods back need not read refunds
        gift = more + sum(self.sudo()._o2o_get_gifts().mapped("gift_amount"))
        paid = self._o2o_paid_amounts()
        company_currency = self.company_id.currency_id
        gift = self.currency_id._convert(
            gift, company_currency, self.company_id, self.date_order
        )
        kept = self.currency_id._convert(
            sum(self.order_line.filtered("is_delivery").mapped("price_total")),
            company_currency,
            self.company_id,
            self.date_order,
        )
        for line, amount in paid.items():
            if amount and line.product_uom_qty:
                back = returned.get(line, line._o2o_returned_quantity())
                left = max(0.0, line.product_uom_qty - back)
                kept += amount * left / line.product_uom_qty
        return dict.fromkeys(paid, min(1.0, gift / kept) if kept > 0 else 0.0)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_note_returns(self, reason=""):
        """What was given back is shared out over fewer goods then."""
        result = super()._o2o_note_returns(reason)
        self.order_id._o2o_take_points_of_gifts(reason)
        return result


class O2oRefund(models.Model):
    _inherit = "o2o.refund"

    takes_points = fields.Boolean(
        readonly=True, help="The points that this money earned go with it"
    )
