"""POS-04: every way to reach a printer, and what each printer can tell."""

import socket
import time

import pytest
import usb.backend.libusb1
import usb.core
import usb_simulator
from box_helpers import job, slip, wait_for
from cups_simulator import CupsServer

from o2o_box import printers
from o2o_box.render import render
from o2o_box.spool import Spool
from o2o_box.worker import PrinterWorker


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A simulator answers at once or never."""
    monkeypatch.setattr("o2o_box.printers.base._STATUS_SECONDS", 0.3)
    monkeypatch.setattr("o2o_box.printers.base._ANSWER_SECONDS", 0.3)


@pytest.fixture
def start(spool, monkeypatch):
    """Start a worker; all end with the test."""
    monkeypatch.setattr("o2o_box.worker._BACKOFF_SECONDS", (0.05,))
    workers = []

    def start_worker(settings, **values):
        worker = PrinterWorker({**settings, **values}, spool, lambda: None)
        workers.append(worker)
        worker.start()
        return worker

    yield start_worker
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.join(5)


# === what the printer tells ===


@pytest.mark.parametrize("fault", ["cover_open", "error"])
def test_printer_names_its_trouble_and_gets_nothing(
    fault, spool, start, settings, printer, store
):
    printer.set_faults({fault: True})
    spool.store([job("a")])
    worker = start(settings)
    wait_for(lambda: worker.status == fault)
    assert printer.describe()["waiting"] == 0
    printer.set_faults({fault: False})
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["a"]


def test_process_id_tells_the_end_of_printing(settings, printer, store):
    """devices.md 6: ``GS ( H`` 48; an answer to something else is not taken for it."""
    with printers.Connection.open(settings) as connection:
        # the answer of an earlier slip is still on its way
        connection.send(b"\x1d(H\x06\x0000OOOO" + b"\x1dr\x01")
        connection.send(render(slip("a")))
        connection.confirm(lambda _status: None, with_process_id=True)
        assert store.texts == ["a"]
        printer.set_faults({"paper_out": True})
        connection.send(render(slip("b")))
        seen = []

        def load_paper(status):
            seen.append(status)
            printer.set_faults({"paper_out": False})

        connection.confirm(load_paper, with_process_id=True)
    assert seen == ["paper_out"]
    assert store.texts == ["a", "b"]


def test_process_id_never_comes_from_a_printer_that_lost_its_memory(settings, printer):
    printer.set_faults({"paper_out": True})
    with printers.Connection.open(settings) as connection:
        connection.send(render(slip("a")))

        def switch_off(_status):
            printer.set_faults({"reset": True, "paper_out": False, "unplugged": True})

        with pytest.raises(printers.Interrupted):
            connection.confirm(switch_off, quiet_seconds=4, with_process_id=True)


def test_cut_counter_is_read(settings, printer):
    with printers.Connection.open(settings) as connection:
        assert connection.cut_count() == 0
        connection.send(render(slip("a"), copies=3))
        connection.confirm(lambda _status: None)
        assert connection.cut_count() == 3


def test_cut_counter_of_a_printer_without_one_is_none(settings, printer):
    printer.set_faults({"mute": True})
    with printers.Connection.open(settings) as connection:
        assert connection.cut_count() is None


# === after a crash, with a printer that counts ===


def caught(spool, printer, cuts_before=0, **values):
    """A job whose printing began before the box was killed."""
    spool.store([job("a", **values)])
    spool.start("a", cuts_before)
    assert spool.recover() == []
    return spool.caught(7)


def test_counter_proves_that_the_slip_is_there(spool, start, settings, printer, store):
    """The box was killed after the last byte: nothing is printed again."""
    caught(spool, printer, copies=2)
    with printers.Connection.open(settings) as connection:
        connection.send(render(slip("a"), copies=2))
    start(settings, cut_counter=True)
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["a", "a"]


@pytest.mark.parametrize("on_unknown", ["hold", "reprint"])
def test_counter_proves_that_nothing_was_cut(
    on_unknown, spool, start, settings, printer, store
):
    """The box was killed before the first byte: printed, with the banner."""
    caught(spool, printer, on_unknown=on_unknown)
    start(settings, cut_counter=True)
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["补打 可能重复\na"]


@pytest.mark.parametrize(
    ("cuts_before", "copies"), [(5, 1), (0, 3)], ids=["counter lost", "half"]
)
def test_counter_that_does_not_tell_leaves_it_to_a_person(
    cuts_before, copies, spool, start, settings, printer, store
):
    caught(spool, printer, cuts_before, copies=copies)
    with printers.Connection.open(settings) as connection:
        connection.send(render(slip("a")))
    wait_for(lambda: store.texts)
    start(settings, cut_counter=True)
    wait_for(lambda: spool.states()["a"] == "unknown")
    assert store.texts == ["a"]


def test_printer_that_stays_away_leaves_it_to_the_rule(
    spool, start, settings, printer, monkeypatch
):
    monkeypatch.setattr("o2o_box.worker._CAUGHT_SECONDS", 0.3)
    printer.set_faults({"unplugged": True})
    caught(spool, printer)
    start(settings, cut_counter=True)
    wait_for(lambda: spool.states()["a"] == "unknown")


def test_money_slip_survives_a_pulled_cable_with_a_counter(
    spool, start, settings, printer, store
):
    """Without a counter this ends as unclear, see test_box_printing."""
    printer.set_faults({"drop_after": 100})
    long_slip = slip(*[f"line {number}" for number in range(40)])
    spool.store([job("a", document=long_slip, on_unknown="hold")])
    start(settings, cut_counter=True, process_id=True)
    wait_for(lambda: spool.states()["a"] == "printed")
    assert "补打 可能重复" in store.texts[-1] and "line 39" in store.texts[-1]
    assert sum("line 39" in text for text in store.texts) == 1


def test_spool_of_an_earlier_version_gets_its_column(tmp_path):
    path = tmp_path / "old.db"
    old = Spool(path)
    old._db.execute("ALTER TABLE job DROP COLUMN cuts_before")
    old.store([job("a")])
    old.close()
    new = Spool(path)
    assert new.start("a", 4) and new.caught(7)["cuts_before"] == 4
    new.close()


# === one printer never waits for another ===


def test_printer_that_hangs_blocks_no_other(spool, start, settings, store):
    """It takes the connection and is silent for ever; its job stays its own."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = {**settings, "id": 8, "port": silent.getsockname()[1]}
        worker = start(hanging)
        # more than any buffer on the way takes: the write never ends
        long_slip = slip(*["hang" * 1000] * 50)
        spool.store([job("stuck", printer_id=8, document=long_slip, copies=40)])
        wait_for(lambda: spool.states()["stuck"] == "printing")
        begin = time.monotonic()
        spool.store([job(f"job {number}") for number in range(8)])
        start(settings)
        wait_for(lambda: [*spool.states().values()].count("printed") == 8)
        # far less than the minute after which a write is given up
        assert time.monotonic() - begin < 20
        # what it did not take is neither printed nor given up
        assert worker.is_alive() and spool.states()["stuck"] == "printing"
    assert len(store.texts) == 8


# === USB ===


@pytest.fixture
def usb_bus(printer, monkeypatch):
    """A keyboard and two printers of the same make."""
    bus = usb_simulator.UsbBus(
        usb_simulator.keyboard(),
        usb_simulator.printer_device(None, serial="B2"),
        usb_simulator.printer_device(printer),
    )
    monkeypatch.setattr(usb.backend.libusb1, "get_backend", lambda: bus)
    return bus


def usb_settings(device="0416:5011:A1"):
    return {"id": 7, "width": 80, "connection": "usb", "device": device}


def test_usb_printer_prints_over_its_own_end_points(spool, start, usb_bus, store):
    spool.store([job("a", "USB 小票 ¥8"), job("b")])
    worker = start(usb_settings(), cut_counter=True, process_id=True)
    wait_for(lambda: spool.states()["b"] == "printed")
    assert store.texts == ["USB 小票 ￥8", "b"]
    assert worker.status == "online"
    device = usb_bus.devices[2]
    # a reset would lose what the printer still holds
    assert device.resets == 0 and not device.claimed


def test_usb_printer_pulled_and_plugged(spool, start, usb_bus, store):
    device = usb_bus.devices[2]
    device.unplug()
    spool.store([job("a")])
    worker = start(usb_settings())
    wait_for(lambda: worker.status == "offline")
    device.plug()
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["a"]


def test_usb_printer_pulled_while_printing(spool, start, usb_bus, printer):
    printer.set_faults({"slow": 0.2})
    spool.store([job("a", document=slip(*"abcdef"))])
    start(usb_settings())
    wait_for(lambda: spool.states()["a"] == "printing")
    usb_bus.devices[2].unplug()
    wait_for(lambda: spool.states()["a"] == "unknown")


def test_usb_printer_without_a_way_back_prints_blind(spool, start, printer, store):
    device = usb_simulator.printer_device(printer, ends=((0x02, 2),))
    with pytest.MonkeyPatch.context() as patch:
        bus = usb_simulator.UsbBus(device)
        patch.setattr(usb.backend.libusb1, "get_backend", lambda: bus)
        spool.store([job("a")])
        worker = start(usb_settings("0416:5011"))
        wait_for(lambda: spool.states()["a"] == "printed")
        wait_for(lambda: store.texts == ["a"])
        assert worker.status == "unknown"


@pytest.mark.parametrize("device", ["", "usb", "0416", "/dev/usb/lp0", "0416:0001"])
def test_usb_settings_that_cannot_work(device, usb_bus):
    """The last one is the keyboard."""
    with pytest.raises(printers.WrongSettings):
        printers.Connection.open(usb_settings(device))


# === CUPS ===


@pytest.fixture
def cups(printer):
    server = CupsServer(printer)
    yield server
    server.stop()


def cups_settings(cups, queue="counter"):
    return {
        "id": 7,
        "width": 80,
        "connection": "cups",
        "host": "127.0.0.1",
        "port": cups.port,
        "device": queue,
    }


def test_cups_queue_prints_raw(spool, start, cups, store):
    spool.store([job("a", "队列 ¥1"), job("b")])
    worker = start(cups_settings(cups))
    wait_for(lambda: spool.states()["b"] == "printed")
    wait_for(lambda: store.texts == ["队列 ￥1", "b"])
    assert set(cups.formats) == {"application/vnd.cups-raw"}
    assert worker.status == "online"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("media-empty-error", "paper_out"),
        ("cover-open-report", "cover_open"),
        ("offline-report", "offline"),
        ("paused", "offline"),
    ],
)
def test_cups_queue_in_trouble_gets_nothing(reason, status, spool, start, cups, store):
    cups.reasons = ["marker-supply-low-warning", reason]
    spool.store([job("a")])
    worker = start(cups_settings(cups))
    wait_for(lambda: worker.status == status)
    assert not cups.jobs
    cups.reasons = ["media-low-warning"]
    wait_for(lambda: cups.jobs)
    assert worker.status == "paper_low"


def test_cups_job_that_waits_is_waited_for(cups, store):
    with printers.Connection.open(cups_settings(cups)) as connection:
        connection.send(render(slip("a")))
        cups.reasons = ["media-empty"]
        seen = []

        def load(status):
            seen.append(status)
            cups.reasons = []

        connection.confirm(load, quiet_seconds=5)
    assert seen[0] == "paper_out"
    wait_for(lambda: store.texts == ["a"])


def test_cups_job_that_is_given_up_is_unclear(spool, start, cups):
    cups.aborts = True
    spool.store([job("a")])
    start(cups_settings(cups))
    wait_for(lambda: spool.states()["a"] == "unknown")


def test_cups_server_that_refuses_or_is_away(spool, start, cups):
    cups.refuses = True
    with pytest.raises(printers.PrinterUnreachable):
        printers.Connection.open(cups_settings(cups))
    with pytest.raises(printers.PrinterUnreachable):
        printers.Connection.open(cups_settings(cups, "other"))
    for queue in ("", "a/b", "a b"):
        with pytest.raises(printers.WrongSettings):
            printers.Connection.open(cups_settings(cups, queue))
    gone = {**cups_settings(cups), "port": 1}
    with pytest.raises(printers.PrinterUnreachable):
        printers.Connection.open(gone)
