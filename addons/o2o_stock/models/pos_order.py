from datetime import timedelta

from odoo import api, fields, models

from ..const import SHORT_MINUTES


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _o2o_get_hold_key(self):
        self.ensure_one()
        return f"pos.order/{self.uuid}"

    @api.model
    def _process_order(self, order, existing_order):
        """A sale that comes in is never refused: the goods are gone.

        What it takes from others is written down and repaired after the commit.
        """
        order_id = super()._process_order(order, existing_order)
        self.browse(order_id)._o2o_note_sale()
        return order_id

    def _create_order_picking(self):
        """The goods are claimed by force before they are booked out."""
        self.ensure_one()
        self._o2o_claim_sold()
        return super(
            PosOrder,
            self.with_context(
                o2o_stock_document=self.name,
                # what goes out now is not held as well, see ``_get_own_changes``
                o2o_stock_sold=[self._o2o_get_hold_key()],
            ),
        )._create_order_picking()

    def _o2o_get_sold(self):
        """:return: ``{product: quantity in its unit}`` that leaves the store now"""
        self.ensure_one()
        sold = {}
        for line in self.lines:
            if line.product_id.is_storable and line.qty > 0:
                product = line.product_id
                sold[product] = sold.get(product, 0.0) + line.qty
        return sold

    def _o2o_claim_sold(self):
        """Make sure that the sale's goods are held for it; tell who loses them."""
        self.ensure_one()
        warehouse = self.config_id.picking_type_id.warehouse_id
        sold = self._o2o_get_sold()
        if not warehouse or not sold or self.shipping_date:
            return
        # sudo: cashiers write no holds
        stock_sudo = self.env["o2o.stock"].sudo()
        held = stock_sudo._get_held_by(self._o2o_get_hold_key())
        if all(
            product.uom_id.compare(held.get((product, warehouse), 0.0), quantity) >= 0
            for product, quantity in sold.items()
        ):
            return
        kept = self._o2o_get_kept(warehouse)
        shortages = stock_sudo._claim_by_force(
            self._o2o_get_hold_key(),
            [(product, warehouse, quantity) for product, quantity in sold.items()],
            fields.Datetime.now() + timedelta(minutes=SHORT_MINUTES),
            "office",
            {"res_model": self._name, "res_id": self.id, "owner_name": self.name},
        )
        for shortage in shortages:
            product = shortage["product"]
            missing = shortage["wanted"] - shortage["available"]
            missing -= kept.get(product, 0.0)
            if product.uom_id.compare(missing, 0.0) <= 0 or not (
                stock_sudo._has_promises(product, warehouse)
            ):
                continue
            self.env["o2o.stock.breach"]._report(
                product,
                warehouse,
                missing,
                "sale",
                document=self.name,
                pos_config_id=self.config_id.id,
            )

    def _o2o_get_kept(self, warehouse):
        """What of this sale is kept for the orders that it settles.

        It goes out with the sale and is no loss of anybody else.

        :return: ``{product: quantity}``
        """
        # sudo: cashiers read neither holds nor reservations
        stock_sudo = self.env["o2o.stock"].sudo()
        return {
            product: stock_sudo._get_kept_for(
                {
                    sale_line: sum(lines.mapped("qty"))
                    for sale_line, lines in settled.grouped(
                        lambda line: line.sudo().sale_order_line_id
                    ).items()
                },
                product,
                warehouse,
            )
            for product, settled in self.lines._o2o_get_settled().items()
        }

    def _o2o_release_quotations(self):
        """A quotation that is settled claims anew what is left of it."""
        for order in self.sudo().lines.sale_order_line_id.order_id:
            if order.state in ("draft", "sent"):
                self.env["o2o.stock"].sudo()._release(
                    order._o2o_get_hold_key(), "settled"
                )

    def _o2o_note_sale(self):
        """The sale's hold ends with the goods: now, or when the session is closed."""
        self.ensure_one()
        if self.state not in ("paid", "done"):
            return
        self._o2o_release_quotations()
        stock_sudo = self.env["o2o.stock"].sudo()
        key = self._o2o_get_hold_key()
        if self._should_create_picking_real_time() or self.shipping_date:
            stock_sudo._use(key)
            return
        self._o2o_claim_sold()
        stock_sudo._keep_unspent([key])

    @api.model
    def _o2o_release_booked(self, orders):
        """Stock was booked at the closing of the session."""
        for order in orders:
            self.env["o2o.stock"].sudo()._use(order._o2o_get_hold_key())
