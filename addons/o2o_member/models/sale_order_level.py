from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..const import LEVEL_CONTEXT, is_level_writer


class SaleOrder(models.Model):
    """What levels mean for an order: offers, early access, the level of the day."""

    _inherit = "sale.order"

    o2o_level_id = fields.Many2one(
        "o2o.level",
        string="Member Level",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Level of the buyer when the order was confirmed.",
    )

    # === CRUD ===

    @api.model
    def _o2o_get_closed_fields(self):
        return super()._o2o_get_closed_fields() | {"o2o_level_id"}

    @api.model_create_multi
    def create(self, vals_list):
        if not is_level_writer(self.env) and any(
            vals.get("o2o_level_id") for vals in vals_list
        ):
            self._o2o_refuse_level()
        return super().create(vals_list)

    def write(self, vals):
        if "o2o_level_id" in vals and not is_level_writer(self.env):
            self._o2o_refuse_level()
        return super().write(vals)

    def _o2o_refuse_level(self):
        raise UserError(
            self.env._(
                "The member level of an order is kept as it was at confirmation."
            )
        )

    # === the level of the day ===

    def _action_confirm(self):
        for order in self.filtered(lambda order: not order.o2o_level_id):
            level_sudo = order._o2o_buyer()._o2o_level()
            if level_sudo:
                # sudo: nobody writes this field, the order does
                order.sudo().with_context(**LEVEL_CONTEXT).write(
                    {"o2o_level_id": level_sudo.id}
                )
        result = super()._action_confirm()
        # an order of nothing is paid when it is confirmed
        self._o2o_grant_paid_levels()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.order_line._o2o_level_grants()._revoke(
            self.env._("The order was cancelled.")
        )
        return result

    def _o2o_buyer(self):
        self.ensure_one()
        return self.partner_id.with_company(self.company_id)

    # === fees (MEM-08) ===

    def _o2o_grant_paid_levels(self):
        """Give the levels that were bought, as soon as the money is really there."""
        for order in self.filtered(lambda order: order.state == "sale"):
            # sudo: a payment notification comes from nobody
            lines_sudo = order.sudo().order_line.filtered(
                lambda line: (
                    line.product_id.o2o_level_id.company_id == line.company_id
                    and line.product_uom_qty >= 1
                )
            )
            for line_sudo in lines_sudo:
                if line_sudo._o2o_is_paid():
                    line_sudo._o2o_grant_level()

    def _o2o_is_paid(self):
        """Money received, not promised: pending or authorized payments and cash on
        delivery do not count yet."""
        self.ensure_one()
        # sudo: see _o2o_grant_paid_levels
        order_sudo = self.sudo()
        received = sum(
            order_sudo.transaction_ids.filtered(lambda tx: tx.state == "done").mapped(
                "amount"
            )
        )
        return order_sudo.currency_id.compare_amounts(received, self.amount_total) >= 0

    # === offers for levels (MEM-14) ===

    def _get_program_domain(self):
        return Domain.AND(
            [super()._get_program_domain(), self._o2o_level_domain("o2o_level_ids")]
        )

    def _get_trigger_domain(self):
        return Domain.AND(
            [
                super()._get_trigger_domain(),
                self._o2o_level_domain("program_id.o2o_level_ids"),
            ]
        )

    def _o2o_level_domain(self, field):
        level_sudo = self._o2o_buyer()._o2o_level()
        return Domain(field, "=", False) | Domain(field, "in", level_sudo.ids)

    def _try_apply_code(self, code):
        """A birthday gift is a present: nobody else can use its code (MEM-13)."""
        # sudo: coupons of others are not readable for a visitor
        coupon_sudo = self.env["loyalty.card"].sudo().search([("code", "=", code)])
        if coupon_sudo.o2o_birthday_gift_ids and (
            coupon_sudo.partner_id != self.partner_id
        ):
            return {"error": self.env._("This gift belongs to another member.")}
        return super()._try_apply_code(code)

    # === early access ===

    def _verify_updated_quantity(
        self, order_line, product_id, new_qty, uom_id, **kwargs
    ):
        product = self.env["product.product"].browse(product_id)
        if not product._o2o_is_on_sale_for(self._o2o_buyer()):
            return 0, product._o2o_not_yet_message()
        return super()._verify_updated_quantity(
            order_line, product_id, new_qty, uom_id, **kwargs
        )

    def _o2o_check_on_sale(self):
        """Nothing is bought before its time, however it came into the cart."""
        for order in self:
            for product in order.order_line.product_id:
                if not product._o2o_is_on_sale_for(order._o2o_buyer()):
                    raise ValidationError(
                        self.env._(
                            "%s Remove it from your cart to go on.",
                            product._o2o_not_yet_message(),
                        )
                    )

    def _check_cart_is_ready_to_be_paid(self):
        self._o2o_check_on_sale()
        return super()._check_cart_is_ready_to_be_paid()

    # === what is missing to the next level (idea 21) ===

    def _o2o_level_amount(self):
        """What this order will count for the level: the goods, as paid for."""
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: not line.is_delivery and not line.display_type
        )
        return self.currency_id._convert(
            sum(lines.mapped("price_total")),
            self.company_id.currency_id,
            self.company_id,
            fields.Date.today(),
        )

    def _o2o_level_progress(self):
        """:meth:`res.partner._o2o_level_progress` as if this order were completed."""
        self.ensure_one()
        return self._o2o_buyer()._o2o_level_progress(max(0.0, self._o2o_level_amount()))


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_level_grants(self):
        # sudo: who cancels an order may not see what it granted
        return (
            self.env["o2o.level.grant"]
            .sudo()
            .search(
                Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
            )
        )

    def _o2o_is_paid(self):
        """The order was paid, or the invoices of this line were."""
        self.ensure_one()
        if self.order_id._o2o_is_paid():
            return True
        invoices = self.invoice_lines.move_id.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        return (
            bool(invoices)
            and all(move.payment_state == "paid" for move in invoices)
            and self.qty_invoiced >= self.product_uom_qty
        )

    def _o2o_grant_level(self):
        self.ensure_one()
        product = self.product_id
        amount = self.currency_id._convert(
            self.price_total,
            self.company_id.currency_id,
            self.company_id,
            fields.Date.today(),
        )
        return self.env["o2o.level.grant"]._grant_fee(
            self.order_id._o2o_buyer(),
            product.o2o_level_id,
            product.o2o_level_months * int(self.product_uom_qty),
            amount,
            f"{self._name}/{self.id}",
            self,
        )
