"""Money that goes back, once and no more than was paid."""

import threading

import pytest
from alipay_helpers import LOST, UNPROVEN, new_code, refund_of

from o2o_gateway.results import RefundState


@pytest.mark.parametrize("fault", LOST + UNPROVEN)
def test_a_refund_whose_answer_is_lost_is_made_once(sim, client, order, fault):
    """FAULT-44: the same number again is the same refund."""
    client.pay_by_code(order, new_code())
    refund = refund_of(order, 6000)
    sim.faults.add("alipay.trade.refund", fault)
    assert client.refund(refund).is_unknown
    again = client.refund(refund).value
    assert (again.state, again.total_refunded_fen) == (RefundState.PENDING, 6000)
    found = client.query_refund(order.out_no, refund.refund_no).value
    assert (found.state, found.amount_fen) == (RefundState.DONE, 6000)
    assert sim.alipay.ledger.find(order.out_no).refunded_fen == 6000


@pytest.mark.parametrize(
    "fault", [{"name": "status", "status": 429}, {"name": "rate_limit"}]
)
def test_a_refund_that_was_not_done_is_absent(sim, client, order, fault):
    """FAULT-47: refused for the moment, then done."""
    client.pay_by_code(order, new_code())
    refund = refund_of(order, 6000)
    sim.faults.add("alipay.trade.refund", **fault)
    assert client.refund(refund).is_unknown
    found = client.query_refund(order.out_no, refund.refund_no).value
    assert found.state is RefundState.ABSENT
    assert client.refund(refund).value.state is RefundState.DONE


def test_no_change_of_funds_is_not_done(sim, client, order):
    """FAULT-49: fund_change=N says "ask", whatever else the answer says."""
    client.pay_by_code(order, new_code())
    sim.faults.add("alipay.trade.refund", "no_change")
    refund = refund_of(order, 100)
    assert client.refund(refund).value.state is RefundState.PENDING


def test_more_than_was_paid_never_goes_back(sim, client, order):
    """FAULT-46, FAULT-50: three times 60 of 100; one fen too much; another amount."""
    client.pay_by_code(order, new_code())
    first = refund_of(order, 6000)
    assert client.refund(first).value.state is RefundState.DONE
    for amount in (6000, 6000, 4001):
        outcome = client.refund(refund_of(order, amount))
        assert outcome.is_rejected
        assert outcome.code == "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    changed = refund_of(order, 5000, refund_no=first.refund_no)
    outcome = client.refund(changed)
    assert outcome.code == "ACQ.DISCORDANT_REPEAT_REQUEST"
    assert sim.alipay.ledger.find(order.out_no).refunded_fen == 6000


def test_two_refunds_at_once_exceed_nothing(sim, client, order):
    """FAULT-45: one of them is refused."""
    client.pay_by_code(order, new_code())
    outcomes = []
    refunds = [refund_of(order, 6000) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda one=one: outcomes.append(client.refund(one)))
        for one in refunds
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.is_ok for one in outcomes) == [False, True]
    assert sim.alipay.ledger.find(order.out_no).refunded_fen == 6000


def test_refunds_that_are_refused(sim, client, order):
    """FAULT-50: unpaid, unknown, no money, after twelve months."""
    assert client.refund(refund_of(order, 1)).code == "ACQ.TRADE_NOT_EXIST"
    sim.faults.add("alipay.trade.pay", "ask_payer")
    client.pay_by_code(order, new_code())
    assert client.refund(refund_of(order, 1)).code == "ACQ.TRADE_STATUS_ERROR"
    sim.alipay.pay(order.out_no)
    sim.faults.add("alipay.trade.refund", "no_money")
    poor = client.refund(refund_of(order, 1))
    assert poor.is_rejected and "too little money" in poor.reason
    sim.clock.advance(366 * 24 * 3600)
    assert client.refund(refund_of(order, 1)).code == "ACQ.TRADE_HAS_FINISHED"
    assert client.query(order.out_no).value.is_final
