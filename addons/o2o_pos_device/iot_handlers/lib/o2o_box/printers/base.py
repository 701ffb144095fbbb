"""What all connections to printers share. The bytes are ours, see ``render.py``.

A printer is described by the dict the server sends: ``id, name, width, connection,
host, port, device, baudrate`` and perhaps ``cut_counter`` and ``process_id``, what the
printer can answer (devices.md 6).
"""

import time

ONLINE, PAPER_LOW, PAPER_OUT = "online", "paper_low", "paper_out"
COVER_OPEN, ERROR = "cover_open", "error"
OFFLINE, UNKNOWN = "offline", "unknown"
#: states in which bytes would only wait inside the printer
NOT_READY = (PAPER_OUT, COVER_OPEN, ERROR, OFFLINE)

_STATUS_SECONDS = 1.5
_ANSWER_SECONDS = 2.0
_STATUS_PRINTER = b"\x10\x04\x01"
_STATUS_OFFLINE = b"\x10\x04\x02"
_STATUS_PAPER = b"\x10\x04\x04"
#: answered in order, after everything before it has been printed
_CONFIRM = b"\x1dr\x01"
#: ``GS g 2``: how often the printer has cut, ever (counter 50 of Epson's list)
_CUT_COUNT = b"\x1dg2\x00\x32\x00"
#: letters of a process id; none of them looks like a real-time answer
_ID_LETTERS = "ABCDEFGHIJKLMNO"


class PrinterError(Exception):
    """The printer cannot be used now."""


class PrinterUnreachable(PrinterError):
    """No connection: nothing was sent."""


class Interrupted(PrinterError):
    """The connection ended after bytes were sent: the outcome is unknown."""


class WrongSettings(PrinterError):
    """The settings of the printer cannot work; waiting will not help."""


class Connection:
    """One open connection; use it as a context manager.

    A kind of connection is a subclass: ``class X(Connection, kind="x")``.
    """

    can_read = False
    _kinds = {}
    _process_number = 0

    def __init_subclass__(cls, kind, **kwargs):
        super().__init_subclass__(**kwargs)
        Connection._kinds[kind] = cls

    def __init__(self, device):
        self._device = device
        self._kept = []

    @classmethod
    def open(cls, settings):
        """Connect to the printer ``settings`` describe.

        :raise PrinterUnreachable: it does not answer
        :raise WrongSettings: the settings make no sense
        """
        opener = Connection._kinds.get(settings["connection"])
        if opener is None:
            raise WrongSettings(f"unknown connection {settings['connection']!r}")
        return opener.connect(settings)

    @classmethod
    def connect(cls, settings):
        """Open a connection of this kind; raises like :meth:`open`."""
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        try:
            self._device.close()
        except Exception:  # noqa: BLE001 - closing a dead device tells nothing new
            return

    def send(self, data):
        """Send ``data``; after this call the outcome is open until confirmed."""
        try:
            self._device._raw(data)
        except Exception as error:  # python-escpos lets each transport's errors out
            raise Interrupted(str(error) or type(error).__name__) from error

    def status(self):
        """Ask the printer how it is; ``unknown`` when it does not answer."""
        if not self.can_read:
            return UNKNOWN
        answer = self._ask(_STATUS_PRINTER)
        if answer is None:
            return UNKNOWN
        paper = self._ask(_STATUS_PAPER)
        if paper is not None and paper & 0x60 == 0x60:
            return PAPER_OUT
        if answer & 0x08:
            return self._offline_reason()
        if paper is not None and paper & 0x0C == 0x0C:
            return PAPER_LOW
        return ONLINE

    def _offline_reason(self):
        answer = self._ask(_STATUS_OFFLINE)
        if answer is not None and answer & 0x04:
            return COVER_OPEN
        if answer is not None and answer & 0x40:
            return ERROR
        return OFFLINE

    def confirm(
        self,
        on_wait,
        quiet_seconds=20,
        is_stopped=lambda: False,
        with_process_id=False,
    ):
        """Wait until the printer says that all it was sent is on paper.

        Waits as long as the printer reports a reason, for example while somebody
        fetches a new roll; ``on_wait(status)`` is told. A printer that stays ready
        but does not know the question counts as done after ``quiet_seconds``.

        :param with_process_id: ask by ``GS ( H`` function 48: answered when printing
            has ended, with a name of its own, so that no late answer is taken for it
        :raise Interrupted: the printer went silent or away
        """
        question, is_answered = self._make_question(with_process_id)
        self.send(question)
        status = UNKNOWN
        ready_since = time.monotonic()
        while time.monotonic() - ready_since < quiet_seconds:
            if is_stopped():
                raise Interrupted("the box was stopped while printing")
            answer = self._read(_ANSWER_SECONDS)
            if answer is not None:
                if is_answered(answer):
                    return
                # more of the answer may follow at once
                continue
            status = self.status()
            on_wait(status)
            if status in NOT_READY:
                ready_since = time.monotonic()
        if status not in (ONLINE, PAPER_LOW):
            raise Interrupted("the printer did not confirm")

    @classmethod
    def _make_question(cls, with_process_id):
        """:return: the bytes to send, and what tells of each byte if it completes
        the answer"""
        if not with_process_id:
            return _CONFIRM, lambda answer: answer & 0x90 == 0
        Connection._process_number += 1
        number, name = Connection._process_number, ""
        for _letter in range(4):
            number, index = divmod(number, len(_ID_LETTERS))
            name += _ID_LETTERS[index]
        expected = b"7\x22" + name.encode() + b"\x00"
        seen = bytearray()

        def is_answered(answer):
            seen.append(answer)
            return seen.endswith(expected)

        return b"\x1d(H\x06\x0000" + name.encode(), is_answered

    def cut_count(self):
        """How often the printer has cut the paper; ``None`` when it does not tell.

        Answered in order: call it when nothing else is on its way.
        """
        self._kept.clear()
        self.send(_CUT_COUNT)
        digits = None
        limit = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < limit:
            answer = self._receive(limit - time.monotonic())
            if answer is None:
                return None
            if digits is None:
                digits = "" if answer == 0x5F else None
            elif answer == 0:
                return int(digits) if digits.isdecimal() else None
            else:
                digits += chr(answer)
        return None

    def _ask(self, query):
        """Send a real-time status query, return its answer byte or ``None``."""
        self.send(query)
        limit = time.monotonic() + _STATUS_SECONDS
        while True:
            answer = self._receive(max(limit - time.monotonic(), 0))
            # bits 0, 1, 4, 7 of a real-time answer are fixed: 0, 1, 1, 0
            if answer is None or answer & 0x93 == 0x12:
                return answer
            self._kept.append(answer)

    def _read(self, seconds):
        """Next byte that is not the answer to :meth:`_ask`, ``None`` if none."""
        return self._kept.pop(0) if self._kept else self._receive(seconds)

    def _receive(self, seconds):
        """Next byte of the printer, or ``None`` after ``seconds``."""
        raise NotImplementedError


def device_path(settings):
    """The device of the settings; the server may name nothing outside /dev.

    :raise WrongSettings: it is something else
    """
    path = settings.get("device") or ""
    if not path.startswith("/dev/") or ".." in path:
        raise WrongSettings("the device must be a path below /dev")
    return path
