"""Issue 6: bills of UnionPay agree with its books."""

import base64
from datetime import date, timedelta

import pytest
from unionpay_helpers import (
    MERCHANT,
    NOON,
    client_of,
    new_code,
    new_order,
    refund_of,
)
from unionpay_sim_helpers import LOST, UNPROVEN, answers, paid_order

from o2o_gateway.clock import compact_beijing
from o2o_gateway.gateway import BILL_EMPTY, BILL_NOT_READY
from o2o_gateway.outcome import (
    BAD_ANSWER,
    INVALID,
)
from o2o_gateway.results import (
    LineKind,
)
from o2o_gateway.unionpay.times import settlement_day


def test_the_books_and_the_bill_agree(own_sim):
    """PAY-06, PAY-07: what moved is in the bill, to the fen, and nothing else."""
    client = client_of(own_sim)
    day = settlement_day(own_sim.clock())
    first = paid_order(client, own_sim)
    part = refund_of(first, 3000)
    client.refund(part)
    voided = paid_order(client, own_sim, amount_fen=8800)
    client.cancel(voided.out_no)
    second = paid_order(client, own_sim, amount_fen=1)
    reversed_one = new_order(client, own_sim.clock)
    own_sim.faults.add("unionpay.pay", "ask_payer")
    client.pay_by_code(reversed_one, new_code())
    client.cancel(reversed_one.out_no)
    own_sim.clock.advance(24 * 3600)
    later = paid_order(client, own_sim)
    found = client.bill(day).value
    assert found.problems == ()
    told = [
        (x.kind, x.out_no, x.refund_no, x.amount_fen, x.fee_fen) for x in found.lines
    ]
    assert told == [
        (LineKind.PAYMENT, first.out_no, "", 10000, 60),
        (LineKind.REFUND, first.out_no, part.refund_no, 3000, 0),
        (LineKind.PAYMENT, voided.out_no, "", 8800, 53),
        (LineKind.REFUND, voided.out_no, f"V{voided.out_no}", 8800, -53),
        (LineKind.PAYMENT, second.out_no, "", 1, 0),
    ]
    asked = client.query(first.out_no).value
    assert found.lines[0].provider_no == asked.provider_no
    assert abs(found.lines[0].at - asked.paid_at) < timedelta(seconds=2)
    own_sim.clock.advance(24 * 3600)
    next_day = client.bill(day + timedelta(days=1)).value
    assert [line.out_no for line in next_day.lines] == [later.out_no]


def test_the_day_of_a_bill_begins_at_eleven(own_sim):
    """FAULT-69: 22:59 and 23:01 in Beijing are two bills."""
    client = client_of(own_sim)
    day = date(2026, 11, 27)
    own_sim.clock.advance(10 * 3600 + 59 * 60)
    before = paid_order(client, own_sim)
    own_sim.clock.advance(2 * 60)
    after = paid_order(client, own_sim)
    own_sim.clock.advance(48 * 3600)
    for one, when in ((before, day), (after, day + timedelta(days=1))):
        lines = client.bill(when).value.lines
        assert [line.out_no for line in lines] == [one.out_no]


@pytest.mark.parametrize("how", ["amount", "fee", "total", "drop", "repeat", "add"])
def test_a_bill_that_differs(own_sim, how):
    """FAULT-68: a net that is wrong is a problem; the rest is for the matching."""
    client = client_of(own_sim)
    day = settlement_day(own_sim.clock())
    orders = [paid_order(client, own_sim) for _ in range(2)]
    own_sim.clock.advance(24 * 3600)
    own_sim.unionpay.spoil_bill(how)
    found = client.bill(day).value
    assert bool(found.problems) is (how == "total")
    total = found.total_fen(LineKind.PAYMENT)
    expected = {"amount": 20001, "drop": 10000, "repeat": 30000, "add": 30000}
    assert total == expected.get(how, 20000)
    assert found.total_fee_fen() == {"fee": 121, "drop": 60}.get(
        how, 60 * len(found.lines)
    )
    # the next one is right again
    assert client.bill(day).value.total_fen(LineKind.PAYMENT) == 20000
    assert {line.out_no for line in found.lines} & {one.out_no for one in orders}
    with pytest.raises(ValueError, match="spoilt"):
        own_sim.unionpay.spoil_bill("burn")


def test_a_bill_is_ready_in_the_morning(own_sim):
    """FAULT-65: too early, ready, empty, too old."""
    client = client_of(own_sim)
    today = settlement_day(own_sim.clock())
    paid_order(client, own_sim)
    assert client.bill(today).code == BILL_NOT_READY
    own_sim.clock.advance(20 * 3600)
    assert client.bill(today).code == BILL_NOT_READY
    own_sim.clock.advance(3600 + 60)
    assert client.bill(today).is_ok
    assert client.bill(today - timedelta(days=30)).code == BILL_EMPTY
    assert client.bill(today - timedelta(days=301)).code == INVALID
    assert client.bill(today + timedelta(days=9)).code == BILL_NOT_READY


@pytest.mark.parametrize("fault", [*LOST, *UNPROVEN[:-2]])
def test_a_bill_whose_answer_is_worth_nothing(own_sim, fault):
    """FAULT-67: half of it, unsigned, signed by somebody: not booked.

    It has no number of ours, so it cannot be about "another trade".
    """
    client = client_of(own_sim)
    day = settlement_day(own_sim.clock())
    paid_order(client, own_sim)
    own_sim.clock.advance(24 * 3600)
    own_sim.faults.add("unionpay.file", fault)
    assert client.bill(day).is_unknown
    assert client.bill(day).is_ok


def test_a_bill_that_is_damaged(rude, rude_server, house):
    """FAULT-67: signed, and still nonsense."""
    content = base64.b64encode(b"no deflate").decode()
    fields = {
        "merId": MERCHANT,
        "txnTime": compact_beijing(NOON),
        "respCode": "00",
        "fileContent": content,
    }
    answers(rude_server, house, fields)
    outcome = rude.bill(date(2026, 11, 26))
    assert outcome.is_unknown and outcome.code == BAD_ANSWER
    assert "damaged" in outcome.reason
    # a signed answer to another question is not looked into
    answers(rude_server, house, {**fields, "txnTime": "20261126120005"})
    assert "something else" in rude.bill(date(2026, 11, 26)).reason
