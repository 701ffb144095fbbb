"""Between the server's conversation and the terminals of a store.

The server repeats a request with every sync until it has heard a final result; the
journal of each terminal makes the repetitions harmless. Nothing waits here: what takes
long runs in the terminal's own threads.
"""

import logging
import threading
from dataclasses import asdict

from .driver import BankTerminal
from .interface import TerminalSettings
from .link import Patience
from .transaction import APPROVED, DECLINED, UNKNOWN, Refused, TxRequest, TxResult

_logger = logging.getLogger(__name__)

#: what the server may ask for
BEGIN, CANCEL, RESOLVE, DECIDE = "begin", "cancel", "resolve", "decide"
#: a port where nobody listens
_NOWHERE = {"connection": "tcp", "host": "127.0.0.1", "port": 1}
_REQUEST_TEXTS = ("pos_no", "operator", "orig_ref", "orig_trace", "orig_date")


class TerminalDesk:
    """All terminals of one box.

    :param folder: where each terminal's journal is kept, ``terminal-ID.db``
    :param on_change: called after each event the server should hear of
    :param resolve: maps the settings of a terminal of connection ``virtual`` to real
        ones; ``None`` outside a demonstration, where such a terminal is offline
    """

    def __init__(self, folder, on_change, resolve=None):
        self._folder = folder
        self._on_change = on_change
        self._resolve_virtual = resolve or (lambda each: {**each, **_NOWHERE})
        self._drivers = {}
        self._settings = {}
        self._asked = []
        self._asking = set()

    def stop(self):
        for driver in self._drivers.values():
            driver.stop()

    def purge(self):
        """Forget what was decided long ago."""
        for driver in self._drivers.values():
            driver.purge()

    # -- from the server --

    def set_terminals(self, terminals):
        """Start, restart and stop drivers so that they match the server's list.

        A terminal that is busy keeps its driver until it is done.
        """
        wanted = {
            terminal["id"]: self._resolve_virtual(terminal)
            if terminal["connection"] == "virtual"
            else terminal
            for terminal in terminals
        }
        for terminal_id, driver in list(self._drivers.items()):
            is_same = wanted.get(terminal_id) == self._settings[terminal_id]
            if not is_same and driver.status().state != "busy" and not self._asking:
                driver.stop()
                del self._drivers[terminal_id], self._settings[terminal_id]
        for terminal_id, terminal in wanted.items():
            if terminal_id not in self._drivers:
                path = self._folder / f"terminal-{int(terminal_id)}.db"
                driver = BankTerminal(_settings(terminal), path, self._on_change)
                self._drivers[terminal_id] = driver.start()
                self._settings[terminal_id] = terminal

    def handle(self, requests):
        """Take the server's open requests, any number of times.

        Each has ``terminal_id, uid, action, op, amount_fen``, what the operation
        needs, and ``expires_in``: seconds after which it must not begin any more.
        ``is_started`` says that this box has confirmed it before.
        """
        self._asked = []
        for request in requests:
            driver = self._drivers.get(request["terminal_id"])
            if not driver:
                continue
            try:
                refused = self._act(driver, request)
            except Refused as error:
                refused = _refusal(request, DECLINED, error.code, str(error))
            self._asked.append((request["terminal_id"], request["uid"], refused))

    def _act(self, driver, request):
        """Do what is asked; return a result only where the journal has none."""
        uid, action = request["uid"], request.get("action", BEGIN)
        known = driver.result(uid)
        if known is None:
            return self._begin(driver, request)
        if action == CANCEL:
            driver.cancel(uid)
        elif action == RESOLVE and known.state == UNKNOWN:
            self._resolve(driver, uid)
        elif action == DECIDE and known.state == UNKNOWN:
            try:
                driver.decide(uid, bool(request["approves"]), request.get("note", ""))
            except Refused as error:
                # busy with something else: the server asks again
                _logger.info("terminal request %s: %s", uid, error)
        return None

    def _begin(self, driver, request):
        """Start a request this box has never seen.

        A request that it once confirmed is missing when the journal was lost (a new
        disk): it may have charged, so it is never started again.
        """
        action = request.get("action", BEGIN)
        if action == DECIDE:
            state = APPROVED if request["approves"] else DECLINED
            return _refusal(request, state, "by_hand", request.get("note", ""))
        if request.get("is_started"):
            return _refusal(request, UNKNOWN, "lost", "the box has no record of it")
        if action == CANCEL:
            return _refusal(request, DECLINED, "cancelled", "not started")
        if request["expires_in"] <= 0:
            return _refusal(request, DECLINED, "expired", "it came too late")
        texts = {name: request.get(name) or "" for name in _REQUEST_TEXTS}
        driver.begin(
            TxRequest(request["uid"], request["op"], request["amount_fen"], **texts)
        )
        return None

    def _resolve(self, driver, uid):
        if uid in self._asking:
            return
        self._asking.add(uid)
        threading.Thread(
            target=self._resolve_now, args=(driver, uid), daemon=True
        ).start()

    def _resolve_now(self, driver, uid):
        try:
            driver.resolve(uid)
        except Refused as error:
            _logger.info("terminal request %s: %s", uid, error)
        finally:
            self._asking.discard(uid)
            self._on_change()

    # -- to the server --

    def terminals(self):
        """``[{"id", "state", "tid", ...}]``, see :class:`TerminalStatus`."""
        return [
            {"id": terminal_id, **asdict(driver.status())}
            for terminal_id, driver in self._drivers.items()
        ]

    def results(self):
        """What is known of the requests the server asked for last."""
        found = []
        for terminal_id, uid, refused in self._asked:
            driver = self._drivers.get(terminal_id)
            result = (driver and driver.result(uid)) or refused
            if result:
                found.append({"terminal_id": terminal_id, **asdict(result)})
        return found


def _settings(terminal):
    return TerminalSettings(
        connection=terminal["connection"],
        host=terminal.get("host") or "",
        port=int(terminal.get("port") or 8899),
        device=terminal.get("device") or "",
        baudrate=int(terminal.get("baudrate") or 9600),
        pos_no=terminal.get("pos_no") or "",
        patience=Patience(answer=float(terminal.get("answer_seconds") or 120)),
    )


def _refusal(request, state, code, message):
    """A result of the box itself, for a request that is in no journal."""
    amount_fen = request["amount_fen"] if state == APPROVED else 0
    return TxResult(
        request["uid"], request["op"], state, code, message, amount_fen=amount_fen
    ).masked()
