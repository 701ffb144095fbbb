import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

ADDRESS_FIELDS = ("name", "phone", "city", "street", "street2")


class O2oOrderChangeWizard(models.TransientModel):
    """Head office changes an order that is under way (ORD-04)."""

    _name = "o2o.order.change.wizard"
    _description = "Change an Order"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("address", "Address"),
            ("lines", "Goods"),
            ("store", "Store"),
            ("remark", "Remark"),
        ],
        string="What",
        required=True,
        default="address",
    )
    reason = fields.Char()
    name = fields.Char(string="Consignee")
    phone = fields.Char()
    country_id = fields.Many2one("res.country")
    state_id = fields.Many2one(
        "res.country.state",
        string="Province",
        domain="[('country_id', '=', country_id)]",
    )
    city = fields.Char()
    street = fields.Char()
    street2 = fields.Char()
    line_ids = fields.One2many("o2o.order.change.wizard.line", "wizard_id")
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment",
        domain="[('order_id', '=', order_id), ('state', 'in',"
        " ['pooled', 'offered', 'accepted', 'picking'])]",
    )
    store_id = fields.Many2one("o2o.store", string="New Store")
    remark = fields.Char()
    seen = fields.Char(help="What can be changed, as it was when this was opened")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        order = self.env["sale.order"].browse(values.get("order_id")).exists()
        if not order:
            return values
        order_sudo = order._o2o_as_head_office()
        partner_sudo = order_sudo.partner_shipping_id
        values.update({name: partner_sudo[name] for name in ADDRESS_FIELDS})
        parts_sudo = order_sudo._o2o_get_live_parts()
        values.update(
            country_id=partner_sudo.country_id.id,
            state_id=partner_sudo.state_id.id,
            remark=order_sudo.o2o_note,
            seen=json.dumps(order_sudo._o2o_get_changeable()),
            fulfillment_id=parts_sudo[:1].id if len(parts_sudo) == 1 else False,
            line_ids=[
                Command.create(
                    {
                        "sale_line_id": line.id,
                        "product_id": line.product_id.id,
                        "old_quantity": line.product_uom_qty,
                        "quantity": line.product_uom_qty,
                    }
                )
                for line in order_sudo._o2o_get_wanted()
            ],
        )
        return values

    def action_apply(self):
        self.ensure_one()
        order_sudo = self.order_id._o2o_as_head_office()
        order_sudo._o2o_lock_for_change()
        self._ensure_unchanged(order_sudo)
        getattr(self, f"_apply_{self.kind}")(order_sudo)
        return {"type": "ir.actions.act_window_close"}

    def _ensure_unchanged(self, order_sudo):
        """What is not known here would be taken out, or put back.

        :raise UserError: somebody else has changed the same thing meanwhile
        """
        now = json.loads(json.dumps(order_sudo._o2o_get_changeable()))
        if json.loads(self.seen or "{}").get(self.kind) != now[self.kind]:
            raise UserError(
                self.env._("The order has changed meanwhile. Open this again.")
            )

    def _apply_address(self, order_sudo):
        """A contact of its own: the addresses of older orders stay as they were."""
        old = order_sudo.partner_shipping_id
        vals = {
            **{name: self[name] for name in ADDRESS_FIELDS},
            "state_id": self.state_id.id,
            "country_id": self.country_id.id,
        }
        if not (self.name or "").strip() or not (self.street or "").strip():
            raise UserError(self.env._("An address needs a name and a street."))
        if all(
            (old[name].id if name.endswith("_id") else old[name]) == value
            for name, value in vals.items()
        ):
            return
        order_sudo._o2o_ensure_can_change("address")
        partner = (
            self.env["res.partner"]
            .sudo()
            .create({**vals, "type": "delivery", "parent_id": order_sudo.partner_id.id})
        )
        order_sudo._o2o_change_address(partner, self.reason)

    def _apply_lines(self, order_sudo):
        known = self.line_ids.filtered("sale_line_id")
        if any(line.sale_line_id.order_id != self.order_id for line in known):
            raise UserError(self.env._("These goods belong to another order."))
        missing = set(order_sudo._o2o_get_wanted()) - set(known.sale_line_id.sudo())
        quantities = {line.sale_line_id.sudo(): line.quantity for line in known}
        # a row that was taken out of the list is taken out of the order
        quantities.update(dict.fromkeys(missing, 0.0))
        order_sudo._o2o_change_lines(
            quantities,
            self.reason,
            added=[
                (line.product_id.sudo(), line.quantity)
                for line in self.line_ids - known
            ],
        )

    def _apply_store(self, order_sudo):
        part_sudo = self.fulfillment_id.sudo()
        if part_sudo.order_id != order_sudo or not self.store_id:
            raise UserError(self.env._("Choose the part of the order and a store."))
        order_sudo._o2o_change_store(part_sudo, self.store_id.sudo(), self.reason)

    def _apply_remark(self, order_sudo):
        order_sudo._o2o_change_remark(self.remark, self.reason)


class O2oOrderChangeWizardLine(models.TransientModel):
    _name = "o2o.order.change.wizard.line"
    _description = "Goods of a Changed Order"

    wizard_id = fields.Many2one(
        "o2o.order.change.wizard", required=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one("sale.order.line", ondelete="cascade")
    product_id = fields.Many2one(
        "product.product", required=True, domain="[('sale_ok', '=', True)]"
    )
    old_quantity = fields.Float(string="Ordered", readonly=True)
    quantity = fields.Float(string="New Quantity", required=True, default=1.0)
