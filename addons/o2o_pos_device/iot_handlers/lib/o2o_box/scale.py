"""A scale that speaks Mettler-Toledo 8217, as Odoo's own driver does (POS-05).

The box asks with ``W``; the scale answers with a weight in kilograms, or with a status
while it has none: it moves, it is overloaded, it is below zero. A weight that is not at
rest is no weight.
"""

import logging
import re
import threading
import time

from .readers.transport import SerialTransport, TransportError

_logger = logging.getLogger(__name__)

_ASK = b"W"
_WEIGHT = re.compile(rb"\x02\s*([0-9]{1,4}(?:\.[0-9]{1,4})?)N?\r")
_STATUS = re.compile(rb"\x02\s*\?([^\x00])\r")
#: bits of the status character, lowest first; the others are no problem
_PROBLEMS = ("in motion", "over capacity", "under zero", "not zeroed")
_POLL_SECONDS = 0.3
_ANSWER_SECONDS = 1.0
#: a reading that is older is none
_FRESH_SECONDS = 2.0
_BACKOFF_SECONDS = (1, 2, 4, 8, 16, 30)
_MAX_ANSWER = 64


class ScaleAway(Exception):
    """No scale answers."""


class ScaleTransport(SerialTransport):
    """The line of the protocol: seven bits, even parity."""

    options = {"bytesize": 7, "parity": "E"}


class ScaleThread(threading.Thread):
    """Asks one scale until stopped; an error of any kind never ends it.

    :param settings: ``device`` and ``baudrate``
    """

    def __init__(self, settings):
        super().__init__(name="scale", daemon=True)
        self._settings = settings
        self._stopped = threading.Event()
        self._reading = (0.0, "", float("-inf"))

    def read(self):
        """What lies on the scale.

        :return: tuple (kilograms, problem); 0 while there is a problem
        :raise ScaleAway: it does not answer
        """
        weight, problem, at = self._reading
        if time.monotonic() - at > _FRESH_SECONDS:
            raise ScaleAway("the scale does not answer")
        return weight, problem

    def stop(self):
        self._stopped.set()

    def run(self):
        failures = 0
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                self._work()
            except TransportError as error:
                _logger.info("scale: %s", error)
            except Exception:
                _logger.exception("scale")
            self._reading = (0.0, "", float("-inf"))
            if time.monotonic() - began > _BACKOFF_SECONDS[-1]:
                failures = 0
            self._stopped.wait(_BACKOFF_SECONDS[min(failures, 5)])
            failures += 1

    def _work(self):
        port = ScaleTransport(self._settings)
        try:
            while not self._stopped.is_set():
                # what came too late belongs to an earlier question
                for _noise in range(_MAX_ANSWER):
                    if not port.read():
                        break
                port.write(_ASK)
                answer = self._answer(port)
                reading = understand(answer)
                if reading is None:
                    raise TransportError("the scale does not answer")
                self._reading = (*reading, time.monotonic())
                self._stopped.wait(_POLL_SECONDS)
        finally:
            port.close()

    @staticmethod
    def _answer(port):
        answer = b""
        limit = time.monotonic() + _ANSWER_SECONDS
        while b"\r" not in answer and time.monotonic() < limit:
            answer += port.read()
            if len(answer) > _MAX_ANSWER:
                break
        return answer


def understand(answer):
    """What a scale said: (kilograms, problem), nothing when it is no answer."""
    if match := _WEIGHT.search(answer):
        return float(match[1]), ""
    if match := _STATUS.search(answer):
        bits = match[1][0]
        problems = [text for bit, text in enumerate(_PROBLEMS) if bits >> bit & 1]
        # at rest without a weight: the centre of zero
        return 0.0, problems[0] if problems else ""
    return None
