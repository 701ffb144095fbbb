"""What Alipay tells, once, twice, late, or somebody else in its name."""

import pytest
from alipay_helpers import new_code, new_order, refund_of, state_of

from o2o_gateway.outcome import INVALID, NOT_AUTHENTIC
from o2o_gateway.results import EventKind, PaymentState


@pytest.fixture
def told(sim, client, shop):
    """Orders that are notified to a shop."""
    shop.gateway = client
    return lambda **more: new_order(sim, notify_url=shop.url, **more)


@pytest.mark.parametrize(("fault", "count"), [("duplicate", 5), ("together", 8)])
def test_one_event_however_often_it_is_told(sim, client, shop, told, fault, count):
    """FAULT-1, FAULT-2: one key for all deliveries, all acknowledged."""
    sim.faults.add("alipay.notify", fault)
    client.pay_by_code(told(), new_code())
    outcomes = shop.wait(count)
    assert all(one.is_ok for one in outcomes)
    assert len(shop.taken) == 1


def test_a_notification_before_our_commit_comes_again(sim, client, shop, told):
    """FAULT-3: "fail" brings it back after four minutes, the same event."""
    shop.refusals = 2
    client.pay_by_code(told(), new_code())
    shop.wait(1)
    assert not shop.taken
    sim.clock.advance(4 * 60 + 1)
    shop.wait(2)
    sim.clock.advance(10 * 60 + 1)
    shop.wait(3)
    assert len(shop.taken) == 1
    assert len({one.value.key for one in shop.outcomes}) == 1


def test_a_late_notification_is_late(sim, client, shop, told):
    """FAULT-4: the query knows long before."""
    sim.faults.add("alipay.notify", "late", seconds=600)
    order = told()
    client.pay_by_code(order, new_code())
    assert state_of(client, order) is PaymentState.PAID
    assert shop.outcomes == []
    sim.clock.advance(601)
    assert shop.wait(1)[0].is_ok


@pytest.mark.parametrize("fault", ["tampered", "wrong_key", "unsigned"])
def test_a_forged_notification_is_refused(sim, client, shop, told, fault):
    """FAULT-5, FAULT-9, FAULT-13: and answered so that the true one comes."""
    sim.faults.add("alipay.notify", fault)
    client.pay_by_code(told(), new_code())
    [outcome] = shop.wait(1)
    assert outcome.is_rejected and outcome.code == NOT_AUTHENTIC
    assert not shop.taken


def test_a_notification_for_somebody_else(sim, client, shop, told):
    """FAULT-8: rightly signed, for another application."""
    sim.faults.add("alipay.notify", "wrong_merchant")
    client.pay_by_code(told(), new_code())
    [outcome] = shop.wait(1)
    assert outcome.is_rejected and outcome.code == INVALID


def test_a_wrong_amount_is_told_as_it_is(sim, client, shop, told):
    """FAULT-6: signed, wrong, twice: the amount is there to be compared each time."""
    order = told()
    for _ in range(2):
        sim.faults.add("alipay.notify", "wrong_amount")
    client.pay_by_code(order, new_code())
    sim.alipay.notify(sim.alipay.ledger.find(order.out_no))
    for outcome in shop.wait(2):
        assert outcome.value.payment.amount_fen == 10100 != order.amount_fen
    assert client.query(order.out_no).value.amount_fen == 10000


def test_a_refund_is_told_with_the_sum(sim, client, shop, told):
    """FAULT-24: a refund is known as one, whatever comes first."""
    sim.alipay.notifies_refunds = True
    try:
        order = told()
        client.pay_by_code(order, new_code())
        refunds = [refund_of(order, amount) for amount in (3000, 7000)]
        for refund in refunds:
            client.refund(refund)
        shop.wait(3)
    finally:
        sim.alipay.notifies_refunds = False
    events = list(shop.taken.values())
    found = {e.refund.refund_no: e.refund for e in events if e.kind is EventKind.REFUND}
    assert [found[one.refund_no].total_refunded_fen for one in refunds] == [3000, 10000]
    assert found[refunds[0].refund_no].refunded_at
    assert sum(e.kind is EventKind.PAYMENT for e in events) == 1
