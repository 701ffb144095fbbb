"""Issue 6: money that goes back through WeChat Pay."""

import threading

import pytest
import requests
from wechat_sim_helpers import UNPROVEN, new_code, refund_of

from o2o_gateway.results import (
    RefundState,
)
from o2o_gateway.secret import Secret
from o2o_gateway.wechat import PayerCard


@pytest.mark.parametrize("fault", [*UNPROVEN, "lost_before", "rate_limit"])
def test_a_refund_is_one_however_often_it_is_sent(sim, client, order, fault):
    """FAULT-44, FAULT-47."""
    client.pay_by_code(order, new_code())
    refund = refund_of(order, 6000)
    sim.faults.add("wechat.refund", fault)
    assert client.refund(refund).is_unknown
    assert client.refund(refund).value.state is RefundState.DONE
    assert client.refund(refund).value.state is RefundState.DONE
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 6000


def test_three_times_sixty_of_a_hundred(sim, client, order):
    """FAULT-46: WeChat Pay itself refuses the second."""
    client.pay_by_code(order, new_code())
    outcomes = [client.refund(refund_of(order, 6000)) for _ in range(3)]
    assert [one.is_ok for one in outcomes] == [True, False, False]
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 6000


def test_two_refunds_at_once_do_not_exceed_the_payment(sim, client, order):
    """FAULT-45."""
    client.pay_by_code(order, new_code())
    outcomes = []

    def give_back():
        outcomes.append(client.refund(refund_of(order, 6000)))

    threads = [threading.Thread(target=give_back) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sum(one.is_ok for one in outcomes) == 1
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 6000


def test_a_refund_that_cannot_be(sim, client, order):
    """FAULT-50: one fen too much, another amount, no money, after a year."""
    assert client.refund(refund_of(order, 1)).code == "RESOURCE_NOT_EXISTS"
    client.pay_by_code(order, new_code())
    part = refund_of(order, 9999)
    assert client.refund(part).is_ok
    assert client.refund(refund_of(order, 2)).is_rejected
    other = refund_of(order, 9998, refund_no=part.refund_no)
    assert client.refund(other).is_rejected
    assert client.refund(refund_of(order, 1, paid_fen=10001)).is_rejected
    sim.faults.add("wechat.refund", "no_money")
    assert client.refund(refund_of(order, 1)).code == "NOT_ENOUGH"
    sim.clock.advance(366 * 86400)
    assert client.refund(refund_of(order, 1)).code == "INVALID_REQUEST"


def test_a_refund_under_way_fails(sim, client, order):
    """FAULT-48: CLOSED keeps the money with us; a new number tries again."""
    client.pay_by_code(order, new_code())
    refund = refund_of(order, 10000)
    sim.faults.add("wechat.refund", "processing")
    assert client.refund(refund).value.state is RefundState.PENDING
    assert (
        client.query_refund(order.out_no, refund.refund_no).value.word == "PROCESSING"
    )
    sim.wechat.settle_refund(refund.refund_no, "CLOSED")
    found = client.query_refund(order.out_no, refund.refund_no).value
    assert found.state is RefundState.FAILED
    assert client.refund(refund).value.state is RefundState.FAILED
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 0
    assert client.refund(refund_of(order, 10000)).value.state is RefundState.DONE


def test_a_refund_that_cannot_reach_the_payer(sim, client, order):
    """FAULT-48: ABNORMAL; to the payer's card, which only WeChat Pay can read."""
    client.pay_by_code(order, new_code())
    refund = refund_of(order, 500)
    sim.faults.add("wechat.refund", "processing")
    client.refund(refund)
    sim.wechat.settle_refund(refund.refund_no, "ABNORMAL")
    found = client.query_refund(order.out_no, refund.refund_no).value
    assert found.state is RefundState.ABNORMAL
    card = PayerCard("ICBC_DEBIT", Secret("6222021234567890123"), Secret("张三"))
    assert client.settle_abnormal_refund(found, card).value.state is RefundState.PENDING
    sim.wechat.settle_refund(refund.refund_no, "SUCCESS")
    done = client.query_refund(order.out_no, refund.refund_no).value
    assert done.state is RefundState.DONE
    assert client.settle_abnormal_refund(found).is_rejected


def test_a_refund_under_way_by_remote_control(sim, client, order):
    """What another process needs: the fault, and how the refund ends."""

    def control(command, **arguments):
        return requests.post(
            f"{sim.url}/_sim/{command}",
            json=arguments,
            headers={"X-Sim-Token": sim.token},
            timeout=5,
        ).status_code

    client.pay_by_code(order, new_code())
    refund = refund_of(order, 100)
    assert control("fault", route="wechat.refund", name="processing") == 200
    assert control("fault", route="wechat.notify", name="probe") == 200
    assert client.refund(refund).value.state is RefundState.PENDING
    settle = {"gateway": "wechat", "refund_no": refund.refund_no}
    assert control("settle_refund", **settle, word="LATER") == 400
    other = {**settle, "gateway": "alipay"}
    assert control("settle_refund", **other, word="SUCCESS") == 400
    assert control("settle_refund", **settle, word="SUCCESS") == 200
    assert client.query_refund(order.out_no, refund.refund_no).value.word == "SUCCESS"
    assert control("settle_refund", **settle, word="CLOSED") == 409
    assert (
        control("settle_refund", gateway="wechat", refund_no="R", word="CLOSED") == 400
    )
    assert control("rotate", gateway="wechat") == 400
