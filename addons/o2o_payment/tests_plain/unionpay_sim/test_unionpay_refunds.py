"""Issue 6: money that goes back through UnionPay: void, refund, lost answers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unionpay_helpers import (
    client_of,
    new_code,
    new_order,
    refund_of,
)
from unionpay_sim_helpers import LOST, UNPROVEN, paid_order

from o2o_gateway.outcome import (
    INVALID,
    NOT_SENT,
    rejected,
)
from o2o_gateway.results import (
    CancelAction,
    PaymentState,
    RefundState,
)
from o2o_gateway.transport import Transport
from o2o_gateway.unionpay.client import NOT_PAID


def test_a_whole_refund_on_the_same_day_is_a_void(sim, client):
    order = paid_order(client, sim)
    wanted = refund_of(order, 10000)
    assert client.refund(wanted).value.state is RefundState.PENDING
    assert sim.unionpay.entries[wanted.refund_no].kind == "31"
    done = client.query_refund(order.out_no, wanted.refund_no).value
    assert (done.state, done.amount_fen) == (RefundState.DONE, 10000)


def test_a_bank_without_voids_gets_a_refund(sim, client):
    order = paid_order(client, sim)
    wanted = refund_of(order, 10000)
    sim.faults.add("unionpay.void", "no_void")
    assert client.refund(wanted).is_ok
    second = f"{wanted.refund_no}R"
    assert sim.unionpay.entries[second].kind == "04"
    done = client.query_refund(order.out_no, wanted.refund_no).value
    assert done.state is RefundState.DONE
    assert done.refund_no == wanted.refund_no
    # pressed again: still one refund
    assert client.refund(wanted).value.state is RefundState.DONE
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 10000


@pytest.mark.parametrize(
    ("hours", "kind"),
    [(10.8, "31"), (10.95, "04"), (11.1, "04"), (25, "04")],
    ids=["22:48", "22:57", "23:06", "next day"],
)
def test_a_void_ends_at_eleven(own_sim, hours, kind):
    """FAULT-69: the day of settlement ends at 23:00, ten minutes before is too close.

    The payment is of noon in Beijing.
    """
    client = client_of(own_sim)
    order = paid_order(client, own_sim)
    own_sim.clock.advance(hours * 3600)
    wanted = refund_of(order, 10000)
    assert client.refund(wanted).is_ok
    assert own_sim.unionpay.entries[wanted.refund_no].kind == kind


def test_voids_can_be_turned_off(sim):
    client = client_of(sim, uses_voids=False)
    order = paid_order(client, sim)
    wanted = refund_of(order, 10000)
    assert client.refund(wanted).is_ok
    assert sim.unionpay.entries[wanted.refund_no].kind == "04"


@pytest.mark.parametrize("fault", LOST + UNPROVEN)
@pytest.mark.parametrize(("amount", "route"), [(3000, "refund"), (10000, "void")])
def test_a_refund_whose_answer_is_lost_is_one_refund(sim, client, fault, amount, route):
    """FAULT-44: same number, called again, asked: given back once."""
    order = paid_order(client, sim)
    wanted = refund_of(order, amount)
    sim.faults.add(f"unionpay.{route}", fault)
    assert client.refund(wanted).is_unknown
    assert client.query_refund(order.out_no, wanted.refund_no).value.state is (
        RefundState.DONE
    )
    assert client.refund(wanted).value.state is RefundState.DONE
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == amount


@pytest.mark.parametrize("fault", ["lost_before", "pending_before", "status"])
def test_a_refund_that_was_not_made_is_tried_again(sim, client, fault):
    """FAULT-47."""
    order = paid_order(client, sim)
    wanted = refund_of(order, 3000)
    sim.faults.add("unionpay.refund", fault)
    assert client.refund(wanted).is_unknown
    assert client.query_refund(order.out_no, wanted.refund_no).value.state is (
        RefundState.ABSENT
    )
    assert client.refund(wanted).is_ok
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 3000


@pytest.mark.parametrize("hours", [0.2, 30])
@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "fails_later"])
@pytest.mark.parametrize(("amount", "route"), [(3000, "refund"), (10000, "void")])
def test_a_refund_is_tried_again_much_later(own_sim, fault, amount, route, hours):
    """FAULT-44, FAULT-47: after an outage, when UnionPay takes its moment no more.

    What was done is found, what never arrived goes out under the second number; what
    failed as a refund needs a new number, what failed as a void is refunded.
    """
    client = client_of(own_sim)
    order = paid_order(client, own_sim)
    wanted = refund_of(order, amount)
    own_sim.faults.add(f"unionpay.{route}", fault)
    client.refund(wanted)
    own_sim.clock.advance(hours * 3600)
    again = client.refund(wanted)
    is_over = fault == "fails_later" and route == "refund"
    assert again.is_rejected if is_over else again.is_ok
    expected = RefundState.FAILED if is_over else RefundState.DONE
    found = client.query_refund(order.out_no, wanted.refund_no).value
    assert found.state is expected
    # and once more: nothing moves any more
    client.refund(wanted)
    given_back = own_sim.unionpay.ledger.find(order.out_no).refunded_fen
    assert given_back == (0 if is_over else amount)


def test_three_times_sixty_of_a_hundred(sim, client):
    """FAULT-45, FAULT-46: UnionPay keeps the sum too."""
    order = paid_order(client, sim)
    outcomes = [client.refund(refund_of(order, 6000)) for _ in range(3)]
    assert [one.is_ok for one in outcomes] == [True, False, False]
    assert all(one.is_rejected for one in outcomes[1:])
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 6000


def test_two_refunds_at_once(sim, client):
    """FAULT-45: six tills give back 60 of 100; one of them does."""
    order = paid_order(client, sim)
    wanted = [refund_of(order, 6000) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(client.refund, wanted))
    assert sum(one.is_ok for one in outcomes) == 1
    assert all(one.is_ok or one.is_rejected for one in outcomes)
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 6000


def test_one_refund_at_once_from_many(sim, client):
    """FAULT-44: the same number from six tills is one refund."""
    order = paid_order(client, sim)
    wanted = refund_of(order, 6000)
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(client.refund, [wanted] * 6))
    assert all(one.is_ok for one in outcomes)
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 6000


def test_a_refund_takes_its_time_or_fails(own_sim):
    """FAULT-48: pending, then done; accepted, then failed."""
    client = client_of(own_sim)
    order = paid_order(client, own_sim)
    slow, lost = refund_of(order, 3000), refund_of(order, 2000)
    own_sim.faults.add("unionpay.refund", "slow")
    own_sim.faults.add("unionpay.refund", "fails_later")
    assert client.refund(slow).value.state is RefundState.PENDING
    assert client.refund(lost).value.state is RefundState.PENDING

    def state(wanted):
        return client.query_refund(order.out_no, wanted.refund_no).value.state

    assert state(slow) is RefundState.PENDING
    assert state(lost) is RefundState.FAILED
    own_sim.clock.advance(11 * 60)
    assert state(slow) is RefundState.DONE
    again = client.refund(lost)
    assert again.is_rejected and again.code == "99"


@pytest.mark.parametrize("route", ["refund", "void"])
def test_a_cancelled_payment_takes_its_time(own_sim, route):
    """FAULT-33: on its way is unknown; called again, it is done."""
    client = client_of(own_sim)
    order = paid_order(client, own_sim)
    if route == "refund":
        own_sim.clock.advance(24 * 3600)
    own_sim.faults.add(f"unionpay.{route}", "slow")
    assert client.cancel(order.out_no).is_unknown
    assert client.cancel(order.out_no).is_unknown
    own_sim.clock.advance(11 * 60)
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert own_sim.unionpay.ledger.find(order.out_no).refunded_fen == 10000


def test_a_void_that_fails_later_is_followed_by_a_refund(sim, client):
    """FAULT-48: accepted, then nothing came of it; called again, it is refunded."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.void", "fails_later")
    assert client.cancel(order.out_no).is_unknown
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    [refund] = sim.unionpay.ledger.find(order.out_no).refunds
    assert refund.refund_no == f"V{order.out_no}R"
    # and if that fails too, somebody has to know
    other = paid_order(client, sim)
    sim.faults.add("unionpay.void", "fails_later")
    sim.faults.add("unionpay.refund", "fails_later")
    assert client.cancel(other.out_no).is_unknown
    assert client.cancel(other.out_no).is_unknown
    assert client.cancel(other.out_no).is_rejected


def test_a_void_that_did_not_leave_is_no_reason_for_a_refund(sim, client):
    """FAULT-40: the line breaks between the query and the void."""
    order = paid_order(client, sim)
    wanted = refund_of(order, 10000)

    class Broken(Transport):
        def exchange(self, method, path="", **more):
            if path.endswith("backTransReq.do"):
                client._line._transport = working
                return rejected(NOT_SENT, "no line")
            return working.exchange(method, path, **more)

    working = client._line._transport
    client._line._transport = Broken([sim.url])
    outcome = client.refund(wanted)
    assert outcome.is_rejected and outcome.code == NOT_SENT
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 0
    assert client.refund(wanted).is_ok
    assert sim.unionpay.entries[wanted.refund_no].kind == "31"


def test_a_refund_that_is_known_and_not_found_is_unknown(sim, client):
    """FAULT-44: "sent before" and "no such order" at once: nobody knows yet."""
    order = paid_order(client, sim)
    wanted = refund_of(order, 3000)
    client.refund(wanted)

    class Overtaken(Transport):
        def exchange(self, method, path="", **more):
            if path.endswith("backTransReq.do"):
                sim.faults.add("unionpay.query", "not_yet")
            return working.exchange(method, path, **more)

    working = client._line._transport
    client._line._transport = Overtaken([sim.url])
    again = client.refund(wanted)
    assert again.is_unknown and again.code == "12"
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 3000


def test_cancelling_what_is_over_sends_nothing(own_sim):
    client = client_of(own_sim)
    order = new_order(client, own_sim.clock)
    requests.get(client.pay_by_qr(order).value.text, timeout=5)
    own_sim.clock.advance(3600)
    own_sim.faults.add("unionpay.reverse", "status")
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING


def test_a_cancellation_that_cannot_be(sim, client):
    """The account is empty: a person has to know."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.void", "no_money")
    sim.faults.add("unionpay.refund", "no_money")
    outcome = client.cancel(order.out_no)
    assert outcome.is_rejected and outcome.code == "51"


def test_a_refund_whose_payment_still_looks_open(sim, client):
    """FAULT-50: a query that lags behind ends no refund."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.query", "still_open")
    outcome = client.refund(refund_of(order, 100))
    assert outcome.is_unknown and outcome.code == NOT_PAID
    assert client.refund(refund_of(order, 100)).is_ok


def test_refunds_that_cannot_be(own_sim):
    """FAULT-50: not paid, another amount, an empty account, eleven months."""
    client = client_of(own_sim)
    absent = new_order(client, own_sim.clock)
    outcome = client.refund(refund_of(absent, 100))
    assert outcome.is_rejected and outcome.code == NOT_PAID
    order = paid_order(client, own_sim)
    outcome = client.refund(refund_of(order, 100, paid_fen=10001))
    assert outcome.is_rejected and outcome.code == INVALID
    own_sim.faults.add("unionpay.refund", "no_money")
    outcome = client.refund(refund_of(order, 100))
    assert outcome.is_rejected and outcome.code == "51"
    own_sim.clock.advance(331 * 24 * 3600)
    outcome = client.refund(refund_of(order, 100))
    assert outcome.is_rejected and outcome.code == "62"
    assert own_sim.unionpay.ledger.find(order.out_no).refunded_fen == 0


def test_a_payment_is_not_a_refund(sim, client):
    """A query by the number of a refund is no payment, whatever it says."""
    order = paid_order(client, sim)
    wanted = refund_of(order, 3000)
    client.refund(wanted)
    assert client.query(wanted.refund_no).is_unknown


_PAY_FAULTS = [*LOST, *UNPROVEN, "lost_before", "pending_before", "ask_payer"]


_BACK_FAULTS = [*LOST, *UNPROVEN, "lost_before", "pending_before", "no_void"]


_BACK_FAULTS += ["no_money", "fails_later"]


_faults = st.lists(
    st.one_of(
        st.tuples(st.just("unionpay.pay"), st.sampled_from(_PAY_FAULTS)),
        st.tuples(
            st.sampled_from(["unionpay.refund", "unionpay.void"]),
            st.sampled_from(_BACK_FAULTS),
        ),
        st.tuples(
            st.just("unionpay.query"), st.sampled_from([*LOST, "wrong_key", "not_yet"])
        ),
        st.tuples(st.just("unionpay.reverse"), st.sampled_from(LOST)),
    ),
    max_size=6,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example([("unionpay.pay", "ask_payer")], [100])
@given(_faults, st.lists(st.sampled_from([100, 4000, 6000, 10000]), max_size=3))
def test_whatever_goes_wrong_the_books_agree(sim, client, faults, amounts):
    """FAULT-29, FAULT-30, FAULT-44 to 48 in any order: what we know is what is.

    Each call is repeated with its number until it is known, as a till does it.
    """
    sim.faults.clear()
    for route, name in faults:
        sim.faults.add(route, name)
    order = new_order(client, sim.clock)
    code = new_code()

    def known(call):
        for _try in range(20):
            outcome = call()
            if not outcome.is_unknown:
                return outcome
        raise AssertionError("never known")

    client.pay_by_code(order, code)
    known(lambda: client.query(order.out_no))
    trade = sim.unionpay.ledger.find(order.out_no)
    refunds = [refund_of(order, amount) for amount in amounts]
    for wanted in refunds:
        if trade is not None and trade.state == "waiting":
            # perhaps the query lags behind a payment: there is no end to know of
            assert not client.refund(wanted).is_ok
        else:
            known(lambda wanted=wanted: client.refund(wanted))
    # a query may have overtaken: what is said to be absent is asked for once more
    sim.faults.clear()
    found = [client.query_refund(order.out_no, one.refund_no).value for one in refunds]
    given_back = sum(one.amount_fen for one in found if one.state is RefundState.DONE)
    state = client.query(order.out_no).value.state
    trade = sim.unionpay.ledger.find(order.out_no)
    is_paid = trade is not None and trade.paid_at is not None
    assert (state is PaymentState.PAID) is is_paid
    assert (trade.refunded_fen if trade else 0) == given_back
