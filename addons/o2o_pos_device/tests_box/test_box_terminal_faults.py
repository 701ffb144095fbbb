"""Everything that can go wrong between box and terminal: charged once or not at all."""

import time
from datetime import timedelta

import pytest
from box_helpers import wait_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terminal_helpers import Counter

from o2o_box.terminal import Refused, TxRequest, frame
from o2o_box.terminal.port import TcpPort
from o2o_box.terminal.record import AnswerRecord, RequestRecord
from o2o_box.terminal.simulator import FAULTS, Simulator
from o2o_box.terminal.simulator_ledger import Ledger

#: the answer arrives all the same
HEALED = (
    "lost_ack",
    "corrupt_request",
    "corrupt_answer",
    "torn_answer",
    "late_frames",
    "double_nak",
    "contradiction",
    "noise",
    "dribble",
    "signed_out",
)
#: nothing is known, the terminal has charged
CHARGED = (
    "lost_answer",
    "late_answer",
    "wrong_echo",
    "corrupt_answers",
    "restart_after",
)
#: nothing is known, the terminal has not charged
NOT_CHARGED = ("lost_request", "restart_before")
#: a clear no
DECLINED = ("busy", "declined")


@pytest.fixture(params=["tcp", "pty"])
def counter(request, tmp_path):
    built = Counter(tmp_path, request.param)
    built.sale(1)
    yield built
    built.close()


@pytest.fixture
def till(tmp_path):
    """For what does not depend on the line."""
    built = Counter(tmp_path, "tcp")
    built.sale(1)
    yield built
    built.close()


def test_every_fault_of_the_simulator_is_covered():
    named = {*HEALED, *CHARGED, *NOT_CHARGED, *DECLINED, "wrong_amount"}
    assert named == set(FAULTS)


@pytest.mark.parametrize("fault", HEALED)
def test_fault_that_heals_is_one_charge(counter, fault):
    """FAULT-58: broken and repeated frames are one charge."""
    counter.simulator.fault(fault)
    result = counter.sale(8800)
    assert (result.state, result.amount_fen) == ("approved", 8800)
    assert result.trace == counter.ledger.entries[-1].trace
    assert counter.ledger.charged_fen() == 8801


@pytest.mark.parametrize("fault", CHARGED)
def test_silence_after_the_charge_is_unknown_and_resolved_by_asking(counter, fault):
    """FAULT-58: charged, and the answer is lost, late or of other echo digits."""
    counter.simulator.fault(fault)
    lost = counter.sale(8800)
    assert (lost.state, lost.amount_fen) == ("unknown", 0)
    # nothing was sent again
    assert counter.ledger.charged_fen() == 8801
    assert counter.driver.status().state == "unknown_tx"
    assert counter.driver.status().unknown_uid == lost.uid
    found = counter.driver.resolve(lost.uid)
    entry = counter.ledger.entries[-1]
    assert (found.state, found.is_adopted) == ("approved", True)
    assert (found.trace, found.ref, found.amount_fen) == (entry.trace, entry.ref, 8800)
    assert counter.driver.resolve(lost.uid) == found
    assert counter.sale(100).state == "approved"
    assert counter.ledger.charged_fen() == 8901


@pytest.mark.parametrize("fault", NOT_CHARGED)
def test_silence_before_the_charge_is_resolved_as_not_charged(counter, fault):
    """FAULT-58: a time-out that charged nothing."""
    counter.simulator.fault(fault)
    lost = counter.sale(8800)
    assert lost.state == "unknown"
    found = counter.driver.resolve(lost.uid)
    assert (found.state, found.code) == ("declined", "not_charged")
    assert counter.sale(8800).state == "approved"
    assert counter.ledger.charged_fen() == 8801


@pytest.mark.parametrize("fault", DECLINED)
def test_clear_no_leaves_nothing_open(counter, fault):
    counter.simulator.fault(fault)
    assert counter.sale(8800).state == "declined"
    assert counter.driver.status().state == "idle"
    assert counter.ledger.charged_fen() == 1


def test_while_one_is_unknown_other_money_is_refused(till):
    till.simulator.fault("lost_answer")
    lost = till.sale(8800, uid="lost")
    asked = till.simulator.requests
    for request in (
        TxRequest("b", "sale", 8800),
        TxRequest("c", "void", 1, orig_trace="000002"),
        TxRequest("d", "settle"),
    ):
        with pytest.raises(Refused, match="lost") as caught:
            till.driver.begin(request)
        assert caught.value.code == "unknown_open"
    # the same uid again asks nothing and charges nothing
    assert till.sale(8800, uid="lost") == lost
    assert till.simulator.requests == asked
    # what moves nothing is allowed
    assert till.run("signin").state == "approved"
    assert till.run("balance").state == "approved"
    # and a sign-in in between does not hide the record
    assert till.driver.resolve("lost").state == "approved"
    assert till.ledger.charged_fen() == 8801


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_request_that_comes_twice_is_carried_out_once(tmp_path, seconds):
    """The terminal's side of the frame: a repeated sequence is the same request."""
    simulator = Simulator(Ledger(), card_seconds=seconds)
    port = TcpPort("127.0.0.1", simulator.start_tcp())
    simulator.ledger.is_signed_in = True
    request = RequestRecord("00", "123", amount_fen=8800).encode()
    port.write(frame.encode("Q", 5, request) * 2)
    decoder, answers = frame.Decoder(), set()
    wait_for(
        lambda: (
            answers.update(
                item.payload for item in decoder.feed(port.read(0.1)) if item.payload
            )
            or answers
        )
    )
    simulator.stop()
    port.close()
    assert [AnswerRecord.decode(data).code for data in answers] == ["00"]
    assert simulator.ledger.charged_fen() == 8800


def test_two_complaints_and_a_restart_are_one_charge(counter):
    """Found by benchmarks/terminal.py: each complaint repeated the request, and the
    restart between the two let the terminal forget that it had charged."""
    counter.simulator.fault("double_nak", "restart_after")
    lost = counter.sale(8800)
    assert lost.state == "unknown"
    assert counter.driver.resolve(lost.uid).state == "approved"
    assert counter.ledger.charged_fen() == 8801


def test_what_was_said_before_is_thrown_away(till, monkeypatch):
    """Half a frame that a device server still held does not swallow the answer."""
    monkeypatch.setattr("o2o_box.terminal.port._FLUSH_SECONDS", 0.2)
    till.simulator._line.greeting = frame.encode("R", 1, b"x" * 148)[:60]
    assert till.sale(8800).state == "approved"
    assert till.simulator.complaints == 0


def test_late_answer_is_not_taken_for_the_next_sale(counter):
    """FAULT-58: devices.md 5.2: this charged twice in an earlier link layer."""
    counter.simulator.fault("late_answer")
    lost = counter.sale(8800)
    counter.simulator.fault("late_frames")
    found = counter.driver.resolve(lost.uid)
    assert (found.state, found.amount_fen) == ("approved", 8800)
    counter.simulator.fault("late_frames", "late_frames")
    assert counter.sale(300).amount_fen == 300
    assert counter.sale(400).amount_fen == 400
    assert [entry.amount_fen for entry in counter.ledger.entries] == [
        1,
        8800,
        300,
        400,
    ]


def test_terminal_that_cannot_be_asked_leaves_it_unknown(till):
    till.simulator.fault("lost_answer", "lost_request", "busy")
    lost = till.sale(8800)
    assert till.driver.resolve(lost.uid).state == "unknown"
    assert till.driver.resolve(lost.uid).message == "终端忙"
    assert till.driver.resolve(lost.uid).state == "approved"


def test_slow_customer_is_found_when_done(till):
    """The box gives up, the customer types on."""
    till.simulator.card_seconds = 0.7
    lost = till.sale(8800)
    assert lost.state == "unknown"
    assert till.driver.resolve(lost.uid).state == "unknown"
    wait_for(lambda: till.ledger.charged_fen() == 8801)
    till.simulator.card_seconds = 0
    assert till.driver.resolve(lost.uid).state == "approved"


def test_answer_of_another_amount_is_for_a_person(counter):
    """FAULT-58: charged 88.01 for 88.00."""
    counter.simulator.fault("wrong_amount")
    odd = counter.sale(8800)
    assert (odd.state, odd.code, odd.amount_fen) == ("unknown", "wrong_amount", 8801)
    # the terminal's own record is right
    assert counter.driver.resolve(odd.uid).state == "approved"


def test_record_of_another_amount_is_not_adopted(till):
    """Somebody typed a sale at the terminal itself meanwhile."""
    till.simulator.fault("lost_answer")
    lost = till.sale(8800)
    by_hand(till, 500)
    found = till.driver.resolve(lost.uid)
    assert found.state == "unknown"
    assert "another amount" in found.message


def test_equal_record_from_before_the_request_is_not_adopted(till):
    """Typed by hand for the same amount, ten minutes ago."""
    by_hand(till, 8800, minutes=10)
    till.simulator.fault("lost_request")
    lost = till.sale(8800)
    found = till.driver.resolve(lost.uid)
    assert found.state == "unknown"
    assert "older" in found.message


def test_batch_closed_at_the_terminal_itself_is_for_a_person(till):
    till.simulator.fault("lost_answer")
    lost = till.sale(8800)
    by_hand(till, kind="06")
    found = till.driver.resolve(lost.uid)
    assert (found.state, found.message) == (
        "unknown",
        "the terminal is in another batch",
    )


def test_person_decides_what_no_terminal_can_tell(till):
    till.simulator.fault("lost_answer")
    lost = till.sale(8800)
    by_hand(till, kind="06")
    found = till.driver.decide(lost.uid, True, "slip 6217001234567890123 seen")
    assert (found.state, found.code, found.amount_fen) == ("approved", "by_hand", 8800)
    assert found.message == "slip 621700*********0123 seen"
    with pytest.raises(Refused):
        till.driver.decide(lost.uid, False)
    assert till.sale(100).state == "approved"


def test_record_decided_by_hand_is_not_adopted_by_the_next_sale(till):
    till.simulator.fault("lost_answer")
    lost = till.sale(8800)
    till.driver.decide(lost.uid, True)
    # the sign-in before the sale, then the sale
    till.simulator.fault("", "lost_request")
    second = till.sale(8800)
    assert second.state == "unknown"
    assert till.driver.resolve(second.uid).state == "declined"
    assert till.ledger.charged_fen() == 8801


@pytest.mark.parametrize(
    ("fault", "state"), [("lost_answer", "approved"), ("lost_request", "declined")]
)
@pytest.mark.parametrize("op", ["void", "refund"])
def test_lost_void_and_refund_are_resolved_like_sales(till, op, fault, state):
    sale = till.sale(8800)
    till.simulator.fault(fault)
    values = (
        {"orig_trace": sale.trace}
        if op == "void"
        else {"orig_ref": sale.ref, "orig_date": sale.at[:10].replace("-", "")}
    )
    lost = till.run(op, 8800, **values)
    assert lost.state == "unknown"
    assert till.driver.resolve(lost.uid).state == state
    assert till.ledger.count(op) == (state == "approved")


@pytest.mark.parametrize(
    ("fault", "state"), [("lost_answer", "approved"), ("lost_request", "declined")]
)
def test_lost_settlement_is_resolved_by_its_batch(till, fault, state):
    """POS-16: never settled twice, never assumed."""
    till.simulator.fault(fault)
    lost = till.run("settle")
    assert lost.state == "unknown"
    assert till.driver.resolve(lost.uid).state == state
    batch = {"approved": "000002", "declined": "000001"}[state]
    assert till.sale(8800).batch == batch


def test_lost_sign_in_and_balance_leave_nothing_open(till):
    for op in ("signin", "balance", "reprint"):
        till.simulator.fault("lost_answer")
        result = till.run(op)
        assert (result.state, result.code) == ("declined", "silence")
    assert till.sale(8800).state == "approved"


def test_voucher_numbers_begin_again_at_the_end(tmp_path):
    built = Counter(tmp_path, "tcp", ledger=Ledger(trace=999_997))
    assert built.sale(1).trace == "999999"
    built.simulator.fault("lost_answer")
    lost = built.sale(2)
    found = built.driver.resolve(lost.uid)
    built.close()
    assert (found.state, found.trace) == ("approved", "000001")


def test_unplugged_line_comes_back(tmp_path):
    built = Counter(tmp_path, "tcp")
    built.sale(1)
    port = built.settings.port
    built.simulator.stop()
    assert built.sale(2).code == "offline"
    built.simulator = Simulator(built.ledger)
    built.simulator.start_tcp(port=port)
    assert built.sale(3).state == "approved"
    built.close()
    assert built.ledger.charged_fen() == 4


@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.integers(1, 999_999), st.sampled_from(("", *FAULTS))),
        min_size=4,
        max_size=5,
    )
)
def test_charges_equal_what_the_box_knows(counter, sales):
    """To the fen, whatever goes wrong; the long run is benchmarks/terminal.py."""
    before = counter.ledger.charged_fen()
    known = 0
    for amount, fault in sales:
        if fault == "wrong_amount":
            continue
        counter.simulator.clear_faults()
        counter.simulator.fault(fault)
        result = counter.sale(amount)
        limit = time.monotonic() + 10
        while result.state == "unknown" and time.monotonic() < limit:
            result = counter.driver.resolve(result.uid)
        assert result.is_final
        known += result.amount_fen
        assert counter.ledger.charged_fen() - before == known


def by_hand(counter, amount_fen=0, kind="00", minutes=0):
    """Something done at the terminal itself."""
    counter.ledger.handle(RequestRecord(kind, "000", amount_fen=amount_fen))
    if minutes:
        last = counter.ledger._entries[-1]
        object.__setattr__(last, "at", last.at - timedelta(minutes=minutes))
