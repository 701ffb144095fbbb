import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib.share import share_out

#: points held at a till wait for the end of the day: a paid order may arrive late
TILL_HOLD_MINUTES = 24 * 60


class PosOrder(models.Model):
    """Points at the till: earned, taken back, and spent as a part of the price.

    The till brings lines, the server decides what they mean: a line that stands for
    points counts only if just these points are held for this very order, and a refund
    gives back money only for what was paid with money.
    """

    _inherit = "pos.order"

    def _o2o_points_document(self):
        self.ensure_one()
        return f"pos.order/{self.uuid}"

    # === which lines are what ===

    def _o2o_points_lines(self):
        """Lines that stand for points of this order; those of a web order that is paid
        here are settled business and checked apart."""
        product_sudo = self.company_id.sudo().o2o_points_product_id
        return self.lines.filtered(
            lambda line: (
                product_sudo
                and line.product_id == product_sudo
                and not line.sale_order_line_id
            )
        )

    def _o2o_sold_lines(self):
        """Goods sold here for money: no refunds, no web orders, no tips, no vouchers
        that are money themselves."""
        self.ensure_one()
        others_sudo = (
            self.config_id.sudo().tip_product_id | self._o2o_voucher_products()
        )
        points_lines = self._o2o_points_lines()
        return self.lines.filtered(
            lambda line: (
                line.qty > 0
                and line.price_subtotal_incl > 0
                and not line.refunded_orderline_id
                and not line.sale_order_origin_id
                and line not in points_lines
                and line.product_id not in others_sudo
            )
        )

    @api.model
    def _o2o_voucher_products(self):
        """Gift cards and e-wallets: bought, they are no purchase yet."""
        programs_sudo = (
            self.env["loyalty.program"]
            .sudo()
            .search(Domain("program_type", "in", ("gift_card", "ewallet")))
        )
        return programs_sudo.trigger_product_ids

    def _o2o_reductions(self):
        """What coupons and discounts take off these goods, tax included, positive."""
        points_lines = self._o2o_points_lines()
        return -sum(
            line.price_subtotal_incl
            for line in self.lines
            if line.price_subtotal_incl < 0
            and not line.refunded_orderline_id
            and not line.sale_order_origin_id
            and line not in points_lines
        )

    def _o2o_payable_lines(self):
        return self._o2o_sold_lines().filtered(
            lambda line: not line.product_id.o2o_no_points
        )

    # === before an order counts as paid ===

    def _process_saved_order(self, draft):
        is_final = not draft and self.state != "cancel"
        if is_final:
            self._o2o_check_points()
        result = super()._process_saved_order(draft)
        if is_final and self.state in ("paid", "done"):
            self._o2o_settle_points()
        return result

    def _o2o_check_points(self):
        """Invariant 7: what the till says about points must be what the server holds.

        :raises UserError: with what to do at the till
        """
        self.ensure_one()
        order = self.with_company(self.company_id)
        if any(
            line.product_id.o2o_payment_kind == "points"
            for line in order._o2o_sold_lines()
        ):
            raise UserError(
                self.env._(
                    "Products for points are redeemed on the website. "
                    "Remove them from this order."
                )
            )
        order._o2o_check_settled_points()
        spent, given_back = order._o2o_points_amounts()
        order._o2o_check_spending(spent)
        order._o2o_check_refund(given_back)

    def _o2o_points_amounts(self):
        """:return: (money that points pay, money points paid of returned goods)"""
        # the till sends the lines of a refund with the sign of a sale
        amounts = [
            math.copysign(line.price_subtotal_incl, line.qty * line.price_unit)
            for line in self._o2o_points_lines()
        ]
        return (
            self.currency_id.round(-sum(amount for amount in amounts if amount < 0)),
            self.currency_id.round(sum(amount for amount in amounts if amount > 0)),
        )

    def _o2o_check_settled_points(self):
        """A web order paid here brings its own points, not more."""
        for line in self.lines:
            # sudo: cashiers settle orders they may not read
            origin_sudo = line.sudo().sale_order_line_id
            if (
                origin_sudo.o2o_is_points
                and not line.refunded_orderline_id
                and self.currency_id.compare_amounts(
                    line.price_subtotal_incl, origin_sudo.price_total
                )
                < 0
            ):
                raise UserError(
                    self.env._(
                        "The points of %s pay less than this order says.",
                        origin_sudo.order_id.name,
                    )
                )

    def _o2o_check_spending(self, spent):
        redemptions = self.env["o2o.points.redemption"]
        live_sudo = redemptions._of(self._o2o_points_document())
        if not spent:
            live_sudo._release(self.env._("Order changed"))
            return
        if not live_sudo:
            # the cron gave them back before the order arrived: take them once more
            last_sudo = redemptions.sudo().search(
                [("document", "=", self._o2o_points_document())], limit=1
            )
            if last_sudo.partner_id and last_sudo.partner_id == self.partner_id:
                live_sudo = redemptions._hold(
                    last_sudo.partner_id,
                    last_sudo.points,
                    self._o2o_points_document(),
                    amount=last_sudo.amount,
                    pos_session=self.session_id,
                )
        payable = sum(self._o2o_payable_lines().mapped("price_subtotal_incl"))
        limit = self.partner_id._o2o_points_offer(payable - self._o2o_reductions())
        compare = self.currency_id.compare_amounts
        if (
            not live_sudo
            or live_sudo.partner_id != self.partner_id
            or compare(live_sudo.amount, spent)
            or compare(spent, limit["percent_worth"]) > 0
        ):
            raise UserError(
                self.env._(
                    "The points of this order are not confirmed. "
                    'Remove the points line and press "Use points" again.'
                )
            )

    def _o2o_check_refund(self, given_back):
        expected = self.currency_id.round(
            sum(
                self.env["o2o.points.share"]._worth_coming_back(lines)
                for lines in self._o2o_returned_lines()
            )
        )
        if self.currency_id.compare_amounts(given_back, expected):
            raise UserError(
                self.env._(
                    "%(expected)s of the returned goods was paid with points, this "
                    "refund takes off %(given)s. Open the payment again to correct it.",
                    expected=self.currency_id.format(expected),
                    given=self.currency_id.format(given_back),
                )
            )

    def _o2o_returned_lines(self):
        """What came back in all of the lines this order refunds, itself included.

        :return: list of dicts {bought line: quantity}, one for each model
        """
        web, till = {}, {}
        points_product_sudo = self.company_id.sudo().o2o_points_product_id
        for line in self.lines.refunded_orderline_id:
            # sudo: see _o2o_check_settled_points
            origin_sudo = line.sudo().sale_order_line_id
            if line.product_id == points_product_sudo:
                continue
            if origin_sudo:
                web[origin_sudo] = origin_sudo._o2o_returned_quantity(pos_order=self)
            else:
                till[line] = -sum(
                    refund.qty
                    for refund in line.refund_orderline_ids
                    if refund.order_id.state in ("paid", "done")
                    or refund.order_id == self
                )
        return [lines for lines in (web, till) if lines]

    # === a paid order moves the points ===

    def _o2o_settle_points(self):
        """Spend, earn and take back; doing it again changes nothing."""
        for order in self:
            order = order.with_company(order.company_id)
            redemption_sudo = self.env["o2o.points.redemption"]._of(
                order._o2o_points_document()
            )
            if redemption_sudo.state == "held":
                redemption_sudo._use(order._prepare_o2o_points_shares(redemption_sudo))
            if order.partner_id:
                order._o2o_award_points()
            for lines in order._o2o_returned_lines():
                self.env["o2o.points.share"].with_company(
                    order.company_id
                )._set_returned(
                    lines,
                    reason=self.env._("Goods returned"),
                    source=order,
                    pos_session=order.session_id,
                )

    def _prepare_o2o_points_shares(self, redemption):
        """Share points and their worth out over the goods: largest remainder."""
        lines = self._o2o_payable_lines()
        weights = lines.mapped("price_subtotal_incl")
        cent = redemption.currency_id.rounding
        points = share_out(redemption.points, weights)
        cents = share_out(round(redemption.amount / cent), weights)
        return [
            {
                "record": line,
                "quantity": line.qty,
                "points": line_points,
                "amount": line_cents * cent,
            }
            for line, line_points, line_cents in zip(lines, points, cents, strict=True)
        ]

    def _o2o_award_points(self):
        """PTS-01: points for what was paid with money."""
        self.ensure_one()
        lines = self._o2o_sold_lines()
        if not lines:
            return
        cent = self.currency_id.rounding
        by_points = self.env["o2o.points.share"]._worth_by_line(lines)
        parts = share_out(
            max(0, round(self._o2o_reductions() / cent)),
            lines.mapped("price_subtotal_incl"),
        )
        self.env["o2o.points.share"].with_company(self.company_id)._award(
            self.partner_id,
            [
                {
                    "record": line,
                    "product": line.product_id,
                    "quantity": line.qty,
                    "amount": self.currency_id._convert(
                        max(
                            0.0,
                            line.price_subtotal_incl
                            - part * cent
                            - by_points.get(line.id, 0.0),
                        ),
                        self.company_id.currency_id,
                        self.company_id,
                        self.date_order or fields.Datetime.now(),
                    ),
                }
                for line, part in zip(lines, parts, strict=True)
            ],
            document=self._o2o_points_document(),
            source=self,
            pos_session=self.session_id,
        )

    # === an order that never comes ===

    def action_pos_order_cancel(self):
        result = super().action_pos_order_cancel()
        self._o2o_release_points()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_release_points(self):
        self._o2o_release_points()

    def _o2o_release_points(self):
        redemptions = self.env["o2o.points.redemption"]
        for order in self.filtered(lambda order: order.state in ("draft", "cancel")):
            redemptions._of(order._o2o_points_document())._release(
                self.env._("Order cancelled")
            )
