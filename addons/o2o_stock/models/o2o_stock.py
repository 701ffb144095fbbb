"""What is free, what is promised, and to whom."""

import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import get_hold_keys

_logger = logging.getLogger(__name__)


class O2oStock(models.AbstractModel):
    """Stock is promised once (invariant 3): on hand - reserved - held - safety stock.

    Why claims have transactions of their own: Odoo's requests run in REPEATABLE READ,
    where two that look at one stock see the same old number, and where a row that both
    change makes one of them start again. A claim takes a second connection in READ
    COMMITTED, waits for the advisory locks of its goods (always in one order), reads,
    writes its rows and commits: milliseconds, and nobody starts again.

    A claim is therefore durable at once, whatever becomes of the request; if the
    request fails, the hold runs out by its time. All other writes of holds happen
    *after* the commit of the transaction that asked for them: a main transaction never
    writes a hold, so it never keeps a claim waiting. When goods are reserved, the hold
    ends after the reservation is committed: for an instant the goods count twice,
    never not at all.

    Where the cursor may not commit (Odoo's tests, the installation of modules)
    everything happens in that cursor.
    """

    _name = "o2o.stock"
    _description = "Stock promises"

    @api.model
    def _get_available(self, products, warehouses, channel="web", ignore_keys=()):
        """What may still be promised, in one query.

        With ``o2o_stock_fresh`` in the context the query sees what is committed now,
        not what was when the request began; with ``o2o_stock_ignore`` (``HoldKeys``)
        the holds of those keys count as free as well.

        :param str channel: of ``const.CHANNELS``: whose safety stock is kept back
        :param ignore_keys: holds that do not count, such as the asker's own
        :return: ``{warehouse: {product: quantity in the product's unit}}``, complete
        """
        if not products or not warehouses:
            return {warehouse: {} for warehouse in warehouses}
        ignored = [*ignore_keys, *get_hold_keys(self.env, "o2o_stock_ignore")]
        query = self._query_free(products.ids, warehouses.ids, ignored)
        if self.env.context.get("o2o_stock_fresh") and not self._is_bound():
            with self._short_transaction() as cr:
                cr.execute(query)
                rows = cr.fetchall()
        else:
            self._flush_stock()
            rows = self.env.execute_query(query)
        free = {(product, warehouse): float(it) for product, warehouse, it in rows}
        safety = self._get_safety(products, warehouses, channel)
        return {
            warehouse: {
                product: product.uom_id.round(
                    free.get((product.id, warehouse.id), 0.0)
                    - safety.get((product.id, warehouse.id), 0.0)
                )
                for product in products
            }
            for warehouse in warehouses
        }

    @api.model
    def _get_safety(self, products, warehouses, channel):
        """:return: ``{(product id, warehouse id): quantity}``, only what is not 0"""
        return self.env["o2o.stock.safety"]._resolve(products, warehouses, channel)

    @api.model
    def _get_held(self, products, warehouses):
        """What is held of these products.

        :param warehouses: empty for all of the companies in use
        :return: ``{product id: quantity}``
        """
        domain = self._domain_live() & Domain("product_id", "in", products.ids)
        if warehouses:
            domain &= Domain("warehouse_id", "in", warehouses.ids)
        else:
            domain &= Domain("warehouse_id.company_id", "in", self.env.companies.ids)
        if ignored := get_hold_keys(self.env, "o2o_stock_ignore"):
            domain &= Domain("key", "not in", list(ignored))
        rows = (
            self.env["o2o.stock.hold"]
            .sudo()
            ._read_group(domain, ["product_id"], ["quantity:sum"])
        )
        return {product.id: quantity for product, quantity in rows}

    @api.model
    def _get_promises(self, product, warehouse):
        """Who the goods are promised to: holds, newest first, for people to read.

        :return: list of dict ``key``, ``owner``, ``quantity``, ``until`` (naive UTC),
            ``channel``
        """
        holds_sudo = (
            self.env["o2o.stock.hold"].sudo().search(self._domain_live())
        ).filtered_domain(
            Domain("product_id", "=", product.id)
            & Domain("warehouse_id", "=", warehouse.id)
        )
        return [
            {
                "key": hold.key,
                "owner": hold.owner_label,
                "quantity": hold.quantity,
                "until": hold.until,
                "channel": hold.channel,
            }
            for hold in holds_sudo
        ]

    @api.model
    def _domain_live(self):
        return Domain("state", "=", "active") & Domain(
            "until", ">", fields.Datetime.now()
        )

    @api.model
    def _query_free(self, product_ids, warehouse_ids=None, ignored=()):
        """Rows ``product_id, warehouse_id, free`` = on hand - reserved - held.

        Where nothing was ever there is no row. Quants are summed whatever their number:
        Odoo adds a second one where the first is locked. Only internal places of a
        warehouse count. Safety stock is not in it, see ``_get_safety``.

        :param warehouse_ids: ``None`` for all
        :param ignored: keys whose holds count as free
        :return: ``SQL``, to execute or to join
        """
        here = there = SQL("TRUE")
        if warehouse_ids is not None:
            here = SQL("place.warehouse_id = ANY(%s)", list(warehouse_ids))
            there = SQL("hold.warehouse_id = ANY(%s)", list(warehouse_ids))
        if ignored := list(ignored):
            there = SQL("%s AND hold.key <> ALL(%s)", there, ignored)
        return SQL(
            """
            SELECT product_id, warehouse_id, SUM(quantity) AS free
              FROM (
                    SELECT quant.product_id, place.warehouse_id,
                           COALESCE(quant.quantity, 0)
                           - COALESCE(quant.reserved_quantity, 0) AS quantity
                      FROM stock_quant quant
                      JOIN stock_location place ON place.id = quant.location_id
                     WHERE quant.product_id = ANY(%(products)s)
                       AND place.usage = 'internal'
                       AND place.warehouse_id IS NOT NULL
                       AND %(here)s
                    UNION ALL
                    SELECT hold.product_id, hold.warehouse_id, -hold.quantity
                      FROM o2o_stock_hold hold
                     WHERE hold.product_id = ANY(%(products)s)
                       AND hold.state = 'active'
                       AND hold.until > %(now)s
                       AND %(there)s
                   ) each_row
             GROUP BY product_id, warehouse_id
            """,
            products=list(product_ids),
            here=here,
            there=there,
            now=fields.Datetime.now(),
        )

    @api.model
    def _query_held(self, product_ids, ignored=()):
        """Rows ``product_id, warehouse_id, quantity`` of what is held, to be joined."""
        self.env["o2o.stock.hold"].flush_model()
        return SQL(
            """
            SELECT hold.product_id, hold.warehouse_id, hold.quantity
              FROM o2o_stock_hold hold
             WHERE hold.product_id = ANY(%s)
               AND hold.state = 'active'
               AND hold.until > %s
               AND hold.key <> ALL(%s)
            """,
            list(product_ids),
            fields.Datetime.now(),
            list(ignored),
        )

    @api.model
    def _query_safety(self, product_ids, channel):
        """Rows ``product_id, warehouse_id, quantity`` of safety stock, to be joined.

        :return: ``SQL``, or ``None`` where no rule can apply
        """
        rules = self.env["o2o.stock.safety"]
        return rules._query(product_ids, channel)

    @api.model
    def _get_news(self, product_ids, ignored=()):
        """What others have changed since this request began.

        :return: list of ``(product id, warehouse id, how much less is free)``
        """
        if self._is_bound():
            return []
        query = self._query_free(product_ids, ignored=ignored)
        self._flush_stock()
        old = {(p, w): float(free) for p, w, free in self.env.execute_query(query)}
        with self._short_transaction() as cr:
            cr.execute(query)
            new = {(p, w): float(free) for p, w, free in cr.fetchall()}
        return [
            (*pair, old.get(pair, 0.0) - new.get(pair, 0.0))
            for pair in old.keys() | new.keys()
            if abs(old.get(pair, 0.0) - new.get(pair, 0.0)) > 1e-6
        ]
