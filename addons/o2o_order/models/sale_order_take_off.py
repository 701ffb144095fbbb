"""Goods taken off a placed order: what is left is as if they had never been bought."""

from odoo import fields, models

from odoo.addons.o2o_member.lib.share import share_out


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    o2o_taken_off = fields.Float(
        string="Taken off",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Ordered and paid for at first, taken off before it left the store",
    )
    o2o_substitute_for_id = fields.Many2one(
        "sale.order.line",
        string="Instead of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_take_off(self, quantities):
        """Reduce lines of a placed order; coupons and points shrink with them.

        Each discount is shared out over the goods (invariant 4): the share of what is
        taken off goes with it. Prices stay what they were, whatever the price list says
        about smaller quantities. Transfers are the caller's business.

        :param dict quantities: ``{sale.order.line: quantity to take off}``
        :return: how much less the order costs now; called elevated
        """
        self.ensure_one()
        before = self.amount_total
        was_locked = self.locked
        if was_locked:
            self.locked = False
        discounts = self._o2o_get_smaller_discounts(quantities)
        quiet = self.order_line.with_context(skip_procurement=True)
        for line, quantity in quantities.items():
            # price and discount are written along, or they would be computed anew
            line.with_env(quiet.env).write(
                {
                    "product_uom_qty": line.product_uom_qty - quantity,
                    "price_unit": line.price_unit,
                    "discount": line.discount,
                    "o2o_taken_off": line.o2o_taken_off + quantity,
                }
            )
        self._o2o_take_points_off(quantities)
        for line, price in discounts.items():
            line.write({"price_unit": price})
        if was_locked:
            self.locked = True
        return self.currency_id.round(before - self.amount_total)

    def _o2o_get_smaller_discounts(self, quantities):
        """:return: ``{discount line: new unit price}`` once the goods are taken off"""
        goods = self.order_line.filtered(
            lambda line: line._o2o_is_goods() and line.price_total > 0
        )
        cent = self.currency_id.rounding
        prices = {}
        for discount in self.order_line.filtered(
            lambda line: line.price_total < 0 and not line.o2o_is_points
        ):
            total = round(-discount.price_total / cent)
            shares = dict(
                zip(
                    goods,
                    share_out(total, goods.mapped("price_total")),
                    strict=True,
                )
            )
            gone = round(
                sum(
                    shares.get(line, 0) * quantity / line.product_uom_qty
                    for line, quantity in quantities.items()
                )
            )
            prices[discount] = discount.price_unit * (total - gone) / total
        return prices

    def _o2o_take_points_off(self, quantities):
        """Points that paid for what is taken off go back; their discount shrinks."""
        shares = self.env["o2o.points.share"].with_company(self.company_id)
        discount = self.order_line.filtered("o2o_is_points")
        total = -sum(discount.mapped("price_total"))
        worth = shares._take_off(
            quantities, reason=self.env._("Taken off the order"), source=self
        )
        if not worth or not total:
            return
        left = max(0.0, total - worth) / total
        self.o2o_points_spent = shares._points_kept(self.order_line)
        name = self.with_context(lang=self._get_lang()).env._(
            "%s points used", self.o2o_points_spent
        )
        for line in discount:
            line.write({"price_unit": line.price_unit * left, "name": name})

    def _o2o_get_worth(self, line, quantity):
        """What the member pays for some of a line, after coupons and points."""
        self.ensure_one()
        if not line.product_uom_qty:
            return 0.0
        paid = self._o2o_paid_amounts().get(line, 0.0)
        return self.currency_id.round(paid * quantity / line.product_uom_qty)

    def _o2o_get_coupon_rate(self, line):
        """The part of its price that a line costs once coupons are shared out."""
        self.ensure_one()
        if not line.price_total:
            return 1.0
        points = self.env["o2o.points.share"]._worth_by_line(line).get(line.id, 0.0)
        paid = self._o2o_paid_amounts().get(line, 0.0)
        return (paid + points) / line.price_total

    def _o2o_is_paid_already(self):
        """Whether money was taken that would have to be given back."""
        self.ensure_one()
        return bool(
            self.sudo().transaction_ids.filtered(
                lambda tx: tx.state in ("authorized", "done")
            )
        )


class O2oPointsShare(models.Model):
    _inherit = "o2o.points.share"

    def _take_off(self, quantities, reason, source):
        """Make the shares of lines as if less had been bought, and give points back.

        :param dict quantities: ``{sale.order.line: quantity taken off}``
        :return: money these points paid; called elevated
        """
        shares = self._of_lines(quantities).filtered(
            lambda share: share.kind == "redeem"
        )
        for account in shares.entry_id.loyalty_card_id.sorted("id"):
            account._o2o_lock()
        shares.invalidate_recordset(["kept_quantity", "kept_amount"])
        worth = sum(shares.mapped("kept_amount"))
        lines = {line.id: quantity for line, quantity in quantities.items()}
        for share in shares:
            share._shrink(lines[share.res_id])
        entries = self.env["o2o.points.entry"]
        for entry in shares.entry_id.sorted("id"):
            entries |= shares._adjust(entry, reason, source, False)
        self.env["o2o.points.redemption"].search(
            [("entry_id", "in", entries.reversal_of_id.ids), ("state", "=", "used")]
        ).filtered(lambda used: not used.entry_id._reversible_points()).write(
            {"state": "returned"}
        )
        return worth - sum(shares.mapped("kept_amount"))

    def _shrink(self, quantity):
        self.ensure_one()
        bought = self.quantity - quantity
        kept = max(0.0, self.kept_quantity - quantity)
        if bought <= 0:
            # nothing is left; the line keeps its base to be divided by
            self.write({"kept_quantity": 0.0, "kept_amount": 0.0})
            return
        round_amount = self.currency_id.round
        amount = round_amount(self.amount * bought / self.quantity)
        self.write(
            {
                "quantity": bought,
                "amount": amount,
                "points": int(self.points * bought / self.quantity + 1e-9),
                "kept_quantity": kept,
                "kept_amount": round_amount(amount * kept / bought),
            }
        )

    def _points_kept(self, lines):
        """Points that still stand as money for some lines."""
        shares_sudo = self.sudo()._of_lines(dict.fromkeys(lines))
        return sum(
            share._kept_points()
            for share in shares_sudo
            if share.kind == "redeem" and share.amount
        )
