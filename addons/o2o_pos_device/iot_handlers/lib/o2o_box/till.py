"""The box beside the till, for hours without internet (POS-04, POS-14).

A till prints its sale slips here and takes swipes from here without asking the server.
Each till has a key of its own, made by the server while there is one; the box knows its
hash only, also after a restart. A slip has the name its sale gives it: sent again it is
not printed again, and the server hears of it with the next sync.
"""

import hashlib
import hmac
import json
import logging
import re
import threading
import time

from . import spool
from .document import DocumentError, check, opens_drawer
from .local_http import LOOPBACK, LocalHandler, LocalServer

_logger = logging.getLogger(__name__)

#: a slip of a sale, and its marked copies
UID = re.compile(r"sale-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[1-9][0-9]?)?")
MAX_DOCUMENT = 32_000
MAX_TILLS = 20
LIFE_SECONDS = 600
_SLIPS_PER_MINUTE = 60
_SETTING = "tills"
#: so long a call waits for the paper, and for a swipe
_PRINT_SECONDS = 6.0
_SWIPE_SECONDS = 20.0
_LOOK_SECONDS = 0.05
_OPEN = (spool.RECEIVED, spool.PRINTING)


class TillDesk:
    """What tills beside the box may do.

    :param job_spool: :class:`.spool.Spool`
    :param on_job: called after a slip was taken
    :param get_status: returns the status of a printer by its id
    """

    def __init__(self, job_spool, on_job, get_status):
        self._spool = job_spool
        self._on_job = on_job
        self._get_status = get_status
        self._changed = threading.Condition()
        self._stopped = False
        self._tills = json.loads(job_spool.setting(_SETTING) or "[]")
        self._slips = {}
        #: poll that waits, by till: ``[readers, event or None]``
        self._waiting = {}

    def set_tills(self, tills):
        """Those the server names; kept on the disk for a start without internet."""
        known = [
            {
                "id": int(till["id"]),
                "key_hash": str(till["key_hash"]),
                "printer_id": till.get("printer_id") or 0,
                "readers": [str(key) for key in till.get("readers", [])],
            }
            for till in tills[:MAX_TILLS]
        ]
        if known != self._tills:
            self._tills = known
            self._spool.set_setting(_SETTING, json.dumps(known))

    def find(self, key):
        """The till with that key, or ``None``."""
        given = hashlib.sha256(key.encode()).hexdigest()
        found = None
        for till in self._tills:
            # all of them, so that the time tells nothing
            if hmac.compare_digest(given, till["key_hash"]):
                found = till
        return found

    def stop(self):
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # -- slips --

    def print(self, till, data, seconds=_PRINT_SECONDS):
        """Print a slip once, and wait a moment for the paper.

        :param dict data: ``uid``, ``document``, ``number`` of the copy
        :return: dict ``state``, ``error``, ``printer`` (its status)
        :raise DocumentError: it is none that a till may print
        :raise TooMany: more than a till can sell
        """
        uid, document = data.get("uid"), data.get("document")
        if not isinstance(uid, str) or not UID.fullmatch(uid):
            raise DocumentError("uid")
        if not self._spool.outcome(uid):
            self._take(till, uid, document)
        limit = time.monotonic() + seconds
        while True:
            state, error = self._spool.outcome(uid)
            if state not in _OPEN or time.monotonic() > limit or self._stopped:
                break
            time.sleep(_LOOK_SECONDS)
        status = self._get_status(till["printer_id"])
        return {"state": state, "error": error, "printer": status}

    def _take(self, till, uid, document):
        check(document)
        if opens_drawer(document):
            raise DocumentError("a drawer is opened by the server only")
        if len(json.dumps(document)) > MAX_DOCUMENT:
            raise DocumentError("too long")
        if not till["printer_id"]:
            raise DocumentError("no printer")
        self._count(till["id"])
        fresh = self._spool.store(
            [
                {
                    "uid": uid,
                    "name": uid,
                    "printer_id": till["printer_id"],
                    "document_type": "sale_slip",
                    "document": document,
                    "copies": 1,
                    "expires_in": LIFE_SECONDS,
                    "on_unknown": "hold",
                    "till_id": till["id"],
                }
            ]
        )
        if fresh:
            _logger.info("till %s: slip %s", till["id"], uid)
            self._on_job()

    def _count(self, till_id):
        now = time.monotonic()
        with self._changed:
            recent = [at for at in self._slips.get(till_id, ()) if at > now - 60]
            if len(recent) >= _SLIPS_PER_MINUTE:
                raise TooMany
            self._slips[till_id] = [*recent, now]

    # -- swipes --

    def offer(self, event):
        """Hand a swipe the server did not take to a till that waits for it.

        :param dict event: ``id``, ``reader``, ``kind``, ``value``
        :return: whether a till has it now
        """
        with self._changed:
            for waiting in self._waiting.values():
                if waiting[1] is None and event["reader"] in waiting[0]:
                    waiting[1] = event
                    self._changed.notify_all()
                    return True
        return False

    def wait_for_swipe(self, till, seconds=_SWIPE_SECONDS):
        """The next swipe at a reader of the till, ``None`` when there is none.

        A till waits once: who asked before is answered at once.
        """
        mine = [till["readers"], None]
        limit = time.monotonic() + seconds
        with self._changed:
            self._waiting[till["id"]] = mine
            self._changed.notify_all()
            try:
                while mine[1] is None and not self._stopped:
                    left = limit - time.monotonic()
                    is_mine = self._waiting.get(till["id"]) is mine
                    if left <= 0 or not is_mine:
                        break
                    self._changed.wait(left)
            finally:
                if self._waiting.get(till["id"]) is mine:
                    del self._waiting[till["id"]]
            return mine[1]


class TooMany(Exception):
    """A till prints more than anybody can sell."""


class TillServer(LocalServer):
    """The routes of the desk, see :class:`.local_http.LocalServer`."""

    def __init__(
        self, server_url, desk, port=0, host=LOOPBACK, name="", certificate=()
    ):
        super().__init__(_Handler, server_url, port, host, name, certificate)
        self.desk = desk


class _Handler(LocalHandler):
    headers_allowed = "Content-Type, Authorization"
    max_body = 64 * 1024
    timeout = 30

    def do_POST(self):
        if not self.is_welcome() or not self.is_json():
            return self.send(403)
        scheme, _space, key = (self.headers.get("Authorization") or "").partition(" ")
        till = self.server.desk.find(key) if scheme == "Bearer" else None
        if not till:
            return self.send(401)
        work = {
            "/o2o/till/1/print": self._print,
            "/o2o/till/1/swipe": self._swipe,
        }.get(self.path)
        if not work:
            return self.send(404)
        try:
            return self.send_json(200, work(till, self.read_json()))
        except TooMany:
            return self.send(429)
        except (DocumentError, ValueError, RecursionError):
            return self.send(400)

    def _print(self, till, data):
        return self.server.desk.print(till, data)

    def _swipe(self, till, _data):
        return {"event": self.server.desk.wait_for_swipe(till)}
