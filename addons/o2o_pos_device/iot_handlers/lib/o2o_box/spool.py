"""The box's memory: jobs and acknowledgements in sqlite, safe against kill -9.

A job arrives any number of times and is stored once (primary key ``uid``). A row
says ``printing`` on the disk before the first byte leaves for the printer, so that
after a crash the box knows what it does not know.
"""

import json
import time

from .store import Store

RECEIVED, PRINTING, PRINTED = "received", "printing", "printed"
FAILED, UNKNOWN, EXPIRED, CANCELLED = "failed", "unknown", "expired", "cancelled"

MAX_ATTEMPTS = 3
_KEPT_SECONDS = 30 * 24 * 3600
#: characters of documents in one piece of news for the server
_MAX_BODIES = 200_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    uid TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    printer_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    reprints_unknown INTEGER NOT NULL,
    has_banner INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    deadline REAL,
    updated_at REAL NOT NULL,
    cuts_before INTEGER,
    is_urgent INTEGER NOT NULL DEFAULT 0,
    till_id INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS job_queue ON job (printer_id, state, sequence);
CREATE INDEX IF NOT EXISTS job_state ON job (state, sequence);
CREATE INDEX IF NOT EXISTS job_sequence ON job (sequence);
CREATE TABLE IF NOT EXISTS ack (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Spool(Store):
    """Jobs and what became of them."""

    def __init__(self, path):
        super().__init__(path, _SCHEMA)
        self._upgrade()

    def _upgrade(self):
        """Bring the file of an earlier version up to date."""
        columns = {row["name"] for row in self._db.execute("PRAGMA table_info(job)")}
        if "cuts_before" not in columns:
            self._db.execute("ALTER TABLE job ADD COLUMN cuts_before INTEGER")
        if "is_urgent" not in columns:
            self._db.execute(
                "ALTER TABLE job ADD COLUMN is_urgent INTEGER NOT NULL DEFAULT 0"
            )
        if "error" not in columns:
            self._db.execute(
                "ALTER TABLE job ADD COLUMN error TEXT NOT NULL DEFAULT ''"
            )
        if "till_id" not in columns:
            self._db.execute(
                "ALTER TABLE job ADD COLUMN till_id INTEGER NOT NULL DEFAULT 0"
            )

    # -- jobs --

    def store(self, jobs, seconds_ago=0.0):
        """Keep ``jobs`` as they came; return the uids that are new.

        Those of a till (``till_id``) are told to the server with their document.

        :param seconds_ago: so long at most the server's answer was under way; the time
            a job has left is counted from then
        """
        now = time.time()
        fresh = []
        with self._transaction() as db:
            for job in jobs:
                seconds = job.get("expires_in")
                cursor = db.execute(
                    "INSERT OR IGNORE INTO job (uid, sequence, printer_id, body, state,"
                    " reprints_unknown, deadline, updated_at, is_urgent, till_id)"
                    " VALUES (?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM job),"
                    " ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        job["uid"],
                        job["printer_id"],
                        json.dumps(job),
                        RECEIVED,
                        int(job.get("on_unknown") == "reprint"),
                        None if seconds is None else now + seconds - seconds_ago,
                        now,
                        int(bool(job.get("urgent"))),
                        job.get("till_id", 0),
                    ),
                )
                if cursor.rowcount:
                    fresh.append(job["uid"])
                    self._ack(db, job["uid"], RECEIVED)
                else:
                    self._repeat_ack(db, job["uid"])
        return fresh

    def next_job(self, printer_id):
        """The next job of a printer, or ``None``; expires late ones.

        Urgent ones first, then in the order they came.
        """
        with self._transaction() as db:
            late = db.execute(
                "SELECT uid FROM job WHERE state = ? AND deadline < ?",
                (RECEIVED, time.time()),
            ).fetchall()
            for row in late:
                self._move(db, row["uid"], EXPIRED)
            row = db.execute(
                "SELECT * FROM job WHERE printer_id = ? AND state = ?"
                " ORDER BY is_urgent DESC, sequence LIMIT 1",
                (printer_id, RECEIVED),
            ).fetchone()
        return row and {**json.loads(row["body"]), "has_banner": row["has_banner"]}

    def start(self, uid, cuts_before=None):
        """Claim a job for printing; false when it was dropped or too late meanwhile.

        :param cuts_before: the printer's cut counter now, where it has one
        """
        with self._transaction() as db:
            row = db.execute(
                "SELECT state, deadline FROM job WHERE uid = ?", (uid,)
            ).fetchone()
            if not row or row["state"] != RECEIVED:
                return False
            if row["deadline"] is not None and row["deadline"] < time.time():
                self._move(db, uid, EXPIRED)
                return False
            db.execute(
                "UPDATE job SET attempts = attempts + 1, cuts_before = ? WHERE uid = ?",
                (cuts_before, uid),
            )
            self._move(db, uid, PRINTING)
        return True

    def finish(self, uid, state, error=""):
        """Record the outcome of a job."""
        with self._transaction() as db:
            self._move(db, uid, state, error)

    def interrupt(self, uid, reason, is_missing=False):
        """Nobody knows whether ``uid`` was printed.

        A document that may come twice is queued again with a banner; the others stay
        unknown until a person decides.

        :param is_missing: the printer has cut nothing since: any document comes again,
            still with the banner, for a counter may have missed a power cut
        :return: whether it will be printed again
        """
        with self._transaction() as db:
            row = db.execute("SELECT * FROM job WHERE uid = ?", (uid,)).fetchone()
            self._move(db, uid, UNKNOWN, reason)
            may_repeat = bool(row["reprints_unknown"]) or is_missing
            again = may_repeat and row["attempts"] < MAX_ATTEMPTS
            if again:
                db.execute(
                    "UPDATE job SET state = ?, has_banner = 1 WHERE uid = ?",
                    (RECEIVED, uid),
                )
        return again

    def caught(self, printer_id):
        """The job that was in the middle of printing and can be asked for by the cut
        counter of its printer, or ``None``; with ``cuts_before`` and its age in
        ``seconds``.
        """
        with self._lock:
            row = self._db.execute(
                "SELECT * FROM job WHERE printer_id = ? AND state = ?"
                " AND cuts_before IS NOT NULL ORDER BY sequence LIMIT 1",
                (printer_id, PRINTING),
            ).fetchone()
        return row and {
            **json.loads(row["body"]),
            "cuts_before": row["cuts_before"],
            "seconds": time.time() - row["updated_at"],
        }

    def recover(self):
        """After a start: jobs caught in the middle of printing become unknown, but
        for those the printer itself can be asked about, see :meth:`caught`.
        """
        with self._lock:
            rows = self._db.execute(
                "SELECT uid FROM job WHERE state = ? AND cuts_before IS NULL"
                " ORDER BY sequence",
                (PRINTING,),
            ).fetchall()
        for row in rows:
            self.interrupt(row["uid"], "the box stopped while printing")
        return [row["uid"] for row in rows]

    def drop(self, uids):
        """Give up jobs the server wants back, unless their printing has begun.

        The server is told: only what this box gave up may go to another printer.
        """
        with self._transaction() as db:
            for uid in uids:
                row = db.execute(
                    "SELECT state FROM job WHERE uid = ?", (uid,)
                ).fetchone()
                if row and row["state"] == RECEIVED:
                    self._move(db, uid, CANCELLED)

    def drop_all(self):
        """Forget all work and news: the box now belongs to another server."""
        with self._transaction() as db:
            db.execute(
                "UPDATE job SET state = ? WHERE state IN (?, ?)",
                (CANCELLED, RECEIVED, PRINTING),
            )
            db.execute("DELETE FROM ack")

    def waiting(self, limit=200):
        """Uids not yet printed, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT uid FROM job WHERE state = ? ORDER BY sequence LIMIT ?",
                (RECEIVED, limit),
            ).fetchall()
        return [row["uid"] for row in rows]

    def outcome(self, uid):
        """``(state, error)`` of a job, ``None`` for one never seen."""
        with self._lock:
            row = self._db.execute(
                "SELECT state, error FROM job WHERE uid = ?", (uid,)
            ).fetchone()
        return row and (row["state"], row["error"])

    def states(self):
        """``{uid: state}`` of all jobs."""
        with self._lock:
            rows = self._db.execute("SELECT uid, state FROM job").fetchall()
        return {row["uid"]: row["state"] for row in rows}

    def purge(self):
        """Delete finished jobs after a month; until then their uid stays known."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM job WHERE updated_at < ? AND state NOT IN (?, ?)"
                " AND uid NOT IN (SELECT uid FROM ack)",
                (time.time() - _KEPT_SECONDS, RECEIVED, PRINTING),
            )

    # -- acknowledgements --

    def acks(self, limit=200):
        """News the server has not confirmed yet, oldest first.

        The first news of a job of a till brings its ``body``: the server has not heard
        of it. There are fewer where these are long.
        """
        with self._lock:
            rows = self._db.execute(
                "SELECT ack.id, ack.uid, ack.state, ack.error, ack.at, CASE WHEN"
                " job.till_id > 0 AND ack.state = ? THEN job.body END AS body"
                " FROM ack LEFT JOIN job ON job.uid = ack.uid ORDER BY ack.id LIMIT ?",
                (RECEIVED, limit),
            ).fetchall()
        found, size = [], 0
        for row in rows:
            size += len(row["body"] or "")
            if found and size > _MAX_BODIES:
                break
            found.append(dict(row))
        return found

    def forget_acks(self, ids):
        """The server has these: delete them."""
        with self._transaction() as db:
            rows = [(ack_id,) for ack_id in ids]
            db.executemany("DELETE FROM ack WHERE id = ?", rows)

    # -- settings --

    def setting(self, key):
        with self._lock:
            row = self._db.execute(
                "SELECT value FROM setting WHERE key = ?", (key,)
            ).fetchone()
        return row["value"] if row else None

    def set_setting(self, key, value):
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))

    # -- inside a transaction --

    def _move(self, db, uid, state, error=""):
        db.execute(
            "UPDATE job SET state = ?, error = ?, updated_at = ? WHERE uid = ?",
            (state, error, time.time(), uid),
        )
        self._ack(db, uid, state, error)

    def _ack(self, db, uid, state, error=""):
        db.execute(
            "INSERT INTO ack (uid, state, error, at) VALUES (?, ?, ?, ?)",
            (uid, state, error, time.time()),
        )

    def _repeat_ack(self, db, uid):
        """The server sent a job again: it has not heard of it, so tell it again."""
        pending = db.execute("SELECT 1 FROM ack WHERE uid = ?", (uid,)).fetchone()
        if not pending:
            row = db.execute("SELECT state FROM job WHERE uid = ?", (uid,)).fetchone()
            self._ack(db, uid, row["state"])
