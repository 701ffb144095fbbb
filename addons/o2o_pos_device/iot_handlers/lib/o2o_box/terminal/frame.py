"""The frame that carries a record over TCP or a serial line. This layer is ours.

``STX kind sequence(4 digits) length(4 digits) payload ETX checksum(4 hex)``; the
checksum is CRC-16/CCITT from ``kind`` to ``ETX``. Acknowledgements are frames too and
name the sequence they are about, so that a late one is never taken for a new one.

Kinds: ``Q`` request, ``A`` it arrived whole, ``N`` it arrived broken: repeat it,
``R`` answer, ``C`` stop waiting for the card. A request with the sequence of the one
before is that request again: the terminal side carries it out once. Source:
devices.md 5.1, 5.2.
"""

import binascii
from dataclasses import dataclass

REQUEST, ACK, NAK, ANSWER, CANCEL = "Q", "A", "N", "R", "C"
SEQUENCES = 10_000
MAX_PAYLOAD = 1024

_KINDS = (REQUEST, ACK, NAK, ANSWER, CANCEL)
_STX, _ETX = b"\x02", b"\x03"
_HEADER = 10
_TRAILER = 5


@dataclass(frozen=True)
class Frame:
    """A whole frame, or a broken one whose other values mean little.

    :param sequence: of a broken frame as far as it could be read, else ``None``
    """

    kind: str
    sequence: int | None
    payload: bytes = b""
    is_broken: bool = False


def encode(kind, sequence, payload=b""):
    """The bytes of one frame."""
    body = f"{kind}{sequence:04d}{len(payload):04d}".encode() + payload + _ETX
    return _STX + body + _checksum(body)


def _checksum(body):
    return f"{binascii.crc_hqx(body, 0xFFFF):04X}".encode()


class Decoder:
    """Finds frames in a stream of bytes; noise between frames is skipped."""

    def __init__(self):
        self._buffer = b""

    @property
    def is_inside(self):
        """Whether a frame has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data):
        """Take ``data``; return the frames that are complete now."""
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def give_up(self):
        """The line went quiet inside a frame: what has come of it is broken."""
        frames = []
        if self.is_inside:
            frames.append(self._broken())
            frames += self.feed(b"")
        return frames

    def _next(self):
        start = self._buffer.find(_STX)
        if start < 0:
            self._buffer = b""
            return None
        self._buffer = self._buffer[start:]
        if len(self._buffer) < _HEADER:
            return None
        kind, sequence, length = self._header()
        if kind not in _KINDS or sequence is None or length is None:
            return self._broken()
        end = _HEADER + length + _TRAILER
        if len(self._buffer) < end:
            return None
        body, checksum = self._buffer[1 : end - 4], self._buffer[end - 4 : end]
        if body[-1:] != _ETX or checksum != _checksum(body):
            return self._broken()
        self._buffer = self._buffer[end:]
        return Frame(kind, sequence, body[_HEADER - 1 : -1])

    def _header(self):
        head = self._buffer[:_HEADER]
        length = _number(head[6:10])
        if length is not None and length > MAX_PAYLOAD:
            length = None
        return head[1:2].decode("latin-1"), _number(head[2:6]), length

    def _broken(self):
        """Drop the start of this frame only: its length may be what is broken."""
        kind, sequence, _length = self._header()
        self._buffer = self._buffer[1:]
        return Frame(kind, sequence, is_broken=True)


def _number(digits):
    return int(digits) if len(digits) == 4 and digits.isdigit() else None
