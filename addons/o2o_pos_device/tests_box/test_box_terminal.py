"""The driver against a terminal that behaves; test_box_terminal_faults.py has the
other ones, over TCP and over a pty."""

import logging
from datetime import datetime

import pytest
from box_helpers import wait_for
from terminal_helpers import Counter

from o2o_box.terminal import (
    BankTerminal,
    Refused,
    TerminalSettings,
    TxRequest,
    journal,
)
from o2o_box.terminal.simulator_ledger import Ledger


@pytest.fixture
def counter(tmp_path):
    built = Counter(tmp_path, "tcp")
    yield built
    built.close()


def refusal(call, *values, **named):
    with pytest.raises(Refused) as caught:
        call(*values, **named)
    return caught.value.code


def test_signs_in_by_itself_at_power_on(counter):
    """POS-10."""
    wait_for(lambda: counter.driver.status().signed_in_at)
    status = wait_for(
        lambda: counter.driver.status().state == "idle" and counter.driver.status()
    )
    assert (status.tid, status.mid) == (counter.ledger.tid, counter.ledger.mid)
    assert status.batch == "000001"
    assert counter.ledger.is_signed_in


def test_sale_carries_everything_of_the_answer(counter):
    """UPAY-01, POS-12, POS-18."""
    result = counter.sale(8800, operator="0012")
    [entry] = counter.ledger.entries
    assert (result.state, result.code, result.message) == ("approved", "00", "交易成功")
    assert result.amount_fen == entry.amount_fen == 8800
    assert (result.trace, result.ref, result.batch) == (
        entry.trace,
        entry.ref,
        entry.batch,
    )
    assert result.card == entry.card[:6] + "*" * 9 + entry.card[-4:]
    assert result.bank == "0102" and len(result.auth) == 6
    assert result.at == entry.at.replace(microsecond=0).isoformat()
    assert not result.is_adopted


def test_same_uid_is_answered_from_the_journal(counter):
    first = counter.sale(8800, uid="once")
    assert counter.sale(8800, uid="once") == first
    assert counter.ledger.count("sale") == 1
    assert refusal(counter.sale, 8900, uid="once") == "uid_reused"


def test_same_uid_after_a_restart_of_the_box(counter):
    first = counter.sale(8800, uid="once")
    counter.driver.stop()
    counter.driver = counter.open()
    assert counter.sale(8800, uid="once") == first
    assert counter.ledger.count("sale") == 1


def test_void_in_the_same_batch(counter):
    """UPAY-02."""
    sale = counter.sale(8800)
    void = counter.run("void", 8800, orig_trace=sale.trace)
    assert (void.state, void.amount_fen) == ("approved", 8800)
    assert void.trace != sale.trace
    assert counter.ledger.charged_fen() == 0


def test_wrong_void_is_refused_without_asking(counter):
    sale = counter.sale(8800)
    asked = counter.simulator.requests
    run = counter.run
    assert refusal(run, "void", 8800) == "invalid"
    assert refusal(run, "void", 8700, orig_trace=sale.trace) == "wrong_amount"
    assert counter.simulator.requests == asked
    assert run("void", 8800, orig_trace=sale.trace).state == "approved"
    asked = counter.simulator.requests
    assert refusal(run, "void", 8800, orig_trace=sale.trace) == "already_voided"
    assert run("settle").state == "approved"
    other = counter.sale(100)
    counter.run("settle")
    assert refusal(run, "void", 100, orig_trace=other.trace) == "other_batch"
    assert counter.ledger.charged_fen() == 100


def test_void_of_a_sale_the_terminal_does_not_know_is_declined(counter):
    result = counter.run("void", 8800, orig_trace="999999")
    assert (result.state, result.code) == ("declined", "25")


def test_refund_needs_date_and_reference_of_the_sale(counter):
    """UPAY-03."""
    sale = counter.sale(8800)
    counter.run("settle")
    day = datetime.now().strftime("%Y%m%d")  # noqa: DTZ005
    assert refusal(counter.run, "refund", 3000, orig_ref=sale.ref) == "invalid"
    assert refusal(counter.run, "refund", 3000, orig_date=day) == "invalid"
    origin = {"orig_ref": sale.ref, "orig_date": day}
    assert counter.run("refund", 3000, **origin).state == "approved"
    assert refusal(counter.run, "refund", 5801, **origin) == "wrong_amount"
    assert counter.run("refund", 5800, **origin).state == "approved"
    assert counter.ledger.charged_fen() == 0


def test_wrong_refund_is_declined_by_the_terminal(counter):
    result = counter.run("refund", 1, orig_ref="000000000000", orig_date="20200101")
    assert (result.state, result.code) == ("declined", "25")


def test_balance_and_reprint_charge_nothing(counter):
    sale = counter.sale(8800)
    counter.sale(100)
    assert counter.run("balance").amount_fen == 1_234_567
    again = counter.run("reprint", orig_trace=sale.trace)
    assert (again.ref, again.amount_fen) == (sale.ref, 8800)
    assert counter.ledger.charged_fen() == 8900


def test_settle_closes_the_batch_and_signs_in_again(counter):
    """POS-16: settlement covers everything since the last one."""
    first = counter.sale(8800)
    counter.sale(200)
    counter.run("void", 8800, orig_trace=first.trace)
    settled = counter.run("settle")
    assert (settled.state, settled.batch) == ("approved", "000001")
    assert settled.amount_fen == 200
    assert counter.driver.totals("000001") == {"sale": (2, 9000), "void": (1, 8800)}
    wait_for(lambda: counter.driver.status().batch == "000002")
    assert counter.ledger.is_signed_in
    assert counter.sale(300).batch == "000002"
    assert counter.run("settle").amount_fen == 300


def test_sale_of_a_closed_batch_is_not_voided_before_the_next_sign_in(counter):
    """The settlement came through, the sign-in after it did not."""
    sale = counter.sale(8800)
    counter.simulator.fault("", "lost_request")
    assert counter.run("settle").state == "approved"
    void = {"orig_trace": sale.trace}
    assert refusal(counter.run, "void", 8800, **void) == "other_batch"


def test_terminal_that_lost_its_sign_in_is_signed_in_and_charges_once(counter):
    counter.sale(100)
    counter.simulator.fault("signed_out")
    assert counter.sale(8800).state == "approved"
    assert counter.ledger.charged_fen() == 8900


def test_second_request_while_one_runs_is_refused(counter):
    counter.run("signin")
    counter.simulator.card_seconds = 0.1
    counter.driver.begin(TxRequest("a", "sale", 8800))
    assert refusal(counter.driver.begin, TxRequest("b", "sale", 1)) == "busy"
    assert refusal(counter.driver.begin, TxRequest("c", "signin")) == "busy"
    assert counter.driver.status().state == "busy"
    assert counter.driver.wait("a", 10).state == "approved"
    assert counter.driver.result("b") is None
    assert counter.ledger.charged_fen() == 8800


def test_cancel_while_the_terminal_waits_for_the_card(counter):
    counter.run("signin")
    counter.simulator.card_seconds = 0.6
    counter.driver.begin(TxRequest("a", "sale", 8800))
    counter.driver.cancel("a")
    result = counter.driver.wait("a", 10)
    assert (result.state, result.message) == ("declined", "交易已取消")
    assert not counter.ledger.entries


def test_cancel_too_late_is_a_sale(counter):
    result = counter.sale(8800, uid="a")
    counter.driver.cancel("a")
    assert counter.driver.result("a") == result
    assert counter.sale(100).state == "approved"


def test_declined_says_why(counter):
    counter.sale(1)
    counter.simulator.fault("declined")
    result = counter.sale(8800)
    assert (result.state, result.code, result.message) == (
        "declined",
        "51",
        "余额不足",
    )
    assert result.amount_fen == 0


@pytest.mark.parametrize(
    "request_",
    [
        TxRequest("a", "sale"),
        TxRequest("a", "sale", -1),
        TxRequest("a", "sale", 1.5),
        TxRequest("a", "sale", True),
        TxRequest("a", "sale", 10**12),
        TxRequest("a", "settle", 1),
        TxRequest("", "sale", 1),
        TxRequest("a b", "sale", 1),
        TxRequest("a" * 65, "sale", 1),
        TxRequest("a", "rob", 1),
        TxRequest("a", "sale", 1, pos_no="123456789"),
        TxRequest("a", "sale", 1, operator="王"),
        TxRequest("a", "sale", 1, orig_trace="12"),
        TxRequest("a", "sale", 1, pos_no=5),
    ],
)
def test_request_no_terminal_could_execute_is_refused(request_):
    assert refusal(request_.check) == "invalid"


def test_terminal_that_cannot_be_reached_declines(tmp_path):
    """Nothing was sent, so nothing is open."""
    settings = TerminalSettings(host="127.0.0.1", port=1, is_signing_in=False)
    driver = BankTerminal(settings, tmp_path / "t.db").start()
    driver.begin(TxRequest("a", "sale", 8800))
    result = driver.wait("a", 10)
    assert (result.state, result.code) == ("declined", "offline")
    assert driver.status().state == "offline"
    driver.stop()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"connection": "serial"},
        {"connection": "serial", "device": "/etc/passwd"},
        {"connection": "serial", "device": "/dev/../etc/passwd"},
        {"connection": "carrier pigeon", "host": "127.0.0.1"},
    ],
)
def test_settings_that_reach_nothing_decline(tmp_path, values):
    """POS-13."""
    driver = BankTerminal(TerminalSettings(**values), tmp_path / "t.db").start()
    driver.begin(TxRequest("a", "sale", 1))
    assert driver.wait("a", 10).code == "offline"
    driver.stop()


def test_card_number_is_never_stored_or_logged(tmp_path, caplog):
    """A careless terminal sends it in full."""
    caplog.set_level(logging.DEBUG)
    counter = Counter(tmp_path, "tcp", ledger=Ledger(shows_cards=True))
    result = counter.sale(8800)
    counter.simulator.fault("lost_answer")
    lost = counter.sale(100)
    adopted = counter.driver.resolve(lost.uid)
    counter.close()
    assert adopted.state == "approved"
    cards = [entry.card for entry in counter.ledger.entries]
    assert result.card == cards[0][:6] + "*" * 9 + cards[0][-4:]
    assert adopted.card == cards[1][:6] + "*" * 9 + cards[1][-4:]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for card in cards:
        assert card.encode() not in kept
        assert card not in caplog.text


def test_journal_forgets_what_was_decided_long_ago(counter, monkeypatch):
    """UPAY-01: the disk of a box does not fill, and what is open is never forgotten."""
    counter.sale(uid="old")
    counter.simulator.fault("lost_answer")
    counter.sale(uid="open")
    monkeypatch.setattr(journal, "_KEPT_SECONDS", 3600)
    counter.driver.purge()
    assert counter.driver.result("old").state == "approved"
    monkeypatch.setattr(journal, "_KEPT_SECONDS", -1)
    counter.driver.purge()
    assert counter.driver.result("old") is None
    assert counter.driver.result("open").state == "unknown"
    # and can still be asked for
    assert counter.driver.resolve("open").state == "approved"
    assert counter.ledger.count("sale") == 2
