from odoo import fields, models
from odoo.tools import SQL


class O2oStockWarning(models.Model):
    """Goods of a warehouse that need a person: too few, too many, or asleep (PROD-05).

    A view of the database, so it is never out of date.
    """

    _name = "o2o.stock.warning"
    _description = "Stock warning"
    _auto = False
    _order = "kind, warehouse_id, product_id"
    _rec_name = "product_id"

    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one(related="product_id.categ_id")
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(
        [
            ("out", "Sold out"),
            ("low", "Below the minimum"),
            ("excess", "More than the maximum"),
            ("slow", "Does not move"),
        ],
        readonly=True,
    )
    on_hand = fields.Float(digits="Product Unit", readonly=True)
    reserved = fields.Float(digits="Product Unit", readonly=True)
    held = fields.Float(digits="Product Unit", readonly=True)
    available = fields.Float(
        digits="Product Unit", readonly=True, help="On hand, not reserved and not held"
    )
    minimum = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Of the reordering rule, or the safety stock of this product",
    )
    maximum = fields.Float(digits="Product Unit", readonly=True)
    to_order = fields.Float(
        digits="Product Unit", readonly=True, help="Missing to the maximum"
    )
    last_sale = fields.Datetime(
        readonly=True, help="Last time goods left for customers"
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH stock AS (
                SELECT quant.product_id, place.warehouse_id,
                       SUM(COALESCE(quant.quantity, 0)) AS on_hand,
                       SUM(COALESCE(quant.reserved_quantity, 0)) AS reserved
                  FROM stock_quant quant
                  JOIN stock_location place ON place.id = quant.location_id
                 WHERE place.usage = 'internal' AND place.warehouse_id IS NOT NULL
                 GROUP BY quant.product_id, place.warehouse_id
            ), promised AS (
                SELECT product_id, warehouse_id, SUM(quantity) AS held
                  FROM o2o_stock_hold
                 WHERE state = 'active' AND until > %(now)s
                 GROUP BY product_id, warehouse_id
            ), rule AS (
                SELECT product_id, warehouse_id, MAX(minimum) AS minimum,
                       MAX(maximum) AS maximum
                  FROM (
                       SELECT product_id, warehouse_id, product_min_qty AS minimum,
                              NULLIF(product_max_qty, 0) AS maximum
                         FROM stock_warehouse_orderpoint
                        WHERE active
                       UNION ALL
                       SELECT safety.product_id, warehouse.id, safety.quantity, NULL
                         FROM o2o_stock_safety safety
                         JOIN stock_warehouse warehouse
                           ON warehouse.company_id = safety.company_id
                          AND COALESCE(safety.warehouse_id, warehouse.id)
                              = warehouse.id
                        WHERE safety.active AND safety.product_id IS NOT NULL
                       ) each_rule
                 GROUP BY product_id, warehouse_id
            ), sold AS (
                SELECT line.product_id, place.warehouse_id, MAX(line.date) AS last_sale
                  FROM stock_move_line line
                  JOIN stock_location place ON place.id = line.location_id
                  JOIN stock_location target ON target.id = line.location_dest_id
                 WHERE line.state = 'done' AND target.usage = 'customer'
                   AND line.date > %(now)s - interval '2 years'
                 GROUP BY line.product_id, place.warehouse_id
            ), each_pair AS (
                SELECT product.id AS product_id, warehouse.id AS warehouse_id,
                       warehouse.company_id,
                       COALESCE(stock.on_hand, 0) AS on_hand,
                       COALESCE(stock.reserved, 0) AS reserved,
                       COALESCE(promised.held, 0) AS held,
                       COALESCE(stock.on_hand, 0) - COALESCE(stock.reserved, 0)
                       - COALESCE(promised.held, 0) AS available,
                       rule.minimum, rule.maximum, sold.last_sale,
                       COALESCE(product.create_date, %(now)s) AS known_since,
                       company.o2o_slow_days AS slow_days,
                       sold.last_sale IS NOT NULL AS was_sold
                  FROM (
                       SELECT product_id, warehouse_id FROM stock
                       UNION
                       SELECT product_id, warehouse_id FROM rule
                       ) pair
                  JOIN product_product product
                    ON product.id = pair.product_id AND product.active
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id AND template.is_storable
                  JOIN stock_warehouse warehouse
                    ON warehouse.id = pair.warehouse_id AND warehouse.active
                  JOIN res_company company ON company.id = warehouse.company_id
                  LEFT JOIN stock USING (product_id, warehouse_id)
                  LEFT JOIN promised USING (product_id, warehouse_id)
                  LEFT JOIN rule USING (product_id, warehouse_id)
                  LEFT JOIN sold USING (product_id, warehouse_id)
            ), judged AS (
                SELECT *,
                       CASE
                       WHEN available <= 0
                            AND (was_sold OR minimum IS NOT NULL OR on_hand > 0)
                       THEN 'out'
                       WHEN available < minimum THEN 'low'
                       WHEN maximum IS NOT NULL AND on_hand > maximum THEN 'excess'
                       WHEN on_hand > 0 AND slow_days > 0
                            AND GREATEST(COALESCE(last_sale, known_since), known_since)
                                < %(now)s - make_interval(days => slow_days)
                       THEN 'slow'
                       END AS kind
                  FROM each_pair
            )
            SELECT (warehouse_id::bigint << 31) | product_id AS id,
                   product_id, warehouse_id, company_id, kind, on_hand, reserved, held,
                   available, COALESCE(minimum, 0) AS minimum,
                   COALESCE(maximum, 0) AS maximum, last_sale,
                   GREATEST(COALESCE(maximum, minimum, 0) - available, 0) AS to_order
              FROM judged
             WHERE kind IS NOT NULL
            """,
            now=fields.Datetime.now(),
        )
