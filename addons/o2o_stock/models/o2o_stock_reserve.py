"""Goods that are held are reserved for their owner, and for nobody else."""

import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import ALLOWED, CLAIMED, ENDED, SHORT_MINUTES, SPENT
from .o2o_stock_transaction import run_later

_logger = logging.getLogger(__name__)


class O2oStock(models.AbstractModel):
    """Reservations of Odoo's transfers against the holds."""

    _inherit = "o2o.stock"

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
            return self.env.cr.cache.get(CLAIMED, {}).get(key)
        if key in self._notes(ENDED):
            return None
        return self._notes(CLAIMED).get(key)

    @api.model
    def _allow(self, key, quantities, until):
        """Remember what this transaction may reserve under a claim of its own."""
        if self._is_bound():
            claimed = self.env.cr.cache.setdefault(CLAIMED, {})
            claimed[key] = (dict(quantities), until)
            return
        self._notes(CLAIMED)[key] = (dict(quantities), until)
        notes = self._notes(ALLOWED)
        if self._notes(ENDED).pop(key, None):
            self._note_work("claimed", key)
        for note in [note for note in notes if note[0] == key]:
            del notes[note]
        spent = self._notes(SPENT)
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
        allowed = self._notes(ALLOWED)
        if note not in allowed and key not in self._notes(ENDED):
            spent = self._notes(SPENT).get(note, 0.0)
            allowed[note] = self._read_held(note) - spent
        taken = min(allowed.get(note, 0.0), quantity)
        if taken <= 0:
            return 0.0
        allowed[note] -= taken
        spent = self._notes(SPENT)
        spent[note] = spent.get(note, 0.0) + taken
        self._note_work("spent", key, note[1:], taken)
        return taken

    @api.model
    def _get_spent(self, key):
        """What this transaction has taken of a hold, which ends after its commit.

        :return: list of ``(product, warehouse, quantity in the product's unit)``
        """
        if self._is_bound():
            return []
        product, warehouse = self.env["product.product"], self.env["stock.warehouse"]
        return [
            (product.browse(product_id), warehouse.browse(warehouse_id), quantity)
            for (owner, product_id, warehouse_id), quantity in self._notes(
                SPENT
            ).items()
            if owner == key
        ]

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
    def _get_pairs_that_hold(self, keys):
        """What these keys hold now, read at once and remembered for the reservations.

        :return: set of ``(key, product id, warehouse id)``
        """
        rows = (
            self.env["o2o.stock.hold"]
            .sudo()
            ._read_group(
                self._domain_live() & Domain("key", "in", list(keys)),
                ["key", "product_id", "warehouse_id"],
                ["quantity:sum"],
            )
        )
        held = {(key, p.id, w.id): quantity for key, p, w, quantity in rows}
        if not self._is_bound():
            allowed, spent = self._notes(ALLOWED), self._notes(SPENT)
            for note, quantity in held.items():
                if note not in allowed and note[0] not in self._notes(ENDED):
                    allowed[note] = quantity - spent.get(note, 0.0)
        # a claim of this very request may be younger than what it can read
        own = {key: claim for key in keys if (claim := self._get_own_claim(key))}
        return held.keys() | {
            (key, *pair)
            for key, (quantities, _end) in own.items()
            for pair in quantities
        }

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
                run_later,
                self.env.registry,
                self.env.uid,
                "_end",
                (key, "released", "rolled back"),
            )
        )

    @api.model
    def _end_part(self, cr, key, product_id, warehouse_id, quantity):
        """Use a part of a hold: the row ends, what is left is a row of its own."""
        self.env.cr.cache.pop(CLAIMED, None)
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
