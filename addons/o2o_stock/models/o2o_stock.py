"""What is free, what is promised, and to whom: the only writer of holds."""

import logging
import random
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from psycopg2 import errors as pg
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ..const import LOCK_TIMEOUT, OWED_DAYS, POOL_TRIES, SHORT_MINUTES

_logger = logging.getLogger(__name__)

# notes of a transaction, see ``o2o_stock_work``
_SPENT = "o2o_stock.spent"
_ALLOWED = "o2o_stock.allowed"
_ENDED = "o2o_stock.ended"
_CLAIMED = "o2o_stock.claimed"
_BOUND = "o2o_stock.bound"


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

    # === READING === #

    @api.model
    def _get_available(self, products, warehouses, channel="web", ignore_keys=()):
        """What may still be promised, in one query.

        With ``o2o_stock_fresh`` in the context the query sees what is committed now,
        not what was when the request began; with ``o2o_stock_ignore`` (keys) the holds
        of those keys count as free as well.

        :param str channel: of ``const.CHANNELS``: whose safety stock is kept back
        :param ignore_keys: holds that do not count, such as the asker's own
        :return: ``{warehouse: {product: quantity in the product's unit}}``, complete
        """
        if not products or not warehouses:
            return {warehouse: {} for warehouse in warehouses}
        ignored = [*ignore_keys, *self.env.context.get("o2o_stock_ignore", ())]
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
        if ignored := self.env.context.get("o2o_stock_ignore"):
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

    # === CLAIMING === #

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
        does not see them, so they are added: rows that this transaction can read and
        that are still "in progress" can only be its own.
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
                   AND CASE WHEN quant.xmin::text::bigint
                                 <= txid_current() %% 4294967296
                            THEN txid_status(
                                (txid_current() / 4294967296) * 4294967296
                                + quant.xmin::text::bigint
                            ) = 'in progress'
                            ELSE FALSE
                        END
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
        for (_key, *pair), quantity in self._notes(_SPENT).items():
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
        self.env.cr.cache.pop(_CLAIMED, None)
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

    # === AFTER A CLAIM === #

    @api.model
    def _extend(self, key, until):
        """Hold the same goods longer; what has run out is claimed again.

        :return: list of shortages as ``_claim`` gives; empty when all is held
        """
        rows = self._get_last_holds(key)
        if not rows:
            return []
        product, warehouse = self.env["product.product"], self.env["stock.warehouse"]
        demands = [
            (product.browse(row["product_id"]), warehouse.browse(row["warehouse_id"]))
            + (row["quantity"],)
            for row in rows
        ]
        return self._claim(key, demands, until, rows[0]["channel"], rows[0])

    @api.model
    def _get_last_holds(self, key):
        """The holds that a key has, or those that ran out last, as they are now."""
        with self._claiming() as cr:
            cr.execute(
                SQL(
                    """
                    SELECT product_id, warehouse_id, quantity, channel, until, state,
                           res_model, res_id, owner_name
                      FROM o2o_stock_hold
                     WHERE key = %s AND state IN ('active', 'expired')
                     ORDER BY state, id DESC
                    """,
                    key,
                )
            )
            rows = cr.dictfetchall()
        return [
            row
            for row in rows
            if row["state"] == rows[0]["state"]
            and (row["state"] == "active" or row["until"] == rows[0]["until"])
        ]

    @api.model
    def _release(self, key, reason):
        """Give the goods back, once the present transaction is committed."""
        self._end_later(key, "released", reason)

    @api.model
    def _use(self, key):
        """The goods are reserved (or gone to the owner): the hold has done its work.

        Ends the hold after the present transaction, which reserves, is committed.
        """
        self._end_later(key, "used", None)

    @api.model
    def _end_later(self, key, state, reason):
        """End a hold after the commit, unless its key claims anew before."""
        if self._is_bound():
            self._do_now("_end", key, state, reason)
            return
        self._notes(_ENDED)[key] = True
        allowed = self._notes(_ALLOWED)
        for note in [note for note in allowed if note[0] == key]:
            del allowed[note]
        self._note_work("end", key, facts={"state": state, "reason": reason})

    @api.model
    def _release_elsewhere(self, key, warehouses, reason):
        """Give back what a key holds outside of some warehouses, after the commit."""
        if self._is_bound():
            self._do_now("_end_elsewhere", key, warehouses.ids, reason)
            return
        self._note_work(
            "elsewhere",
            key,
            facts={"warehouse_ids": warehouses.ids, "reason": reason},
        )

    @api.model
    def _end_elsewhere(self, cr, key, warehouse_ids, reason):
        cr.execute(
            SQL(
                "SELECT id FROM o2o_stock_hold WHERE key = %s AND state = 'active'"
                " AND warehouse_id <> ALL(%s) ORDER BY id FOR UPDATE",
                key,
                list(warehouse_ids),
            )
        )
        self._close(cr, [row[0] for row in cr.fetchall()], "released", reason)

    @api.model
    def _get_end(self, key):
        """:return: until when a key holds goods, naive UTC, or ``None``"""
        if not self._is_bound() and (claim := self._get_own_claim(key)):
            return claim[1]
        holds_sudo = self.env["o2o.stock.hold"].sudo()
        live = holds_sudo.search(self._domain_live() & Domain("key", "=", key))
        return min(live.mapped("until"), default=None)

    @api.model
    def _end(self, cr, key, state, reason):
        cr.execute(
            SQL(
                "SELECT id FROM o2o_stock_hold WHERE key = %s AND state = 'active'"
                " ORDER BY id FOR UPDATE",
                key,
            )
        )
        self._close(cr, [row[0] for row in cr.fetchall()], state, reason)

    @api.model
    def _expire_overdue(self, limit):
        """Mark what has run out; what a confirmed order is owed stays held.

        :return: how many holds were seen to
        """
        overdue = (
            self.env["o2o.stock.hold"]
            .sudo()
            .search(
                Domain("state", "=", "active")
                & Domain("until", "<=", fields.Datetime.now()),
                limit=limit,
                order="until, id",
            )
        )
        owed = overdue.filtered(self._is_owed)
        with self._claiming() as cr:
            self._close(cr, (overdue - owed).ids, "expired")
        for key in set(owed.mapped("key")):
            self._keep_owed(key)
        self._forget_cache()
        return len(overdue)

    @api.model
    def _is_owed(self, hold):
        """Whether the goods must stay promised although time has run out.

        So it is when an order was confirmed and Odoo could not reserve yet. When it
        could, only the note of it was lost: the hold has done its work.
        """
        if hold.res_model != "sale.order":
            return False
        order = self.env["sale.order"].sudo().browse(hold.res_id).exists()
        if order.state != "sale":
            return False
        moves = order.order_line.move_ids.filtered(
            lambda move: (
                move.product_id == hold.product_id
                and move.state not in ("done", "cancel")
                and move.location_id.warehouse_id == hold.warehouse_id
            )
        )
        return any(
            move.product_uom.compare(move.quantity, move.product_uom_qty) < 0
            for move in moves
        )

    @api.model
    def _serve_owed(self, limit=50):
        """Reserve what confirmed orders hold and could not reserve: the minute job."""
        horizon = fields.Datetime.add(fields.Datetime.now(), days=1)
        holds = (
            self.env["o2o.stock.hold"]
            .sudo()
            .search(
                self._domain_live()
                & Domain("res_model", "=", "sale.order")
                & Domain("until", ">", horizon),
                limit=limit,
            )
        )
        orders = self.env["sale.order"].sudo().browse(holds.mapped("res_id")).exists()
        moves = orders.order_line.move_ids.filtered(
            lambda move: (
                move.state in ("confirmed", "partially_available")
                and move._should_assign_at_confirm()
            )
        )
        moves._action_assign()

    @api.model
    def _keep_unspent(self, keys):
        """Confirmed, but not reserved yet: hold the goods on, and try again later."""
        keys = list(keys)
        if keys and self._is_bound():
            self._do_now("_lengthen", keys)
            return
        for key in keys:
            self._note_work("lengthen", key)

    @api.model
    def _lengthen(self, cr, keys):
        until = fields.Datetime.add(fields.Datetime.now(), days=OWED_DAYS)
        cr.execute(
            SQL(
                "UPDATE o2o_stock_hold SET until = GREATEST(until, %s)"
                " WHERE key = ANY(%s) AND state = 'active'",
                until,
                keys,
            )
        )

    @api.model
    def _keep_owed(self, key):
        until = fields.Datetime.add(fields.Datetime.now(), days=OWED_DAYS)
        if shortages := self._extend(key, until):
            _logger.warning("goods of %s are gone: %s", key, len(shortages))
            with self._claiming() as cr:
                self._end(cr, key, "expired", None)

    # === RESERVATIONS === #

    @api.model
    def _is_claimed(self, key, need, until):
        """Whether this very transaction has claimed just that already."""
        if not (claim := self._get_own_claim(key)):
            return False
        quantities, end = claim
        # where all is one transaction, its claims may be old
        slack = timedelta(seconds=1 if self._is_bound() else 60)
        return quantities == need and end >= until - slack

    @api.model
    def _get_own_claim(self, key):
        """:return: what this transaction claimed for a key and did not end, or None:
        ``({(product id, warehouse id): quantity}, until)``
        """
        if self._is_bound():
            # gone with the savepoint, as the row is
            return self.env.cr.cache.get(_CLAIMED, {}).get(key)
        if key in self._notes(_ENDED):
            return None
        return self._notes(_CLAIMED).get(key)

    @api.model
    def _allow(self, key, quantities, until):
        """Remember what this transaction may reserve under a claim of its own."""
        if self._is_bound():
            claimed = self.env.cr.cache.setdefault(_CLAIMED, {})
            claimed[key] = (dict(quantities), until)
            return
        self._notes(_CLAIMED)[key] = (dict(quantities), until)
        notes = self._notes(_ALLOWED)
        if self._notes(_ENDED).pop(key, None):
            self._note_work("claimed", key)
        for note in [note for note in notes if note[0] == key]:
            del notes[note]
        spent = self._notes(_SPENT)
        for pair, quantity in quantities.items():
            notes[(key, *pair)] = quantity - spent.get((key, *pair), 0.0)

    @api.model
    def _take_allowance(self, key, product, warehouse, quantity):
        """Spend a claim on a reservation.

        :return: how much of ``quantity`` the claim of ``key`` covers
        """
        if not key:
            return 0.0
        note = (key, product.id, warehouse.id)
        if self._is_bound():
            return self._take_bound(note, quantity)
        allowed = self._notes(_ALLOWED)
        if note not in allowed and key not in self._notes(_ENDED):
            spent = self._notes(_SPENT).get(note, 0.0)
            allowed[note] = self._read_held(note) - spent
        taken = min(allowed.get(note, 0.0), quantity)
        if taken <= 0:
            return 0.0
        allowed[note] -= taken
        spent = self._notes(_SPENT)
        spent[note] = spent.get(note, 0.0) + taken
        self._note_work("spent", key, note[1:], taken)
        return taken

    @api.model
    def _get_held_by(self, key):
        """:return: ``{(product, warehouse): quantity}`` that is held for a key now"""
        holds_sudo = (
            self.env["o2o.stock.hold"]
            .sudo()
            .search_fetch(
                self._domain_live() & Domain("key", "=", key),
                ["product_id", "warehouse_id", "quantity"],
            )
        )
        return {(it.product_id, it.warehouse_id): it.quantity for it in holds_sudo}

    @api.model
    def _get_keys_that_hold(self, keys):
        """:return: those of the keys that hold something now"""
        holds_sudo = self.env["o2o.stock.hold"].sudo()
        domain = self._domain_live() & Domain("key", "in", list(keys))
        return set(holds_sudo.search(domain).mapped("key"))

    @api.model
    def _is_held(self, key, demands):
        """Whether a key holds just that, by this transaction or an earlier one."""
        wanted = self._sum_demands(demands)
        need = {(p.id, w.id): quantity for (p, w), quantity in wanted.items()}
        if self._is_claimed(key, need, fields.Datetime.now()):
            return True
        held = self._get_held_by(key)
        return all(
            product.uom_id.compare(held.get((product, warehouse), 0.0), quantity) == 0
            for (product, warehouse), quantity in wanted.items()
        )

    @api.model
    def _read_held(self, note):
        """What an earlier transaction promised to a key."""
        key, product_id, warehouse_id = note
        holds_sudo = (
            self.env["o2o.stock.hold"]
            .sudo()
            .search(
                self._domain_live()
                & Domain("key", "=", key)
                & Domain("product_id", "=", product_id)
                & Domain("warehouse_id", "=", warehouse_id)
            )
        )
        return sum(holds_sudo.mapped("quantity"))

    @api.model
    def _take_bound(self, note, quantity):
        """The same where all is one transaction: the hold ends at once."""
        key, product_id, warehouse_id = note
        cr = self.env.cr
        cr.execute(
            SQL(
                "SELECT id, quantity FROM o2o_stock_hold"
                " WHERE key = %s AND product_id = %s AND warehouse_id = %s"
                "   AND state = 'active' AND until > %s",
                key,
                product_id,
                warehouse_id,
                fields.Datetime.now(),
            )
        )
        row = cr.fetchone()
        if not row:
            return 0.0
        taken = min(row[1], quantity)
        self._end_part(cr, key, product_id, warehouse_id, taken)
        self.env["o2o.stock.hold"].invalidate_model(flush=False)
        self._forget_cache()
        return taken

    @api.model
    def _grab(self, key, product, warehouse, quantity, ignore_keys=()):
        """Leave for a reservation that has no claim: as much as nobody else holds.

        A reservation in a main transaction is not visible to others until its commit,
        so it gets a hold of its own until then.

        :return: the quantity that may be reserved now
        """
        if self._is_bound():
            with self._claiming() as cr:
                pair = (product.id, warehouse.id)
                free = self._lock_and_read(cr, [pair], list(ignore_keys))[pair]
            return max(min(product.uom_id.round(free), quantity), 0.0)
        granted = self._claim_part(
            key,
            [(product, warehouse, quantity)],
            fields.Datetime.add(fields.Datetime.now(), minutes=SHORT_MINUTES),
            "office",
            ignore_keys=ignore_keys,
        )
        quantity = granted.get((product, warehouse), 0.0)
        if quantity > 0:
            self._take_allowance(key, product, warehouse, quantity)
            self._bind_to_commit(key)
        return quantity

    @api.model
    def _bind_to_commit(self, key):
        """A hold that means nothing without the transaction that claimed it.

        Undone, with the transaction or to a savepoint, it ends at once and not by its
        time. It goes on only when work of its key is committed.
        """
        if self._is_bound():
            return
        self._follow_up()["grabbed"].append(key)
        self.env.cr.postrollback.add(
            partial(
                _run_later,
                self.env.registry,
                self.env.uid,
                "_end",
                (key, "released", "rolled back"),
            )
        )

    @api.model
    def _end_part(self, cr, key, product_id, warehouse_id, quantity):
        """Use a part of a hold: the row ends, what is left is a row of its own."""
        self.env.cr.cache.pop(_CLAIMED, None)
        now = fields.Datetime.now()
        cr.execute(
            SQL(
                "UPDATE o2o_stock_hold"
                "   SET state = 'used', closed_at = %s, write_date = %s, write_uid = %s"
                " WHERE key = %s AND product_id = %s AND warehouse_id = %s"
                "   AND state = 'active' AND quantity <= %s RETURNING id",
                now,
                now,
                self.env.uid,
                key,
                product_id,
                warehouse_id,
                quantity + 1e-6,
            )
        )
        if cr.fetchone():
            return
        cr.execute(
            SQL(
                "SELECT id, quantity, until, channel, res_model, res_id, owner_name,"
                "       available_before"
                "  FROM o2o_stock_hold WHERE key = %s AND product_id = %s"
                "   AND warehouse_id = %s AND state = 'active' FOR UPDATE",
                key,
                product_id,
                warehouse_id,
            )
        )
        row = cr.fetchone()
        if not row:
            return
        hold_id, held, until, channel, model, res_id, name, before = row
        left = held - quantity
        self._close(cr, [hold_id], "used")
        if left > 1e-6:
            pair = (product_id, warehouse_id)
            self._insert(
                cr,
                key,
                {pair: left},
                {pair: before},
                until,
                channel,
                {"res_model": model, "res_id": res_id, "owner_name": name},
            )

    # === TRANSACTIONS === #

    @api.model
    def _is_bound(self):
        """Whether everything has to happen in the present cursor.

        So it is in Odoo's tests (their cursor may not commit) and while modules are
        being installed (their tables are not committed yet).
        """
        cr = self.env.cr
        return (
            not self.env.registry.ready
            or not isinstance(cr, Cursor)
            or "commit" in vars(cr)
            or _BOUND in cr.postcommit.data
        )

    @api.model
    def _bind(self):
        """From now on everything in this transaction happens in its own cursor."""
        if not self._is_bound():
            self.env.cr.postcommit.data[_BOUND] = True

    @contextmanager
    def _claiming(self):
        """The cursor that writes holds: its own transaction, or the present one."""
        if self._is_bound():
            self._flush_stock()
            self.env["o2o.stock.hold"].flush_model()
            yield self.env.cr
            self.env["o2o.stock.hold"].invalidate_model()
            return
        with self._short_transaction() as cr:
            yield cr

    @contextmanager
    def _short_transaction(self):
        """READ COMMITTED on a connection of its own; committed at the end."""
        with _open_cursor(self.env.registry) as cr:
            # before the first query, or PostgreSQL refuses the isolation level
            cr.execute(
                SQL(
                    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
                    " SET LOCAL lock_timeout = %s",
                    LOCK_TIMEOUT,
                )
            )
            yield cr

    @api.model
    def _do_now(self, method, *args):
        """What else would follow the commit, where all is one transaction."""
        with self._claiming() as cr:
            getattr(self, method)(cr, *args)
        self._forget_cache()

    @api.model
    def _flush_stock(self):
        self.env["stock.quant"].flush_model(
            ["product_id", "location_id", "quantity", "reserved_quantity"]
        )

    @api.model
    def _forget_cache(self):
        self.env["product.product"].invalidate_model(["free_qty"], flush=False)


def _open_cursor(registry):
    """A second connection for a moment; when all are in use, wait for one.

    Claims take milliseconds, so one comes back soon. Odoo's web server starts no more
    requests than half of ``db_maxconn``.
    """
    for _try in range(POOL_TRIES):
        try:
            return registry.cursor()
        except PoolError:
            time.sleep(random.uniform(0.01, 0.05))
    return registry.cursor()


def _run_later(registry, uid, method, args):
    """After a rollback there is nothing to undo: what fails is written down.

    A hold that could not be closed runs out by its time.
    """
    try:
        with _open_cursor(registry) as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            stock = api.Environment(cr, uid or SUPERUSER_ID, {})["o2o.stock"]
            getattr(stock, method)(cr, *args)
    except Exception:
        _logger.exception("%s%s did not happen after the rollback", method, args)
