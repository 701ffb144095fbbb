from odoo import models
from odoo.tools import SQL


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def init(self):
        result = super().init()
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION o2o_stock_lock_quants(ids int[], at_most int)
            RETURNS SETOF int LANGUAGE plpgsql AS $$
            BEGIN
                RETURN QUERY
                SELECT quant.id
                  FROM stock_quant quant
                  JOIN unnest(ids) WITH ORDINALITY AS wanted(id, rank)
                    ON wanted.id = quant.id
                 ORDER BY wanted.rank
                 LIMIT at_most
                   FOR NO KEY UPDATE OF quant SKIP LOCKED;
            EXCEPTION WHEN serialization_failure THEN
                RETURN;
            END $$
            """
        )
        return result

    def try_lock_for_update(self, *, allow_referencing=False, limit=None):
        """A quant that somebody changed meanwhile is treated as one that is locked.

        Odoo adds a second quant where the first is locked, and sums them afterwards.
        It starts the whole request again where the first was changed a moment ago,
        after a random sleep of seconds: tills of one store and orders of one product
        would stand in line for nothing (``docs/benchmarks.md``, four tills).
        """
        if not self.env.context.get("o2o_stock_delta") or not self.ids:
            return super().try_lock_for_update(
                allow_referencing=allow_referencing, limit=limit
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM o2o_stock_lock_quants(%s::int[], %s)",
                self.ids,
                limit or len(self.ids),
            )
        )
        locked = {row[0] for row in rows}
        return self.filtered(lambda quant: quant.id in locked)

    def _update_available_quantity(
        self,
        product_id,
        location_id,
        quantity=False,
        reserved_quantity=False,
        lot_id=None,
        package_id=None,
        owner_id=None,
        in_date=None,
    ):
        quants = self.with_context(o2o_stock_delta=True)
        if (reserved_quantity or 0.0) < 0:
            reserved_quantity = quants._o2o_unreserve_each(
                product_id, location_id, reserved_quantity, lot_id, package_id, owner_id
            )
            if not (quantity or reserved_quantity):
                available = self.sudo()._get_available_quantity(
                    product_id,
                    location_id,
                    lot_id=lot_id,
                    package_id=package_id,
                    owner_id=owner_id,
                    strict=True,
                    allow_negative=True,
                )
                return available, in_date
        return super(StockQuant, quants)._update_available_quantity(
            product_id,
            location_id,
            quantity=quantity,
            reserved_quantity=reserved_quantity,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            in_date=in_date,
        )

    def _o2o_unreserve_each(
        self, product, location, reserved_quantity, lot, package, owner
    ):
        """Give back a reservation that is spread over several quants.

        Odoo takes it from the first quant it can lock and stops at zero there; what
        stood on the second one would stay reserved for nobody.

        :return: what is still to be given back, zero or negative
        """
        quants = self.sudo()._gather(
            product,
            location,
            lot_id=lot,
            package_id=package,
            owner_id=owner,
            strict=True,
        )
        reserved = quants.filtered(lambda quant: quant.reserved_quantity > 0)
        if len(quants) < 2 or not reserved:
            return reserved_quantity
        for quant in reserved.try_lock_for_update(allow_referencing=True):
            part = min(quant.reserved_quantity, -reserved_quantity)
            quant.reserved_quantity -= part
            reserved_quantity += part
            if product.uom_id.is_zero(reserved_quantity):
                return 0.0
        return reserved_quantity
