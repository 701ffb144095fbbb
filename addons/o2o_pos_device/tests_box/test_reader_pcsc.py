"""POS-14: chip card readers over PC/SC, against a library that answers as pcscd does.

``test_reader_pcscd.py`` does the same with the real pcscd and a virtual card.
"""

import configparser
import time

import pytest
from box_helpers import wait_for

from o2o_box.readers import pcsc, settings, worker
from o2o_box.readers.settings import ReaderConfig
from o2o_box.readers.swipe import Swipe
from o2o_box.readers.transport import TransportError
from o2o_box.readers.worker import ReaderThread

NUMBER = bytes.fromhex("04A1B2C3D4E580")
READER = b"ACS ACR122U 00 00"
_EMPTY, _PRESENT, _CHANGED, _UNKNOWN, _MUTE = 0x10, 0x20, 0x02, 0x04, 0x200
_TIMEOUT, _NO_SERVICE, _NO_CARD = 0x8010000A, 0x8010001D, 0x8010000C


class Library:
    """``libpcsclite`` with one reader; numbers as in its header file."""

    def __init__(self):
        self.readers = [READER]
        self.card = None
        self.is_mute = self.is_payment = self.is_quick = False
        self.cards = 0
        self.connections = self.contexts = 0
        self.is_down = False
        self.commands = []

    def lay(self, card, **values):
        self.is_mute = self.is_payment = self.is_quick = False
        vars(self).update(values)
        self.card, self.cards = card, self.cards + 1

    def take_away(self):
        self.card, self.cards = None, self.cards + 1

    def SCardEstablishContext(self, _scope, _one, _two, context):
        if self.is_down:
            return _NO_SERVICE
        context._obj.value = 7
        self.contexts += 1
        return 0

    def SCardReleaseContext(self, _context):
        self.contexts -= 1
        return 0

    def SCardListReaders(self, _context, _groups, names, size):
        text = b"".join(name + b"\0" for name in self.readers) + b"\0"
        if not self.readers:
            return -0x7FEFFFD2  # SCARD_E_NO_READERS_AVAILABLE, as a long
        size._obj.value = len(text)
        if names is not None:
            names.raw = text
        return 0

    def SCardGetStatusChange(self, _context, timeout, state, _count):
        state = state._obj
        if state.reader not in self.readers:
            state.event = _UNKNOWN | _CHANGED
            return 0
        flags = _PRESENT if self.card is not None else _EMPTY
        flags |= _MUTE if self.is_mute else 0
        now = self.cards << 16 | flags
        if state.current == now:
            time.sleep(timeout.value / 1000)
            return _TIMEOUT
        state.event = now | _CHANGED
        return 0

    def SCardConnect(self, _context, _reader, _share, _wanted, card, protocol):
        if self.card is None or self.is_quick:
            return _NO_CARD
        card._obj.value, protocol._obj.value = 3, 2
        self.connections += 1
        return 0

    def SCardDisconnect(self, _card, _how):
        self.connections -= 1
        return 0

    def SCardTransmit(self, _card, request, command, length, _more, buffer, size):
        assert request._obj.protocol == 2 and length.value == len(command)
        self.commands.append(command.hex())
        if command.startswith(b"\xff\xca"):
            answer = self.card + b"\x90\x00" if self.card else b"\x6a\x81"
        else:
            answer = b"\x6f\x00\x90\x00" if self.is_payment else b"\x6a\x82"
        buffer.raw = answer + bytes(len(buffer) - len(answer))
        size._obj.value = len(answer)
        return 0


@pytest.fixture
def library():
    return Library()


@pytest.fixture
def shop(library, monkeypatch):
    """A started reader; the list of what it read."""
    monkeypatch.setattr(worker, "_BACKOFF_SECONDS", (0.05,))
    monkeypatch.setattr(worker, "REPEAT_SECONDS", 0.0)
    swipes = []
    thread = ReaderThread(
        ReaderConfig(key="counter", kind="chip", connection="pcsc"),
        lambda _key, read: swipes.append(read),
        lambda: None,
        lambda config: pcsc.PcscTransport(config, library),
    )
    thread.swipes = swipes
    thread.start()
    wait_for(lambda: thread.is_online)
    yield thread
    thread.stop()
    thread.join(5)
    assert library.connections == library.contexts == 0


def test_card_is_read_once_while_it_lies_there(shop, library):
    library.lay(NUMBER)
    wait_for(lambda: shop.swipes)
    time.sleep(0.3)
    assert shop.swipes == [Swipe("card", "04A1B2C3D4E580")]


def test_cards_one_after_the_other(shop, library):
    library.lay(NUMBER)
    wait_for(lambda: len(shop.swipes) == 1)
    library.take_away()
    time.sleep(0.15)
    library.lay(bytes.fromhex("DEADBEEF"))
    wait_for(lambda: len(shop.swipes) == 2)
    # so quick that nobody saw the reader empty
    library.lay(bytes.fromhex("01020304"))
    wait_for(lambda: len(shop.swipes) == 3)
    assert [it.value for it in shop.swipes[1:]] == ["DEADBEEF", "01020304"]


def test_number_is_given_in_the_form_of_the_reader(library):
    transport = pcsc.PcscTransport(ReaderConfig(key="a"), library)
    library.lay(bytes.fromhex("01020304"))
    assert transport.read() == bytes.fromhex("01020304")
    transport.close()


def test_bank_card_is_refused_before_its_number_is_asked(shop, library):
    library.lay(NUMBER, is_payment=True)
    wait_for(lambda: shop.swipes)
    assert shop.swipes == [Swipe("bank_card")]
    assert not [command for command in library.commands if command.startswith("ffca")]


@pytest.mark.parametrize("values", [{"is_mute": True}, {"is_quick": True}, {}])
def test_card_that_tells_nothing_is_shown_again(shop, library, values):
    library.lay(b"" if not values else NUMBER, **values)
    wait_for(lambda: shop.swipes)
    assert shop.swipes == [Swipe("unreadable")]
    assert shop.is_online


def test_reader_that_is_pulled_out_comes_back(shop, library):
    library.readers = []
    wait_for(lambda: not shop.is_online)
    library.readers = [b"Other", READER]
    wait_for(lambda: shop.is_online)


@pytest.mark.parametrize(
    ("device", "found"),
    [("", b"Other 00"), ("ACR122U", READER), ("ACS ACR122U 00 00", READER)],
)
def test_reader_is_chosen_by_its_name(library, device, found):
    library.readers = [b"Other 00", READER]
    transport = pcsc.PcscTransport(ReaderConfig(key="a", device=device), library)
    assert transport._state.reader == found
    transport.close()


def test_what_is_missing_is_named(library, monkeypatch):
    def problem(**values):
        vars(library).update(values)
        config = ReaderConfig(key="a", device=values.get("device", ""))
        with pytest.raises(TransportError) as caught:
            pcsc.PcscTransport(config, library)
        assert library.contexts == 0
        return str(caught.value)

    assert "of that name" in problem(device="HID Omnikey")
    assert "no reader is plugged in" in problem(readers=[])
    assert "does not run" in problem(is_down=True)
    monkeypatch.setattr(pcsc, "_LIBRARY", "libnothing.so.0")
    with pytest.raises(TransportError, match="not installed"):
        pcsc.PcscTransport(ReaderConfig(key="a"))


def load(text):
    parser = configparser.ConfigParser()
    parser.read_string(f"[reader nfc]\n{text}")
    return settings.load(parser)


def test_settings_of_a_pcsc_reader():
    [reader] = load("kind = chip\nconnection = pcsc")
    assert (reader.connection, reader.device) == ("pcsc", "")
    for text in ("kind = magnetic", "kind = chip\nprotocol = frames"):
        with pytest.raises(ValueError, match="over pcsc"):
            load(f"connection = pcsc\n{text}")
