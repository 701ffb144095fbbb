"""One thread per printer: takes jobs from the spool, prints, reports the truth."""

import logging
import threading
import time

from . import printers, spool
from .document import DocumentError, count_cuts, opens_drawer
from .render import render

_logger = logging.getLogger(__name__)

_BACKOFF_SECONDS = (1, 2, 4, 8, 15, 30)
_PROBE_SECONDS = 10
#: so long a printer may stay away before a job caught in the middle counts as unclear
_CAUGHT_SECONDS = 60
_DEFAULT_BANNER = "REPRINT - MAY BE DOUBLE"


class PrinterWorker(threading.Thread):
    """Prints the jobs of one printer, one after the other, in order.

    :param settings: the printer as the server describes it
    :param on_change: called after each event the server should hear of
    """

    def __init__(self, settings, job_spool, on_change):
        super().__init__(name=f"printer-{settings['id']}", daemon=True)
        self.settings = settings
        self.status = printers.UNKNOWN
        #: why nothing can be sent to it, for the person who set it up
        self.problem = ""
        #: ``high`` or ``low``: the wire of the drawer's switch, empty while unknown
        self.drawer_wire = ""
        self._spool = job_spool
        self._on_change = on_change
        self._wake = threading.Event()
        self._stopped = threading.Event()

    def wake(self):
        """There may be a new job."""
        self._wake.set()

    def stop(self):
        self._stopped.set()
        self._wake.set()

    def run(self):
        failures = 0
        probe_at = 0.0
        while not self._stopped.is_set():
            pause = _PROBE_SECONDS
            try:
                caught = self._spool.caught(self.settings["id"])
                job = None if caught else self._spool.next_job(self.settings["id"])
                if caught:
                    self._resolve(caught)
                    failures, pause = 0, 0
                elif job:
                    self._print(job)
                    failures, pause = 0, 0
                    probe_at = time.monotonic() + _PROBE_SECONDS
                elif time.monotonic() >= probe_at:
                    probe_at = time.monotonic() + _PROBE_SECONDS
                    self._probe()
            except printers.PrinterError as error:
                if isinstance(error, printers.Interrupted):
                    self._set_status(printers.OFFLINE)
                pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
                failures += 1
                _logger.info("printer %s: %s", self.settings["id"], error)
            except Exception:  # the thread of a printer never ends by itself
                pause = _BACKOFF_SECONDS[-1]
                _logger.exception("printer %s", self.settings["id"])
            if pause:
                self._wake.wait(pause)
                self._wake.clear()

    def _set_status(self, status):
        if status != self.status:
            self.status = status
            self._on_change()

    def _open(self):
        try:
            connection = printers.Connection.open(self.settings)
        except printers.PrinterUnreachable as error:
            self.problem = str(error)
            self._set_status(printers.OFFLINE)
            raise
        self.problem = ""
        return connection

    def _probe(self):
        """Look at an idle printer, so that the shop sees an empty roll early."""
        with self._open() as connection:
            self._look(connection)

    def _look(self, connection):
        """Ask how the printer is and what the switch of its drawer says."""
        status = connection.status()
        if connection.drawer_wire != self.drawer_wire:
            self.drawer_wire = connection.drawer_wire
            self._on_change()
        self._set_status(status)
        return status

    def _print(self, job):
        uid = job["uid"]
        try:
            data = render(
                job["document"],
                paper_width=int(self.settings["width"]),
                copies=job.get("copies", 1),
                banner=self._banner(job),
                beeps=job.get("beeps", 0),
            )
        except DocumentError as error:
            self._finish(uid, spool.FAILED, str(error))
            return
        try:
            with self._open() as connection:
                self._send(connection, job, data)
        except printers.WrongSettings as error:
            self._finish(uid, spool.FAILED, str(error))

    def _banner(self, job):
        return (job.get("banner") or _DEFAULT_BANNER) if job["has_banner"] else None

    def _send(self, connection, job, data):
        uid = job["uid"]
        if connection.keeps_jobs and opens_drawer(job["document"]):
            raise printers.WrongSettings("a drawer would open when nobody expects it")
        # ask first: a printer without paper keeps what it is sent and prints it later
        status = self._look(connection)
        if status in printers.NOT_READY:
            raise printers.PrinterError(status)
        cuts_before = None
        has_counter = self.settings.get("cut_counter") and count_cuts(job["document"])
        if has_counter and status != printers.UNKNOWN:
            cuts_before = connection.cut_count()
        if not self._spool.start(uid, cuts_before):
            return
        self._on_change()
        try:
            connection.send(data)
            if status != printers.UNKNOWN:
                self._confirm(connection)
        except printers.Interrupted as error:
            if cuts_before is None:
                self._interrupt(uid, str(error))
            # else the printer is asked as soon as it answers again
            raise
        self._finish(uid, spool.PRINTED)

    def _confirm(self, connection):
        connection.confirm(
            self._set_status,
            is_stopped=self._stopped.is_set,
            with_process_id=bool(self.settings.get("process_id")),
        )

    def _interrupt(self, uid, reason, is_missing=False):
        again = self._spool.interrupt(uid, reason, is_missing)
        _logger.warning("job %s: %s, again: %s", uid, reason, again)
        self._on_change()

    def _resolve(self, job):
        """Ask the printer's cut counter whether an interrupted job is on paper."""
        uid = job["uid"]
        try:
            with self._open() as connection:
                status = self._look(connection)
                if status in printers.NOT_READY:
                    raise printers.PrinterError(status)
                # what the printer still holds comes out first
                self._confirm(connection)
                count = connection.cut_count()
        except printers.WrongSettings as error:
            self._interrupt(uid, str(error))
            return
        except printers.PrinterError:
            if job["seconds"] > _CAUGHT_SECONDS:
                self._interrupt(uid, "the printer did not come back")
            raise
        wanted = job.get("copies", 1) * count_cuts(job["document"])
        done = None if count is None else count - job["cuts_before"]
        if wanted and done == wanted:
            self._finish(uid, spool.PRINTED)
        elif done == 0:
            self._interrupt(uid, "interrupted before the cut", is_missing=True)
        else:
            self._interrupt(uid, "interrupted, the cut counter does not tell")

    def _finish(self, uid, state, error=""):
        self._spool.finish(uid, state, error)
        _logger.info("job %s: %s %s", uid, state, error)
        self._on_change()
