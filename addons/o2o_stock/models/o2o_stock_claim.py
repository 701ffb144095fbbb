"""Promising: a claim is granted whole, or names what is short."""

import logging

from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import CLAIMED, SPENT

_logger = logging.getLogger(__name__)


class O2oStock(models.AbstractModel):
    """Claims: locked, read, written and committed in milliseconds."""

    _inherit = "o2o.stock"

    @api.model
    def _claim(self, key, demands, until, channel="web", values=None, ignore_keys=()):
        """Promise goods to ``key``, all or nothing; durable when this returns.

        Idempotent: the same key and quantities find their own hold (and prolong it);
        other quantities replace it, within the same locks.

        :param str key: who asks, such as ``sale.order/42``
        :param demands: list of ``(product, warehouse, quantity in the product's unit)``
        :param datetime until: naive UTC
        :param dict values: ``res_model``, ``res_id``, ``owner_name`` of the owner
        :return: list of shortages, dicts ``product``, ``warehouse``, ``wanted``,
            ``available``; empty when the goods are promised
        """
        _granted, shortages = self._settle_once(
            key, demands, until, channel, values, ignore_keys=ignore_keys
        )
        return shortages

    @api.model
    def _claim_by_force(self, key, demands, until, channel, values=None):
        """Write down that goods are gone, or going, whoever they were promised to.

        :return: list of shortages: what others have to be told
        """
        _granted, shortages = self._settle_once(
            key, demands, until, channel, values, forced=True
        )
        return shortages

    @api.model
    def _claim_part(self, key, demands, until, channel, values=None, ignore_keys=()):
        """Promise what there is.

        :return: ``{(product, warehouse): quantity}`` that was promised
        """
        granted, _shortages = self._settle_once(
            key, demands, until, channel, values, ignore_keys=ignore_keys, partly=True
        )
        return granted

    @api.model
    def _settle_once(self, *args, **kwargs):
        """Claim on a connection of its own, or here when the goods are unknown there.

        A script may create a product, receive and sell it before it commits. Nobody
        else can want such goods, and no other connection could hold them.
        """
        try:
            return self._settle(*args, **kwargs)
        except pg.ForeignKeyViolation:
            if self._is_bound():
                raise
            self._bind()
            return self._settle(*args, **kwargs)

    @api.model
    def _settle(
        self,
        key,
        demands,
        until,
        channel,
        values,
        *,
        ignore_keys=(),
        partly=False,
        forced=False,
    ):
        wanted = self._sum_demands(demands)
        pairs = sorted((p.id, w.id) for p, w in wanted)
        names = {(p.id, w.id): (p, w) for p, w in wanted}
        need = {(p.id, w.id): quantity for (p, w), quantity in wanted.items()}
        products = self.env["product.product"].union(*(p for p, _w in wanted))
        warehouses = self.env["stock.warehouse"].union(*(w for _p, w in wanted))
        if self._is_claimed(key, need, until):
            return wanted, []
        safety = self._get_safety(products, warehouses, channel)
        short = []
        with self._claiming() as cr:
            free = self._lock_and_read(cr, pairs, [key, *ignore_keys])
            free = {pair: free[pair] - safety.get(pair, 0.0) for pair in pairs}
            own_rows = self._lock_own_rows(cr, key)
            short = self._find_short(cr, names, free, need, own_rows)
            if short and partly:
                for pair in short:
                    need[pair] = max(names[pair][0].uom_id.round(free[pair]), 0.0)
                need = {p: q for p, q in need.items() if q > 0}
            if partly or forced or not short:
                self._write_holds(cr, key, own_rows, need, free, until, channel, values)
        shortages = [
            {
                "product": names[pair][0],
                "warehouse": names[pair][1],
                "wanted": wanted[names[pair]],
                "available": max(names[pair][0].uom_id.round(free[pair]), 0.0),
            }
            for pair in short
        ]
        if partly or forced or not short:
            self._allow(key, need, until)
        self._forget_cache()
        return {names[pair]: quantity for pair, quantity in need.items()}, shortages

    @api.model
    def _sum_demands(self, demands):
        wanted = {}
        for product, warehouse, quantity in demands:
            pair = (product, warehouse)
            wanted[pair] = product.uom_id.round(wanted.get(pair, 0.0) + quantity)
        return {pair: quantity for pair, quantity in wanted.items() if quantity > 0}

    @api.model
    def _find_short(self, cr, names, free, need, own_rows):
        """What cannot be promised; ``free`` learns what this request has changed.

        What a key holds already stays promised to it, whatever happened since.
        """
        now = fields.Datetime.now()
        kept = {
            (product_id, warehouse_id): quantity
            for _id, product_id, warehouse_id, quantity, end in own_rows
            if end > now
        }

        def is_short(pair):
            product, _warehouse = names[pair]
            most = max(free[pair], kept.get(pair, 0.0))
            return product.uom_id.compare(most, need[pair]) < 0

        short = [pair for pair in need if is_short(pair)]
        if short:
            for pair, more in self._get_own_changes(cr, short).items():
                free[pair] += more
        return [pair for pair in short if is_short(pair)]

    @api.model
    def _lock_and_read(self, cr, pairs, ignored):
        """Wait for the goods' turn, then look: two statements, one round trip.

        :return: ``{(product id, warehouse id): on hand - reserved - held}``
        """
        if not pairs:
            return {}
        cr.execute(
            SQL(
                """
                SELECT pg_advisory_xact_lock(goods.product_id, goods.warehouse_id)
                  FROM unnest(%s::int[], %s::int[])
                       AS goods(product_id, warehouse_id);
                %s
                """,
                [product for product, _warehouse in pairs],
                [warehouse for _product, warehouse in pairs],
                self._query_free(
                    {product for product, _warehouse in pairs},
                    {warehouse for _product, warehouse in pairs},
                    ignored,
                ),
            )
        )
        free = dict.fromkeys(pairs, 0.0)
        for product_id, warehouse_id, quantity in cr.fetchall():
            if (product_id, warehouse_id) in free:
                free[product_id, warehouse_id] = float(quantity)
        return free

    @api.model
    def _get_own_changes(self, cr, pairs):
        """What this request has changed and not committed yet.

        A receipt and the reservation of what it brought, or the way of an order from
        one transfer to another, happen in one request. The claim on its own connection
        does not see them, so they are added. A row of a transaction that is no older
        than this one, and that can be read here all the same, can only be its own:
        others that began later are not seen (REPEATABLE READ), and what is written
        within a savepoint has a later number than the transaction itself.
        """
        if cr is self.env.cr:
            return {}
        self._flush_stock()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT quant.id, quant.product_id, place.warehouse_id,
                       COALESCE(quant.quantity, 0.0)
                       - COALESCE(quant.reserved_quantity, 0.0)
                  FROM stock_quant quant
                  JOIN stock_location place ON place.id = quant.location_id
                 WHERE quant.product_id = ANY(%s)
                   AND place.warehouse_id = ANY(%s)
                   AND place.usage = 'internal'
                   -- numbers are compared in a circle of 2^32
                   AND (quant.xmin::text::bigint - txid_current() %% 4294967296
                        + 4294967296) %% 4294967296 < 2147483648
                """,
                [product for product, _warehouse in pairs],
                [warehouse for _product, warehouse in pairs],
            )
        )
        if not rows:
            return {}
        # what the others see of the same rows
        cr.execute(
            SQL(
                "SELECT id, COALESCE(quantity, 0.0) - COALESCE(reserved_quantity, 0.0)"
                "  FROM stock_quant WHERE id = ANY(%s)",
                [row[0] for row in rows],
            )
        )
        committed = dict(cr.fetchall())
        changes = {}
        for quant_id, product_id, warehouse_id, free in rows:
            pair = (product_id, warehouse_id)
            more = free - committed.get(quant_id, 0.0)
            changes[pair] = changes.get(pair, 0.0) + more
        # goods reserved by this request are still held by its own claims: count once
        for (_key, *pair), quantity in self._notes(SPENT).items():
            if tuple(pair) in changes:
                changes[tuple(pair)] += quantity
        return {pair: changes[pair] for pair in pairs if pair in changes}

    @api.model
    def _lock_own_rows(self, cr, key):
        """:return: the active rows of a key: id, product, warehouse, quantity, until"""
        cr.execute(
            SQL(
                "SELECT id, product_id, warehouse_id, quantity, until"
                "  FROM o2o_stock_hold WHERE key = %s AND state = 'active'"
                " ORDER BY id FOR UPDATE",
                key,
            )
        )
        return cr.fetchall()

    @api.model
    def _write_holds(self, cr, key, own_rows, need, free, until, channel, values):
        """Bring the active rows of a key in line with what it needs."""
        now = fields.Datetime.now()
        missing = dict(need)
        for hold_id, product_id, warehouse_id, quantity, ends_at in own_rows:
            pair = (product_id, warehouse_id)
            if ends_at <= now:
                self._close(cr, [hold_id], "expired")
            elif abs(missing.get(pair, 0.0) - quantity) < 1e-6:
                del missing[pair]
                if until > ends_at:
                    cr.execute(
                        SQL(
                            "UPDATE o2o_stock_hold SET until = %s WHERE id = %s",
                            until,
                            hold_id,
                        )
                    )
            else:
                self._close(cr, [hold_id], "released", "changed")
        self._insert(cr, key, missing, free, until, channel, values)

    @api.model
    def _insert(self, cr, key, quantities, free, until, channel, values):
        values = values or {}
        for (product_id, warehouse_id), quantity in sorted(quantities.items()):
            cr.execute(
                SQL(
                    """
                    INSERT INTO o2o_stock_hold
                           (key, product_id, warehouse_id, quantity, available_before,
                            channel, until, state, res_model, res_id, owner_name,
                            create_uid, create_date, write_uid, write_date)
                    VALUES (%(key)s, %(product)s, %(warehouse)s, %(quantity)s,
                            %(free)s, %(channel)s, %(until)s, 'active', %(model)s,
                            %(id)s, %(name)s, %(uid)s, %(now)s, %(uid)s, %(now)s)
                    """,
                    key=key,
                    product=product_id,
                    warehouse=warehouse_id,
                    quantity=quantity,
                    free=free.get((product_id, warehouse_id)),
                    channel=channel,
                    until=until,
                    model=values.get("res_model"),
                    id=values.get("res_id"),
                    name=values.get("owner_name"),
                    uid=self.env.uid,
                    now=fields.Datetime.now(),
                )
            )

    @api.model
    def _close(self, cr, ids, state, reason=None):
        self.env.cr.cache.pop(CLAIMED, None)
        if not ids:
            return
        cr.execute(
            SQL(
                "UPDATE o2o_stock_hold SET state = %s, reason = %s, closed_at = %s,"
                " write_date = %s, write_uid = %s"
                " WHERE id = ANY(%s) AND state = 'active'",
                state,
                reason,
                fields.Datetime.now(),
                fields.Datetime.now(),
                self.env.uid,
                list(ids),
            )
        )
