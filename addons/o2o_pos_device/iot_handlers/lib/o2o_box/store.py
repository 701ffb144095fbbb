"""What a box remembers: a sqlite file that a kill -9 cannot harm."""

import sqlite3
import threading
from contextlib import contextmanager


class Store:
    """Thread-safe; every method is one transaction, on disk when it returns.

    :param path: the file, made when it is missing
    :param schema: SQL that may be run again at each start
    """

    def __init__(self, path, schema):
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            str(path), timeout=30, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(schema)

    def close(self):
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self):
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
