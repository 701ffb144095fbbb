"""MSR605 and MSR605X: a stripe reader that is asked for each swipe (devices.md 4).

The command ``ESC r`` waits for a card; its answer is ``ESC s ESC 01 track 1 ESC 02
track 2 ESC 03 track 3 ? FS ESC status``, status ``0`` for good. The MSR605X wraps this
in HID packets of 64 bytes: one header byte (0x80 first, 0x40 last, six bits of
length) and up to 63 bytes.
"""

import re

from .protocols import MAX_BYTES, TORN

_ESC = b"\x1b"
_RESET, _READ = _ESC + b"a", _ESC + b"r"
#: bytes of a track: anything but the start of another answer
_TRACK = rb"((?:(?!\x1bs).)*?)"
_ANSWER = re.compile(
    rb"\x1bs\x1b\x01%b\x1b\x02%b\x1b\x03%b\?\x1c\x1b(.)" % (_TRACK, _TRACK, _TRACK),
    re.DOTALL,
)
_GOOD = b"0"
#: in place of a track: nothing on it, or an error while reading it
_NO_TRACK = (b"\x1b+", b"\x1b*", b"+", b"*", b"")
PACKET_BYTES = 64
_FIRST, _LAST, _LENGTH = 0x80, 0x40, 0x3F


class Msr605:
    """The protocol, as :mod:`.protocols` describes it: one message per swipe."""

    greeting = _RESET + _READ
    again = _READ

    def __init__(self):
        self._buffer = bytearray()

    def feed(self, data, now):
        self._buffer += data
        messages = []
        while match := _ANSWER.search(self._buffer):
            tracks = [_clean(track) for track in match.groups()[:3]]
            is_good = match[4] == _GOOD and any(tracks)
            messages.append("".join(tracks) if is_good else TORN)
            del self._buffer[: match.end()]
        if len(self._buffer) > MAX_BYTES:
            self._buffer.clear()
            messages.append(TORN)
        return messages

    def tick(self, now):
        """The device waits for a card as long as it takes."""
        return []


def _clean(track):
    if track in _NO_TRACK:
        return ""
    text = track.decode("ascii", "replace")
    # the end sentinel of the last track may be the one before FS
    return text if text.endswith("?") else f"{text}?"


def to_packets(data):
    """``data`` as packets for the device."""
    size = PACKET_BYTES - 1
    parts = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    packets = []
    for index, part in enumerate(parts):
        header = len(part)
        header |= _FIRST if index == 0 else 0
        header |= _LAST if index == len(parts) - 1 else 0
        packets.append(bytes([header]) + part.ljust(size, b"\0"))
    return packets


def from_packet(packet):
    """The bytes that ``packet`` of the device carries."""
    size = packet[0] & _LENGTH if packet else 0
    return packet[1 : 1 + size]
