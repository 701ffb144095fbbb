"""Issue 6: a code at a till, asked for until there is an end."""

from datetime import timedelta

from unionpay_helpers import (
    client_of,
    new_code,
    new_order,
)

from o2o_gateway.results import (
    PaymentState,
)
from o2o_gateway.till import UNRESOLVED, charge
from o2o_gateway.unionpay import PATIENCE, QUERY_AFTER, next_query


def wait_by(sim):
    return lambda seconds: sim.clock.advance(seconds)


def test_at_the_till_paid_at_once(own_sim):
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    outcome = charge(
        client,
        order,
        new_code(),
        sleep=wait_by(own_sim),
        clock=own_sim.clock,
        patience=PATIENCE,
    )
    assert outcome.value.state is PaymentState.PAID


def test_at_the_till_the_payer_confirms_late_or_never(own_sim):
    """FAULT-31, FAULT-32: paid at 29 s; never paid, then reversed."""
    client = client_of(own_sim)
    for confirms in (True, False):
        order = new_order(client, own_sim.clock)
        own_sim.faults.add("unionpay.pay", "ask_payer")
        begun = own_sim.clock()

        def sleep(seconds, order=order, begun=begun, confirms=confirms):
            own_sim.clock.advance(seconds)
            trade = own_sim.unionpay.ledger.find(order.out_no)
            is_late = own_sim.clock() - begun > timedelta(seconds=29)
            if confirms and is_late and trade.state == "waiting":
                own_sim.unionpay.pay(order.out_no)

        outcome = charge(
            client,
            order,
            new_code(),
            sleep=sleep,
            clock=own_sim.clock,
            patience=PATIENCE,
        )
        expected = PaymentState.PAID if confirms else PaymentState.CLOSED
        assert outcome.value.state is expected
        assert (own_sim.unionpay.ledger.find(order.out_no).paid_at is not None) is (
            confirms
        )


def test_at_the_till_nobody_answers(own_sim):
    """No second charge before somebody has found out."""
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    own_sim.faults.add("unionpay.pay", "lost_after")
    own_sim.faults.add("unionpay.query", "status", times=99)
    outcome = charge(
        client,
        order,
        new_code(),
        sleep=wait_by(own_sim),
        clock=own_sim.clock,
        patience=PATIENCE,
    )
    assert outcome.is_unknown and outcome.code == UNRESOLVED


def test_when_to_ask(own_sim):
    """payments.md §2.3: six times, 1, 2, 4, 8, 16, 32 seconds apart."""
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    own_sim.faults.add("unionpay.pay", "ask_payer")
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        own_sim.clock.advance(seconds)

    outcome = charge(
        client,
        order,
        new_code(),
        sleep=sleep,
        clock=own_sim.clock,
        patience=PATIENCE,
    )
    assert outcome.value.state is PaymentState.CLOSED
    assert slept == list(QUERY_AFTER)
    waits = [next_query(asked) for asked in range(7)]
    assert [one.total_seconds() for one in waits[:6]] == list(QUERY_AFTER)
    assert QUERY_AFTER == (1, 2, 4, 8, 16, 32)
    assert waits[6] is None and next_query(-1) is None
