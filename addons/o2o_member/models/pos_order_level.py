from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class PosOrder(models.Model):
    """What levels mean at the till. The till sends plain fields back, so the level of
    the day is computed and stored: it is set once, when the order is paid."""

    _inherit = "pos.order"

    o2o_level_id = fields.Many2one(
        "o2o.level",
        string="Member Level",
        compute="_compute_o2o_level_id",
        store=True,
        compute_sudo=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Level of the customer when the order was paid.",
    )

    @api.depends("state")
    def _compute_o2o_level_id(self):
        for order in self:
            level = order.o2o_level_id
            if not level and order.state in ("paid", "done"):
                partner = order.partner_id.with_company(order.company_id)
                level = partner._o2o_level()
            order.o2o_level_id = level

    @api.model
    def _process_order(self, order, existing_order):
        order.pop("o2o_level_id", None)
        return super()._process_order(order, existing_order)

    def _process_saved_order(self, draft):
        if not draft and self.state != "cancel":
            self._o2o_check_level_offers()
        return super()._process_saved_order(draft)

    def _o2o_check_level_offers(self):
        """MEM-14: the server's last word on offers for levels."""
        for order in self:
            partner = order.partner_id.with_company(order.company_id)
            # sudo: cashiers may not read the levels of a program
            lines_sudo = order.sudo().lines.filtered(
                lambda line: line.reward_id and not line.refunded_orderline_id
            )
            for program_sudo in lines_sudo.reward_id.program_id:
                if not program_sudo._o2o_is_for(partner):
                    raise UserError(program_sudo._o2o_refusal())

    def action_pos_order_paid(self):
        """MEM-08: a fee sold at the till gives its level; its refund takes it back."""
        result = super().action_pos_order_paid()
        for order in self.filtered(lambda order: order.state == "paid"):
            order.lines._o2o_grant_or_take_back()
        return result


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _o2o_grant_or_take_back(self):
        # sudo: cashiers may not write levels
        grants_sudo = self.env["o2o.level.grant"].sudo()
        for line in self:
            product = line.product_id
            # sudo: the level may be of a company where the cashier does not work
            level_sudo = product.sudo().o2o_level_id
            if line.refunded_orderline_id:
                grants_sudo.search(
                    Domain("res_model", "=", line._name)
                    & Domain("res_id", "=", line.refunded_orderline_id.id)
                )._revoke(line.order_id.name, amount=abs(line.price_subtotal_incl))
            elif (
                level_sudo
                and level_sudo.company_id == line.company_id
                and line.qty >= 1
                and line.order_id.partner_id
            ):
                grants_sudo._grant_fee(
                    line.order_id.partner_id.with_company(line.company_id),
                    level_sudo,
                    product.o2o_level_months * int(line.qty),
                    line.price_subtotal_incl,
                    f"{line._name}/{line.id}",
                    line,
                )
