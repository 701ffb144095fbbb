"""POS-14: readers on real pseudo terminals: slow, torn out, noisy, dead."""

import logging
import os
import socket
import threading
import time

import pytest
from box_helpers import wait_for

from o2o_box.readers import msr605, worker
from o2o_box.readers.settings import ReaderConfig
from o2o_box.readers.swipe import Swipe
from o2o_box.readers.transport import HidTransport
from o2o_box.readers.virtual import VirtualReader
from o2o_box.readers.worker import ReaderThread

CARD = Swipe("card", "88000101")
BACKOFF_SECONDS = worker._BACKOFF_SECONDS


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(worker, "_BACKOFF_SECONDS", (0.05, 0.1, 0.2))


@pytest.fixture
def shop(tmp_path):
    opened = Shop(tmp_path)
    yield opened
    for thread in opened.threads:
        thread.stop()
    for thread in opened.threads:
        thread.join(5)
    for virtual in opened.virtuals:
        virtual.unplug()


class Shop:
    """Readers of one shop, and what they read."""

    def __init__(self, folder):
        self.folder = folder
        self.swipes, self.changes = [], []
        self.threads, self.virtuals = [], []

    def add(self, key="counter", is_started=True, **values):
        virtual = VirtualReader(ReaderConfig(key=key, **values), self.folder)
        self.virtuals.append(virtual)
        thread = self.run(ReaderConfig(key=key, device=str(virtual.path), **values))
        if is_started:
            wait_for(lambda: thread.is_online)
        return virtual, thread

    def run(self, settings, open_transport=None):
        thread = ReaderThread(
            settings,
            lambda key, read: self.swipes.append((key, read)),
            lambda: self.changes.append(1),
            open_transport,
        )
        self.threads.append(thread)
        thread.start()
        return thread

    def wait(self, count=1):
        wait_for(lambda: len(self.swipes) >= count, 5)
        return [read for _key, read in self.swipes]


def test_card_over_a_serial_port(shop):
    virtual, _thread = shop.add()
    virtual.swipe("88000101")
    assert shop.wait() == [CARD]
    assert shop.swipes[0][0] == "counter"


def test_bytes_dribble(shop):
    """devices.md 4: a swipe is not what one read returns."""
    virtual, _thread = shop.add()
    for byte in b"%88000101?\r;88000101?\r":
        virtual.send(bytes([byte]))
        time.sleep(0.01)
    assert shop.wait() == [CARD]


def test_tracks_that_come_late_are_the_same_swipe(shop):
    virtual, _thread = shop.add()
    virtual.send(b"%88000101?\r")
    time.sleep(0.3)
    virtual.send(b";88000101?\r;88000101?\r")
    time.sleep(0.3)
    assert shop.wait() == [CARD]


def test_two_of_the_same_goods_are_two_scans(shop):
    virtual, _thread = shop.add(kind="barcode")
    virtual.send(b"6901234567892\r\n6901234567892\r\n")
    assert shop.wait(2) == [Swipe("barcode", "6901234567892")] * 2


def test_chip_card_that_lies_on_its_reader_counts_once(shop):
    virtual, _thread = shop.add(kind="chip", uid_format="decimal")
    for _time in range(3):
        virtual.swipe("3736248580")
    virtual.swipe("77705950")
    reads = [read.value for read in shop.wait(2)]
    assert reads == ["DEB2A104", "04A1B2DE"]


def test_chip_card_in_a_frame(shop):
    virtual, _thread = shop.add(kind="chip", protocol="frames")
    for byte in bytes.fromhex("0204DEB2A104CD03"):
        virtual.send(bytes([byte]))
    assert shop.wait() == [Swipe("card", "DEB2A104")]


def test_unplugged_and_plugged_in_again(shop):
    """POS-14: the thread never ends; the state is told."""
    virtual, thread = shop.add()
    numbers = ["88000101", "88000102", "88000103"]
    for count, number in enumerate(numbers, 1):
        virtual.unplug()
        wait_for(lambda: not thread.is_online)
        virtual.plug_in()
        wait_for(lambda: thread.is_online)
        virtual.swipe(number)
        shop.wait(count)
    assert [read.value for read in shop.wait(3)] == numbers
    assert len(shop.changes) == 7


def test_unplugged_in_the_middle_of_a_swipe(shop):
    virtual, thread = shop.add()
    virtual.send(b";8800")
    time.sleep(0.1)
    virtual.unplug()
    wait_for(lambda: not thread.is_online)
    virtual.plug_in()
    wait_for(lambda: thread.is_online)
    virtual.send(b";88000101?\r")
    assert shop.wait() == [CARD]


def test_dead_reader_does_not_stop_the_other(shop):
    dead = shop.run(ReaderConfig(key="dead", device="/dev/o2o-none"))
    virtual, _thread = shop.add("alive")
    for number in range(5):
        virtual.swipe(f"8800010{number}")
        shop.wait(number + 1)
    assert {key for key, _read in shop.swipes} == {"alive"}
    assert dead.is_alive()
    assert not dead.is_online


def test_dead_reader_is_tried_less_and_less(shop, monkeypatch):
    monkeypatch.setattr(worker, "_BACKOFF_SECONDS", (0.01, 0.02, 5))
    opened = []

    def open_transport(_settings):
        opened.append(time.monotonic())
        raise worker.TransportError("none")

    shop.run(ReaderConfig(key="dead", device="x"), open_transport)
    wait_for(lambda: len(opened) == 3)
    time.sleep(0.2)
    assert len(opened) == 3


def test_back_off_of_the_agreed_length():
    assert BACKOFF_SECONDS == (1, 2, 4, 8, 16, 30)


def test_noise_is_told_once_and_does_no_harm(shop):
    virtual, thread = shop.add()
    for _time in range(5):
        virtual.send(os.urandom(200).replace(b"?", b"#") + b"\r")
        time.sleep(0.12)
    virtual.swipe("88000101")
    reads = wait_for(lambda: CARD in shop.wait() and shop.wait())
    assert reads.count(Swipe("unreadable")) == 1
    assert thread.is_online


def test_error_nobody_thought_of_does_not_end_the_thread(shop, monkeypatch, caplog):
    """And its text, which may hold what was read, is in no log."""
    virtual, thread = shop.add()
    right = worker.swipe.understand

    def wrong(message, *_args):
        raise ValueError(f"cannot use {message}")

    monkeypatch.setattr(worker.swipe, "understand", wrong)
    virtual.swipe("88000666")
    wait_for(lambda: "ValueError" in caplog.text)
    assert "88000666" not in caplog.text
    monkeypatch.setattr(worker.swipe, "understand", right)
    wait_for(lambda: len(shop.changes) >= 3 and thread.is_online)
    virtual.swipe("88000101")
    assert shop.wait() == [CARD]


def test_number_of_a_bank_card_is_nowhere(shop, caplog):
    """POS-14, PCI DSS: no value, no log line, no file."""
    caplog.set_level(logging.DEBUG)
    virtual, thread = shop.add()
    number = "4111111111111111"
    virtual.send(f"%B{number}^CHEN^2512101?\r;{number}=2512101?\r".encode())
    assert shop.wait() == [Swipe("bank_card")]
    assert "1111" not in caplog.text
    assert "bank_card" in caplog.text
    assert number not in repr(vars(thread))


class Msr605x:
    """The device: keeps packets apart, answers only who asked."""

    def __init__(self):
        self.end, self.other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.commands = []
        self.asked = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def open(self, _path, _flags):
        handle = os.dup(self.other.fileno())
        os.set_blocking(handle, False)
        return handle

    def _run(self):
        while report := self.end.recv(100):
            assert report[0] == 0
            assert len(report) == 65
            self.commands.append(msr605.from_packet(report[1:]))
            if self.commands[-1].endswith(b"\x1br"):
                self.asked.set()

    def swipe(self, *tracks):
        assert self.asked.wait(5)
        self.asked.clear()
        parts = [b"\x1b" + bytes([i + 1]) + track for i, track in enumerate(tracks)]
        for packet in msr605.to_packets(b"\x1bs" + b"".join(parts) + b"?\x1c\x1b0"):
            self.end.send(packet)

    def pull(self):
        self.end.shutdown(socket.SHUT_RDWR)


def test_msr605x_is_asked_for_each_swipe(shop):
    """devices.md 4: an answer longer than one packet, then the next question."""
    device = Msr605x()
    settings = ReaderConfig(key="usb", connection="hid", device="x", protocol="msr605")
    thread = shop.run(settings, lambda config: HidTransport(config, device.open))
    name = b"^CHEN/XIAOYU" + b" " * 40 + b"^49"
    device.swipe(b"%B88000101" + name + b"?", b";88000101?", b"")
    assert shop.wait() == [CARD]
    device.swipe(b"\x1b+", b";88000102=4912?", b"\x1b+")
    assert shop.wait(2)[1] == Swipe("card", "88000102")
    assert device.asked.wait(5)
    assert device.commands == [b"\x1ba\x1br", b"\x1br", b"\x1br"]
    device.pull()
    wait_for(lambda: not thread.is_online)
    assert thread.is_alive()
