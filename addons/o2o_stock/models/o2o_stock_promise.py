"""What happens to promises whose goods went away (idea 4)."""

from odoo import api, models
from odoo.fields import Domain


class O2oStock(models.AbstractModel):
    _inherit = "o2o.stock"

    @api.model
    def _o2o_on_promise_broken(self, product, warehouse, quantity):
        """Hook: break promises of these goods, the newest first, and see to the owners.

        Called after the commit of what took the goods. Owners that find other goods at
        once (another store) do so here.

        :param float quantity: how much is promised beyond what is there; 0 when only
            reservations were lost, see ``_get_unserved``
        :return: list of names of the owners whose promise was broken
        """
        broken = []
        for hold_sudo in self._get_breakable_holds(product, warehouse):
            if product.uom_id.compare(quantity, 0.0) <= 0:
                break
            quantity -= hold_sudo.quantity
            broken.append(hold_sudo.owner_label)
            self._break_hold(hold_sudo)
        for line_sudo in self._get_breakable_lines(product, warehouse):
            if product.uom_id.compare(quantity, 0.0) <= 0:
                break
            quantity -= line_sudo.quantity_product_uom
            broken.append(line_sudo.picking_id.origin or line_sudo.picking_id.name)
            self._break_reservation(line_sudo)
        return broken

    @api.model
    def _get_missing(self, products, warehouses):
        """What is promised beyond what is there.

        :return: ``{(product id, warehouse id): quantity}``, only where promises exist
        """
        available = self._get_available(products, warehouses, channel="office")
        return {
            (product.id, warehouse.id): -free
            for warehouse, by_product in available.items()
            for product, free in by_product.items()
            if product.uom_id.compare(free, 0.0) < 0
            and self._has_promises(product, warehouse)
        }

    @api.model
    def _has_promises(self, product, warehouse):
        """Whether anybody outside the warehouse was promised such goods."""
        return bool(
            self._get_breakable_holds(product, warehouse)
            or self._get_breakable_lines(product, warehouse)
        )

    @api.model
    def _get_breakable_lines(self, product, warehouse):
        """Reservations of online orders, newest first."""
        lines_sudo = self.env["stock.move.line"].sudo()
        return lines_sudo.search(
            lines_sudo._o2o_domain_reserved(product, warehouse)
            & Domain("move_id.sale_line_id", "!=", False)
            & Domain("picked", "=", False),
            order="id desc",
        )

    @api.model
    def _get_kept_for(self, settled, product, warehouse):
        """What of a sale is promised already to the orders it settles; elevated.

        Reserved for the lines, or held for their orders, which hold a product as one.
        What one order keeps serves no other one in the same basket.

        :param dict settled: ``{sale order line: quantity in the product's unit}``
        """
        orders = self.env["sale.order"].union(*(line.order_id for line in settled))
        return sum(
            self._get_kept_for_order(
                order,
                {
                    line: sold
                    for line, sold in settled.items()
                    if line.order_id == order
                },
                product,
                warehouse,
            )
            for order in orders
        )

    @api.model
    def _get_kept_for_order(self, order, settled, product, warehouse):
        lines = self.env["sale.order.line"].union(*settled)
        reserved = self._get_reserved_for(lines, product, warehouse)
        held = self._get_held_by(order._o2o_get_hold_key())
        kept = sum(reserved.mapped("quantity_product_uom"))
        kept += held.get((product, warehouse), 0.0)
        return min(sum(settled.values()), kept)

    @api.model
    def _get_reserved_for(self, sale_lines, product, warehouse):
        """Move lines that keep goods for these lines of sale orders; elevated."""
        lines_sudo = self.env["stock.move.line"].sudo()
        return lines_sudo.search(
            lines_sudo._o2o_domain_reserved(product, warehouse)
            & Domain("move_id.sale_line_id", "in", sale_lines.ids)
            & Domain("picked", "=", False)
        )

    @api.model
    def _free_reserved_for(self, sale_line, product, warehouse, quantity):
        """Give up what is reserved for a sale order's line: it leaves another way."""
        for line_sudo in self._get_reserved_for(sale_line, product, warehouse):
            freed = min(quantity, line_sudo.quantity_product_uom)
            if product.uom_id.compare(freed, 0.0) <= 0:
                break
            quantity -= freed
            line_sudo.quantity -= product.uom_id._compute_quantity(
                freed, line_sudo.product_uom_id, rounding_method="HALF-UP"
            )

    @api.model
    def _break_reservation(self, line_sudo):
        """The order waits for goods again; see ``o2o_order`` for another store."""
        line_sudo.move_id._do_unreserve()

    @api.model
    def _sweep(self):
        """Report what nobody reported: the minute job."""
        pairs = (
            self.env["o2o.stock.hold"]
            .sudo()
            ._read_group(
                self._domain_live(), ["product_id", "warehouse_id"], ["__count"]
            )
        )
        known = {
            (breach.product_id, breach.warehouse_id)
            for breach in self.env["o2o.stock.breach"]
            .sudo()
            .search(Domain("state", "=", "open"))
        }
        if not pairs:
            return
        missing = self._get_missing_of([(p, w) for p, w, _count in pairs])
        for (product, warehouse), quantity in missing.items():
            if (product, warehouse) not in known:
                self.env["o2o.stock.breach"]._report(
                    product, warehouse, quantity, "stock"
                )

    @api.model
    def _get_missing_of(self, pairs):
        """The same as ``_get_missing`` for pairs, in one query."""
        names = {(p.id, w.id): (p, w) for p, w in pairs}
        self._flush_stock()
        rows = self.env.execute_query(
            self._query_free({p for p, _w in names}, {w for _p, w in names})
        )
        return {
            names[p, w]: -float(free)
            for p, w, free in rows
            if (p, w) in names and names[p, w][0].uom_id.compare(float(free), 0.0) < 0
        }

    @api.model
    def _get_breakable_holds(self, product, warehouse):
        """Holds of online orders, newest first."""
        return (
            self.env["o2o.stock.hold"]
            .sudo()
            .search(
                self._domain_live()
                & Domain("product_id", "=", product.id)
                & Domain("warehouse_id", "=", warehouse.id)
                & Domain("channel", "=", "web"),
                order="id desc",
            )
        )

    @api.model
    def _break_hold(self, hold_sudo):
        """Give back what an order held; it looks for the goods elsewhere at once."""
        self._release(hold_sudo.key, self.env._("The goods went away"))
        owner = self._get_owner(hold_sudo)
        if owner and owner._name == "sale.order":
            owner._o2o_on_hold_broken()

    @api.model
    def _get_owner(self, hold_sudo):
        if not hold_sudo.res_model or hold_sudo.res_model not in self.env:
            return None
        return self.env[hold_sudo.res_model].sudo().browse(hold_sudo.res_id).exists()
