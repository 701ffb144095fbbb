"""In which transaction holds are read and written."""

import logging
import random
import time
from contextlib import contextmanager

from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ..const import BOUND, LOCK_TIMEOUT, POOL_TRIES

_logger = logging.getLogger(__name__)


class O2oStock(models.AbstractModel):
    """Claims have a connection of their own, see ``o2o_stock``."""

    _inherit = "o2o.stock"

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
            or BOUND in cr.postcommit.data
        )

    @api.model
    def _bind(self):
        """From now on everything in this transaction happens in its own cursor."""
        if not self._is_bound():
            self.env.cr.postcommit.data[BOUND] = True

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
        with open_cursor(self.env.registry) as cr:
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


def open_cursor(registry):
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


def run_later(registry, uid, method, args):
    """After a rollback there is nothing to undo: what fails is written down.

    A hold that could not be closed runs out by its time.
    """
    try:
        with open_cursor(registry) as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            stock = api.Environment(cr, uid or SUPERUSER_ID, {})["o2o.stock"]
            getattr(stock, method)(cr, *args)
    except Exception:
        _logger.exception("%s%s did not happen after the rollback", method, args)
