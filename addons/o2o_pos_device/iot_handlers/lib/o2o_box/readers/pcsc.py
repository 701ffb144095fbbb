"""Chip card readers over PC/SC, an ACR122U for example (devices.md 4).

The library of pcscd is called as it is: no package has to be compiled on the machine
in the store. Only the serial number of a card is asked for.
"""

import ctypes
import time

from .protocols import BANK, NO_NUMBER
from .transport import READ_SECONDS, TransportError

_LIBRARY = "libpcsclite.so.1"
_SYSTEM, _SHARED, _ANY_PROTOCOL, _LEAVE_CARD = 2, 2, 3, 0
_NO_READERS = 0x8010002E
_TIMEOUT = 0x8010000A
_CHANGED, _UNKNOWN, _UNAVAILABLE, _PRESENT, _MUTE = 0x02, 0x04, 0x08, 0x20, 0x200
#: the card is gone again, or does not speak: the customer shows it once more
_CARD_ERRORS = {0x80100009, 0x8010000C, 0x80100066, 0x80100067, 0x80100068, 0x80100069}
_GET_UID = bytes.fromhex("FFCA000000")
#: the list of payment applications; a member card has none
_SELECT_PAYMENT = bytes.fromhex("00A404000E325041592E5359532E444446303100")
_OK = b"\x90\x00"


class _ReaderState(ctypes.Structure):
    _fields_ = [
        ("reader", ctypes.c_char_p),
        ("user_data", ctypes.c_void_p),
        ("current", ctypes.c_ulong),
        ("event", ctypes.c_ulong),
        ("atr_size", ctypes.c_ulong),
        ("atr", ctypes.c_ubyte * 33),
    ]


class _Request(ctypes.Structure):
    _fields_ = [("protocol", ctypes.c_ulong), ("size", ctypes.c_ulong)]


class _Failed(Exception):
    """A call of the library ended with that code."""


class PcscTransport:
    """One reader; reads the number of each card that is laid on it, once.

    :param library: the library, already loaded (tests)
    """

    def __init__(self, settings, library=None):
        """Find the reader whose name contains ``settings.device``.

        :raise TransportError: it is not there
        """
        self._library = library or _load()
        self._context = ctypes.c_long()
        try:
            context = ctypes.byref(self._context)
            scope = ctypes.c_ulong(_SYSTEM)
            self._call("SCardEstablishContext", scope, None, None, context)
        except _Failed as error:
            raise TransportError("pcscd does not run") from error
        try:
            self._state = _ReaderState(reader=self._find(settings.device))
        except TransportError:
            self.close()
            raise

    def _call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments) & 0xFFFFFFFF
        if code:
            raise _Failed(code)

    def _find(self, wanted):
        size = ctypes.c_ulong()
        try:
            self._call(
                "SCardListReaders", self._context, None, None, ctypes.byref(size)
            )
            names = ctypes.create_string_buffer(size.value)
            self._call(
                "SCardListReaders", self._context, None, names, ctypes.byref(size)
            )
        except _Failed as error:
            is_empty = error.args[0] == _NO_READERS
            problem = "no reader is plugged in" if is_empty else "pcscd does not answer"
            raise TransportError(problem) from error
        for name in names.raw[: size.value].split(b"\0"):
            if name and wanted.encode() in name:
                return name
        raise TransportError("no reader of that name is plugged in")

    def read(self):
        """The number of a card that was laid on, nothing when there is none new."""
        state = self._state
        try:
            self._call(
                "SCardGetStatusChange",
                self._context,
                ctypes.c_ulong(int(READ_SECONDS * 1000)),
                ctypes.byref(state),
                ctypes.c_ulong(1),
            )
        except _Failed as error:
            if error.args[0] == _TIMEOUT:
                return b""
            raise TransportError("the reader is gone") from error
        if state.event & (_UNKNOWN | _UNAVAILABLE):
            # a reader without a name makes this return at once
            time.sleep(READ_SECONDS)
            raise TransportError("the reader is gone")
        was_present = state.current & _PRESENT
        # the upper half counts the cards: one that was changed quickly is a new one
        is_new = not was_present or state.current >> 16 != state.event >> 16
        state.current = state.event & ~_CHANGED
        if not state.event & _PRESENT or not is_new:
            return b""
        return NO_NUMBER if state.event & _MUTE else self._ask()

    def _ask(self):
        card, protocol = ctypes.c_long(), ctypes.c_ulong()
        try:
            self._call(
                "SCardConnect",
                self._context,
                self._state.reader,
                ctypes.c_ulong(_SHARED),
                ctypes.c_ulong(_ANY_PROTOCOL),
                ctypes.byref(card),
                ctypes.byref(protocol),
            )
            try:
                request = _Request(protocol.value, ctypes.sizeof(_Request))
                answer = self._transmit(card, request, _SELECT_PAYMENT)
                if answer.endswith(_OK):
                    return BANK
                answer = self._transmit(card, request, _GET_UID)
            finally:
                self._library.SCardDisconnect(card, ctypes.c_ulong(_LEAVE_CARD))
        except _Failed as error:
            if error.args[0] in _CARD_ERRORS:
                return NO_NUMBER
            raise TransportError("the reader is gone") from error
        return answer[:-2] if answer.endswith(_OK) and answer[:-2] else NO_NUMBER

    def _transmit(self, card, request, command):
        buffer = ctypes.create_string_buffer(258)
        size = ctypes.c_ulong(len(buffer))
        self._call(
            "SCardTransmit",
            card,
            ctypes.byref(request),
            command,
            ctypes.c_ulong(len(command)),
            None,
            buffer,
            ctypes.byref(size),
        )
        return buffer.raw[: size.value]

    def write(self, _data):
        """Such a reader is only asked."""

    def close(self):
        self._library.SCardReleaseContext(self._context)


def _load():
    try:
        return ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise TransportError("pcscd is not installed") from error
