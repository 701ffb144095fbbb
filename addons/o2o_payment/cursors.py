"""Connections beside the one of the request: what is written there is durable."""

from contextlib import contextmanager

from odoo.sql_db import Cursor


@contextmanager
def short_transaction(registry):
    """A cursor whose statements see what others have committed up to each of them.

    Committed at the end. Of two that meet, the second waits and then finds what the
    first one wrote, where a request of Odoo would have to be run again.
    """
    with registry.cursor() as cr:
        # in a test it is the test's own transaction, which has begun already
        if isinstance(cr, Cursor):
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        yield cr
