from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request
from odoo.tools import format_amount

from ..lib.share import share_out


class SaleOrder(models.Model):
    """Points pay a part of the goods (PTS-05), or goods for points only (PTS-06).

    ``o2o_points_spent`` is what the member chose. The discount lines follow from it and
    from the cart, and are written here only. Points are held when the payment starts,
    used when the order is confirmed, and come back when it is cancelled.
    """

    _inherit = "sale.order"

    o2o_points_spent = fields.Integer(
        string="Points Used", readonly=True, copy=False, help="As money for the goods."
    )
    o2o_points_total = fields.Integer(
        string="Points in All", compute="_compute_o2o_points_total"
    )

    @api.depends(
        "o2o_points_spent", "order_line.o2o_points_price", "order_line.product_uom_qty"
    )
    def _compute_o2o_points_total(self):
        for order in self:
            order.o2o_points_total = order.o2o_points_spent + order._o2o_goods_points()

    # === what the order is made of ===

    def _o2o_goods_points(self):
        return sum(line._o2o_points_of_goods() for line in self.order_line)

    def _o2o_payable_lines(self):
        """Goods that points may pay in part."""
        self.ensure_one()
        return self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.is_delivery
                and not line.is_downpayment
                and not line.is_reward_line
                and not line.o2o_is_points
                and not line.product_id.o2o_no_points
                and line.price_total > 0
            )
        )

    def _o2o_payable_amount(self):
        """What these goods cost after coupons and discounts, tax included."""
        self.ensure_one()
        reductions = self.order_line.filtered(
            lambda line: line.price_total < 0 and not line.o2o_is_points
        )
        lines = self._o2o_payable_lines() | reductions
        return max(0.0, sum(lines.mapped("price_total")))

    def _o2o_points_document(self):
        self.ensure_one()
        return f"sale.order/{self.id}"

    def _o2o_redemption(self):
        """The living redemption of this order, in sudo."""
        self.ensure_one()
        return self.env["o2o.points.redemption"]._of(self._o2o_points_document())

    def _o2o_points_awaited(self):
        """Whether a payment is under way that may still confirm this order."""
        self.ensure_one()
        # sudo: asked by the cron and by members
        states = self.sudo().transaction_ids.mapped("state")
        return self.state in ("draft", "sent") and bool(
            {"pending", "authorized", "done"} & set(states)
        )

    # === choosing ===

    def _o2o_points_offer(self):
        """What the buyer may choose for this order; see ``partner._o2o_points_offer``.

        Points this order holds already count as available, points its goods cost do
        not.
        """
        self.ensure_one()
        order = self.with_company(self.company_id)
        redemption_sudo = order._o2o_redemption()
        held = redemption_sudo.points if redemption_sudo.state == "held" else 0
        # sudo: the buyer is shown the own points; visitors have no card
        available = order.partner_id.sudo().o2o_points + held
        amount = order._o2o_payable_amount()
        if order.currency_id != order.company_id.currency_id:
            amount = 0.0  # points are worth money of the company
        return order.partner_id._o2o_points_offer(
            amount, available=max(0, available - order._o2o_goods_points())
        )

    def _o2o_set_points(self, points):
        """Use so many points for this order; 0 uses none.

        :raises UserError: not now, or not so many
        """
        self.ensure_one()
        order = self.with_company(self.company_id)
        if order.state not in ("draft", "sent") or order._o2o_points_awaited():
            raise UserError(
                self.env._("This order is already placed. Its points cannot change.")
            )
        if points:
            order.partner_id._o2o_ensure_member()
        order.partner_id._o2o_check_points_choice(points, order._o2o_points_offer())
        order.o2o_points_spent = points
        order._o2o_sync_points()

    def _o2o_sync_points(self):
        """Bring points and discount in line with what is in the cart now."""
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            order = order.with_company(order.company_id)
            for line in order.order_line:
                price = line._o2o_current_points_price()
                if line.o2o_points_price != price:
                    line.o2o_points_price = price
            points = order.o2o_points_spent
            if points:
                offer = order._o2o_points_offer()
                points = min(points // offer["step"] * offer["step"], offer["max"])
                if points < offer["min"]:
                    points = 0
            if points != order.o2o_points_spent:
                order.o2o_points_spent = points
            redemption_sudo = order._o2o_redemption()
            if redemption_sudo.points != order.o2o_points_total:
                redemption_sudo._release(order.env._("Order changed"))
            order._o2o_write_points_lines()

    def _o2o_write_points_lines(self):
        """One discount line for each group of taxes, to the cent."""
        self.ensure_one()
        current = self.order_line.filtered("o2o_is_points")
        wanted = self._prepare_o2o_points_lines()
        if [self._o2o_line_mark(vals) for vals in wanted] == [
            (tuple(line.tax_ids.ids), round(line.price_unit, 6), line.name)
            for line in current
        ]:
            return
        self.order_line = [
            *(Command.delete(line.id) for line in current),
            *(Command.create(vals) for vals in wanted),
        ]

    @staticmethod
    def _o2o_line_mark(vals):
        return (
            tuple(vals["tax_ids"][0][2]),
            round(vals["price_unit"], 6),
            vals["name"],
        )

    def _prepare_o2o_points_lines(self):
        worth = self.company_id._o2o_points_worth(self.o2o_points_spent)
        if not worth:
            return []
        taxes = self.env["account.tax"]
        product = self.company_id._o2o_points_product()
        base_lines = [
            line._prepare_base_line_for_taxes_computation()
            for line in self._o2o_payable_lines()
        ]
        taxes._add_tax_details_in_base_lines(base_lines, self.company_id)
        taxes._round_base_lines_tax_details(base_lines, self.company_id)
        discounts = taxes._prepare_global_discount_lines(
            base_lines,
            self.company_id,
            "fixed",
            worth,
            computation_key="global_discount,o2o_points",
            grouping_function=lambda base_line: {"product_id": product},
        )
        name = self.with_context(lang=self._get_lang()).env._(
            "%s points used", self.o2o_points_spent
        )
        return [
            {
                "name": name,
                "product_id": product.id,
                "product_uom_qty": discount["quantity"],
                "price_unit": discount["price_unit"],
                "technical_price_unit": 0.0,
                "tax_ids": [Command.set(sorted(discount["tax_ids"].ids))],
                "extra_tax_data": taxes._export_base_line_extra_tax_data(discount),
                "o2o_is_points": True,
                "sequence": 999,
            }
            for discount in discounts
        ]

    def _o2o_drop_points(self):
        """The buyer is no longer the member who chose: nothing is used."""
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            order.o2o_points_spent = 0
            order._o2o_sync_points()
            order._o2o_redemption()._release(order.env._("Order changed"))

    def action_o2o_drop_points(self):
        self._o2o_drop_points()

    # === holding and using ===

    def _o2o_hold_points(self):
        """Hold what this order costs in points, as it stands.

        :raises UserError: when the choice no longer fits, or points are missing
        """
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            order = order.with_company(order.company_id)
            redemption_sudo = order._o2o_redemption()
            if not order.o2o_points_total:
                redemption_sudo._release(order.env._("Order changed"))
                continue
            if redemption_sudo.points != order.o2o_points_total:
                order._o2o_ensure_points_fit()
            self.env["o2o.points.redemption"].with_company(order.company_id)._hold(
                order.partner_id,
                order.o2o_points_total,
                order._o2o_points_document(),
                amount=order.company_id._o2o_points_worth(order.o2o_points_spent),
                source=order,
            )

    def _o2o_ensure_points_fit(self):
        """Refuse to go on with other points than the buyer has seen."""
        self.ensure_one()
        seen = self.o2o_points_total, self.amount_total
        self._o2o_sync_points()
        if (self.o2o_points_total, self.amount_total) != seen:
            raise UserError(
                self.env._(
                    "The points of this order no longer fit. "
                    "Please refresh the page and check the order."
                )
            )

    def _o2o_use_points(self):
        for order in self:
            redemption_sudo = order._o2o_redemption()
            if redemption_sudo.state == "held":
                redemption_sudo._use(order._prepare_o2o_points_shares(redemption_sudo))

    def _prepare_o2o_points_shares(self, redemption):
        """Share points and their worth out over the goods: largest remainder."""
        self.ensure_one()
        lines = self._o2o_payable_lines() if self.o2o_points_spent else []
        weights = [line.price_total for line in lines]
        cent = self.company_id.currency_id.rounding
        points = share_out(self.o2o_points_spent, weights)
        cents = share_out(round(redemption.amount / cent), weights)
        shares = [
            {
                "record": line,
                "quantity": line.product_uom_qty,
                "points": line_points,
                "amount": line_cents * cent,
            }
            for line, line_points, line_cents in zip(lines, points, cents, strict=True)
        ]
        return shares + [
            {
                "record": line,
                "quantity": line.product_uom_qty,
                "points": line._o2o_points_of_goods(),
                "amount": 0.0,
            }
            for line in self.order_line
            if line._o2o_points_of_goods()
        ]

    def _o2o_note_points_missing(self, error):
        """The money has come, the points have gone: a person decides."""
        self._o2o_note_paid(self.env._("Paid, but the points are missing"), error)

    def _o2o_note_paid(self, summary, error):
        """Money has come for orders that are not as they should be: tell a person."""
        for order in self:
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=str(error),
                user_id=(order.user_id or self.env.ref("base.user_admin")).id,
            )

    # === core's paths ===

    def write(self, vals):
        moved = self.browse()
        if "partner_id" in vals:
            moved = self.filtered(
                lambda order: (
                    order.o2o_points_spent and order.partner_id.id != vals["partner_id"]
                )
            )
        result = super().write(vals)
        moved._o2o_drop_points()
        return result

    def copy(self, default=None):
        orders = super().copy(default)
        orders.order_line.filtered("o2o_is_points").unlink()
        return orders

    @api.ondelete(at_uninstall=False)
    def _unlink_release_points(self):
        for order in self:
            order._o2o_redemption()._release(self.env._("Order deleted"))

    def action_confirm(self):
        self._o2o_hold_points()
        result = super().action_confirm()
        self._o2o_use_points()
        return result

    def _action_cancel(self):
        for order in self:
            order._o2o_redemption()._cancel(self.env._("Order cancelled"))
        return super()._action_cancel()

    def _get_update_prices_lines(self):
        lines = super()._get_update_prices_lines()
        return lines.filtered(lambda line: not line.o2o_is_points)

    def _get_no_effect_on_threshold_lines(self):
        """Coupons and promotions reckon without the points, which come last."""
        lines = super()._get_no_effect_on_threshold_lines()
        return lines | self.order_line.filtered("o2o_is_points")

    def _get_not_rewarded_order_lines(self):
        lines = super()._get_not_rewarded_order_lines()
        return lines.filtered(
            lambda line: not line.o2o_is_points and not line.o2o_points_price
        )

    def _cart_find_product_line(self, *args, **kwargs):
        lines = super()._cart_find_product_line(*args, **kwargs)
        return lines.filtered(lambda line: not line.o2o_is_points)

    def _cart_add(self, product_id, *args, **kwargs):
        product = self.env["product.product"].browse(product_id)
        if product.o2o_payment_kind == "points":
            self._o2o_ensure_spender()
        return super()._cart_add(product_id, *args, **kwargs)

    def _cart_update_order_line(self, order_line, quantity, **kwargs):
        """Points are chosen, not multiplied: only removing makes sense."""
        if order_line.o2o_is_points:
            if quantity <= 0:
                self._o2o_drop_points()
                return self.env["sale.order.line"]
            return order_line
        return super()._cart_update_order_line(order_line, quantity, **kwargs)

    def _verify_cart_after_update(self):
        result = super()._verify_cart_after_update()
        self._o2o_sync_cart_points()
        return result

    def _recompute_cart(self):
        result = super()._recompute_cart()
        self._o2o_sync_cart_points()
        return result

    def _o2o_sync_cart_points(self):
        for order in self:
            if order.o2o_points_spent and not order._o2o_is_spender():
                order._o2o_drop_points()
            order._o2o_sync_points()

    def _check_cart_is_ready_to_be_paid(self):
        result = super()._check_cart_is_ready_to_be_paid()
        if self.o2o_points_total:
            self._o2o_ensure_spender()
        missing = self._o2o_get_missing_points()
        if missing:
            raise ValidationError(
                self.env._(
                    "You need %s more points for this order. "
                    "Please remove an item or use fewer points.",
                    missing,
                )
            )
        return result

    def _o2o_get_missing_points(self):
        self.ensure_one()
        redemption_sudo = self._o2o_redemption()
        held = redemption_sudo.points if redemption_sudo.state == "held" else 0
        member = self.partner_id.with_company(self.company_id)
        # sudo: the number tells the buyer what is missing
        return max(0, self.o2o_points_total - member.sudo().o2o_points - held)

    def _o2o_is_spender(self):
        """Whether the visitor of the website is the buyer; a link to a cart of somebody
        else does not open the purse. Outside the website the caller decides."""
        self.ensure_one()
        if not request or not getattr(request, "website", None):
            return True
        return request.env.user.partner_id == self.partner_id

    def _o2o_ensure_spender(self):
        """CARD-04: points are spent by members with an active card."""
        self.ensure_one()
        if not self._o2o_is_spender():
            raise UserError(self.env._("Please log in to use your points."))
        self.partner_id.with_company(self.company_id)._o2o_ensure_member()

    def _o2o_points_text(self):
        """For pages: what the points of this order pay."""
        self.ensure_one()
        return self.env._(
            "%(points)s points = %(worth)s",
            points=f"{self.o2o_points_spent:,}",
            worth=format_amount(
                self.env,
                self.company_id._o2o_points_worth(self.o2o_points_spent),
                self.company_id.currency_id,
            ),
        )
