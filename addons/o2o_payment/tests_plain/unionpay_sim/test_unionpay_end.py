"""Issue 6: how an order at UnionPay ends, and how it is cancelled."""

import pytest
import requests
from unionpay_helpers import (
    client_of,
    new_code,
    new_order,
)
from unionpay_sim_helpers import LOST, UNPROVEN, paid_order, state_of

from o2o_gateway.results import (
    CancelAction,
    PaymentState,
)
from o2o_gateway.unionpay.client import NOT_CLOSABLE


def test_an_order_ends_by_itself(own_sim):
    """FAULT-37: there is no close; after payTimeout nothing but 00 is paid."""
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    code = client.pay_by_qr(order).value
    requests.get(code.text, timeout=5)
    refused = client.close(order.out_no)
    assert refused.is_rejected and refused.code == NOT_CLOSABLE
    own_sim.clock.advance(15 * 60 + 30)
    # for clocks that differ
    assert state_of(client, order) is PaymentState.WAITING
    own_sim.clock.advance(60)
    assert state_of(client, order) is PaymentState.CLOSED
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.CLOSED


def test_a_page_that_nobody_opened_ends_too(own_sim):
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    assert client.close(order.out_no).code == NOT_CLOSABLE
    own_sim.clock.advance(17 * 60)
    assert client.close(order.out_no).value.state is PaymentState.CLOSED


def test_paid_in_the_last_second(own_sim):
    """FAULT-37: what was paid in time is paid, however late we ask."""
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    code = client.pay_by_qr(order).value
    own_sim.clock.advance(15 * 60 - 5)
    requests.post(code.text, {"action": "pay"}, timeout=5)
    own_sim.clock.advance(3600)
    assert client.close(order.out_no).value.state is PaymentState.PAID


def test_a_payer_who_refuses(sim, client, order):
    code = client.pay_by_qr(order).value
    requests.get(code.text, timeout=5)
    requests.post(code.text, {"action": "no"}, timeout=5)
    assert state_of(client, order) is PaymentState.FAILED
    assert client.close(order.out_no).value.state is PaymentState.FAILED


def test_a_payment_by_code_is_reversed(sim, client, order):
    """The payer never confirms: the reversal names the payment itself."""
    sim.faults.add("unionpay.pay", "ask_payer")
    client.pay_by_code(order, new_code())
    assert state_of(client, order) is PaymentState.WAITING
    assert client.cancel(order.out_no).value.action is CancelAction.CLOSED
    assert state_of(client, order) is PaymentState.FAILED
    # asked again: there is nothing left to cancel
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING


def test_a_payment_by_code_does_not_end_by_itself(own_sim):
    """It has no payTimeout: undecided stays undecided, until it is reversed."""
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    own_sim.faults.add("unionpay.pay", "ask_payer")
    client.pay_by_code(order, new_code())
    own_sim.clock.advance(3600)
    assert state_of(client, order) is PaymentState.WAITING
    assert client.close(order.out_no).code == NOT_CLOSABLE
    assert client.cancel(order.out_no).value.action is CancelAction.CLOSED


def test_cancelling_what_is_not_there(client, order):
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING


def test_a_payment_is_voided_on_its_day(sim, client):
    order = paid_order(client, sim)
    done = client.cancel(order.out_no).value
    assert done.action is CancelAction.REFUNDED and done.provider_no
    trade = sim.unionpay.ledger.find(order.out_no)
    assert trade.refunded_fen == 10000
    assert [one.refund_no for one in trade.refunds] == [f"V{order.out_no}"]
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert len(trade.refunds) == 1


@pytest.mark.parametrize("fault", LOST + UNPROVEN[:-1])
@pytest.mark.parametrize("route", ["reverse", "void"])
def test_a_cancellation_whose_answer_is_lost(sim, client, order, route, fault):
    """FAULT-33: called again until it is known; one cancellation."""
    if route == "reverse":
        sim.faults.add("unionpay.pay", "ask_payer")
    client.pay_by_code(order, new_code())
    sim.faults.add(f"unionpay.{route}", fault)
    assert client.cancel(order.out_no).is_unknown
    assert client.cancel(order.out_no).is_ok
    trade = sim.unionpay.ledger.find(order.out_no)
    assert trade.refunded_fen == (10000 if route == "void" else 0)
    assert trade.state == "closed"


@pytest.mark.parametrize("ways", [[], ["no_void"]])
def test_a_cancellation_that_is_refused_after_it_was_done(sim, client, ways):
    """FAULT-33, 44: the answer is lost, and the next sending is refused for another
    reason: a refusal is of that sending, the money has gone back."""
    order = paid_order(client, sim)
    for fault in ways:
        sim.faults.add("unionpay.void", fault)
    sim.faults.add("unionpay.refund" if ways else "unionpay.void", "lost_after")
    assert client.cancel(order.out_no).is_unknown
    for route in ("void", "refund"):
        sim.faults.add(f"unionpay.{route}", "no_money")
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert len(sim.unionpay.ledger.find(order.out_no).refunds) == 1


def test_a_cancellation_that_is_refused(sim, client):
    """FAULT-33: nothing went back, now or before."""
    order = paid_order(client, sim)
    for route in ("void", "refund"):
        sim.faults.add(f"unionpay.{route}", "no_money")
    assert client.cancel(order.out_no).is_rejected
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 0


def test_a_reversal_that_comes_too_late(sim, client, order):
    """Paid between query and reversal: reversed all the same, and not in the bill."""
    sim.faults.add("unionpay.pay", "ask_payer")
    client.pay_by_code(order, new_code())
    sim.unionpay.pay(order.out_no)
    sim.faults.add("unionpay.query", "still_open")
    assert client.cancel(order.out_no).value.action is CancelAction.CLOSED
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 10000
    assert state_of(client, order) is PaymentState.FAILED


def test_an_order_arrives_after_it_was_cancelled(sim, client, order):
    """FAULT-26: "nothing to cancel" is of that moment; a query still tells."""
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING
    assert client.pay_by_code(order, new_code()).is_ok
    assert state_of(client, order) is PaymentState.PAID
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
