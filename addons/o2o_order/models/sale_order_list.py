"""What the order list of head office shows and finds (ORD-02, ORD-03)."""

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_consignee = fields.Char(
        string="Consignee", compute="_compute_o2o_consignee", compute_sudo=True
    )
    o2o_consignee_phone = fields.Char(
        string="Phone", compute="_compute_o2o_consignee", compute_sudo=True
    )
    o2o_consignee_address = fields.Char(
        string="Consignee Address", compute="_compute_o2o_consignee", compute_sudo=True
    )
    o2o_payment_label = fields.Char(
        string="Pay Method", compute="_compute_o2o_payment_label", compute_sudo=True
    )
    o2o_delivery_label = fields.Char(
        string="Hand-out Method",
        compute="_compute_o2o_delivery_label",
        compute_sudo=True,
    )
    o2o_store_names = fields.Char(
        string="Stores", compute="_compute_o2o_store_names", compute_sudo=True
    )
    o2o_tracking = fields.Char(
        string="Tracking Numbers",
        compute="_compute_o2o_store_names",
        compute_sudo=True,
    )
    o2o_goods_label = fields.Char(string="Goods", compute="_compute_o2o_goods_label")

    @api.depends("partner_shipping_id", "partner_id", "carrier_id", "o2o_wished_kind")
    def _compute_o2o_consignee(self):
        """A pick-up order is received by the member; its address is the store."""
        for order in self:
            is_pickup = order._o2o_is_pickup()
            partner = order.partner_id if is_pickup else order.partner_shipping_id
            order.o2o_consignee = partner.name or order.partner_id.name
            order.o2o_consignee_phone = partner.phone or order.partner_id.phone
            order.o2o_consignee_address = (
                "" if is_pickup else partner._o2o_get_address_line()
            )

    @api.depends("transaction_ids.state")
    def _compute_o2o_payment_label(self):
        for order in self:
            order.o2o_payment_label = order._o2o_get_payment_label()

    @api.depends("carrier_id", "o2o_wished_kind", "website_id")
    def _compute_o2o_delivery_label(self):
        kinds = dict(
            self.env["o2o.fulfillment"]
            ._fields["delivery_kind"]
            ._description_selection(self.env)
        )
        for order in self:
            kind = "pickup" if order._o2o_is_pickup() else "delivery"
            order.o2o_delivery_label = order.carrier_id.name or kinds[kind]

    @api.depends(
        "o2o_fulfillment_ids.store_id", "o2o_fulfillment_ids.carrier_tracking_ref"
    )
    def _compute_o2o_store_names(self):
        for order in self:
            parts = order.o2o_fulfillment_ids
            order.o2o_store_names = ", ".join(parts.store_id.mapped("name"))
            order.o2o_tracking = ", ".join(
                filter(None, parts.mapped("carrier_tracking_ref"))
            )

    @api.depends("order_line.product_id", "order_line.product_uom_qty")
    def _compute_o2o_goods_label(self):
        for order in self:
            order.o2o_goods_label = ", ".join(
                f"{line.product_id.display_name} x {line.product_uom_qty:g}"
                for line in order.order_line
                if line._o2o_is_goods()
            )
