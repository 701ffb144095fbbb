"""One exchange with a terminal: a request, its acknowledgement, its answer.

The rule that keeps money safe: a request is repeated only when the terminal says that
this very request arrived broken. Silence, noise, late frames and frames of other
exchanges never repeat anything. Source: devices.md 5.2.
"""

import time
from dataclasses import dataclass

from . import frame
from .port import PortLost

_MAX_REPEATS = 3


class Silence(Exception):
    """The request left, no answer came: nobody knows what the terminal did."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds.

    :param acknowledge: until the terminal says that the request arrived
    :param answer: until the answer; a customer looks for a card and types a PIN
    :param question: until the answer to a question about an earlier request
    :param gap: between two bytes of one frame
    """

    acknowledge: float = 3.0
    answer: float = 120.0
    question: float = 20.0
    gap: float = 1.0

    def is_over(self, seconds, is_acknowledged):
        """Whether ``seconds`` of waiting are enough for this state of an exchange."""
        return seconds > (self.answer if is_acknowledged else self.acknowledge)


class Exchange:
    """Sends one request over an open ``port`` and waits for its answer.

    :param number: called for the sequence number of each try, never one of those
        shortly before: a second ``N`` about one try must not repeat the next one
    :param patience: a :class:`Patience`; its ``answer`` counts
    :param accepts: called with the payload of an answer; false for an answer that
        belongs to another request, which is then swallowed
    """

    def __init__(self, port, number, patience, accepts):
        self._port = port
        self._number = number
        self._sequence = None
        self._patience = patience
        self._accepts = accepts
        self._decoder = frame.Decoder()
        self._is_cancelled = False
        self._payload = b""
        self._repeats = self._complaints = 0
        self._is_acknowledged = False

    def cancel(self):
        """Ask the terminal to stop waiting for a card; it answers as always."""
        self._is_cancelled = True

    def run(self, payload):
        """Send ``payload``; the caller has flushed the port and written its journal.

        :return: payload of the answer
        :raise Silence: no answer that belongs to this request
        """
        self._payload = payload
        start = time.monotonic()
        try:
            self._try()
            return self._wait(start)
        except PortLost as error:
            raise Silence(str(error)) from error

    def _try(self):
        self._sequence = self._number()
        self._port.write(frame.encode(frame.REQUEST, self._sequence, self._payload))

    def _wait(self, start):
        heard = start
        while True:
            now = time.monotonic()
            if self._patience.is_over(now - start, self._is_acknowledged):
                raise Silence("the terminal did not answer")
            self._pass_on_cancel()
            data = self._port.read(min(0.1, self._patience.gap))
            if data:
                heard = time.monotonic()
                frames = self._decoder.feed(data)
            elif now - heard > self._patience.gap:
                frames = self._decoder.give_up()
            else:
                frames = []
            for item in frames:
                answer = self._take(item)
                if answer is not None:
                    return answer

    def _pass_on_cancel(self):
        if self._is_cancelled and self._is_acknowledged:
            self._is_cancelled = False
            self._port.write(frame.encode(frame.CANCEL, self._sequence))

    def _take(self, item):
        """Act on one frame; return the answer when it is ours."""
        if item.is_broken:
            self._complain()
        elif item.sequence != self._sequence:
            return None
        elif item.kind == frame.ACK:
            self._is_acknowledged = True
        elif item.kind == frame.NAK and not self._is_acknowledged:
            if self._repeats == _MAX_REPEATS:
                raise Silence("the terminal cannot read the request")
            self._repeats += 1
            self._try()
        elif item.kind == frame.ANSWER and self._accepts(item.payload):
            return item.payload
        return None

    def _complain(self):
        """Ask for the answer again; a terminal that has none yet ignores this."""
        if self._complaints < _MAX_REPEATS:
            self._complaints += 1
            self._port.write(frame.encode(frame.NAK, self._sequence))
