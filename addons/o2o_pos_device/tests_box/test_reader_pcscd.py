"""POS-14: chip card readers with the real pcscd, a virtual reader and a virtual card.

The daemon is one of our own: its socket is handed to it as systemd does, so it needs
no root and leaves a pcscd of the machine alone. ``./o2o test`` brings it where it is
not installed, see ``tools/o2o_cli/pcsc.py``.
"""

import contextlib
import os
import random
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from box_helpers import wait_for

from o2o_box.readers import worker
from o2o_box.readers.settings import ReaderConfig
from o2o_box.readers.swipe import Swipe
from o2o_box.readers.worker import ReaderThread

ROOT = Path(os.environ.get("O2O_PCSC", "/"))
DAEMON = ROOT / "usr/sbin/pcscd"
DRIVER = ROOT / "usr/lib/pcsc/drivers/serial/libifdvpcd.so"
READER = """
FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x{port:04X}
LIBPATH {driver}
CHANNELID 0x{port:04X}
"""
#: the daemon's socket is its third descriptor, told as systemd does
START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
GET_UID = "FFCA000000"
SELECT_PAYMENT = "00A404000E325041592E5359532E444446303100"
NUMBER = bytes.fromhex("04A1B2C3D4E580")


class VirtualCard:
    """A card on the virtual reader; ``answers`` maps commands to answers."""

    def __init__(self, port, answers):
        self._answers = answers
        self.commands = []
        self._line = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._line.settimeout(None)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while head := self._line.recv(2, socket.MSG_WAITALL):
                [size] = struct.unpack(">H", head)
                data = self._line.recv(size, socket.MSG_WAITALL)
                if data == b"\x04":
                    self._send(ATR)
                elif size > 1:
                    self.commands.append(data.hex().upper())
                    self._send(self._answers.get(self.commands[-1], b"\x6a\x82"))

    def _send(self, data):
        self._line.sendall(struct.pack(">H", len(data)) + data)

    def take_away(self):
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._thread.join(5)


class Desk:
    """A daemon with one reader; cards are laid on it one after the other."""

    def __init__(self, folder):
        self.port = _find_port()
        config = folder / "reader.conf.d"
        config.mkdir()
        (config / "vpcd").write_text(READER.format(port=self.port, driver=DRIVER))
        self.log = folder / "pcscd.log"
        self.path = folder / "pcscd.comm"
        self._card = None
        with socket.socket(socket.AF_UNIX) as listener, self.log.open("wb") as log:
            listener.bind(str(self.path))
            listener.listen(8)
            handle = listener.fileno()
            start = [sys.executable, "-c", START, str(handle), DAEMON]
            self.daemon = subprocess.Popen(
                [*start, "--foreground", "--config", config, *_options()],
                pass_fds=[handle],
                stdout=log,
                stderr=log,
            )

    def lay(self, answers):
        self._card = VirtualCard(self.port, answers)
        return self._card

    def take_away(self):
        if self._card:
            self._card.take_away()
            self._card = None

    def stop(self):
        self.take_away()
        self.daemon.terminate()
        self.daemon.wait(10)


def _find_port():
    """A free one that nobody gets by chance before the daemon has it."""
    while True:
        port = random.randrange(20000, 30000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _options():
    """Of a newer daemon that asks polkit who may use a reader."""
    help_text = subprocess.run(
        [DAEMON, "--help"], capture_output=True, text=True, check=False
    ).stdout
    return [it for it in ("--disable-polkit",) if it in help_text]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """One for all tests: the client library asks for the socket's name once."""
    if not (DAEMON.exists() and DRIVER.exists()):
        pytest.fail(
            "This test needs pcscd and its virtual reader: run it by ./o2o test, or"
            " apt-get install pcscd vsmartcard-vpcd"
        )
    opened = Desk(tmp_path_factory.mktemp("pcscd"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCSCLITE_CSOCK_NAME", str(opened.path))
        yield opened
    opened.stop()


@pytest.fixture
def swipes(desk, monkeypatch):
    """What the reader of the box has read; it is online."""
    monkeypatch.setattr(worker, "_BACKOFF_SECONDS", (0.1,))
    monkeypatch.setattr(worker, "REPEAT_SECONDS", 0.0)
    found = []
    thread = ReaderThread(
        ReaderConfig(key="nfc", kind="chip", connection="pcsc", device="Virtual PCD"),
        lambda _key, read: found.append(read),
        lambda: None,
    )
    thread.start()
    try:
        wait_for(lambda: thread.is_online)
        yield found
    finally:
        desk.take_away()
        thread.stop()
        thread.join(5)
    assert not thread.is_alive()


def test_number_of_a_card_is_read_through_the_real_daemon(desk, swipes):
    """POS-14: once while it lies there, again when it comes back."""
    for count in (1, 2):
        card = desk.lay({GET_UID: NUMBER + b"\x90\x00"})
        wait_for(lambda count=count: len(swipes) == count)
        assert swipes == [Swipe("card", "04A1B2C3D4E580")] * count
        assert card.commands == [SELECT_PAYMENT, GET_UID]
        desk.take_away()


def test_bank_card_and_card_without_number_through_the_real_daemon(desk, swipes):
    """POS-14: the number of a bank's card is never asked for."""
    card = desk.lay({SELECT_PAYMENT: b"\x90\x00", GET_UID: NUMBER + b"\x90\x00"})
    wait_for(lambda: swipes)
    assert swipes == [Swipe("bank_card")]
    assert card.commands == [SELECT_PAYMENT]
    desk.take_away()
    desk.lay({})
    wait_for(lambda: len(swipes) == 2)
    assert swipes[1] == Swipe("unreadable")
