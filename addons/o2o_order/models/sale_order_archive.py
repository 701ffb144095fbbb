"""A deleted order is put away, not lost (ORD-05); members tidy their own list."""

from odoo import fields, models
from odoo.exceptions import UserError

#: stages a deleted or hidden order may be in
ENDED_STAGES = ("completed", "cancelled")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    active = fields.Boolean(default=True, copy=False)
    o2o_snapshot = fields.Json(string="As It Was", readonly=True, copy=False)
    o2o_is_hidden = fields.Boolean(
        string="Hidden by the Member", readonly=True, copy=False
    )

    def unlink(self):
        """Orders with a history are archived; carts nobody submitted really go."""
        kept = self.filtered(lambda order: order._o2o_has_history())
        if kept:
            kept.check_access("unlink")
        kept._unlink_except_draft_or_cancel()
        kept._o2o_archive(self.env._("Deleted"))
        return super(SaleOrder, self - kept).unlink()

    def _o2o_has_history(self):
        self.ensure_one()
        order_sudo = self.sudo()
        return bool(
            order_sudo.state in ("sent", "sale", "cancel")
            or order_sudo.transaction_ids
            or order_sudo.o2o_fulfillment_ids
            or order_sudo.o2o_change_ids
        )

    def action_o2o_archive(self):
        """Put ended orders away; the button of head office."""
        orders_sudo = self._o2o_as_head_office()
        if not self.env.user.has_group("o2o_order.o2o_order_group_manager"):
            raise UserError(self.env._("Only a manager may delete orders."))
        for order in orders_sudo:
            if order.o2o_stage not in ENDED_STAGES:
                raise UserError(
                    self.env._(
                        "Order %s is not finished: cancel it or wait for its end.",
                        order.name,
                    )
                )
        orders_sudo._o2o_archive(self.env._("Deleted"))

    def _o2o_archive(self, reason):
        for order in self.sudo():  # sudo: the caller may delete these orders
            if not order.active:
                continue
            order.write({"active": False, "o2o_snapshot": order._o2o_take_snapshot()})
            order._o2o_log_change("archive", order.name, "", "", reason)

    def _o2o_take_snapshot(self):
        """What the order said when it was put away, readable without any model."""
        self.ensure_one()
        shipping = self.partner_shipping_id
        return {
            "name": self.name,
            "state": self.state,
            "stage": self.o2o_stage,
            "date_order": fields.Datetime.to_string(self.date_order),
            "member": self.partner_id.name,
            "phone": self.partner_id.phone or "",
            "consignee": shipping._o2o_get_consignee_line(),
            "remark": self.o2o_note or "",
            "amount_total": self.amount_total,
            "currency": self.currency_id.name,
            "cancel_reason": self.o2o_cancel_reason or "",
            "lines": [
                {
                    "product": line.product_id.display_name or line.name,
                    "code": line.product_id.default_code or "",
                    "quantity": line.product_uom_qty,
                    "price_unit": line.price_unit,
                    "total": line.price_total,
                }
                for line in self.order_line
                if not line.display_type
            ],
            "fulfillments": [
                {
                    "name": part.name,
                    "store": part.store_id.name or "",
                    "state": part.state,
                    "tracking": part.carrier_tracking_ref or "",
                }
                for part in self.o2o_fulfillment_ids
            ],
            "payments": [
                {
                    "reference": tx.reference,
                    "provider": tx.provider_id.name,
                    "amount": tx.amount,
                    "state": tx.state,
                }
                for tx in self.transaction_ids
            ],
            "refunds": [
                {"amount": refund.amount, "state": refund.state}
                for refund in self.o2o_refund_ids
            ],
        }

    # === THE MEMBER === #

    def _o2o_can_hide(self):
        self.ensure_one()
        return self.o2o_stage in ENDED_STAGES

    def _o2o_hide(self):
        """The member does not want to see it any more; the house keeps it."""
        for order in self:
            if not order._o2o_can_hide():
                raise UserError(self.env._("Order %s is not finished yet.", order.name))
            order.o2o_is_hidden = True
