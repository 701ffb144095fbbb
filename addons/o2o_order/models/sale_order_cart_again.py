"""A cart that was not paid in time goes back to its member (idea 5)."""

import logging

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_cart_again_id = fields.Many2one(
        "sale.order",
        string="Cart Given Back",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The goods of this order, which was not paid in time, in a cart again",
    )

    def _on_timer_unpaid(self):
        """Payment closed, order cancelled: then the goods are in the cart again."""
        was_open = self.state in ("draft", "sent")
        result = super()._on_timer_unpaid()
        if was_open and self.state == "cancel" and self.o2o_cancel_reason == "unpaid":
            try:
                with self.env.cr.savepoint():
                    self._o2o_give_cart_back()
            except UserError as error:
                # the order is over all the same; the shop still has the goods
                _logger.warning("no cart again for order %s: %s", self.id, error)
        return result

    def _o2o_give_cart_back(self):
        """A new cart with the goods of this one; nothing is held for it.

        A member who has begun another cart meanwhile keeps that one as it is.

        :return: the cart, elevated; empty when there is none
        """
        self.ensure_one()
        order_sudo = self.sudo()
        lines = order_sudo.order_line.filtered(lambda line: line._o2o_goes_back())
        if not lines or not order_sudo.website_id or order_sudo._o2o_get_other_cart():
            return order_sudo.browse()
        cart_sudo = order_sudo.with_context(mail_create_nosubscribe=True).create(
            order_sudo._o2o_prepare_cart_again(lines)
        )
        cart_sudo.shop_warning = order_sudo.with_context(
            lang=order_sudo._get_lang()
        ).env._(
            "Order %s was not paid in time. Its goods are in your cart again, but they"
            " are no longer kept for you.",
            order_sudo.name,
        )
        order_sudo.o2o_cart_again_id = cart_sudo
        return cart_sudo

    def _o2o_prepare_cart_again(self, lines):
        """Prices, coupons and points are found anew, as in any cart."""
        self.ensure_one()
        names = (
            "company_id",
            "partner_id",
            "partner_invoice_id",
            "partner_shipping_id",
            "website_id",
            "pricelist_id",
            "fiscal_position_id",
            "team_id",
            "o2o_region_id",
        )
        values = {name: self[name].id for name in names if self[name]}
        return {
            **values,
            "o2o_note": self.o2o_note,
            "order_line": [(0, 0, line._o2o_prepare_again()) for line in lines],
        }

    def _o2o_get_other_cart(self):
        """What the member has put into a cart since."""
        self.ensure_one()
        website = self.website_id
        if self.partner_id == website.user_id.partner_id:
            # all visitors without a name are one partner
            return self.browse()
        return self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("website_id", "=", website.id),
                ("state", "=", "draft"),
                ("id", "!=", self.id),
                ("order_line", "!=", False),
            ],
            limit=1,
        )

    # === LATE MONEY === #

    def _o2o_get_last_cart_again(self):
        """The order or cart that took the place of this one in the end, if any did."""
        self.ensure_one()
        cart_sudo = self.sudo().o2o_cart_again_id
        while cart_sudo.state == "cancel" and cart_sudo.o2o_cart_again_id:
            cart_sudo = cart_sudo.o2o_cart_again_id
        return cart_sudo

    def _o2o_can_revive(self, transaction):
        """Who bought the cart that was given back does not get its goods twice."""
        cart_sudo = self._o2o_get_last_cart_again()
        cart_sudo._o2o_lock_row()
        if cart_sudo and cart_sudo._o2o_is_being_bought():
            return False
        return super()._o2o_can_revive(transaction)

    def _o2o_is_being_bought(self):
        self.ensure_one()
        return self.state == "sale" or any(
            tx.state in ("authorized", "done")
            or (tx.state in ("draft", "pending") and not tx.o2o_closed_at)
            for tx in self._o2o_get_payments()
        )

    def _o2o_settle_late(self, transaction):
        """The order lives again: its goods leave the cart that was given back."""
        result = super()._o2o_settle_late(transaction)
        if self.state == "sale":
            self._o2o_take_cart_back()
        return result

    def _o2o_take_cart_back(self):
        self.ensure_one()
        cart_sudo = self._o2o_get_last_cart_again()
        if cart_sudo.state != "draft":
            return
        for line in self.sudo().order_line.filtered(lambda it: it._o2o_goes_back()):
            taken = line.product_uom_qty
            for twin in cart_sudo.order_line.filtered(
                lambda it, line=line: (
                    it.product_id == line.product_id
                    and it.product_uom_id == line.product_uom_id
                )
            ):
                part = min(taken, twin.product_uom_qty)
                taken -= part
                if twin.product_uom_id.compare(part, twin.product_uom_qty) < 0:
                    twin.product_uom_qty -= part
                else:
                    twin.unlink()
        if not any(line._o2o_goes_back() for line in cart_sudo.order_line):
            cart_sudo.order_line.unlink()
        cart_sudo.shop_warning = False


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_goes_back(self):
        """Whether the member chose this line; the rest is found anew in the cart."""
        self.ensure_one()
        product = self.product_id
        return bool(
            product.active
            and product.sale_ok
            and product.type != "combo"
            and not self.combo_item_id
            and not self.display_type
            and not self.is_delivery
            and not self.is_reward_line
            and not self.o2o_is_points
            and self.product_uom_qty > 0
            and self.price_total >= 0
        )

    def _o2o_prepare_again(self):
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "product_uom_qty": self.product_uom_qty,
            "product_no_variant_attribute_value_ids": [
                (6, 0, self.product_no_variant_attribute_value_ids.ids)
            ],
        }
