"""The memory of one terminal's driver: sqlite, on disk before the first byte leaves.

A request is ``accepted`` (nothing sent), then ``sending`` (open to every outcome), then
has a final state. A card number is stored masked or not at all.
"""

import secrets
import time
from dataclasses import asdict, dataclass

from ..store import Store
from .frame import SEQUENCES
from .transaction import (
    APPROVED,
    BINDING,
    DECLINED,
    MONEY,
    PENDING,
    REFUND,
    RESULT_FIELDS,
    SALE,
    UNKNOWN,
    VOID,
    TxRequest,
    TxResult,
)

ACCEPTED, SENDING = "accepted", "sending"

#: a card may be refunded for half a year, and a till may ask what became of it
_KEPT_SECONDS = 400 * 24 * 3600
#: echoes of that many exchanges are not used again: a late frame is recognised
_FRESH_ECHOES = 200
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tx (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    op TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    pos_no TEXT NOT NULL,
    operator TEXT NOT NULL,
    orig_ref TEXT NOT NULL,
    orig_trace TEXT NOT NULL,
    orig_date TEXT NOT NULL,
    state TEXT NOT NULL,
    sent_batch TEXT NOT NULL DEFAULT '',
    sent_mark TEXT NOT NULL DEFAULT '',
    sent_at REAL NOT NULL DEFAULT 0,
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    card TEXT NOT NULL DEFAULT '',
    bank TEXT NOT NULL DEFAULT '',
    trace TEXT NOT NULL DEFAULT '',
    ref TEXT NOT NULL DEFAULT '',
    auth TEXT NOT NULL DEFAULT '',
    batch TEXT NOT NULL DEFAULT '',
    mid TEXT NOT NULL DEFAULT '',
    tid TEXT NOT NULL DEFAULT '',
    booked_fen INTEGER NOT NULL DEFAULT 0,
    at TEXT NOT NULL DEFAULT '',
    is_adopted INTEGER NOT NULL DEFAULT 0,
    updated_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS tx_state ON tx (state);
CREATE INDEX IF NOT EXISTS tx_trace ON tx (trace);
CREATE TABLE IF NOT EXISTS exchange (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    echo TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_REQUEST_FIELDS = (
    "uid",
    "op",
    "amount_fen",
    "pos_no",
    "operator",
    "orig_ref",
    "orig_trace",
    "orig_date",
)


@dataclass(frozen=True)
class Sent:
    """The terminal just before a request was sent to it.

    :param mark: voucher number of the last answer before
    :param at: seconds since 1970 of the box's clock
    """

    batch: str
    mark: str
    at: float


class Journal(Store):
    """Requests to a terminal and what became of them."""

    def __init__(self, path):
        super().__init__(path, _SCHEMA)

    def _row(self, query, *values):
        with self._lock:
            return self._db.execute(query, values).fetchone()

    # -- requests --

    def request(self, uid):
        """The stored :class:`TxRequest`, or ``None``."""
        row = self._row("SELECT * FROM tx WHERE uid = ?", uid)
        return row and TxRequest(**{name: row[name] for name in _REQUEST_FIELDS})

    def result(self, uid):
        """The :class:`TxResult` of a request, or ``None``."""
        row = self._row("SELECT * FROM tx WHERE uid = ?", uid)
        return row and _result(row)

    def accept(self, request):
        """Keep a new request; nothing has been sent."""
        values = asdict(request)
        names = ", ".join(_REQUEST_FIELDS)
        marks = ", ".join("?" * len(_REQUEST_FIELDS))
        with self._transaction() as db:
            db.execute(
                f"INSERT INTO tx ({names}, state, updated_at) VALUES ({marks}, ?, ?)",
                (*(values[name] for name in _REQUEST_FIELDS), ACCEPTED, time.time()),
            )

    def start(self, uid=None):
        """From now on the outcome of ``uid`` is open; on disk before a byte leaves.

        Remembers where the terminal's records stood, to tell new ones apart later.

        :param uid: ``None`` for a question that moves nothing
        :return: the echo digits of a new exchange
        """
        with self._transaction() as db:
            used = {
                row["echo"]
                for row in db.execute(
                    "SELECT echo FROM exchange ORDER BY id DESC LIMIT ?",
                    (_FRESH_ECHOES,),
                )
            }
            echo = secrets.choice(
                [text for text in map("{:03d}".format, range(1000)) if text not in used]
            )
            if uid is not None:
                db.execute(
                    "UPDATE tx SET state = ?, sent_batch = ?, sent_mark = ?,"
                    " sent_at = ?, updated_at = ? WHERE uid = ?",
                    (
                        SENDING,
                        self._setting(db, "batch"),
                        self._setting(db, "mark"),
                        time.time(),
                        time.time(),
                        uid,
                    ),
                )
        return echo

    def next_sequence(self, echo):
        """Number a frame that carries ``echo``; neither is used again soon."""
        with self._transaction() as db:
            number = db.execute(
                "INSERT INTO exchange (echo) VALUES (?)", (echo,)
            ).lastrowid
            db.execute("DELETE FROM exchange WHERE id < ?", (number - _FRESH_ECHOES,))
        return number % SEQUENCES

    def finish(self, result, **settings):
        """Store the outcome, and what the answer tells about the terminal."""
        result = result.masked()
        values = asdict(result)
        values["booked_fen"] = values.pop("amount_fen")
        del values["op"]
        uid = values.pop("uid")
        names = ", ".join(f"{name} = ?" for name in values)
        with self._transaction() as db:
            db.execute(
                f"UPDATE tx SET {names}, updated_at = ? WHERE uid = ?",
                (*values.values(), time.time(), uid),
            )
            self._write_settings(db, settings)
        return result

    def recover(self):
        """After a start: what was being sent is unknown, what was not is declined.

        :return: uids that are unknown now
        """
        with self._transaction() as db:
            rows = db.execute("SELECT * FROM tx WHERE state = ?", (SENDING,)).fetchall()
            for row in rows:
                is_open = row["op"] in BINDING
                db.execute(
                    "UPDATE tx SET state = ?, code = 'interrupted', message = ?,"
                    " updated_at = ? WHERE uid = ?",
                    (
                        UNKNOWN if is_open else DECLINED,
                        "the box stopped while the terminal was at work",
                        time.time(),
                        row["uid"],
                    ),
                )
            db.execute(
                "UPDATE tx SET state = ?, code = 'interrupted', message = ?,"
                " updated_at = ? WHERE state = ?",
                (
                    DECLINED,
                    "the box stopped before the terminal was asked",
                    time.time(),
                    ACCEPTED,
                ),
            )
        return [row["uid"] for row in rows if row["op"] in BINDING]

    # -- what the driver must know --

    def unknown_uid(self):
        """The request whose outcome is open, or ``None``; there is at most one."""
        row = self._row("SELECT uid FROM tx WHERE state = ? LIMIT 1", UNKNOWN)
        return row and row["uid"]

    def sent(self, uid):
        """Where the terminal stood when ``uid`` was sent, a :class:`Sent`."""
        row = self._row("SELECT * FROM tx WHERE uid = ?", uid)
        return Sent(row["sent_batch"], row["sent_mark"], row["sent_at"])

    def sale(self, **values):
        """The latest approved sale with that ``trace`` or ``ref``, or ``None``."""
        [(name, value)] = values.items()
        column = {"trace": "trace", "ref": "ref"}[name]
        row = self._row(
            f"SELECT * FROM tx WHERE {column} = ? AND op = ? AND state = ?"
            " ORDER BY id DESC LIMIT 1",
            value,
            SALE,
            APPROVED,
        )
        return row and _result(row)

    def is_voided(self, sale):
        """Whether an approved void of ``sale`` is known."""
        return bool(
            self._row(
                "SELECT 1 FROM tx WHERE op = ? AND state = ? AND orig_trace = ?"
                " AND batch = ? AND tid = ?",
                VOID,
                APPROVED,
                sale.trace,
                sale.batch,
                sale.tid,
            )
        )

    def refunded_fen(self, ref):
        """Sum of the approved refunds of a sale."""
        row = self._row(
            "SELECT COALESCE(SUM(booked_fen), 0) AS fen FROM tx"
            " WHERE op = ? AND state = ? AND orig_ref = ?",
            REFUND,
            APPROVED,
            ref,
        )
        return row["fen"]

    def totals(self, batch):
        """``{op: (count, fen)}`` of the approved money of one batch."""
        with self._lock:
            rows = self._db.execute(
                "SELECT op, COUNT(*) AS count, SUM(booked_fen) AS fen FROM tx"
                " WHERE batch = ? AND state = ? GROUP BY op",
                (batch, APPROVED),
            ).fetchall()
        return {
            row["op"]: (row["count"], row["fen"]) for row in rows if row["op"] in MONEY
        }

    def purge(self):
        """Delete what was decided more than a year ago; what is open stays."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM tx WHERE updated_at < ? AND state IN (?, ?)",
                (time.time() - _KEPT_SECONDS, APPROVED, DECLINED),
            )

    # -- settings --

    def setting(self, key):
        """A remembered text, ``""`` when there is none."""
        with self._lock:
            return self._setting(self._db, key)

    def set_settings(self, **settings):
        with self._transaction() as db:
            self._write_settings(db, settings)

    @staticmethod
    def _setting(db, key):
        row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return row["value"] if row else ""

    @staticmethod
    def _write_settings(db, settings):
        db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", settings.items())


def _result(row):
    values = {name: row[name] for name in RESULT_FIELDS}
    values["amount_fen"] = row["booked_fen"]
    values["is_adopted"] = bool(row["is_adopted"])
    if row["state"] in (ACCEPTED, SENDING):
        values["state"] = PENDING
    return TxResult(**values)
