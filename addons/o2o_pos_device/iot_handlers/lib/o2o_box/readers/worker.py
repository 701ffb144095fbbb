"""One thread per reader: opens the cable, reads, survives every unplugging."""

import logging
import threading
import time

from . import swipe
from .msr605 import Msr605
from .protocols import Frames, Lines, Swipes
from .transport import HidTransport, SerialTransport, TransportError

_logger = logging.getLogger(__name__)

_BACKOFF_SECONDS = (1, 2, 4, 8, 16, 30)
#: a connection that lived that long starts the back-off anew
_STABLE_SECONDS = 5
#: the same card again within that time is the same swipe: tracks that come one by
#: one, a chip card that lies on its reader
REPEAT_SECONDS = 2.0
#: noise on a cable tells the till at most once in that time
_NOISE_SECONDS = 3.0

_TRANSPORTS = {"serial": SerialTransport, "hid": HidTransport}


class ReaderThread(threading.Thread):
    """Reads one reader until stopped; an error of any kind never ends it.

    :param settings: :class:`.settings.ReaderConfig`
    :param on_swipe: called with ``(reader key, Swipe)``
    :param on_change: called when the reader comes or goes
    :param open_transport: opens the cable the settings name
    """

    def __init__(self, settings, on_swipe, on_change, open_transport=None):
        super().__init__(name=f"reader-{settings.key}", daemon=True)
        self.settings = settings
        self.is_online = False
        self._on_swipe = on_swipe
        self._on_change = on_change
        self._open = open_transport or _open
        self._stopped = threading.Event()
        self._last = (None, 0.0)
        self._noise_at = float("-inf")

    def stop(self):
        self._stopped.set()

    def run(self):
        failures = 0
        while not self._stopped.is_set():
            opened_at = time.monotonic()
            try:
                self._work()
            except TransportError as error:
                _logger.info("reader %s: %s", self.settings.key, error)
            except Exception as error:
                # without the trace: the text of an error may hold what was read
                _logger.error("reader %s: %s", self.settings.key, type(error).__name__)
            self._set_online(False)
            if time.monotonic() - opened_at > _STABLE_SECONDS:
                failures = 0
            pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
            failures += 1
            self._stopped.wait(pause)

    def _work(self):
        transport = self._open(self.settings)
        try:
            protocol = _protocol(self.settings)
            transport.write(protocol.greeting)
            self._set_online(True)
            while not self._stopped.is_set():
                data = transport.read()
                now = time.monotonic()
                messages = protocol.feed(data, now) if data else protocol.tick(now)
                for message in messages:
                    transport.write(protocol.again)
                    self._take(message, now)
        finally:
            transport.close()

    def _take(self, message, now):
        settings = self.settings
        read = swipe.understand(message, settings.kind, settings.uid_format)
        if read is None or self._is_repeated(read, now):
            return
        _logger.info("reader %s: %r", settings.key, read)
        self._on_swipe(settings.key, read)

    def _is_repeated(self, read, now):
        if read.kind == swipe.UNREADABLE:
            is_repeated = now - self._noise_at < _NOISE_SECONDS
            self._noise_at = self._noise_at if is_repeated else now
            return is_repeated
        if read.kind == swipe.BARCODE:
            # two of the same goods are two scans
            return False
        last, at = self._last
        self._last = (read, now)
        return read == last and now - at < REPEAT_SECONDS

    def _set_online(self, is_online):
        if is_online != self.is_online:
            self.is_online = is_online
            self._on_change()


def _open(settings):
    transport = _TRANSPORTS.get(settings.connection)
    if transport is None:
        raise TransportError("a virtual reader needs a demonstration (--demo)")
    return transport(settings)


def _protocol(settings):
    if settings.protocol == "msr605":
        return Msr605()
    if settings.protocol == "frames":
        return Frames()
    return Swipes() if settings.kind == "magnetic" else Lines()
