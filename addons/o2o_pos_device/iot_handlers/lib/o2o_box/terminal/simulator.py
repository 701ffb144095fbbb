"""A simulated bank-card terminal on TCP or a pseudo terminal, for tests and shows.

It keeps its own ledger and misbehaves on demand, see :data:`FAULTS`. Faithful to
devices.md 5: one request at a time, a repeated sequence gets the stored answer, a
broken frame is answered with ``N``, money needs a sign-in.
"""

import collections
import logging
import os
import pty
import select
import socket
import struct
import threading
import time
import tty
from dataclasses import replace

from . import frame, record
from .record import RequestRecord
from .simulator_ledger import Ledger

_logger = logging.getLogger(__name__)

#: what can go wrong with one request, by name; ``*`` where money moved
FAULTS = (
    "lost_request",  # the request never arrives
    "lost_ack",  # * no acknowledgement, the answer comes
    "lost_answer",  # * the answer never comes
    "late_answer",  # * the answer comes before that of the next request
    "wrong_echo",  # * an answer with other echo digits
    "wrong_amount",  # * an answer with another amount
    "corrupt_request",  # arrives broken once, is asked for again
    "corrupt_answer",  # * comes broken, whole when asked for again
    "corrupt_answers",  # * comes broken and is not repeated
    "torn_answer",  # * stops in the middle, whole when asked for again
    "late_frames",  # * answer, N and A of the exchange before, then the right ones
    "double_nak",  # * the request arrives broken, N comes twice
    "contradiction",  # * the request arrives, then N says that it was broken
    "noise",  # * bytes that mean nothing around the answer
    "dribble",  # * the answer comes byte by byte
    "busy",  # occupied by something else
    "declined",  # the bank says no
    "signed_out",  # has lost its sign-in
    "restart_before",  # restarts before it charges
    "restart_after",  # * restarts after it charged, before it answers
)
#: of these, the ones after which no answer of this request ever comes
_SILENT = (
    "lost_answer",
    "late_answer",
    "wrong_echo",
    "corrupt_answers",
    "restart_after",
)


class Simulator:
    """One terminal. ``start_tcp()`` or ``start_pty()``, then ``stop()``.

    :param ledger: a :class:`Ledger`, kept across restarts
    :param card_seconds: how long a customer looks for the card; a request can be
        cancelled meanwhile
    """

    def __init__(self, ledger=None, card_seconds=0.0):
        self.ledger = ledger or Ledger()
        self.card_seconds = card_seconds
        self.requests = 0
        self.complaints = 0
        #: since when the last request is certain to stay without an answer
        self.silent_since = None
        self._faults = collections.deque()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._line = None
        self._forget()

    def _forget(self):
        """Everything a terminal loses when its power fails."""
        self._last_sequence = self._last_answer = None
        self._waiting = None
        self._held_back = None

    def start_tcp(self, host="127.0.0.1", port=0):
        """Listen on a port, any free one by default; return it."""
        self._line = _TcpLine(host, port)
        self._thread.start()
        return self._line.port

    def start_pty(self):
        """Open a pseudo terminal; return the path of its other end."""
        self._line = _PtyLine()
        self._thread.start()
        return self._line.path

    def stop(self):
        self._is_stopped = True
        self._thread.join(5)
        self._line.close()

    def fault(self, *names):
        """Let the next requests go wrong, one after the other; ``""`` is none."""
        unknown = [name for name in names if name and name not in FAULTS]
        if unknown:
            raise ValueError(f"no such fault: {unknown}")
        self._faults.extend(names)

    def clear_faults(self):
        self._faults.clear()

    # -- the loop --

    def _run(self):
        while not self._is_stopped:
            try:
                for item in self._line.receive(0.01):
                    self._take(item)
                self._work_when_due()
            except OSError:
                # a till that went away meanwhile
                _logger.debug("simulated terminal", exc_info=True)

    def _work_when_due(self):
        waiting = self._waiting
        if waiting and time.monotonic() >= waiting[0]:
            self._waiting = None
            self._work(*waiting[1:])

    def _take(self, item):
        if item.is_broken:
            if item.kind == frame.REQUEST and item.sequence is not None:
                self._send(frame.NAK, item.sequence)
        elif item.kind == frame.REQUEST:
            self._request(item)
        elif item.kind == frame.NAK:
            self.complaints += 1
            if item.sequence == self._last_sequence:
                self._send(frame.ANSWER, item.sequence, self._last_answer)
        elif item.kind == frame.CANCEL:
            self._cancel(item.sequence)

    def _request(self, item):
        if item.sequence == self._last_sequence:
            # the same request again: never carried out twice
            self._send(frame.ACK, item.sequence)
            self._send(frame.ANSWER, item.sequence, self._last_answer)
            return
        try:
            request = RequestRecord.decode(item.payload)
        except record.RecordError:
            return
        if self._waiting:
            self._send(frame.ACK, item.sequence)
            if self._waiting[1] == item.sequence:
                return
            busy = self.ledger.refuse(request, record.CODE_BUSY, "终端忙")
            self._send(frame.ANSWER, item.sequence, busy.encode())
            return
        self.requests += 1
        self.silent_since = None
        fault = self._faults.popleft() if self._faults else ""
        if fault == "lost_request":
            self._fall_silent()
            return
        if fault == "restart_before":
            self._restart()
            self._fall_silent()
            return
        if fault in ("corrupt_request", "double_nak"):
            for _each in range(1 + (fault == "double_nak")):
                self._send(frame.NAK, item.sequence)
            # what was read stays unread: the repeated request is carried out
            return
        self._accept(item.sequence, request, fault)

    def _accept(self, sequence, request, fault):
        if self._held_back:
            self._line.send(self._held_back)
            self._held_back = None
        if fault == "late_frames":
            self._send_late(sequence)
        if fault != "lost_ack":
            self._send(frame.ACK, sequence)
        if fault == "contradiction":
            self._send(frame.NAK, sequence)
        due = time.monotonic() + self._get_card_seconds(request)
        self._waiting = (due, sequence, request, fault)

    def _get_card_seconds(self, _request):
        return self.card_seconds

    def _send_late(self, sequence):
        """Frames of the exchange before, and a bare NAK byte of another protocol."""
        before = (sequence - 1) % frame.SEQUENCES
        self._send(frame.NAK, before)
        self._line.send(b"\x15\x06")
        if self._last_answer:
            self._send(frame.ANSWER, before, self._last_answer)
            # the worst: the number of this exchange on the answer of the last one
            self._send(frame.ANSWER, sequence, self._last_answer)

    def _cancel(self, sequence):
        if self._waiting and self._waiting[1] == sequence:
            request = self._waiting[2]
            self._waiting = None
            self._answer(
                sequence,
                self.ledger.refuse(request, record.CODE_CANCELLED, "交易已取消"),
            )

    def _work(self, sequence, request, fault):
        if fault == "busy":
            answer = self.ledger.refuse(request, record.CODE_BUSY, "终端忙")
        elif fault == "declined":
            answer = self.ledger.refuse(request, "51", "余额不足")
        else:
            if fault == "signed_out":
                self.ledger.is_signed_in = False
            answer = self.ledger.handle(request)
        self._answer(sequence, answer, fault)

    def _answer(self, sequence, answer, fault=""):
        self._last_sequence, self._last_answer = sequence, answer.encode()
        if fault == "wrong_echo":
            echo = f"{(int(answer.echo) + 1) % 1000:03d}"
            self._last_answer = replace(answer, echo=echo).encode()
        elif fault == "wrong_amount":
            wrong = replace(answer, amount_fen=answer.amount_fen + 1)
            self._last_answer = wrong.encode()
        self._send_answer(sequence, fault)
        if fault in _SILENT:
            self._fall_silent()

    def _send_answer(self, sequence, fault):
        whole = frame.encode(frame.ANSWER, sequence, self._last_answer)
        if fault == "lost_answer":
            return
        if fault == "restart_after":
            self._restart()
        elif fault == "late_answer":
            self._held_back = whole
        elif fault in ("corrupt_answer", "corrupt_answers"):
            self._line.send(_break(whole))
            if fault == "corrupt_answers":
                self._last_sequence = None
        elif fault == "torn_answer":
            self._line.send(whole[: len(whole) // 2])
        elif fault == "noise":
            self._line.send(b"\xff\x00\x02Q?\x15" + whole + b"\x03\x03")
        elif fault == "dribble":
            for byte in whole:
                self._line.send(bytes([byte]))
                time.sleep(0.0005)
        else:
            self._line.send(whole)

    def _send(self, kind, sequence, payload=b""):
        self._line.send(frame.encode(kind, sequence, payload))

    def _fall_silent(self):
        self.silent_since = time.monotonic()

    def _restart(self):
        self._forget()
        self._line.restart()


def _break(whole):
    """``whole`` with one bit of its payload the other way round."""
    place = len(whole) // 2
    return whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :]


class _TcpLine:
    """Takes one till at a time; a new connection replaces the old one, which is read
    to its end first."""

    def __init__(self, host, port):
        self._listener = socket.create_server((host, port))
        self.port = self._listener.getsockname()[1]
        self._connection = None
        self._decoder = frame.Decoder()
        #: what a device server still held when a till connects
        self.greeting = b""

    def receive(self, seconds):
        sources = [self._listener, *([self._connection] if self._connection else [])]
        readable, _writable, _errors = select.select(sources, [], [], seconds)
        if self._connection in readable:
            return self._read()
        if self._listener in readable:
            self.hang_up()
            self._connection, _address = self._listener.accept()
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._decoder = frame.Decoder()
            self.send(self.greeting)
        return []

    def _read(self):
        try:
            data = self._connection.recv(4096)
        except OSError:
            data = b""
        if not data:
            self.hang_up()
            return []
        return self._decoder.feed(data)

    def send(self, data):
        if self._connection:
            self._connection.sendall(data)

    def hang_up(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def restart(self):
        """Connections end with a reset, as a pulled cable looks."""
        if self._connection:
            linger = struct.pack("ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.hang_up()

    def close(self):
        self.hang_up()
        self._listener.close()


class _PtyLine:
    """A pseudo terminal; the other end stays open so that tills may come and go."""

    def __init__(self):
        self._own, self._other = pty.openpty()
        for end in (self._own, self._other):
            tty.setraw(end)
        self.path = os.ttyname(self._other)
        self._decoder = frame.Decoder()

    def receive(self, seconds):
        readable, _writable, _errors = select.select([self._own], [], [], seconds)
        if not readable:
            return []
        return self._decoder.feed(os.read(self._own, 4096))

    def send(self, data):
        os.write(self._own, data)

    def restart(self):
        """A serial line does not show that the terminal is gone."""
        self._decoder = frame.Decoder()

    def close(self):
        os.close(self._own)
        os.close(self._other)
