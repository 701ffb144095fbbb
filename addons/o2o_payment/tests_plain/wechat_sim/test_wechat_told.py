"""Issue 6: what WeChat Pay tells a shop."""

import pytest
from wechat_sim_helpers import client_of, new_code, new_order, refund_of

from o2o_gateway.outcome import INVALID, NOT_AUTHENTIC, UNKNOWN_KEY
from o2o_gateway.results import (
    EventKind,
    RefundState,
)
from o2o_gateway.wechat.sealed import CANNOT_OPEN
from o2o_gateway.wechat.signing import PROBE


def test_a_payment_is_told_and_acknowledged(sim, shop):
    shop.gateway = client_of(sim)
    order = new_order(sim, notify_url=shop.url)
    shop.gateway.pay_by_qr(order)
    sim.wechat.pay(order.out_no)
    told = shop.wait(1)[0].value
    assert told.kind is EventKind.PAYMENT
    assert (told.payment.out_no, told.payment.amount_fen) == (order.out_no, 10000)


def test_a_refund_is_told(sim, shop):
    """FAULT-48: each end of a refund comes by notification too."""
    shop.gateway = client_of(sim)
    order = new_order(sim)
    shop.gateway.pay_by_code(order, new_code())
    for count, (word, state) in enumerate(
        [
            ("ABNORMAL", RefundState.ABNORMAL),
            ("CLOSED", RefundState.FAILED),
            ("SUCCESS", RefundState.DONE),
        ],
        1,
    ):
        refund = refund_of(order, 100, notify_url=shop.url)
        sim.faults.add("wechat.refund", "processing")
        shop.gateway.refund(refund)
        sim.wechat.settle_refund(refund.refund_no, word)
        told = shop.wait(count)[-1].value
        assert told.kind is EventKind.REFUND
        assert (told.refund.refund_no, told.refund.state) == (refund.refund_no, state)


def test_a_refund_told_by_version_2(sim, shop):
    """FAULT-22: no address with the refund, an old one in the console."""
    shop.gateway = client_of(sim)
    order = new_order(sim)
    shop.gateway.pay_by_code(order, new_code())
    sim.wechat.postbox.console_url = shop.url
    try:
        shop.gateway.refund(refund_of(order, 100))
        outcome = shop.wait(1)[0]
    finally:
        sim.wechat.postbox.console_url = ""
    assert outcome.is_rejected and "API v2" in outcome.reason


def test_one_event_five_times_and_eight_at_once(sim, shop):
    """FAULT-1, FAULT-2: one key."""
    shop.gateway = client_of(sim)
    for count, name in ((5, "duplicate"), (13, "together")):
        order = new_order(sim, notify_url=shop.url)
        shop.gateway.pay_by_qr(order)
        sim.faults.add("wechat.notify", name)
        sim.wechat.pay(order.out_no)
        assert all(one.is_ok for one in shop.wait(count))
    assert len(shop.taken) == 2


def test_what_was_not_taken_comes_again_freshly_signed(sim, shop):
    """FAULT-3: hours later the signature is of then, not of the first try."""
    shop.gateway, shop.refusals = client_of(sim), 8
    order = new_order(sim, notify_url=shop.url)
    shop.gateway.pay_by_qr(order)
    sim.wechat.pay(order.out_no)
    for count, pause in enumerate(sim.wechat.retries[:8], 1):
        assert shop.wait(count)[-1].is_ok and not shop.taken
        sim.clock.advance(pause)
    shop.wait(9)
    assert [one.payment.out_no for one in shop.taken.values()] == [order.out_no]


@pytest.mark.parametrize(
    ("fault", "code", "is_rejected"),
    [
        ("tampered", NOT_AUTHENTIC, True),
        ("wrong_key", NOT_AUTHENTIC, True),
        ("unsigned", NOT_AUTHENTIC, True),
        ("old", NOT_AUTHENTIC, True),
        ("probe", PROBE, True),
        ("wrong_merchant", INVALID, True),
        ("unknown_serial", UNKNOWN_KEY, False),
        ("wrong_api_key", CANNOT_OPEN, False),
    ],
)
def test_a_notification_that_is_wrong(sim, shop, fault, code, is_rejected):
    """FAULT-5, 8, 9, 16, 17, 18, 21: none is stored, none causes a call."""
    shop.gateway = client_of(sim)
    order = new_order(sim, notify_url=shop.url)
    shop.gateway.pay_by_qr(order)
    sim.faults.add("wechat.notify", fault)
    # the next call of ours would be played this: there is none
    sim.faults.add("wechat.certificates", "lost_before")
    sim.wechat.pay(order.out_no)
    outcome = shop.wait(1)[0]
    assert (outcome.is_rejected, outcome.code) == (is_rejected, code)
    assert shop.taken == {}
    assert sim.faults.take("wechat.certificates") is not None


def test_a_wrong_amount_is_told_as_it_is(sim, shop):
    """FAULT-6: WeChat Pay signs it; who compares is the caller."""
    shop.gateway = client_of(sim)
    order = new_order(sim, notify_url=shop.url)
    shop.gateway.pay_by_qr(order)
    sim.faults.add("wechat.notify", "wrong_amount")
    sim.wechat.pay(order.out_no)
    assert shop.wait(1)[0].value.payment.amount_fen == 10100
    assert shop.gateway.query(order.out_no).value.amount_fen == 10000


def test_notifications_in_the_grey_week(sim, shop):
    """FAULT-19: public key and certificate take turns."""
    sim.wechat.identity.mode = "grey"
    shop.gateway = client_of(sim)
    for count in range(1, 5):
        order = new_order(sim, notify_url=shop.url)
        shop.gateway.pay_by_qr(order)
        sim.wechat.pay(order.out_no)
        assert shop.wait(count)[-1].is_ok
