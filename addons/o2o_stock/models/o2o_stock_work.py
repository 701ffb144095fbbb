"""What has to follow a commit: written down before it, done right after it."""

import json
import logging
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import ALLOWED, CLAIMED, ENDED, SPENT
from .o2o_stock_transaction import open_cursor

_logger = logging.getLogger(__name__)

#: what a flush of the cursor writes: rows not in the table yet
_PENDING = "o2o_stock.pending"
#: what the callback after the commit looks at
_FOLLOWING = "o2o_stock.following"
#: there as long as no savepoint was rolled back since the notes were read
_FRESH = "o2o_stock.notes"

#: rows seen to by one run of the job
BATCH = 500


class O2oStockWork(models.Model):
    """A change of holds that waits for the commit of the transaction that wants it.

    The row is written by that transaction, so it is there exactly when the transaction
    is committed: not after a rollback, nor when only the savepoint was rolled back in
    which the change was wanted. It is done and deleted right after the commit, or by
    the minute job when the server ended in between.
    """

    _name = "o2o.stock.work"
    _description = "Stock promise to be seen to"
    _log_access = False
    _order = "id"
    _rec_name = "key"

    kind = fields.Selection(
        [
            ("spent", "Reserved under the hold"),
            ("end", "The hold ends"),
            ("claimed", "Claimed anew: it does not end"),
            ("elsewhere", "The hold ends outside of some warehouses"),
            ("lengthen", "The goods are owed: the hold goes on"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    #: plain numbers, as in the rows of holds that nobody else has seen yet
    product_id = fields.Integer(readonly=True)
    warehouse_id = fields.Integer(readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    facts = fields.Json(readonly=True)
    noted_at = fields.Datetime(required=True, readonly=True)


class O2oStock(models.AbstractModel):
    """The part of the service that remembers and follows up.

    Beside the rows it keeps notes in memory, so that a reservation finds its claim
    without asking the database. A savepoint that is rolled back makes them wrong; Odoo
    then empties the cache of the cursor, which is how it is noticed: the notes are made
    anew from the rows that are left.
    """

    _inherit = "o2o.stock"

    # === BEFORE THE COMMIT === #

    @api.model
    def _note_work(self, kind, key, pair=(None, None), quantity=None, facts=None):
        """Want something done after the commit.

        The row is written when the cursor is flushed: at a savepoint, or at the commit,
        all rows in one statement.
        """
        cr = self.env.cr
        pending = cr.precommit.data.setdefault(_PENDING, [])
        if not pending:
            cr.precommit.add(self._write_work)
        pending.append((kind, key, *pair, quantity, facts))

    @api.model
    def _write_work(self):
        cr = self.env.cr
        now = fields.Datetime.now()
        rows = cr.precommit.data.pop(_PENDING, [])
        if not rows:
            return
        cr.execute(
            SQL(
                "INSERT INTO o2o_stock_work"
                " (kind, key, product_id, warehouse_id, quantity, facts, noted_at)"
                " VALUES %s RETURNING id",
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s, %s, %s, %s)",
                        *row[:5],
                        json.dumps(row[5]) if row[5] else None,
                        now,
                    )
                    for row in rows
                ),
            )
        )
        self._follow_up()["ids"] += [row[0] for row in cr.fetchall()]

    @api.model
    def _follow_up(self):
        """What is looked at after the commit: ids of work, keys of short holds and ids
        of breaches; some may have been rolled back by then."""
        cr = self.env.cr
        if _FOLLOWING not in cr.postcommit.data:
            follow = {"ids": [], "grabbed": [], "breaches": []}
            cr.postcommit.data[_FOLLOWING] = follow
            cr.postcommit.add(
                partial(_after_commit, self.env.registry, self.env.uid, follow)
            )
        return cr.postcommit.data[_FOLLOWING]

    # === NOTES OF THIS TRANSACTION === #

    @api.model
    def _notes(self, name):
        """What this transaction keeps in mind; gone with its commit or rollback."""
        cr = self.env.cr
        if _FRESH not in cr.cache:
            cr.cache[_FRESH] = True
            if not self._is_bound() and any(
                it in cr.postcommit.data for it in (SPENT, ALLOWED, ENDED)
            ):
                self._renew_notes()
        return cr.postcommit.data.setdefault(name, {})

    @api.model
    def _renew_notes(self):
        """A savepoint was rolled back: believe what is left of the rows.

        Claims stay what they are: they were committed at once.
        """
        cr = self.env.cr
        data = cr.postcommit.data
        follow = data.get(_FOLLOWING) or {"ids": [], "grabbed": []}
        rows = []
        if follow["ids"]:
            cr.execute(
                SQL(
                    "SELECT kind, key, product_id, warehouse_id, quantity"
                    "  FROM o2o_stock_work WHERE id = ANY(%s) ORDER BY id",
                    follow["ids"],
                )
            )
            rows = cr.fetchall()
        rows += [row[:5] for row in cr.precommit.data.get(_PENDING, ())]
        spent, ended, kept = {}, {}, set()
        for kind, key, product_id, warehouse_id, quantity in rows:
            kept.add(key)
            if kind == "spent":
                note = (key, product_id, warehouse_id)
                spent[note] = spent.get(note, 0.0) + float(quantity)
            elif kind == "end":
                ended[key] = True
            elif kind == "claimed":
                ended.pop(key, None)
        data[SPENT], data[ENDED] = spent, ended
        data[ALLOWED] = {
            (key, *pair): quantity - spent.get((key, *pair), 0.0)
            for key, (quantities, _until) in data.get(CLAIMED, {}).items()
            if key not in ended
            for pair, quantity in quantities.items()
        }
        if lost := [key for key in follow["grabbed"] if key not in kept]:
            # nothing is reserved under them any more: free at once, for us too
            follow["grabbed"] = [key for key in follow["grabbed"] if key in kept]
            with self._short_transaction() as own:
                for key in lost:
                    self._end(own, key, "released", "rolled back")

    # === AFTER THE COMMIT === #

    @api.model
    def _do_work(self, cr, ids):
        """Do what is committed of some rows, each once, whoever comes first.

        :return: set of the keys that were seen to
        """
        if not ids:
            return set()
        cr.execute(
            SQL(
                "DELETE FROM o2o_stock_work WHERE id = ANY(%s)"
                " RETURNING id, kind, key, product_id, warehouse_id, quantity, facts",
                list(ids),
            )
        )
        by_key = {}
        for row in sorted(cr.dictfetchall(), key=lambda row: row["id"]):
            by_key.setdefault(row["key"], []).append(row)
        # always in one order: two that follow up never wait for each other
        for _key, rows in sorted(by_key.items()):
            claims = [row["id"] for row in rows if row["kind"] == "claimed"]
            for row in rows:
                if row["kind"] == "claimed":
                    continue
                if row["kind"] == "end" and any(it > row["id"] for it in claims):
                    continue
                getattr(self, f"_do_work_{row['kind']}")(cr, row)
        return set(by_key)

    @api.model
    def _do_work_spent(self, cr, row):
        self._end_part(
            cr,
            row["key"],
            row["product_id"],
            row["warehouse_id"],
            float(row["quantity"]),
        )

    @api.model
    def _do_work_end(self, cr, row):
        self._end(cr, row["key"], row["facts"]["state"], row["facts"]["reason"])

    @api.model
    def _do_work_elsewhere(self, cr, row):
        facts = row["facts"]
        self._end_elsewhere(cr, row["key"], facts["warehouse_ids"], facts["reason"])

    @api.model
    def _do_work_lengthen(self, cr, row):
        self._lengthen(cr, [row["key"]])

    @api.model
    def _do_left_work(self):
        """The minute job: what a server that ended after a commit has left."""
        left = (
            self.env["o2o.stock.work"]
            .sudo()
            .search(
                Domain(
                    "noted_at",
                    "<",
                    fields.Datetime.subtract(fields.Datetime.now(), minutes=1),
                ),
                limit=BATCH,
            )
        )
        for _key, rows in left.grouped("key").items():
            try:
                with self._claiming() as cr:
                    self._do_work(cr, rows.ids)
            except Exception:
                # the others go on; this one is tried again in a minute
                _logger.exception("work of %s did not happen", rows[0].key)
                if self._is_bound():
                    raise


def _after_commit(registry, uid, follow):
    """There is nothing to undo any more: what fails is left to the minute job.

    Holds first: a promise is broken only for want of what nobody has reserved.
    """
    try:
        if follow["ids"] or follow["grabbed"]:
            with open_cursor(registry) as cr:
                cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                stock = api.Environment(cr, uid or SUPERUSER_ID, {})["o2o.stock"]
                done = stock._do_work(cr, follow["ids"])
                for key in sorted(set(follow["grabbed"]) - done):
                    stock._end(cr, key, "used", None)
        if follow["breaches"]:
            with registry.cursor() as cr:
                env = api.Environment(cr, uid or SUPERUSER_ID, {})
                breaches = env["o2o.stock.breach"].sudo().browse(follow["breaches"])
                breaches.exists()._repair()
    except Exception:
        _logger.exception("stock work did not happen after the commit: %s", follow)
