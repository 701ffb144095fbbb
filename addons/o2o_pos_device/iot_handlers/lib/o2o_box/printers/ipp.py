"""A printer behind CUPS (or any IPP server): bytes as they are, through its queue.

CUPS is asked over IPP (RFC 8010, RFC 8011), so the box needs none of its libraries. The
end of printing is what CUPS knows of it: with most drivers "handed to the printer".
"""

import http.client
import itertools
import re
import struct
import time

from .base import (
    COVER_OPEN,
    ERROR,
    NOT_READY,
    OFFLINE,
    ONLINE,
    PAPER_LOW,
    PAPER_OUT,
    UNKNOWN,
    Connection,
    Interrupted,
    PrinterUnreachable,
    WrongSettings,
)

_CONNECT_SECONDS = 4
_MAX_ANSWER = 256 * 1024
_POLL_SECONDS = 0.2
_PRINT_JOB, _GET_JOB, _GET_PRINTER = 0x0002, 0x0009, 0x000B
_OPERATION, _END = 0x01, 0x03
_CHARSET, _LANGUAGE, _URI, _NAME, _MIME, _KEYWORD = 0x47, 0x48, 0x45, 0x42, 0x49, 0x44
_INTEGERS = (0x21, 0x23)  # integer, enum
_JOB_STOPPED, _JOB_CANCELED, _JOB_ABORTED, _JOB_COMPLETED = 6, 7, 8, 9
_PRINTER_STOPPED = 5
_QUEUE = re.compile(r"[\w.-]{1,127}", re.ASCII)
#: what a reason of the printer means, the worst first; suffixes are cut off
_REASONS = (
    ("media-empty", PAPER_OUT),
    ("media-needed", PAPER_OUT),
    ("cover-open", COVER_OPEN),
    ("door-open", COVER_OPEN),
    ("media-jam", ERROR),
    ("offline", OFFLINE),
    ("connecting-to-device", OFFLINE),
    ("shutdown", OFFLINE),
    ("paused", OFFLINE),
    ("media-low", PAPER_LOW),
)


class IppError(Exception):
    """The server refused or did not speak IPP."""


class IppConnection(Connection, kind="cups"):
    """``device`` of the settings is the queue's name, ``host`` its server (empty: the
    box itself), ``port`` 631 by default."""

    def __init__(self, host, port, queue):
        super().__init__(None)
        self._host, self._port = host, port
        self._path = f"/printers/{queue}"
        self._uri = f"ipp://{host}:{port}{self._path}"
        self._numbers = itertools.count(1)
        self._job = None

    @classmethod
    def connect(cls, settings):
        queue = settings.get("device") or ""
        if not _QUEUE.fullmatch(queue):
            raise WrongSettings("the name of the CUPS queue is missing or wrong")
        host = settings.get("host") or "localhost"
        connection = cls(host, int(settings.get("port") or 631), queue)
        try:
            connection._printer_status()
        except (IppError, OSError, http.client.HTTPException) as error:
            raise PrinterUnreachable(f"the CUPS queue: {error}") from error
        return connection

    def close(self):
        """Each request has a connection of its own: nothing is open."""

    def status(self):
        try:
            return self._printer_status()
        except (IppError, OSError, http.client.HTTPException):
            return OFFLINE

    def send(self, data):
        """Hand ``data`` to the queue as one job.

        :raise Interrupted: CUPS did not say that it has the job
        """
        attributes = [
            (_NAME, "requesting-user-name", "o2o-box"),
            (_NAME, "job-name", "o2o-slip"),
            (_MIME, "document-format", "application/vnd.cups-raw"),
        ]
        try:
            answer = self._call(_PRINT_JOB, attributes, data)
        except (IppError, OSError, http.client.HTTPException) as error:
            raise Interrupted(f"the CUPS queue: {error}") from error
        self._job = next(iter(answer.get("job-id", [])), None)
        if self._job is None:
            raise Interrupted("CUPS named no job")

    def confirm(
        self,
        on_wait,
        quiet_seconds=20,
        is_stopped=lambda: False,
        with_process_id=False,
    ):
        """Wait for the end of the job in the queue; see :meth:`Connection.confirm`."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < quiet_seconds:
            if is_stopped():
                raise Interrupted("the box was stopped while printing")
            try:
                state = self._job_state()
            except (IppError, OSError, http.client.HTTPException) as error:
                raise Interrupted(f"the CUPS queue: {error}") from error
            if state == _JOB_COMPLETED:
                return
            if state in (_JOB_CANCELED, _JOB_ABORTED):
                raise Interrupted("CUPS gave the job up")
            status = self.status()
            on_wait(status)
            if status in NOT_READY or state == _JOB_STOPPED:
                quiet_since = time.monotonic()
            time.sleep(_POLL_SECONDS)
        raise Interrupted("CUPS did not finish the job")

    def cut_count(self):
        """A queue answers no questions to the printer."""

    # -- IPP --

    def _printer_status(self):
        wanted = [(_KEYWORD, "requested-attributes", "printer-state")]
        wanted.append((_KEYWORD, "", "printer-state-reasons"))
        answer = self._call(_GET_PRINTER, wanted)
        reasons = answer.get("printer-state-reasons", [])
        for reason, status in _REASONS:
            if any(reason in (it, it.rpartition("-")[0]) for it in reasons):
                return status
        [state] = answer.get("printer-state", [None])
        if state == _PRINTER_STOPPED:
            return OFFLINE
        return ONLINE if state is not None else UNKNOWN

    def _job_state(self):
        answer = self._call(_GET_JOB, [(_INTEGERS[0], "job-id", self._job)])
        [state] = answer.get("job-state", [None])
        return state

    def _call(self, operation, attributes, data=b""):
        """:return: ``{attribute: [values]}`` of all groups"""
        request = struct.pack(">BBHI", 1, 1, operation, next(self._numbers))
        request += bytes([_OPERATION])
        for tag, name, value in (
            (_CHARSET, "attributes-charset", "utf-8"),
            (_LANGUAGE, "attributes-natural-language", "en"),
            (_URI, "printer-uri", self._uri),
            *attributes,
        ):
            request += _encode(tag, name, value)
        request += bytes([_END]) + data
        connection = http.client.HTTPConnection(
            self._host, self._port, timeout=_CONNECT_SECONDS
        )
        try:
            headers = {"Content-Type": "application/ipp"}
            connection.request("POST", self._path, request, headers)
            response = connection.getresponse()
            body = response.read(_MAX_ANSWER)
        finally:
            connection.close()
        if response.status != 200:
            raise IppError(f"HTTP {response.status}")
        return _decode(body)


def _encode(tag, name, value):
    raw = struct.pack(">i", value) if tag in _INTEGERS else value.encode()
    named = name.encode()
    return struct.pack(">BH", tag, len(named)) + named + _sized(raw)


def _sized(raw):
    return struct.pack(">H", len(raw)) + raw


def _decode(body):
    """:raise IppError: not IPP, or the server refused"""
    try:
        _major, _minor, status, _number = struct.unpack_from(">BBHI", body)
        if status >= 0x0100:
            raise IppError(f"IPP status {status:#06x}")
        values, position, name = {}, 8, ""
        while body[position] != _END:
            tag = body[position]
            position += 1
            if tag < 0x10:  # the begin of a group
                continue
            size = struct.unpack_from(">H", body, position)[0]
            position += 2
            # a value without a name is one more of the attribute before
            name = body[position : position + size].decode() if size else name
            position += size
            size = struct.unpack_from(">H", body, position)[0]
            raw = body[position + 2 : position + 2 + size]
            position += 2 + size
            value = (
                struct.unpack(">i", raw)[0]
                if tag in _INTEGERS
                else raw.decode("utf-8", "replace")
            )
            values.setdefault(name, []).append(value)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise IppError("the answer is not IPP") from error
    return values
