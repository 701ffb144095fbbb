"""POS-04: a worker and a printer that misbehaves."""

import pytest
from box_helpers import job, slip, wait_for

from o2o_box import printers
from o2o_box.render import render
from o2o_box.worker import PrinterWorker


@pytest.fixture
def worker(spool, settings, monkeypatch):
    monkeypatch.setattr("o2o_box.worker._BACKOFF_SECONDS", (0.05,))
    thread = PrinterWorker(settings, spool, lambda: None)
    yield thread
    thread.stop()
    if thread.ident:
        thread.join(5)


def put(spool, worker, *jobs):
    spool.store(list(jobs))
    worker.start()
    worker.wake()


def test_job_is_printed_and_reported(spool, worker, store):
    put(spool, worker, job("a", "订单小票 ¥1"))
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["订单小票 ￥1"]
    news = [ack["state"] for ack in spool.acks()]
    assert news == ["received", "printing", "printed"]
    assert worker.status == "online"


def test_paper_out_waits_and_prints_once_when_loaded(spool, worker, printer, store):
    printer.set_faults({"paper_out": True})
    put(spool, worker, job("a"))
    wait_for(lambda: worker.status == "paper_out")
    assert spool.states()["a"] == "received"
    # nothing was sent: the printer holds nothing that could come out later
    assert printer.describe()["waiting"] == 0
    printer.set_faults({"paper_out": False})
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["a"]


def test_paper_ends_in_the_middle_of_a_slip(spool, worker, printer, store):
    """The printer keeps the rest; the job is printed when it says so, once."""
    printer.set_faults({"slow": 0.05})
    long_slip = slip(*[f"line {number}" for number in range(30)])
    put(spool, worker, job("a", document=long_slip, on_unknown="reprint"))
    wait_for(
        lambda: spool.states()["a"] == "printing" and printer.describe()["waiting"]
    )
    printer.set_faults({"paper_out": True, "slow": 0})
    wait_for(lambda: worker.status == "paper_out")
    assert spool.states()["a"] == "printing"
    printer.set_faults({"paper_out": False})
    wait_for(lambda: spool.states()["a"] == "printed")
    assert len(store.texts) == 1 and "line 29" in store.texts[0]


def test_offline_printer_is_reported_and_does_not_lose_the_job(
    spool, worker, printer, store
):
    printer.set_faults({"offline": True})
    put(spool, worker, job("a"))
    wait_for(lambda: worker.status == "offline")
    printer.set_faults({"offline": False})
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["a"]


def test_unplugged_printer_is_offline(spool, worker, printer, store):
    printer.set_faults({"unplugged": True})
    put(spool, worker, job("a"))
    wait_for(lambda: worker.status == "offline")
    assert spool.states()["a"] == "received"
    printer.set_faults({"unplugged": False})
    wait_for(lambda: spool.states()["a"] == "printed")
    assert store.texts == ["a"]


def test_printer_that_answers_nothing_prints_all_the_same(
    spool, worker, printer, store, monkeypatch
):
    monkeypatch.setattr("o2o_box.printers.base._STATUS_SECONDS", 0.1)
    printer.set_faults({"mute": True})
    put(spool, worker, job("a"))
    wait_for(lambda: spool.states()["a"] == "printed")
    wait_for(lambda: store.texts == ["a"])
    assert worker.status == "unknown"


def test_connection_lost_in_the_middle_of_an_order_slip(spool, worker, printer, store):
    """The slip comes again with a warning; the till hears of both."""
    long_slip = slip(*[f"line {number}" for number in range(40)])
    printer.set_faults({"drop_after": 200})
    put(spool, worker, job("a", document=long_slip, on_unknown="reprint"))
    wait_for(lambda: spool.states()["a"] == "printed")
    last = store.texts[-1]
    assert "补打 可能重复" in last and "line 39" in last
    assert "unknown" in [ack["state"] for ack in spool.acks()]


def test_connection_lost_in_the_middle_of_a_money_slip(spool, worker, printer, store):
    """Nothing is sent again by itself: a person looks."""
    printer.set_faults({"drop_after": 100})
    long_slip = slip(*[f"line {number}" for number in range(40)])
    put(spool, worker, job("a", document=long_slip, on_unknown="hold"), job("b"))
    wait_for(lambda: spool.states()["b"] == "printed")
    assert spool.states()["a"] == "unknown"
    assert not any("line 39" in text for text in store.texts)


def test_bad_document_fails_and_does_not_block_the_queue(spool, worker, store):
    put(spool, worker, job("bad", document={"version": 9}), job("good"))
    wait_for(lambda: spool.states()["good"] == "printed")
    assert spool.states()["bad"] == "failed"
    assert store.texts == ["good"]


def test_settings_outside_dev_are_refused(spool, settings):
    for path in ("/etc/passwd", "/dev/../etc/passwd", ""):
        for connection in ("file", "serial"):
            with pytest.raises(printers.WrongSettings):
                printers.Connection.open(
                    {**settings, "connection": connection, "device": path}
                )
    with pytest.raises(printers.WrongSettings):
        printers.Connection.open({**settings, "connection": "pigeon"})


def test_two_printers_do_not_wait_for_each_other(spool, worker, settings, store):
    dead = {**settings, "id": 8, "port": 1}
    other = PrinterWorker(dead, spool, lambda: None)
    spool.store([job("dead", printer_id=8), job("alive")])
    other.start()
    worker.start()
    wait_for(lambda: spool.states()["alive"] == "printed")
    assert spool.states()["dead"] == "received"
    other.stop()
    other.join(5)


def test_status_of_a_healthy_and_a_low_printer(settings, printer):
    with printers.Connection.open(settings) as connection:
        assert connection.status() == "online"
        printer.set_faults({"paper_low": True})
        assert connection.status() == "paper_low"


def test_data_sent_without_paper_comes_out_later(settings, printer, store):
    """Why the box asks first: the real printers behave like this."""
    printer.set_faults({"paper_out": True})
    with printers.Connection.open(settings) as connection:
        connection.send(render(slip("late")))
        wait_for(lambda: printer.describe()["waiting"])
    assert store.texts == []
    printer.set_faults({"paper_out": False})
    wait_for(lambda: store.texts == ["late"])


def test_serial_printer_over_a_pty(spool, store):
    import os
    import pty
    import threading
    import tty

    from o2o_box.decoder import Decoder
    from o2o_box.paper import PaperFeed

    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    papers = []
    feed, decoder = PaperFeed(58, papers.append), Decoder()

    def printer_side():
        while True:
            try:
                data = os.read(master, 64)
            except OSError:
                return
            for command in decoder.feed(data):
                if command.name == "DLE EOT":
                    os.write(master, b"\x12")
                elif command.name == "GS r":
                    os.write(master, b"\x00")
                else:
                    feed.execute(command)

    threading.Thread(target=printer_side, daemon=True).start()
    serial_settings = {
        "id": 7,
        "width": 58,
        "connection": "serial",
        "device": os.ttyname(slave),
        "baudrate": 9600,
    }
    thread = PrinterWorker(serial_settings, spool, lambda: None)
    spool.store([job("a", "串口 ¥9")])
    thread.start()
    wait_for(lambda: spool.states()["a"] == "printed")
    assert [paper.text() for paper in papers] == ["串口 ￥9"]
    thread.stop()
    thread.join(5)
    os.close(slave)
