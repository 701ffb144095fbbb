from datetime import timedelta

from odoo import api, fields, models

from ..const import SHORT_MINUTES, HoldKeys


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

    def _process_saved_order(self, draft):
        if not draft and self.state != "cancel":
            self._o2o_spend_settled()
        return super()._process_saved_order(draft)

    def _create_order_picking(self):
        """The goods are claimed by force before they are booked out."""
        self.ensure_one()
        self._o2o_claim_sold()
        # what goes out now is not held as well, see ``_get_own_changes``
        keys = [self._o2o_get_hold_key()]
        if self.shipping_date:
            # the transfer to come takes over what its orders hold
            orders_sudo = self.sudo().lines.sale_order_line_id.order_id
            keys += [order._o2o_get_hold_key() for order in orders_sudo]
        return super(
            PosOrder,
            self.with_context(
                o2o_stock_document=self.name, o2o_stock_sold=HoldKeys(keys)
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

    def _o2o_get_warehouse(self):
        """The stock this sale is from; elevated, cashiers may not read warehouses."""
        self.ensure_one()
        return self.config_id.sudo().picking_type_id.warehouse_id

    def _o2o_claim_sold(self):
        """Make sure that the sale's goods are held for it; tell who loses them.

        What is kept for the orders that it settles goes out with it and is no loss of
        anybody else. Held a second time it would count twice until the commit.
        """
        self.ensure_one()
        warehouse = self._o2o_get_warehouse()
        wanted = self._o2o_get_sold()
        if not warehouse or not wanted or self.shipping_date:
            return
        # sudo: cashiers write no holds
        stock_sudo = self.env["o2o.stock"].sudo()
        for product, settled in self.lines._o2o_get_settled().items():
            wanted[product] -= stock_sudo._get_kept_for(settled, product, warehouse)
        held = stock_sudo._get_held_by(self._o2o_get_hold_key())
        if all(
            product.uom_id.compare(held.get((product, warehouse), 0.0), quantity) >= 0
            for product, quantity in wanted.items()
        ):
            return
        for shortage in self._o2o_claim_by_force(warehouse, wanted):
            product = shortage["product"]
            if not stock_sudo._has_promises(product, warehouse):
                continue
            self.env["o2o.stock.breach"]._report(
                product,
                warehouse,
                shortage["wanted"] - shortage["available"],
                "sale",
                document=self.name,
                pos_config_id=self.config_id.id,
            )

    def _o2o_claim_by_force(self, warehouse, quantities):
        """:return: list of shortages: what others have to be told"""
        # sudo: cashiers write no holds
        return (
            self.env["o2o.stock"]
            .sudo()
            ._claim_by_force(
                self._o2o_get_hold_key(),
                [(product, warehouse, it) for product, it in quantities.items()],
                fields.Datetime.now() + timedelta(minutes=SHORT_MINUTES),
                "office",
                {"res_model": self._name, "res_id": self.id, "owner_name": self.name},
            )
        )

    def _o2o_spend_settled(self):
        """What an order that is settled holds without reservation leaves with the sale.

        So it is with quotations, and where people reserve by hand. Goods that are
        shipped later are still here: their transfer takes the holds over.
        """
        self.ensure_one()
        warehouse = self._o2o_get_warehouse()
        if not warehouse or self.shipping_date:
            return
        # sudo: cashiers read neither holds nor reservations
        stock_sudo = self.env["o2o.stock"].sudo()
        for product, settled in self.lines._o2o_get_settled().items():
            for sale_line_sudo, quantity in settled.items():
                reserved = stock_sudo._get_reserved_for(
                    sale_line_sudo, product, warehouse
                )
                rest = quantity - sum(reserved.mapped("quantity_product_uom"))
                if product.uom_id.compare(rest, 0.0) > 0:
                    stock_sudo._take_allowance(
                        sale_line_sudo.order_id._o2o_get_hold_key(),
                        product,
                        warehouse,
                        rest,
                    )

    def _o2o_release_quotations(self):
        """A quotation that is settled claims anew what is left of it.

        What is left of a website's is handed out here as well; the office has chosen
        where its own come from.
        """
        warehouse = self._o2o_get_warehouse()
        for order in self.sudo().lines.sale_order_line_id.order_id:
            if order.state not in ("draft", "sent"):
                continue
            self.env["o2o.stock"].sudo()._release(order._o2o_get_hold_key(), "settled")
            if warehouse and order._o2o_is_online():
                order.warehouse_id = warehouse

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
        warehouse, sold = self._o2o_get_warehouse(), self._o2o_get_sold()
        if warehouse and sold:
            # what its orders kept is now kept for the sale
            self._o2o_claim_by_force(warehouse, sold)
            stock_sudo._keep_unspent([key])

    @api.model
    def _o2o_release_booked(self, orders):
        """Stock was booked at the closing of the session."""
        for order in orders:
            self.env["o2o.stock"].sudo()._use(order._o2o_get_hold_key())
