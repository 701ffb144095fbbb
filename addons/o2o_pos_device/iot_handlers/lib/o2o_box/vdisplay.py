"""A virtual customer display: two lines on the page of the virtual devices."""

from . import escpos_zh
from .display import COLUMNS, ROWS
from .vport import VirtualDevice

#: bytes of a command, itself included
_SIZES = {b"\x1b@": 2, b"\x1f\x01": 2, b"\x1f\x24": 4}


class VirtualDisplay(VirtualDevice):
    """Understands what :mod:`.display` sends, byte by byte as a cable brings it."""

    def __init__(self, path):
        self.lines = [""] * ROWS
        self._row = 0
        self._rest = b""
        super().__init__(path)

    def unplug(self):
        """Without power a display is dark."""
        super().unplug()
        self.lines, self._rest = [""] * ROWS, b""

    def feed(self, data):
        """Carry out what arrived; an unfinished command or character waits."""
        data = self._rest + data
        while data:
            size = self._execute(data)
            if not size:
                break
            data = data[size:]
        self._rest = data

    def _execute(self, data):
        """Do the first command of ``data``; return its bytes, 0 when one is missing."""
        first = data[0]
        if first == 0x0C:
            self.lines, self._row = [""] * ROWS, 0
            return 1
        if first in (0x1B, 0x1F):
            return self._command(data)
        if first < 0x20:
            return 1
        size = 1 if first < 0x80 else 2
        if len(data) < size:
            return 0
        self._write(data[:size].decode("gbk", "replace"))
        return size

    def _command(self, data):
        size = _SIZES.get(data[:2], 2)
        if len(data) < size:
            return 0
        if data[:2] == b"\x1b@":
            self.lines, self._row = [""] * ROWS, 0
        elif data[:2] == b"\x1f\x24":
            self._row = min(max(data[3], 1), ROWS) - 1
            self.lines[self._row] = ""
        return size

    def _write(self, char):
        line = self.lines[self._row] + char
        if escpos_zh.cells(line) <= COLUMNS:
            self.lines[self._row] = line

    def describe(self):
        """State for the page."""
        return {"lines": self.lines, "unplugged": not self.is_plugged_in}
