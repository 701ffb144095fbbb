"""The box: keeps the server, the printers, readers and displays in step."""

import fcntl
import json
import logging
import os
import random
import tempfile
import threading
import time

from . import client as http
from .display import Displays
from .proxy import Proxy
from .readers.service import Readers
from .scale import ScaleThread
from .spool import Spool
from .terminal.desk import TerminalDesk
from .till import TillDesk, TillServer
from .wake import WakeListener
from .worker import PrinterWorker

_logger = logging.getLogger(__name__)

_PURGE_SECONDS = 3600
_ERROR_SECONDS = (2, 4, 8, 15, 30)
_UNPAIRED_SECONDS = 5
_STOP_SECONDS = 0.3


class AlreadyRunning(RuntimeError):
    """Another box process works in the same folder."""


class Box:
    """Runs until :meth:`stop`; all state is in ``config.state_dir``.

    :param resolve: maps the settings of a printer of connection ``virtual`` to real
        ones; ``None`` outside a demonstration
    :param get_display_path: the port of the virtual display; the same
    :param resolve_terminal: the same for a bank-card terminal
    :param get_pairing_code: the code as it is now; a mistyped one is corrected while
        the box runs
    """

    def __init__(
        self,
        config,
        resolve=None,
        get_display_path=None,
        resolve_terminal=None,
        get_pairing_code=None,
    ):
        self.config = config
        self._get_pairing_code = get_pairing_code or (lambda: config.pairing_code)
        self._unpaired_reason = ""
        self._resolve = resolve
        self._stopped = threading.Event()
        self._news = threading.Event()
        self._workers = {}
        self._desk = TerminalDesk(config.state_dir, self._news.set, resolve_terminal)
        self._wake_listener = None
        config.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock_file = self._lock()
        self._token_path = config.state_dir / "token"
        self._spool = Spool(config.state_dir / "spool.db")
        self._client = self._connect()
        self._tills = TillDesk(self._spool, self._wake_all, self._printer_status)
        # a client of their own: a swipe does not wait for a sync
        self._readers = Readers(
            config.readers,
            self._connect(),
            self._token,
            self._news.set,
            self._tills.offer,
        )
        self._displays = Displays(self._news.set, get_display_path)
        self._scale = self._proxy = None
        if config.scale:
            self._scale = ScaleThread(config.scale)
            origin = config.scale.origin or config.server_url
            self._proxy = Proxy(origin, self._scale, config.scale.http_port)
        self._till_server = None
        if config.till:
            self._till_server = TillServer(
                config.till.origin or config.server_url,
                self._tills,
                config.till.http_port,
                config.till.listen,
                config.till.name,
                config.till.certificate,
            )
        self._poll_seconds = config.poll_seconds
        self._purge_at = 0.0

    def _connect(self):
        config = self.config
        return http.Client(config.server_url, config.database, config.ca_file)

    def _lock(self):
        handle = open(self.config.state_dir / "box.lock", "w")  # noqa: SIM115
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            raise AlreadyRunning(
                f"another box already uses {self.config.state_dir}"
            ) from error
        return handle

    # -- life --

    def run(self):
        """Work until stopped. Returns when everything is at rest."""
        for uid in self._spool.recover():
            _logger.warning("job %s was interrupted by the last stop", uid)
        self._readers.start()
        if self._scale:
            self._scale.start()
            self._proxy.start()
        if self._till_server:
            self._resume_printers()
            self._till_server.start()
        errors = 0
        while not self._stopped.is_set():
            self._news.clear()
            try:
                more = self._step()
                errors = 0
                pause = 0 if more else self._pause()
            except http.Unauthorized as error:
                pause = _UNPAIRED_SECONDS
                # a box that was locked out opens to no till either
                self._tills.set_tills([])
                if str(error) != self._unpaired_reason:
                    self._unpaired_reason = str(error)
                    _logger.error(
                        "not paired: %s; get a new code from the server", error
                    )
            except http.ServerError as error:
                longest = _ERROR_SECONDS[min(errors, len(_ERROR_SECONDS) - 1)]
                # a server that comes back is not asked by all boxes at once
                pause = longest * random.uniform(0.5, 1)
                errors += 1
                _logger.warning("sync: %s", error)
            except Exception:
                pause = _ERROR_SECONDS[-1]
                _logger.exception("sync")
            if pause:
                self._news.wait(pause)
        self._shut_down()

    def stop(self):
        """Ask :meth:`run` to end; safe in a signal handler."""
        self._stopped.set()
        self._news.set()

    def _shut_down(self):
        self._tills.stop()
        if self._till_server:
            self._till_server.stop()
        if self._wake_listener:
            self._wake_listener.stop()
        for worker in self._workers.values():
            worker.stop()
        for worker in self._workers.values():
            worker.join(timeout=5)
        self._desk.stop()
        self._readers.stop()
        self._displays.stop()
        if self._scale:
            self._proxy.stop()
            self._scale.stop()
            self._scale.join(timeout=2)
        self._client.close()
        self._spool.close()
        self._lock_file.close()

    def _pause(self):
        """Long when the server can wake the box, short when it cannot."""
        listener = self._wake_listener
        if listener and listener.is_connected:
            return self._poll_seconds
        return min(self.config.fallback_seconds, self._poll_seconds)

    # -- pairing --

    def _token(self):
        try:
            return self._token_path.read_text("ascii").strip()
        except FileNotFoundError:
            return ""

    def _write_token(self, token):
        """Replace the token file; readable by the box's own user only."""
        handle, path = tempfile.mkstemp(dir=self.config.state_dir, prefix="token-")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path, self._token_path)

    def pair(self):
        """Use the pairing code of the configuration, once.

        :raise Unauthorized: there is no code, or it was refused
        """
        code = self._get_pairing_code()
        if not code:
            raise http.Unauthorized("no pairing code in the configuration")
        if self._spool.setting("used_code") == code:
            raise http.Unauthorized(
                "the pairing code in the configuration is wrong, used or too old"
            )
        try:
            answer = self._client.pair(code, self.config.name)
        except http.Unauthorized as error:
            self._spool.set_setting("used_code", code)
            raise http.Unauthorized(
                "the pairing code in the configuration is wrong, used or too old"
            ) from error
        site = answer.get("site", "")
        if self._spool.setting("site") not in (None, site):
            _logger.warning("paired with another server: old jobs are dropped")
            self._spool.drop_all()
            self._tills.set_tills([])
        self._spool.set_setting("site", site)
        self._write_token(answer["token"])
        self._spool.set_setting("used_code", code)
        self._unpaired_reason = ""
        _logger.info("paired as %s", answer.get("name"))

    # -- sync --

    def _step(self):
        """One exchange with the server; true when another should follow at once."""
        token = self._token()
        if not token:
            self.pair()
            token = self._token()
        acks = self._spool.acks()
        payload = {
            "acks": [self._prepare_ack(ack) for ack in acks],
            "printers": [
                {
                    "id": printer_id,
                    "status": worker.status,
                    "problem": worker.problem,
                    "drawer_wire": worker.drawer_wire,
                }
                for printer_id, worker in self._workers.items()
            ],
            "readers": self._readers.describe(),
            "displays": self._displays.describe(),
            "holding": self._spool.waiting(),
            "terminals": self._desk.terminals(),
            "terminal_results": self._desk.results(),
        }
        asked_at = time.monotonic()
        try:
            answer = self._client.sync(token, payload)
        except http.Unauthorized:
            self.pair()
            return True
        self._apply(answer, time.monotonic() - asked_at)
        left = self._spool.acks(1)
        is_fresh = bool(left) and (not acks or left[0]["id"] > acks[-1]["id"])
        return bool(answer.get("more")) or is_fresh

    @staticmethod
    def _prepare_ack(ack):
        """One piece of news; an age, not a time: the clock of a box may be wrong."""
        age = max(time.time() - ack["at"], 0)
        news = {
            "id": ack["id"],
            "uid": ack["uid"],
            "state": ack["state"],
            "error": ack["error"],
            "age": age,
        }
        if ack["body"]:
            body = json.loads(ack["body"])
            news["slip"] = {
                key: body[key] for key in ("till_id", "printer_id", "document")
            }
        return news

    def _apply(self, answer, seconds):
        """Do what the server says; its answer took so many ``seconds`` at most."""
        self._spool.forget_acks(answer.get("acks", []))
        if answer.get("token"):
            self._write_token(answer["token"])
        self._spool.drop(answer.get("drop", []))
        self._poll_seconds = answer.get("poll_seconds") or self.config.poll_seconds
        self._set_printers(answer.get("printers", []))
        self._remember_printers(answer.get("printers", []))
        self._displays.apply(answer.get("displays", []))
        self._tills.set_tills(answer.get("tills", []))
        if self._spool.store(answer.get("jobs", []), seconds):
            self._wake_workers()
        self._desk.set_terminals(answer.get("terminals", []))
        self._desk.handle(answer.get("terminal_requests", []))
        self._listen(answer.get("channel"))
        if time.monotonic() > self._purge_at:
            self._purge_at = time.monotonic() + _PURGE_SECONDS
            self._spool.purge()
            self._desk.purge()

    def _resume_printers(self):
        """Started without internet: the printers of the last time, for the tills."""
        is_paired = self._token() and self.config.pairing_code in (
            "",
            self._spool.setting("used_code"),
        )
        if is_paired:
            self._set_printers(json.loads(self._spool.setting("printers") or "[]"))

    def _wake_workers(self):
        for worker in list(self._workers.values()):
            worker.wake()

    def _wake_all(self):
        """A till has brought a slip: print it, and tell the server."""
        self._wake_workers()
        self._news.set()

    def _printer_status(self, printer_id):
        worker = self._workers.get(printer_id)
        return worker.status if worker else "offline"

    def _remember_printers(self, printers):
        """For ``o2o_box test`` and a start, which do without the server."""
        known = json.dumps(
            [self._resolve_virtual(settings) for settings in printers], sort_keys=True
        )
        if known != self._spool.setting("printers"):
            self._spool.set_setting("printers", known)

    def _resolve_virtual(self, settings):
        if settings["connection"] == "virtual" and self._resolve:
            return self._resolve(settings)
        return settings

    def _set_printers(self, printers):
        """Start, restart and stop workers so that they match the server's list."""
        wanted = {}
        for settings in sorted(printers, key=lambda printer: printer["id"]):
            wanted[settings["id"]] = self._resolve_virtual(settings)
        for printer_id, worker in list(self._workers.items()):
            if wanted.get(printer_id) != worker.settings:
                worker.stop()
                # one thread per printer: the old one ends before a new one starts;
                # one that hangs is not waited for, the other printers go on
                worker.join(timeout=_STOP_SECONDS)
                if not worker.is_alive():
                    del self._workers[printer_id]
        for printer_id, settings in wanted.items():
            if printer_id not in self._workers:
                worker = PrinterWorker(settings, self._spool, self._news.set)
                self._workers[printer_id] = worker
                worker.start()

    def _listen(self, channel):
        if not self.config.is_wake_used or not channel:
            return
        if self._wake_listener:
            if self._wake_listener.channel == channel:
                return
            self._wake_listener.stop()
        self._wake_listener = WakeListener(self._client, channel, self._news.set)
        self._wake_listener.start()
