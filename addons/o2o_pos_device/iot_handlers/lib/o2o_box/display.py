"""Customer displays on a serial port: two lines of twenty cells, GBK (POS-05).

What is shown is a state, not a job: the last word counts, and a display that is
unplugged misses nothing that matters. Nothing here ever disturbs a printer or a reader.
"""

import logging
import threading
import time
from types import SimpleNamespace

from . import escpos_zh
from .printers.base import WrongSettings, device_path
from .readers.transport import SerialTransport, TransportError

_logger = logging.getLogger(__name__)

COLUMNS, ROWS = 20, 2
#: ``ESC @`` reset, ``US MD1`` overwrite: a full line does not scroll the other away
_GREETING = b"\x1b@\x1f\x01"
_CLEAR = b"\x0c"
_BACKOFF_SECONDS = (1, 2, 4, 8, 16, 30)
_LOOK_SECONDS = 1.0


def frame(lines):
    """The bytes that replace what a display shows.

    :param lines: at most two texts; each is cut to the cells of the display
    """
    parts = [_CLEAR]
    for row, line in enumerate(lines[:ROWS], start=1):
        text = escpos_zh.cut(escpos_zh.clean(line), COLUMNS)
        parts.append(bytes([0x1F, 0x24, 1, row]) + escpos_zh.encode(text))
    return b"".join(parts)


class DisplayThread(threading.Thread):
    """Keeps one display at what was last said; an error of any kind never ends it.

    :param settings: the display as the server describes it: ``id``, ``device``,
        ``baudrate``
    :param on_change: called when the display comes or goes
    :param path: of a virtual display; the server's device is ignored then
    """

    def __init__(self, settings, on_change, path=None):
        super().__init__(name=f"display-{settings['id']}", daemon=True)
        self.settings = settings
        self.is_online = False
        self._on_change = on_change
        self._path = path
        self._lines = []
        self._news = threading.Event()
        self._stopped = threading.Event()

    def show(self, lines):
        """Show ``lines`` from now on."""
        if lines != self._lines:
            self._lines = lines
            self._news.set()

    def stop(self):
        self._stopped.set()
        self._news.set()

    def run(self):
        failures = 0
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                self._work()
            except (TransportError, WrongSettings) as error:
                _logger.info("display %s: %s", self.settings["id"], error)
            except Exception:
                _logger.exception("display %s", self.settings["id"])
            self._set_online(False)
            if time.monotonic() - began > _BACKOFF_SECONDS[-1]:
                failures = 0
            self._stopped.wait(_BACKOFF_SECONDS[min(failures, 5)])
            failures += 1

    def _work(self):
        port = SerialTransport(
            SimpleNamespace(
                device=self._path or device_path(self.settings),
                baudrate=int(self.settings.get("baudrate") or 9600),
            )
        )
        try:
            port.write(_GREETING)
            self._news.set()
            while not self._stopped.is_set():
                if self._news.wait(_LOOK_SECONDS):
                    self._news.clear()
                    port.write(frame(self._lines))
                # a port that is gone is told by reading, too
                port.read()
                self._set_online(True)
        finally:
            port.close()

    def _set_online(self, is_online):
        if is_online != self.is_online:
            self.is_online = is_online
            self._on_change()


class Displays:
    """The displays of a box, as the server last described them.

    :param get_path: of a display of connection ``virtual``; ``None`` outside a
        demonstration
    """

    def __init__(self, on_change, get_path=None):
        self._on_change = on_change
        self._get_path = get_path
        self._threads = {}

    def apply(self, wanted):
        """Start and stop threads so that they match, and show what is to be shown."""
        by_id = {item["id"]: item for item in wanted}
        for display_id, thread in list(self._threads.items()):
            settings = self._settings(by_id.get(display_id))
            if settings != thread.settings:
                thread.stop()
                thread.join(timeout=2)
                del self._threads[display_id]
        for display_id, item in by_id.items():
            if display_id not in self._threads:
                self._threads[display_id] = self._start(self._settings(item))
            self._threads[display_id].show(list(item["lines"]))

    def _start(self, settings):
        is_virtual = settings["connection"] == "virtual"
        path = self._get_path() if is_virtual and self._get_path else None
        thread = DisplayThread(settings, self._on_change, path)
        thread.start()
        return thread

    @staticmethod
    def _settings(item):
        """What does not change with each sale."""
        return item and {key: item[key] for key in item if key != "lines"}

    def describe(self):
        """The displays as the server hears of them at each sync."""
        return [
            {"id": display_id, "is_online": thread.is_online}
            for display_id, thread in self._threads.items()
        ]

    def stop(self):
        for thread in self._threads.values():
            thread.stop()
        for thread in self._threads.values():
            thread.join(timeout=2)
