"""A customer's code at the till, with a gateway that fails."""

from datetime import timedelta

import pytest
from alipay_helpers import new_code

from o2o_gateway.results import CancelAction, PaymentState
from o2o_gateway.till import UNRESOLVED, charge


def wait_by(sim, then=None):
    """A ``sleep`` that moves the simulator's clock; ``then`` runs after each."""

    def sleep(seconds):
        sim.clock.advance(seconds)
        if then:
            then()

    return sleep


def test_the_payer_confirms_at_the_last_moment(sim, client, order):
    """FAULT-31: 10003, then paid at 29 seconds."""
    sim.faults.add("alipay.trade.pay", "ask_payer")
    start = sim.clock()

    def confirm():
        if sim.clock() - start > timedelta(seconds=28):
            trade = sim.alipay.ledger.find(order.out_no)
            if trade.state == "waiting":
                sim.alipay.pay(order.out_no)

    outcome = charge(
        client, order, new_code(), sleep=wait_by(sim, confirm), clock=sim.clock
    )
    assert outcome.value.state is PaymentState.PAID
    assert sim.clock() - start < timedelta(seconds=40)


@pytest.mark.parametrize(
    "faults", [[], ["retry_flag"] * 2, ["lost_before"] * 3, ["rate_limit"] * 2]
)
def test_the_payer_never_confirms(sim, client, order, faults):
    """FAULT-32, FAULT-33: undone after 45 seconds, however often one has to ask."""
    sim.faults.add("alipay.trade.pay", "ask_payer")
    for fault in faults:
        sim.faults.add("alipay.trade.cancel", fault)
    start = sim.clock()
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.CLOSED
    assert sim.alipay.ledger.find(order.out_no).state == "closed"
    assert sim.clock() - start < timedelta(seconds=60)


def test_an_answer_lost_at_the_till_is_found(sim, client, order):
    """FAULT-29: the customer is not charged twice, and not sent away unpaid."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.PAID


@pytest.mark.parametrize("fault", ["lost_after", "rate_limit"])
def test_a_cancellation_that_is_not_decided_gives_back_once(sim, client, order, fault):
    """FAULT-33: paid, never seen by us, cancelled twice: one refund."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    sim.faults.add("alipay.trade.query", "lost_before", times=20)
    sim.faults.add("alipay.trade.cancel", fault)
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.CLOSED
    trade = sim.alipay.ledger.find(order.out_no)
    assert (trade.refunded_fen, len(trade.refunds)) == (10000, 1)


def test_nobody_answers_any_more(sim, client, order):
    """FAULT-33: with no answer at all the outcome is unknown, never "not paid"."""
    sim.faults.add("*", "lost_after", times=50)
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.is_unknown and outcome.code == UNRESOLVED


def test_what_cannot_be_cancelled_is_asked_about(sim, client, order):
    """A cancellation that is refused: then the payment stands."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    sim.faults.add("alipay.trade.query", "lost_before", times=12)
    sim.faults.add("alipay.trade.cancel", "no_money", times=20)
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.PAID
    assert sim.alipay.ledger.find(order.out_no).refunded_fen == 0


def test_cancelling_what_was_never_there(sim, client, order):
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING
    client.pay_by_code(order, new_code())
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING
