"""Ways of delivery: cut the bytes of a cable into messages (devices.md 4).

A protocol is fed with whatever arrived and the time, and returns the messages that
are complete. It never raises: what cannot be a message is :data:`TORN`.
"""

import re

#: something arrived that was no message; the customer swipes again
TORN = object()

#: bytes without an end that are kept; a longer message is none
MAX_BYTES = 1024
#: a swipe is over when nothing follows its last line for that long, in seconds
SETTLE_SECONDS = 0.08
#: bytes of one message follow each other within that time, in seconds
GAP_SECONDS = 1.0
_END = re.compile(rb"[\r\n\x00]+$")
_SPLIT = re.compile(rb"[\r\n\x00]+")
_STX, _ETX = 0x02, 0x03


class _Buffered:
    #: sent after the device was opened, and after each message
    greeting = b""
    again = b""

    def __init__(self):
        self._buffer = bytearray()
        self._last = 0.0

    def feed(self, data, now):
        """Take ``data`` that arrived at ``now`` (seconds of a monotonic clock)."""
        late = self.tick(now)
        self._buffer += data
        self._last = now
        if len(self._buffer) > MAX_BYTES:
            self._buffer.clear()
            return [*late, TORN]
        return [*late, *self._complete()]

    def tick(self, now):
        """Nothing arrived: messages that are complete because of that."""
        raise NotImplementedError

    def _complete(self):
        raise NotImplementedError


class Lines(_Buffered):
    """Text lines, ended by CR, LF or both: barcode and QR scanners.

    A scanner without an end character works as well, one second later.
    """

    def _complete(self):
        *lines, rest = _SPLIT.split(bytes(self._buffer))
        self._buffer[:] = rest
        return [_text(line) for line in lines if line]

    def tick(self, now):
        if not self._buffer or now - self._last < GAP_SECONDS:
            return []
        line = bytes(self._buffer)
        self._buffer.clear()
        return [_text(line)]


class Swipes(_Buffered):
    """One or more lines that belong together: the tracks of a magnetic stripe."""

    def _complete(self):
        return []

    def tick(self, now):
        if not self._buffer:
            return []
        is_ended = _END.search(self._buffer)
        if now - self._last < (SETTLE_SECONDS if is_ended else GAP_SECONDS):
            return []
        data = bytes(self._buffer)
        self._buffer.clear()
        return [_text(data)] if _SPLIT.sub(b"", data) else []


class Frames(_Buffered):
    """Frames of chip card readers: ``02 len data bcc 03``.

    ``len`` counts the bytes of ``data``; ``bcc`` is the exclusive or of ``len`` and
    ``data``. Messages are the bytes of ``data``.
    """

    def _complete(self):
        messages, buffer, is_torn = [], self._buffer, False
        while buffer:
            if buffer[0] != _STX:
                is_torn = True
                del buffer[0]
            elif len(buffer) < 2 or len(buffer) < buffer[1] + 4:
                break
            else:
                size = buffer[1]
                frame = bytes(buffer[: size + 4])
                check = 0
                for byte in frame[1 : size + 2]:
                    check ^= byte
                if size and frame[-1] == _ETX and frame[-2] == check:
                    messages.append(frame[2:-2])
                    del buffer[: size + 4]
                    is_torn = False
                else:
                    # the start was one by chance: look for the next
                    is_torn = True
                    del buffer[0]
        return [*messages, TORN] if is_torn and not buffer else messages

    def tick(self, now):
        if not self._buffer or now - self._last < GAP_SECONDS:
            return []
        self._buffer.clear()
        return [TORN]


def _text(data):
    """Text of one or more lines; QR codes are UTF-8, other bytes are marked."""
    text = data.replace(b"\x00", b"\r")
    return text.decode("utf-8", "replace").strip(" \t\r\n")
