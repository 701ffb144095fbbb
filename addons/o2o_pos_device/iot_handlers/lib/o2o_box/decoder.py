"""ESC/POS byte stream -> commands, whatever way the stream is cut into packets."""

from collections import namedtuple

#: ``name`` is "text" or the command ("ESC a"); ``args`` a str or the argument bytes
Command = namedtuple("Command", "name args")

DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D
_PREFIX = {DLE: "DLE", ESC: "ESC", FS: "FS", GS: "GS"}
_CONTROL = {0x0A: "LF", 0x0D: "CR", 0x09: "HT", 0x0C: "FF", 0x18: "CAN"}

# commands with a fixed number of argument bytes
_FIXED = {
    ESC: {
        **dict.fromkeys(b"@2im<SLv", 0),
        **dict.fromkeys(b"aE!dJ3tRM-G{ =VreKTU%?", 1),
        **dict.fromkeys(b"$\\Bc", 2),
        **dict.fromkeys(b"p", 3),
        **dict.fromkeys(b"W", 8),
    },
    FS: {
        **dict.fromkeys(b"&.", 0),
        **dict.fromkeys(b"!-WC", 1),
        **dict.fromkeys(b"Sp?", 2),
        **dict.fromkeys(b"2", 74),
    },
    GS: {
        **dict.fromkeys(b":", 0),
        **dict.fromkeys(b"!hwHfraIBb/T", 1),
        **dict.fromkeys(b"LWP$\\", 2),
        **dict.fromkeys(b"^", 3),
        **dict.fromkeys(b"g", 4),
    },
}


class _Incomplete(Exception):
    """More bytes are needed to read the command."""


class Decoder:
    """Feed it bytes, it yields :class:`Command` tuples.

    Text is decoded as GBK while the printer is in Chinese mode (``FS &``), which is
    also the state after power-up and ``ESC @`` on printers made for China.
    """

    def __init__(self):
        self._buffer = bytearray()
        self._chinese = True

    def feed(self, data):
        """Return the list of commands that are complete after ``data``."""
        self._buffer += data
        commands = []
        position = 0
        while position < len(self._buffer):
            try:
                command, size = self._read(position)
            except _Incomplete:
                break
            position += size
            if command:
                commands.append(command)
                self._track(command)
        del self._buffer[:position]
        return _join_text(commands)

    def _track(self, command):
        if command.name in ("ESC @", "FS &"):
            self._chinese = True
        elif command.name == "FS .":
            self._chinese = False

    def _byte(self, position):
        if position >= len(self._buffer):
            raise _Incomplete
        return self._buffer[position]

    def _bytes(self, position, size):
        if position + size > len(self._buffer):
            raise _Incomplete
        return bytes(self._buffer[position : position + size])

    def _read(self, position):
        first = self._buffer[position]
        if first in _PREFIX:
            return self._read_command(position, first)
        if first in _CONTROL:
            return Command(_CONTROL[first], b""), 1
        if first < 0x20 or first == 0x7F:
            return None, 1
        if first < 0x80:
            return Command("text", chr(first)), 1
        if not self._chinese:
            return Command("text", bytes([first]).decode("cp437")), 1
        pair = self._bytes(position, 2)
        try:
            return Command("text", pair.decode("gbk")), 2
        except UnicodeDecodeError:
            return Command("text", "\ufffd"), 1

    def _read_command(self, position, prefix):
        letter = self._byte(position + 1)
        name = f"{_PREFIX[prefix]} {chr(letter)}"
        if prefix == DLE:
            return self._read_realtime(position, letter)
        start = position + 2
        fixed = _FIXED[prefix].get(letter)
        if fixed is not None:
            size = fixed
        elif letter == ord("("):
            self._byte(start)
            length = int.from_bytes(self._bytes(start + 1, 2), "little")
            size = 3 + length
        else:
            reader = getattr(self, f"_size_{_PREFIX[prefix]}_{letter:02x}", None)
            if reader is None:
                return Command("unknown", name), 2
            size = reader(start)
        return Command(name, self._bytes(start, size)), 2 + size

    def _read_realtime(self, position, letter):
        name = {0x04: "DLE EOT", 0x05: "DLE ENQ", 0x14: "DLE DC4"}.get(letter)
        if name is None:
            return Command("unknown", f"DLE {letter:02x}"), 2
        first = self._byte(position + 2)
        size = 1
        if letter == 0x04 and first in (7, 8):
            size = 2
        elif letter == 0x14:
            size = {1: 3, 2: 3, 8: 8}.get(first, 1)
        return Command(name, self._bytes(position + 2, size)), 2 + size

    # -- commands of variable length: return the number of argument bytes --

    def _until_nul(self, start):
        end = self._buffer.find(b"\x00", start)
        if end < 0:
            raise _Incomplete
        return end - start + 1

    def _size_ESC_44(self, start):  # tab stops
        return self._until_nul(start)

    def _size_ESC_2a(self, start):  # bit image
        mode = self._byte(start)
        columns = int.from_bytes(self._bytes(start + 1, 2), "little")
        return 3 + columns * (3 if mode in (32, 33) else 1)

    def _size_GS_56(self, start):  # cut
        return 2 if self._byte(start) in (65, 66, 97, 98, 103, 104) else 1

    def _size_GS_6b(self, start):  # barcode
        if self._byte(start) <= 6:
            return 1 + self._until_nul(start + 1)
        return 2 + self._byte(start + 1)

    def _size_GS_76(self, start):  # raster image
        self._byte(start)
        width, height = _sizes(self._bytes(start + 2, 4))
        return 6 + width * height

    def _size_GS_2a(self, start):  # downloaded image
        columns, rows = self._bytes(start, 2)
        return 2 + columns * rows * 8

    def _size_GS_38(self, start):  # long graphics
        self._byte(start)
        return 5 + int.from_bytes(self._bytes(start + 1, 4), "little")


def _sizes(data):
    return int.from_bytes(data[:2], "little"), int.from_bytes(data[2:], "little")


def _join_text(commands):
    """Merge neighbouring text commands: one run of text, one command."""
    merged = []
    for command in commands:
        if command.name == "text" and merged and merged[-1].name == "text":
            merged[-1] = Command("text", merged[-1].args + command.args)
        else:
            merged.append(command)
    return merged
