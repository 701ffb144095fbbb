"""Looking for secrets everywhere: in logs, in all tables, in files."""

import json
import logging
import re
import threading
from contextlib import contextmanager

from odoo.tools import SQL

#: loggers that may say anything when somebody looks for a mistake
LOUD = ("odoo.addons", "odoo.http", "requests", "urllib3", "werkzeug")
#: shorter ones are found by chance in longer numbers
_LONG = 16


class LogBook(logging.Handler):
    """Everything that was logged, as it would be written, and what it was made of."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []
        #: thread of a test that plays the browser at the moment
        self.browser = None

    def emit(self, record):
        if record.name.startswith("urllib3") and record.thread == self.browser:
            # what a browser asks for is in no log of the server
            return
        self.lines.append(self.format(record) + repr(record.args))


class SecretsMixin:
    """A test case that knows some secrets and looks where they are."""

    def setUp(self):
        super().setUp()
        #: texts of a line, none of which may be told
        self.secrets = set()

    def _keep_secret(self, text):
        """Look for each line of a text that tells something of it."""
        lines = [it.strip() for it in text.splitlines() if not it.startswith("-----")]
        found = {line[:48] for line in lines if line}
        self.assertTrue(found, "nothing would be looked for")
        self.secrets |= found

    def _leaks_in(self, text):
        return [secret for secret in self.secrets if self._is_in(secret, text)]

    def _is_in(self, secret, text):
        if len(secret) >= _LONG:
            return secret in text or secret.encode().hex() in text
        alone = rf"(?<![0-9A-Za-z]){re.escape(secret)}(?![0-9A-Za-z])"
        return bool(re.search(alone, text))

    def assertKeepsSecrets(self, thing, where):
        text = thing if isinstance(thing, str) else json.dumps(thing, default=str)
        self.assertEqual(self._leaks_in(text), [], where)

    # === LOGS === #

    @contextmanager
    def _log_book(self):
        """All loggers at their loudest; not SQL itself, which is the database."""
        book = self._book = LogBook()
        top = logging.getLogger()
        levels = {name: logging.getLogger(name).level for name in LOUD}
        top.addHandler(book)
        for name in LOUD:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            yield book
        finally:
            top.removeHandler(book)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)

    @contextmanager
    def _as_browser(self):
        """What this thread asks for now is asked by somebody's browser."""
        book = getattr(self, "_book", LogBook())
        book.browser = threading.get_ident()
        try:
            yield
        finally:
            book.browser = None

    def assertLogKeepsSecrets(self, book):
        found = {
            line[:300]
            for line in book.lines
            if not line.startswith("odoo.sql_db") and self._leaks_in(line)
        }
        self.assertEqual(found, set())

    # === THE DATABASE === #

    def _find_in_database(self):
        """Where a secret is: pairs of table and column. Reads every table."""
        self.env.flush_all()
        patterns = []
        for secret in self.secrets:
            text = secret.replace("_", r"\_")
            patterns += [f"%{text}%", f"%{secret.encode().hex()}%"]
        found = set()
        for table in self._tables():
            rows = self.env.execute_query(
                SQL(
                    "SELECT to_jsonb(it) FROM %s it WHERE it::text LIKE ANY(%s)",
                    SQL.identifier(table),
                    patterns,
                )
            )
            for (row,) in rows:
                found |= {
                    (table, column)
                    for column, value in row.items()
                    if self._leaks_in(json.dumps(value, ensure_ascii=False))
                }
        return found

    def _tables(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            )
        )
        return [name for (name,) in rows]

    def _find_in_files(self, *models):
        """Files in the file store that belong to these models and have a secret."""
        files = (
            self.env["ir.attachment"]
            .sudo()
            .search([("store_fname", "!=", False), ("res_model", "in", models)])
        )
        return files.filtered(
            lambda it: self._leaks_in(it.raw.decode("utf-8", "replace"))
        )
