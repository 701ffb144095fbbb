"""Invariant 6: the box remembers every job and every piece of news."""

import sqlite3

from box_helpers import job

from o2o_box import spool as states
from o2o_box.spool import Spool


def test_a_job_delivered_many_times_is_stored_once(spool):
    for _delivery in range(5):
        spool.store([job("a"), job("b")])
    assert spool.states() == {"a": "received", "b": "received"}
    assert [ack["uid"] for ack in spool.acks()] == ["a", "b"]


def test_a_job_delivered_again_after_printing_is_not_printed_again(spool):
    spool.store([job("a")])
    spool.start("a")
    spool.finish("a", states.PRINTED)
    spool.forget_acks([ack["id"] for ack in spool.acks()])
    spool.store([job("a")])
    assert spool.next_job(7) is None
    # the server seems not to know: it is told again
    assert [ack["state"] for ack in spool.acks()] == ["printed"]


def test_jobs_come_out_in_order_and_per_printer(spool):
    spool.store(
        [job("a", printer_id=1), job("b", printer_id=2), job("c", printer_id=1)]
    )
    assert spool.next_job(1)["uid"] == "a"
    spool.start("a")
    spool.finish("a", states.PRINTED)
    assert spool.next_job(1)["uid"] == "c"
    assert spool.next_job(2)["uid"] == "b"


def test_a_late_job_expires_and_is_not_printed(spool):
    spool.store([job("a", expires_in=-1), job("b")])
    assert spool.next_job(7)["uid"] == "b"
    assert spool.states()["a"] == "expired"
    assert ("a", "expired") in [(ack["uid"], ack["state"]) for ack in spool.acks()]


def test_news_stay_until_the_server_has_them(tmp_path):
    first = Spool(tmp_path / "s.db")
    first.store([job("a")])
    first.close()
    second = Spool(tmp_path / "s.db")
    [ack] = second.acks()
    assert (ack["uid"], ack["state"]) == ("a", "received")
    second.forget_acks([ack["id"]])
    assert second.acks() == []
    second.close()


def test_printing_is_on_disk_before_start_returns(tmp_path):
    first = Spool(tmp_path / "s.db")
    first.store([job("a")])
    first.start("a")
    other = sqlite3.connect(tmp_path / "s.db")
    assert other.execute("SELECT state FROM job").fetchall() == [("printing",)]
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    first.close()


def test_after_a_crash_documents_that_may_double_are_printed_with_banner(spool):
    spool.store([job("order", on_unknown="reprint"), job("money", on_unknown="hold")])
    spool.start("order")
    spool.start("money")
    assert spool.recover() == ["order", "money"]
    assert spool.states() == {"order": "received", "money": "unknown"}
    assert spool.next_job(7)["has_banner"]
    news = [(ack["uid"], ack["state"]) for ack in spool.acks()]
    assert ("order", "unknown") in news and ("money", "unknown") in news


def test_endless_interruptions_end_as_unknown(spool):
    spool.store([job("a", on_unknown="reprint")])
    again = []
    while spool.next_job(7):
        spool.start("a")
        again.append(spool.interrupt("a", "cable"))
    assert again == [True, True, False]
    assert spool.states() == {"a": "unknown"}


def test_cancelled_job_is_dropped_unless_it_is_printing(spool):
    spool.store([job("a"), job("b")])
    spool.start("b")
    spool.drop(["a", "b"])
    assert spool.states() == {"a": "cancelled", "b": "printing"}
    assert not spool.start("a")


def test_purge_keeps_what_is_open_or_unreported(spool, monkeypatch):
    spool.store([job("old"), job("open"), job("unreported")])
    for uid in ("old", "unreported"):
        spool.start(uid)
        spool.finish(uid, states.PRINTED)
    spool.forget_acks([a["id"] for a in spool.acks() if a["uid"] != "unreported"])
    monkeypatch.setattr(states, "_KEPT_SECONDS", -1)
    spool.purge()
    assert set(spool.states()) == {"open", "unreported"}


def test_a_month_of_jobs_is_never_read_through(spool):
    """POS-04: the box of an old store is as quick as a new one."""
    statements = []
    spool._db.set_trace_callback(statements.append)
    spool.store([job("a"), job("b"), job("b")])
    spool.next_job(7)
    spool.start("a")
    spool.caught(7)
    spool.waiting()
    spool.interrupt("a", "cable")
    spool.drop(["b"])
    spool.recover()
    spool._db.set_trace_callback(None)
    plans = {
        text: [row["detail"] for row in spool._db.execute(f"EXPLAIN QUERY PLAN {text}")]
        for text in statements
        if text.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))
    }
    assert len(plans) > 10
    read_through = [
        text for text, plan in plans.items() if any("SCAN job" in it for it in plan)
    ]
    assert read_through == []
