"""Issue 6: calls to UnionPay that go wrong."""

import pytest
from unionpay_helpers import (
    House,
    client_of,
    new_code,
    new_order,
)
from unionpay_sim_helpers import LOST, UNPROVEN, paid_order, state_of

from o2o_gateway.outcome import (
    BAD_ANSWER,
    INVALID,
    NO_ANSWER,
    NOT_AUTHENTIC,
    NOT_SENT,
)
from o2o_gateway.results import (
    PaymentState,
)
from o2o_gateway.secret import Secret


@pytest.mark.parametrize("fault", LOST + UNPROVEN)
def test_a_payment_whose_answer_is_worth_nothing(sim, client, order, fault):
    """FAULT-29, FAULT-13, FAULT-34, FAULT-39, FAULT-10 to 12: unknown, then asked."""
    sim.faults.add("unionpay.pay", fault)
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_unknown
    assert state_of(client, order) is PaymentState.PAID


@pytest.mark.parametrize(
    "fault", ["lost_before", "pending_before", "status", "redirect"]
)
def test_a_payment_that_was_not_made_and_cannot_be_told(sim, client, order, fault):
    """FAULT-30, FAULT-39: absent, and the same number may be used again."""
    sim.faults.add("unionpay.pay", fault)
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert state_of(client, order) is PaymentState.ABSENT
    assert client.pay_by_code(order, code).is_ok
    assert state_of(client, order) is PaymentState.PAID


@pytest.mark.parametrize("fault", [*LOST, *UNPROVEN[:-1], "too_often"])
def test_a_query_whose_answer_is_worth_nothing(sim, client, fault):
    """FAULT-39: unknown, never "not paid"."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.query", fault)
    assert client.query(order.out_no).is_unknown
    assert state_of(client, order) is PaymentState.PAID


def test_a_query_overtakes_its_order(sim, client):
    """Absent is no proof: the same query says "paid" a second later."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.query", "not_yet")
    sim.faults.add("unionpay.query", "still_open")
    assert state_of(client, order) is PaymentState.ABSENT
    assert state_of(client, order) is PaymentState.WAITING
    assert state_of(client, order) is PaymentState.PAID


def test_what_the_answer_was_signed_by_is_told(sim, client, order):
    """FAULT-10 to 13: the reason names what is wrong."""
    reasons = {
        "wrong_key": (NOT_AUTHENTIC, "chain"),
        "wrong_name": (NOT_AUTHENTIC, "not UnionPay's"),
        "expired": (NOT_AUTHENTIC, "not valid today"),
        "unsigned": (NOT_AUTHENTIC, "signature"),
        "other_trade": (BAD_ANSWER, "something else"),
        "html": (BAD_ANSWER, "no message"),
        "status": (BAD_ANSWER, "502"),
        "lost_after": (NO_ANSWER, "lost"),
    }
    for fault, (code, text) in reasons.items():
        sim.faults.add("unionpay.query", fault)
        outcome = client.query(order.out_no)
        assert outcome.is_unknown
        assert outcome.code == code and text in outcome.reason


def test_the_key_of_somebody_else(sim, client, order):
    """Self-test of a provider: UnionPay's word is in the reason, though unsigned."""
    other = client_of(sim, signing=House().signing())
    outcome = other.query(order.out_no)
    assert outcome.is_unknown and outcome.code == NOT_AUTHENTIC
    assert "9100004" in outcome.reason


def test_nothing_is_sent_to_a_dead_host(sim, order):
    """FAULT-40."""
    dead = client_of(sim, url="http://127.0.0.1:9")
    dead.stamps.order(order)
    outcome = dead.pay_by_code(order, new_code())
    assert outcome.is_rejected and outcome.code == NOT_SENT


def test_a_code_is_used_once(sim, client):
    """FAULT-38."""
    code = new_code()
    assert client.pay_by_code(new_order(client, sim.clock), code).is_ok
    outcome = client.pay_by_code(new_order(client, sim.clock), code)
    assert outcome.is_rejected and outcome.code == "42"


@pytest.mark.parametrize(
    "code", ["", "28" + "1" * 16, "62" + "1" * 16, "62" + "1" * 18, "62" + "a" * 17]
)
def test_a_code_of_another_wallet_is_not_sent(client, order, code):
    outcome = client.pay_by_code(order, Secret(code))
    assert outcome.is_rejected and outcome.code == INVALID


def test_the_same_number_twice_is_one_payment(sim, client, order):
    """FAULT-35, FAULT-36: duplicates are unknown until asked, and charge nothing."""
    assert client.pay_by_code(order, new_code()).is_ok
    again = client.pay_by_code(order, new_code())
    assert again.is_unknown and again.code == "12"
    assert sum(t.out_no == order.out_no for t in sim.unionpay.ledger.trades()) == 1


def test_a_code_of_ours_made_twice(client, order):
    """FAULT-37: the first one stays the only one."""
    assert client.pay_by_qr(order).is_ok
    assert client.pay_by_qr(order).is_unknown
