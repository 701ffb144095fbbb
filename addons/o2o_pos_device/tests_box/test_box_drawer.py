"""POS-05: the cash drawer opens at once or never, and never twice; the buzzer."""

import time

import pytest
from box_helpers import job, slip, wait_for
from cups_simulator import CupsServer

from o2o_box import spool as spool_module
from o2o_box.decoder import Decoder
from o2o_box.document import DocumentError
from o2o_box.render import render
from o2o_box.worker import PrinterWorker


def drawer_job(uid, pin=2, **values):
    """A job that opens a drawer, as the server sends it."""
    document = {"version": 1, "blocks": [{"type": "drawer", "pin": pin}]}
    return job(
        uid,
        document_type="drawer",
        document=document,
        **{"expires_in": 15, "urgent": True, **values},
    )


@pytest.fixture
def worker(spool, settings, monkeypatch):
    monkeypatch.setattr("o2o_box.worker._BACKOFF_SECONDS", (0.05,))
    thread = PrinterWorker({**settings, "cut_counter": True}, spool, lambda: None)
    yield thread
    thread.stop()
    if thread.ident:
        thread.join(5)


def put(spool, worker, *jobs):
    spool.store(list(jobs))
    worker.start()
    worker.wake()


# -- the bytes --


@pytest.mark.parametrize(("pin", "code"), [(2, 0), (5, 1)])
def test_pulse_is_all_that_is_sent(pin, code):
    """No paper, no reset, whatever copies and warnings a job has."""
    data = render(drawer_job("a", pin)["document"], 80, copies=3, banner="!", beeps=2)
    [pulse] = Decoder().feed(data)
    assert pulse.name == "ESC p"
    # on and off time in steps of 2 ms: a coil burns when it stays on
    assert list(pulse.args) == [code, 50, 250]


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "drawer", "pin": 3}],
        [{"type": "drawer"}, {"type": "drawer"}],
        [{"type": "text", "text": "a"}, {"type": "drawer"}, {"type": "cut"}],
    ],
    ids=["pin", "twice", "inside a slip"],
)
def test_a_drawer_opens_by_a_job_of_its_own(blocks):
    with pytest.raises(DocumentError):
        render({"version": 1, "blocks": blocks})


@pytest.mark.parametrize(("beeps", "sent"), [(1, 1), (3, 3), (50, 9)])
def test_buzzer_sounds_once_before_all_copies(beeps, sent):
    commands = Decoder().feed(render(slip("a"), copies=2, beeps=beeps))
    assert commands[0].name == "ESC B"
    assert commands[0].args[0] == sent
    assert [command.name for command in commands].count("ESC B") == 1
    assert "ESC B" not in [it.name for it in Decoder().feed(render(slip("a")))]


# -- the worker --


def test_drawer_opens_once_and_is_reported(spool, worker, printer):
    put(spool, worker, drawer_job("a", 5))
    wait_for(lambda: spool.states()["a"] == "printed")
    # the server repeats what it is not sure of
    spool.store([drawer_job("a", 5)])
    worker.wake()
    time.sleep(0.2)
    assert printer.pulses == [5]


def test_switch_of_the_drawer_is_seen(spool, worker, printer):
    put(spool, worker, drawer_job("a"), job("b"))
    wait_for(lambda: worker.drawer_wire == "high")
    printer.set_faults({"drawer_open": False})
    spool.store([job("c")])
    worker.wake()
    wait_for(lambda: worker.drawer_wire == "low")


@pytest.mark.parametrize("fault", ["paper_out", "cover_open", "offline", "unplugged"])
def test_drawer_never_opens_later(spool, worker, printer, fault):
    """The printer is put right after the time is over: nothing happens."""
    printer.set_faults({fault: True})
    put(spool, worker, drawer_job("a", expires_in=0.5))
    wait_for(lambda: spool.states()["a"] == "expired")
    printer.set_faults({fault: False})
    spool.store([job("b")])
    worker.wake()
    wait_for(lambda: spool.states()["b"] == "printed")
    assert printer.pulses == []


def test_time_is_over_while_the_printer_is_asked(spool, worker, printer, monkeypatch):
    """The last look at the clock is right before the pulse."""
    put(spool, worker)
    wait_for(lambda: worker.status == "online")
    original = worker._look

    def slow(connection):
        time.sleep(0.4)
        return original(connection)

    monkeypatch.setattr(worker, "_look", slow)
    spool.store([drawer_job("a", expires_in=0.2)])
    worker.wake()
    wait_for(lambda: spool.states()["a"] == "expired")
    assert printer.pulses == []


def test_time_of_a_slow_answer_counts(spool):
    """The server said 15 seconds, and its answer took twenty."""
    spool.store([drawer_job("a")], seconds_ago=20)
    assert spool.next_job(7) is None
    assert spool.states()["a"] == "expired"


def test_drawer_goes_before_slips(spool):
    spool.store([job("a"), job("b"), drawer_job("c")])
    assert spool.next_job(7)["uid"] == "c"


@pytest.mark.parametrize("has_counter", [True, False])
def test_drawer_is_never_opened_again(spool, settings, printer, has_counter):
    """The cable comes off behind the pulse; the cut counter would say "missing"."""
    thread = PrinterWorker({**settings, "cut_counter": has_counter}, spool, lambda: 0)
    spool.store([drawer_job("a")])
    # the questions before the pulse take 6 bytes, the pulse 5
    printer.set_faults({"drop_after": 11})
    thread.start()
    wait_for(lambda: spool.states()["a"] == "unknown")
    thread.wake()
    spool.store([job("b")])
    thread.wake()
    wait_for(lambda: spool.states()["b"] == "printed")
    thread.stop()
    thread.join(5)
    assert printer.pulses == [2]
    assert spool.states()["a"] == "unknown"


def test_box_that_was_killed_never_opens_again(spool):
    spool.store([drawer_job("a")])
    spool.start("a")
    assert spool.recover() == ["a"]
    assert spool.states()["a"] == "unknown"
    assert spool.next_job(7) is None


def test_queue_that_keeps_jobs_opens_no_drawer(spool, settings, printer):
    """CUPS would open it when the printer is switched on, tomorrow."""
    cups = CupsServer(printer)
    queue = {"connection": "cups", "host": "127.0.0.1", "port": cups.port}
    thread = PrinterWorker(
        {**settings, **queue, "device": "counter"}, spool, lambda: None
    )
    spool.store([drawer_job("a")])
    thread.start()
    wait_for(lambda: spool.states()["a"] == "failed")
    thread.stop()
    thread.join(5)
    cups.stop()
    assert not cups.jobs


def test_new_order_beeps(spool, worker, printer):
    put(spool, worker, job("a", beeps=3))
    wait_for(lambda: spool.states()["a"] == "printed")
    assert printer.beeps == 3


def test_spool_of_an_earlier_version_is_brought_up_to_date(tmp_path):
    import sqlite3

    path = tmp_path / "old.db"
    db = sqlite3.connect(path)
    schema = spool_module._SCHEMA.replace(
        "cuts_before INTEGER,\n    is_urgent INTEGER NOT NULL DEFAULT 0",
        "cuts_before INTEGER",
    )
    assert "is_urgent" not in schema
    db.executescript(schema)
    db.close()
    opened = spool_module.Spool(path)
    opened.store([job("a"), drawer_job("b")])
    assert opened.next_job(7)["uid"] == "b"
    opened.close()
