from odoo import models
from odoo.fields import Domain

_LOST = "o2o_stock.lost"


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _free_reservation(
        self,
        product_id,
        location_id,
        quantity,
        lot_id=None,
        package_id=None,
        owner_id=None,
        ml_ids_to_ignore=None,
    ):
        """Odoo takes reservations from others here, silently: note whose goods went."""
        warehouse = location_id.warehouse_id
        losers = self.browse()
        if product_id.is_storable and warehouse and location_id.usage == "internal":
            losers = (
                self.sudo()
                .search(self._o2o_domain_reserved(product_id, warehouse))
                .filtered(lambda line: not line.picked and line not in self)
            )
        before = {move: move.quantity for move in losers.move_id}
        result = super()._free_reservation(
            product_id,
            location_id,
            quantity,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            ml_ids_to_ignore=ml_ids_to_ignore,
        )
        if any(
            move.product_uom.compare(move.quantity, quantity) < 0
            for move, quantity in before.items()
        ):
            self._o2o_get_lost().add((product_id.id, warehouse.id))
        return result

    def _o2o_get_lost(self):
        return self.env.cr.postcommit.data.setdefault(_LOST, set())

    def _o2o_pop_lost(self):
        """:return: set of ``(product id, warehouse id)`` that lost reservations"""
        lost = set(self._o2o_get_lost())
        self._o2o_get_lost().clear()
        return lost

    def _o2o_domain_reserved(self, product, warehouse):
        """Move lines that keep goods of a warehouse for somebody outside of it."""
        return (
            Domain("product_id", "=", product.id)
            & Domain("location_id.warehouse_id", "=", warehouse.id)
            & Domain("state", "in", ("assigned", "partially_available"))
            & Domain("quantity_product_uom", ">", 0)
        )
