"""Issue 6: bills and fund flow of WeChat Pay agree with its books."""

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_helpers import DAY, NOW
from wechat_sim_helpers import new_code, new_order, refund_of

from o2o_gateway.clock import beijing, business_day
from o2o_gateway.gateway import BILL_EMPTY, BILL_NOT_READY
from o2o_gateway.results import (
    LineKind,
)
from o2o_paysim.clock import SimClock
from o2o_paysim.ledger import Refused
from o2o_paysim.wechat.books import WechatLedger


def test_a_bill_agrees_with_the_books(sim, client, sold):
    """PAY-06: rows, fees, totals to the fen; the reversal is in it."""
    day, orders, books = sold
    found = client.bill(day).value
    assert found.problems == ()
    assert found.total_fen(LineKind.PAYMENT) == books["paid_fen"]
    assert found.total_fen(LineKind.REFUND) == books["refunded_fen"]
    assert found.total_fee_fen() == books["fees_fen"]
    assert len(found.lines) == 5 + 4
    numbers = {line.refund_no for line in found.lines if line.refund_no}
    assert numbers <= set(sim.wechat.refunds) and len(numbers) == 3
    reversed_line = next(one for one in found.lines if one.word.startswith("REVOKED"))
    assert reversed_line.out_no == orders[2].out_no
    assert {line.store_no for line in found.lines} == {"S046"}
    assert found.lines[0].subject == '茅台, 53/度 & "杯"'


def test_the_fund_flow_agrees_with_the_books(sim, client, sold):
    """PAY-06: what is left in the account."""
    day, _orders, books = sold
    found = client.fund_flow(day).value
    assert found.problems == ()
    left = books["paid_fen"] - books["refunded_fen"] - books["fees_fen"]
    assert sum(line.amount_fen for line in found.lines) == left
    assert found.lines[-1].balance_fen == left


def test_the_same_bill_twice_is_the_same_bill(sim, client, sold):
    """FAULT-70: by its hash, though gzip writes another time into each download."""
    day, _orders, _books = sold
    first, second = client.bill(day).value, client.bill(day).value
    assert (first.sha256, first.lines) == (second.sha256, second.lines)
    sim.wechat.spoil_bill("fee")
    assert client.bill(day).value.sha256 != first.sha256
    flows = [client.fund_flow(day).value for _ in range(2)]
    assert flows[0].sha256 == flows[1].sha256


@pytest.mark.parametrize(
    ("how", "has_problem"),
    [
        ("drop", False),
        ("repeat", False),
        ("add", False),
        ("amount", False),
        ("fee", False),
        ("total", True),
        ("merchant", True),
    ],
)
def test_a_bill_that_differs_from_the_books(sim, client, sold, how, has_problem):
    """FAULT-68: the file agrees with itself, so comparing with the books finds it."""
    day, _orders, _books = sold
    right = client.bill(day).value
    sim.wechat.spoil_bill(how, 1)
    wrong = client.bill(day).value
    assert bool(wrong.problems) == has_problem
    if how != "total":
        assert (wrong.lines != right.lines) or has_problem
    assert client.bill(day).value.lines == right.lines
    with pytest.raises(ValueError):
        sim.wechat.spoil_bill("burn")


def test_a_bill_takes_its_time(sim, client):
    """FAULT-65, FAULT-69: being made until ten in Beijing; none for an empty day."""
    # the day after tomorrow at noon in Beijing: a day with one sale after an empty one
    now = beijing(sim.clock())
    noon = now.replace(hour=12, minute=0, second=0) + 3 * DAY
    sim.clock.advance((noon - now).total_seconds())
    client.pay_by_code(new_order(sim), new_code())
    today = business_day(sim.clock())
    assert client.bill(today).code == BILL_NOT_READY
    sim.clock.advance(21.5 * 3600)
    assert client.bill(today).code == BILL_NOT_READY
    sim.clock.advance(3600)
    assert client.bill(today).is_ok
    assert client.bill(today - DAY).code == BILL_EMPTY
    sim.faults.add("wechat.bill", "creating")
    assert client.bill(today).code == BILL_NOT_READY
    sim.clock.advance(100 * 86400)
    assert client.bill(today).is_rejected


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        ("wechat.bill", "wrong_hash"),
        ("wechat.bill", "bad_signature"),
        ("wechat.bill_file", "cut_off"),
        ("wechat.bill_file", "truncated"),
        ("wechat.bill_file", "html"),
        ("wechat.bill_file", "lost_before"),
        ("wechat.bill_file", "status"),
    ],
)
def test_a_bill_that_does_not_arrive_is_fetched_again(sim, client, sold, route, fault):
    """FAULT-67: never half a bill."""
    day, _orders, _books = sold
    sim.faults.add(route, fault)
    assert not client.bill(day).is_ok
    assert client.bill(day).is_ok


def test_an_address_of_a_bill_expires(sim, client, sold):
    """FAULT-66: five minutes, and only with a signature."""
    day, _orders, _books = sold
    client.bill(day)
    token = list(sim.wechat._bills)[-1]
    url = f"{sim.url}/v3/billdownload/file?token={token}"
    assert requests.get(url, timeout=5).status_code == 401
    assert client._wire.fetch(url, 10_000).value.status == 200
    sim.clock.advance(301)
    assert client._wire.fetch(url, 10_000).value.status == 400


def test_a_refund_on_another_day_is_in_the_bill_of_that_day(sim, client, sold):
    """FAULT-69."""
    day, orders, _books = sold
    late = refund_of(orders[3], 10)
    client.refund(late)
    sim.clock.advance(86400)
    lines = client.bill(day + DAY).value.lines
    assert [line.refund_no for line in lines] == [late.refund_no]
    assert late.refund_no not in {one.refund_no for one in client.bill(day).value.lines}


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12), st.data())
@settings(max_examples=60, deadline=None)
def test_the_fee_comes_back_with_the_money_and_never_more(parts, data):
    """Whatever is refunded, and whichever refund fails later: to the fen."""
    ledger = WechatLedger(SimClock(NOW))
    ledger.open("P1", sum(parts), "x")
    ledger.pay("P1")
    fee = ledger.books()["fees_fen"]
    for number, part in enumerate(parts):
        ledger.refund("P1", str(number), part)
        assert 0 <= ledger.books()["fees_fen"] <= fee
    assert ledger.books()["fees_fen"] == 0
    assert ledger.find("P1").state == "closed"
    failed = data.draw(st.integers(0, len(parts) - 1))
    ledger.undo_refund("P1", str(failed))
    assert ledger.books()["refunded_fen"] == sum(parts) - parts[failed]
    assert ledger.find("P1").state == "paid"
    ledger.refund("P1", "again", parts[failed])
    assert ledger.books()["fees_fen"] == 0
    with pytest.raises(Refused):
        ledger.undo_refund("P1", "unknown")
