"""Calls whose answer is lost, late, wrong, or a refusal."""

from datetime import timedelta

import pytest
import requests
from alipay_helpers import (
    DAY,
    LOST,
    UNPROVEN,
    client_of,
    new_code,
    new_order,
    refund_of,
    state_of,
)

from o2o_gateway.outcome import BAD_ANSWER, NO_ANSWER, NOT_AUTHENTIC
from o2o_gateway.results import PaymentState


@pytest.mark.parametrize("fault", LOST + UNPROVEN)
def test_a_payment_whose_answer_is_lost_is_found_by_asking(sim, client, order, fault):
    """FAULT-29, FAULT-34, FAULT-39: done, but the answer says nothing provable."""
    sim.faults.add("alipay.trade.pay", fault)
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_unknown, outcome
    assert state_of(client, order) is PaymentState.PAID
    assert sim.alipay.ledger.find(order.out_no).state == "paid"


@pytest.mark.parametrize(
    "fault", ["lost_before", "status", "redirect", "system_error_before"]
)
def test_a_payment_that_was_lost_on_the_way_is_made_again(sim, client, order, fault):
    """FAULT-30, FAULT-39: not done; the same number is good for another try."""
    sim.faults.add("alipay.trade.pay", fault)
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert state_of(client, order) is PaymentState.ABSENT
    assert client.pay_by_code(order, code).value.state is PaymentState.PAID


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error_response", NOT_AUTHENTIC),
        ("unsigned", NOT_AUTHENTIC),
        ("bad_signature", NOT_AUTHENTIC),
        ("wrong_key", NOT_AUTHENTIC),
        ("html", BAD_ANSWER),
        ("truncated", BAD_ANSWER),
        ("empty", BAD_ANSWER),
        ("other_trade", BAD_ANSWER),
        ("lost_after", NO_ANSWER),
        ("delay", NO_ANSWER),
    ],
)
def test_no_call_believes_what_is_not_proven(sim, client, fault, code):
    """FAULT-13, FAULT-39: whatever is asked, what is not signed is "unknown"."""

    def ask_about_a_refund(order):
        refund = refund_of(order, 1)
        client.refund(refund)
        return client.query_refund(order.out_no, refund.refund_no)

    calls = {
        "alipay.trade.query": lambda order: client.query(order.out_no),
        "alipay.trade.fastpay.refund.query": ask_about_a_refund,
        "alipay.trade.close": lambda order: client.close(order.out_no),
        "alipay.trade.refund": lambda order: client.refund(refund_of(order, 1)),
        "alipay.trade.cancel": lambda order: client.cancel(order.out_no),
    }
    patient = client
    for route, call in calls.items():
        order = new_order(sim)
        patient.pay_by_code(order, new_code())
        if fault == "other_trade" and route == "alipay.trade.close":
            continue  # a paid one is refused: there is no payment in the answer
        if fault == "delay" and route != "alipay.trade.query":
            continue  # one slow call is enough
        if fault == "delay":
            client = client_of(sim, timeout=(5, 1))
        sim.faults.add(route, fault, seconds=2)
        outcome = call(order)
        assert outcome.is_unknown and outcome.code == code, (route, outcome)


def test_a_status_of_http_is_told(sim, client, order):
    """FAULT-39: the staff reads what came instead of an answer."""
    sim.faults.add("alipay.trade.query", "status", status=503)
    assert "HTTP 503" in client.query(order.out_no).reason


def test_too_many_calls_are_refused_for_certain(sim, client, order):
    """FAULT-39: 40005 is signed and says that nothing was done."""
    sim.faults.add("alipay.trade.pay", "rate_limit")
    assert client.pay_by_code(order, new_code()).is_rejected
    assert client.pay_by_code(order, new_code()).value.state is PaymentState.PAID


def test_an_answer_that_was_lost_is_success_on_the_next_try(sim, client, order):
    """FAULT-35: TRADE_HAS_SUCCESS on a retry is the success path."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    assert client.pay_by_code(order, new_code()).is_unknown
    again = client.pay_by_code(order, new_code()).value
    assert again.state is PaymentState.PAID
    assert sim.alipay.ledger.books()["payments"] >= 1
    assert len([t for t in sim.alipay.ledger.trades() if t.out_no == order.out_no]) == 1


def test_a_number_in_use_is_never_taken_for_free(sim, client, order):
    """FAULT-36: the same number with another amount; what it holds is asked."""
    client.pay_by_code(order, new_code())
    other = new_order(sim, out_no=order.out_no, amount_fen=1)
    outcome = client.pay_by_code(other, new_code())
    assert outcome.is_unknown and outcome.code == "ACQ.CONTEXT_INCONSISTENT"
    assert client.query(order.out_no).value.amount_fen == 10000


def test_a_code_is_made_once_and_ends(sim, client, order):
    """FAULT-37: precreated twice; not scannable after its time."""
    code = client.pay_by_qr(order).value
    assert client.pay_by_qr(order).is_unknown
    sim.clock.advance(16 * 60)
    assert "buttons" not in requests.get(code.text, timeout=5).text
    assert state_of(client, order) is PaymentState.ABSENT


def test_a_code_ends_after_two_hours_whatever_the_order_says(sim, client):
    """FAULT-37: Alipay's own limit."""
    order = new_order(sim, expires_at=sim.clock() + DAY)
    code = client.pay_by_qr(order).value
    assert code.expires_at - sim.clock() <= timedelta(hours=2)


def test_paid_in_the_second_in_which_we_close(sim, client, order):
    """FAULT-26, FAULT-37: closing comes too late, and says so."""
    code = client.pay_by_qr(order).value
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert client.close(order.out_no).value.state is PaymentState.PAID


def test_an_unseen_code_cannot_be_closed(client, order):
    """FAULT-37: it says ABSENT, and the code may still be paid until it ends."""
    code = client.pay_by_qr(order).value
    assert client.close(order.out_no).value.state is PaymentState.ABSENT
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.PAID


def test_a_used_code_is_refused(sim, client, order):
    """FAULT-38: the payer's code is good for one payment."""
    code = new_code()
    assert client.pay_by_code(order, code).is_ok
    outcome = client.pay_by_code(new_order(sim), code)
    assert outcome.is_rejected and outcome.code == "ACQ.PAYMENT_AUTH_CODE_INVALID"


@pytest.mark.parametrize(
    ("wrong", "is_refused"),
    [
        (timedelta(hours=8), True),
        (timedelta(hours=-8), True),
        (timedelta(minutes=11), True),
        (timedelta(minutes=9), False),
    ],
)
def test_a_wrong_clock_is_named(sim, order, wrong, is_refused):
    """FAULT-41: eight hours are the time zone of somebody's server."""
    client = client_of(sim, clock=lambda: sim.clock() + wrong)
    outcome = client.query(order.out_no)
    assert outcome.is_unknown is is_refused
    assert ("clock" in outcome.reason) is is_refused
