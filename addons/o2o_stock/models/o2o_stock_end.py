"""What becomes of a claim: longer, used, given back, owed."""

import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import ALLOWED, ENDED, OWED_DAYS

_logger = logging.getLogger(__name__)


class O2oStock(models.AbstractModel):
    """The end of holds; what is asked for by a request follows its commit."""

    _inherit = "o2o.stock"

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
        self._notes(ENDED)[key] = True
        allowed = self._notes(ALLOWED)
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
