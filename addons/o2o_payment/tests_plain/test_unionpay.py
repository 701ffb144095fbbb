"""Issue 6: the client of UnionPay and the simulator, over real sockets, with faults."""

import base64
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rude_server import http
from unionpay_helpers import (
    MERCHANT,
    NOON,
    House,
    client_of,
    client_with,
    new_code,
    new_order,
    raw,
    refund_of,
)

from o2o_gateway.clock import compact_beijing
from o2o_gateway.gateway import BILL_EMPTY, BILL_NOT_READY
from o2o_gateway.outcome import (
    BAD_ANSWER,
    INVALID,
    NO_ANSWER,
    NOT_AUTHENTIC,
    NOT_SENT,
    UNKNOWN_KEY,
    rejected,
)
from o2o_gateway.results import (
    CancelAction,
    EventKind,
    LineKind,
    PaymentState,
    RefundState,
)
from o2o_gateway.secret import Secret
from o2o_gateway.till import UNRESOLVED, charge
from o2o_gateway.transport import Transport
from o2o_gateway.unionpay import PATIENCE, QUERY_AFTER, Settings, next_query
from o2o_gateway.unionpay.client import NOT_CLOSABLE, NOT_PAID
from o2o_gateway.unionpay.parsing import original_number
from o2o_gateway.unionpay.times import settlement_day
from o2o_paysim import Simulator

LOST = ["lost_after", "html", "truncated", "empty", "status_after"]
UNPROVEN = ["unsigned", "bad_signature", "wrong_key", "wrong_name", "expired"]
UNPROVEN += ["other_trade", "pending_after"]
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def running():
    simulator = Simulator(start=NOON).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def sim(running):
    running.faults.clear()
    return running


@pytest.fixture
def own_sim(running):
    """One whose clock and books belong to this test; making keys takes long."""
    simulator = Simulator(start=NOON).start()
    simulator.unionpay.identity = running.unionpay.identity
    yield simulator
    simulator.stop()


@pytest.fixture
def shop():
    from shop import Shop

    shop = Shop().start()
    yield shop
    shop.stop()


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim, client):
    return new_order(client, sim.clock)


def state_of(client, order):
    return client.query(order.out_no).value.state


def paid_order(client, sim, **more):
    order = new_order(client, sim.clock, **more)
    assert client.pay_by_code(order, new_code()).is_ok
    assert state_of(client, order) is PaymentState.PAID
    return order


# the plain way


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_a_code_is_charged_asked_and_given_back(sim, encoding):
    """PAY-01, FAULT-15: both charsets; charge, query, refund in parts, query them."""
    client = client_of(sim, encoding=encoding)
    order = new_order(client, sim.clock)
    assert state_of(client, order) is PaymentState.ABSENT
    taken = client.pay_by_code(order, new_code()).value
    # accepted is not paid
    assert taken.state is PaymentState.WAITING
    paid = client.query(order.out_no).value
    assert (paid.state, paid.amount_fen, paid.currency) == (
        PaymentState.PAID,
        10000,
        "CNY",
    )
    assert paid.provider_no == taken.provider_no
    assert abs(paid.paid_at - sim.clock()) < timedelta(seconds=5)
    assert paid.payer == "622609******0048"
    part = refund_of(order, 3000)
    assert client.query_refund(order.out_no, part.refund_no).value.state is (
        RefundState.ABSENT
    )
    assert client.refund(part).value.state is RefundState.PENDING
    done = client.query_refund(order.out_no, part.refund_no).value
    assert (done.state, done.amount_fen) == (RefundState.DONE, 3000)
    assert (done.out_no, done.refund_no) == (order.out_no, part.refund_no)
    assert client.refund(refund_of(order, 7000)).is_ok
    assert sim.unionpay.ledger.find(order.out_no).refunded_fen == 10000
    # UnionPay says "paid" of a payment for ever
    assert state_of(client, order) is PaymentState.PAID


@pytest.mark.parametrize("on_phone", [False, True])
def test_a_page_is_opened_paid_and_left(sim, client, shop, on_phone):
    """PAY-01: the browser posts the form, the payer pays, the shop is told."""
    shop.gateway = client
    order = new_order(
        client, sim.clock, notify_url=shop.url, return_url="https://shop.example/back"
    )
    page = client.pay_by_page(order, on_phone=on_phone).value
    assert page.method == "POST"
    assert page.fields["channelType"] == ("08" if on_phone else "07")
    # the browser did not come yet
    assert state_of(client, order) is PaymentState.ABSENT
    opened = requests.post(page.url, page.fields, timeout=5)
    assert opened.url.startswith(f"{sim.url}/phone/")
    assert "银联" in opened.text and "100.00" in opened.text
    assert "茅台 53/度 ＆ 杯＝1" in opened.text
    assert state_of(client, order) is PaymentState.WAITING
    # back and forth in the browser is one order
    assert requests.post(page.url, page.fields, timeout=5).url == opened.url
    left = requests.post(
        opened.url, {"action": "pay"}, timeout=5, allow_redirects=False
    )
    assert left.headers["Location"] == "https://shop.example/back"
    told = shop.wait(1)[0].value
    assert told.kind is EventKind.PAYMENT
    assert told.payment.state is PaymentState.PAID
    assert (told.payment.out_no, told.payment.amount_fen) == (order.out_no, 10000)
    assert told.merchant == {"merId": "777290058110048"}
    assert state_of(client, order) is PaymentState.PAID


def test_a_code_of_ours_is_scanned_and_paid(sim, client, order):
    """PAY-01: the store's QR code; nobody has seen it, so it is absent."""
    code = client.pay_by_qr(order).value
    assert code.expires_at == order.expires_at
    assert state_of(client, order) is PaymentState.ABSENT
    assert "100.00" in requests.get(code.text, timeout=5).text
    assert state_of(client, order) is PaymentState.WAITING
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.PAID


def test_what_is_sent_is_what_is_published(sim, order, client):
    """payments.md §2.3: names, products, moments; empty ones are not sent."""
    fields = client.pay_by_page(order).value.fields
    assert fields["version"] == "5.1.0" and fields["signMethod"] == "01"
    assert (fields["txnType"], fields["txnSubType"]) == ("01", "01")
    assert (fields["bizType"], fields["accessType"]) == ("000201", "0")
    assert fields["txnAmt"] == "10000" and fields["currencyCode"] == "156"
    stamp = client.stamps(order.out_no)
    assert fields["txnTime"] == compact_beijing(stamp.sent_at)
    assert fields["payTimeout"] == compact_beijing(order.expires_at)
    assert fields["certId"] == sim.unionpay.merchant()["cert_id"]
    assert "frontUrl" not in fields
    assert fields["riskRateInfo"] == "{commodityName=茅台 53/度 ＆ 杯＝1}"


def test_moments_are_beijings_whatever_the_machine_thinks(sim, monkeypatch):
    """FAULT-41: Odoo runs with TZ=UTC, where a naive time is eight hours off."""
    import time

    for zone in ("UTC", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        client = client_of(sim)
        assert client.pay_by_code(new_order(client, sim.clock), new_code()).is_ok
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("hours", [-8, 8])
def test_a_clock_that_is_wrong_is_refused_not_unknown(sim, client, hours):
    """FAULT-41: UnionPay takes no order that is not of now."""
    order = new_order(client, lambda: sim.clock() + timedelta(hours=hours))
    client.stamps.kept[order.out_no] = type(client.stamps(order.out_no))(
        sim.clock() + timedelta(hours=hours)
    )
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_rejected and outcome.code == "10"


# calls that go wrong


@pytest.mark.parametrize("fault", LOST + UNPROVEN)
def test_a_payment_whose_answer_is_worth_nothing(sim, client, order, fault):
    """FAULT-29, FAULT-13, FAULT-34, FAULT-39, FAULT-10 to 12: unknown, then asked."""
    sim.faults.add("unionpay.pay", fault)
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_unknown
    assert state_of(client, order) is PaymentState.PAID


@pytest.mark.parametrize(
    "fault", ["lost_before", "pending_before", "status", "redirect"]
)
def test_a_payment_that_was_not_made_and_cannot_be_told(sim, client, order, fault):
    """FAULT-30, FAULT-39: absent, and the same number may be used again."""
    sim.faults.add("unionpay.pay", fault)
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert state_of(client, order) is PaymentState.ABSENT
    assert client.pay_by_code(order, code).is_ok
    assert state_of(client, order) is PaymentState.PAID


@pytest.mark.parametrize("fault", [*LOST, *UNPROVEN[:-1]])
def test_a_query_whose_answer_is_worth_nothing(sim, client, fault):
    """FAULT-39: unknown, never "not paid"."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.query", fault)
    assert client.query(order.out_no).is_unknown
    assert state_of(client, order) is PaymentState.PAID


def test_a_query_overtakes_its_order(sim, client):
    """Absent is no proof: the same query says "paid" a second later."""
    order = paid_order(client, sim)
    sim.faults.add("unionpay.query", "not_yet")
    sim.faults.add("unionpay.query", "still_open")
    assert state_of(client, order) is PaymentState.ABSENT
    assert state_of(client, order) is PaymentState.WAITING
    assert state_of(client, order) is PaymentState.PAID


def test_what_the_answer_was_signed_by_is_told(sim, client, order):
    """FAULT-10 to 13: the reason names what is wrong."""
    reasons = {
        "wrong_key": (NOT_AUTHENTIC, "chain"),
        "wrong_name": (NOT_AUTHENTIC, "not UnionPay's"),
        "expired": (NOT_AUTHENTIC, "not valid today"),
        "unsigned": (NOT_AUTHENTIC, "signature"),
        "other_trade": (BAD_ANSWER, "something else"),
        "html": (BAD_ANSWER, "no message"),
        "status": (BAD_ANSWER, "502"),
        "lost_after": (NO_ANSWER, "lost"),
    }
    for fault, (code, text) in reasons.items():
        sim.faults.add("unionpay.query", fault)
        outcome = client.query(order.out_no)
        assert outcome.is_unknown
        assert outcome.code == code and text in outcome.reason


def test_the_key_of_somebody_else(sim, client, order):
    """Self-test of a provider: UnionPay's word is in the reason, though unsigned."""
    other = client_of(sim, signing=House().signing())
    outcome = other.query(order.out_no)
    assert outcome.is_unknown and outcome.code == NOT_AUTHENTIC
    assert "9100004" in outcome.reason


def test_nothing_is_sent_to_a_dead_host(sim, order):
    """FAULT-40."""
    dead = client_of(sim, url="http://127.0.0.1:9")
    dead.stamps.order(order)
    outcome = dead.pay_by_code(order, new_code())
    assert outcome.is_rejected and outcome.code == NOT_SENT


def test_a_code_is_used_once(sim, client):
    """FAULT-38."""
    code = new_code()
    assert client.pay_by_code(new_order(client, sim.clock), code).is_ok
    outcome = client.pay_by_code(new_order(client, sim.clock), code)
    assert outcome.is_rejected and outcome.code == "42"


@pytest.mark.parametrize(
    "code", ["", "28" + "1" * 16, "62" + "1" * 16, "62" + "1" * 18, "62" + "a" * 17]
)
def test_a_code_of_another_wallet_is_not_sent(client, order, code):
    outcome = client.pay_by_code(order, Secret(code))
    assert outcome.is_rejected and outcome.code == INVALID


def test_the_same_number_twice_is_one_payment(sim, client, order):
    """FAULT-35, FAULT-36: duplicates are unknown until asked, and charge nothing."""
    assert client.pay_by_code(order, new_code()).is_ok
    again = client.pay_by_code(order, new_code())
    assert again.is_unknown and again.code == "12"
    assert sum(t.out_no == order.out_no for t in sim.unionpay.ledger.trades()) == 1


def test_a_code_of_ours_made_twice(client, order):
    """FAULT-37: the first one stays the only one."""
    assert client.pay_by_qr(order).is_ok
    assert client.pay_by_qr(order).is_unknown


# the end of an order


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


# cancelling


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


# at the till


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


# giving back


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
                client._transport = working
                return rejected(NOT_SENT, "no line")
            return working.exchange(method, path, **more)

    working = client._transport
    client._transport = Broken([sim.url])
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

    working = client._transport
    client._transport = Overtaken([sim.url])
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
    refunds = [refund_of(order, amount) for amount in amounts]
    for wanted in refunds:
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


# notifications


def notified(sim, client, shop, fault=None, **more):
    shop.gateway = client
    order = new_order(client, sim.clock, notify_url=shop.url)
    if fault:
        sim.faults.add("unionpay.notify", fault, **more)
    assert client.pay_by_code(order, new_code()).is_ok
    return order


def test_a_refund_is_told_with_our_numbers(sim, client, shop):
    """Its own notification names the refund only; the rest is our note in it."""
    order = notified(sim, client, shop)
    shop.wait(1)
    part = refund_of(order, 3000, notify_url=shop.url)
    client.refund(part)
    told = shop.wait(2)[1].value
    assert told.kind is EventKind.REFUND and told.payment is None
    refund = told.refund
    assert (refund.state, refund.amount_fen) == (RefundState.DONE, 3000)
    assert (refund.out_no, refund.refund_no) == (order.out_no, part.refund_no)
    whole = notified(sim, client, shop)
    sim.faults.add("unionpay.void", "no_void")
    back = refund_of(whole, 10000, notify_url=shop.url)
    client.refund(back)
    told = shop.wait(4)[3].value.refund
    assert (told.out_no, told.refund_no) == (whole.out_no, back.refund_no)


@pytest.mark.parametrize(
    ("fault", "more"), [("duplicate", {"times": 5}), ("together", {"times": 8})]
)
def test_a_notification_many_times_is_one(sim, client, shop, fault, more):
    """FAULT-1, FAULT-2: one key."""
    notified(sim, client, shop, fault, **more)
    outcomes = shop.wait(more["times"])
    assert all(one.is_ok for one in outcomes)
    assert len(shop.taken) == 1


def test_a_notification_that_was_not_taken_comes_again(own_sim, shop):
    """FAULT-3: after 1, 2, 4, 5 minutes, with the same key."""
    client = client_of(own_sim)
    shop.refusals = 4
    notified(own_sim, client, shop)
    for count, minutes in enumerate((1, 2, 4, 5), 1):
        shop.wait(count)
        own_sim.clock.advance(minutes * 60 + 1)
    outcomes = shop.wait(5)
    assert len({one.value.key for one in outcomes}) == 1
    assert len(shop.taken) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("tampered", NOT_AUTHENTIC),
        ("unsigned", NOT_AUTHENTIC),
        ("wrong_key", NOT_AUTHENTIC),
        ("wrong_name", NOT_AUTHENTIC),
        ("expired", NOT_AUTHENTIC),
        ("wrong_merchant", INVALID),
    ],
)
def test_a_forged_notification_is_refused(sim, client, shop, fault, code):
    """FAULT-5, FAULT-8, FAULT-9, FAULT-10, FAULT-11, FAULT-12, FAULT-13."""
    notified(sim, client, shop, fault)
    outcome = shop.wait(1)[0]
    assert outcome.is_rejected and outcome.code == code
    assert shop.taken == {}


def test_a_wrong_amount_is_told_as_it_is(sim, client, shop):
    """FAULT-6: signed by UnionPay; who acts compares, each time anew."""
    order = notified(sim, client, shop, "wrong_amount")
    told = shop.wait(1)[0].value.payment
    assert (told.out_no, told.amount_fen) == (order.out_no, 10100)
    assert client.query(order.out_no).value.amount_fen == 10000


def test_signing_changes_from_one_day_to_the_next(own_sim, shop):
    """FAULT-19: each message brings its certificate; nobody has to do anything."""
    client = client_of(own_sim)
    notified(own_sim, client, shop)
    own_sim.unionpay.rotate()
    notified(own_sim, client, shop)
    outcomes = shop.wait(2)
    certificates = {one.value.content["signPubKeyCert"] for one in outcomes}
    assert len(certificates) == 2


@pytest.fixture(scope="module")
def house():
    return House()


@pytest.fixture
def reader(house):
    """A client that trusts the house; nothing is called."""
    settings = Settings(MERCHANT, house.signing(), house.trust())
    return client_with(settings, lambda: NOON)


FIELDS = {
    "txnType": "01",
    "txnSubType": "01",
    "merId": MERCHANT,
    "orderId": "P2611270000460000000001XX",
    "txnTime": "20261127120005",
    "txnAmt": "10000",
    "currencyCode": "156",
    "queryId": "512611271200056528",
    "respCode": "00",
    "traceTime": "1127120010",
}


def letter(house, charset="utf-8", **more):
    from o2o_gateway.unionpay import wire

    fields = house.sign({**FIELDS, **more}, charset=charset)
    return wire.form(fields, charset)


def read(reader, body):
    return reader.parse_notification({}, body)


def test_a_published_notification_is_read(vectors, house):
    """Two years before its certificate ended, under the published authorities."""
    from unionpay_helpers import THEN

    from o2o_gateway.unionpay import Trust, wire

    chain = vectors["unionpay_test_chain"]
    trust = Trust.of_texts(chain["middle_pem"], chain["root_pem"])
    client = client_with(Settings(MERCHANT, house.signing(), trust), lambda: THEN)
    body = wire.form(vectors["unionpay_notify"]["params"], "utf-8")
    payment = read(client, body).value.payment
    assert (payment.state, payment.amount_fen) == (PaymentState.PAID, 1)
    assert payment.out_no == "yansongda20220908132206"
    assert payment.paid_at.isoformat() == "2022-09-08T13:22:06+08:00"
    assert payment.payer == ""


def test_a_notification_in_gbk(house, reader):
    """FAULT-15."""
    body = letter(house, "gbk", respMsg="成功 +%&")
    assert read(reader, body).value.content["respMsg"] == "成功 +%&"
    assert not read(reader, body.replace(b"encoding=GBK", b"encoding=UTF-8")).is_ok


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00", PaymentState.PAID),
        ("A6", PaymentState.PAID),
        ("05", PaymentState.WAITING),
        ("51", PaymentState.FAILED),
    ],
)
def test_codes_of_a_notification(house, reader, code, state):
    """payments.md §2.3: 00 and A6 are success."""
    payment = read(reader, letter(house, respCode=code)).value.payment
    assert payment.state is state
    assert (payment.paid_at is not None) is (state is PaymentState.PAID)


def test_another_currency_is_told_as_it_is(house, reader):
    """FAULT-7: who acts compares; 840 equals nothing of ours."""
    assert read(reader, letter(house, currencyCode="840")).value.payment.currency == (
        "840"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"txnType": "99"},
        {"txnAmt": "1.00"},
        {"txnAmt": "-1"},
        {"txnTime": "now"},
        {"orderId": ""},
        {"traceTime": "9999999999"},
    ],
)
def test_a_signed_notification_that_makes_no_sense(house, reader, more):
    outcome = read(reader, letter(house, **more))
    assert outcome.is_rejected and outcome.code == INVALID


def test_a_notification_under_a_new_authority_is_kept_for_later(reader):
    """Answered with "again", told apart from a forgery."""
    outcome = read(reader, letter(House("CFCA NEW")))
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY


def test_unknown_authorities_cause_no_calls(rude, rude_server):
    """FAULT-18: whatever strangers send, nothing goes out."""
    body = letter(House("CFCA NEW"))
    for _ in range(200):
        assert rude.parse_notification({}, body).is_unknown
    assert rude_server.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"{}", b"a=1&a=2", b"x" * 10_000_000, b"&" * 5000],
    ids=["empty", "bytes", "json", "twice", "10 MB", "ampersands"],
)
def test_what_is_no_notification(reader, body):
    """FAULT-23."""
    outcome = read(reader, body)
    assert outcome.is_rejected and outcome.code == INVALID


def test_a_signed_notification_that_is_far_too_long(house, reader):
    """FAULT-23: not even looked at."""
    assert read(reader, letter(house, respMsg="x" * 50_000)).is_ok
    outcome = read(reader, letter(house, respMsg="x" * 70_000))
    assert outcome.is_rejected and outcome.code == INVALID


@pytest.mark.parametrize(
    ("reserved", "number", "expected"),
    [
        ("ABCD1234|REFUND01", "REFUND01", ("ABCD1234", "REFUND01")),
        ("ABCD1234|REFUND01", "REFUND01R", ("ABCD1234", "REFUND01")),
        # a number of its own that ends in R
        ("ABCD1234|REFUNDER", "REFUNDER", ("ABCD1234", "REFUNDER")),
        ("", "REFUNDER", ("", "REFUNDER")),
        ("", "REFUND01R", ("", "REFUND01R")),
    ],
)
def test_numbers_that_a_refund_carries(reserved, number, expected):
    """Numbers that are not of our own form are told apart by our note."""
    assert original_number(reserved, number) == expected


def test_a_field_twice_is_refused(house, reader):
    """FAULT-5: which of the two amounts would be signed?"""
    assert read(reader, letter(house)).is_ok
    outcome = read(reader, letter(house) + b"&txnAmt=1")
    assert outcome.is_rejected and outcome.code == INVALID


def test_acknowledgements(reader):
    assert reader.acknowledge(True).status == 200
    assert reader.acknowledge(False).status == 500


# answers that no simulator gives


@pytest.fixture
def rude(rude_server, house):
    settings = Settings(
        MERCHANT, house.signing(), house.trust(), rude_server.url, rude_server.url
    )
    return client_with(settings, lambda: NOON)


def answers(rude_server, house, fields, charset="utf-8"):
    rude_server.answers = [http(raw(house.sign(fields, charset=charset), charset))]


@pytest.mark.parametrize(
    "more",
    [
        {"origRespCode": ""},
        {"origRespCode": "00", "queryId": ""},
        {"origRespCode": "00", "txnAmt": "1.00"},
        {"origRespCode": "00", "txnType": "04"},
        {"origRespCode": "00", "merId": "777290058199999"},
        {"origRespCode": "00", "orderId": ""},
        {"origRespCode": "00", "txnTime": "20261127120006"},
        {"origRespCode": "00", "respCode": ""},
    ],
)
def test_signed_answers_that_do_not_answer(rude, rude_server, house, more):
    """FAULT-13: old or foreign answers, signed by UnionPay, prove nothing."""
    order = new_order(rude, lambda: NOON)
    answers(rude_server, house, {**FIELDS, "orderId": order.out_no, **more})
    outcome = rude.query(order.out_no)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("10", "is_rejected"),
        ("03", "is_unknown"),
        ("34", "is_ok"),
        ("05", "is_unknown"),
    ],
)
def test_codes_of_a_query_itself(rude, rude_server, house, code, kind):
    order = new_order(rude, lambda: NOON)
    answers(rude_server, house, {"merId": MERCHANT, "respCode": code})
    assert getattr(rude.query(order.out_no), kind)


@pytest.mark.parametrize("code", ["01", "03", "04", "05", "12", "34", "60"])
def test_codes_that_leave_a_payment_open(rude, rude_server, house, code):
    """payments.md §2.3: of these a query tells more, later."""
    order = new_order(rude, lambda: NOON)
    fields = {**FIELDS, "orderId": order.out_no, "origRespCode": code}
    answers(rude_server, house, fields)
    assert rude.query(order.out_no).value.state is PaymentState.WAITING
    answers(rude_server, house, {"merId": MERCHANT, "respCode": code})
    assert rude.pay_by_code(order, new_code()).is_unknown


def test_what_travels(rude, rude_server, house):
    """A form in the charset that its header names, percent-encoded."""
    order = new_order(rude, lambda: NOON)
    answers(rude_server, house, {"merId": MERCHANT, "respCode": "51"})
    outcome = rude.pay_by_code(order, Secret("62" + "7" * 17))
    assert outcome.is_rejected and outcome.code == "51"
    head, _, body = rude_server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /gateway/api/backTransReq.do HTTP/1.1")
    assert b"application/x-www-form-urlencoded;charset=UTF-8" in head
    sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert sent["qrNo"] == "62" + "7" * 17
    assert sent["termId"] == "T0000001"
    assert sent["txnTime"] == "20261127120005"
    assert "payTimeout" not in sent
    assert b"+" not in sent["signature"].encode() or b"%2B" in body


def test_nothing_secret_is_logged(sim, client, order, caplog):
    """Codes of customers, keys and cards stay out of logs and of summaries."""
    caplog.set_level(logging.DEBUG)
    code = new_code()
    client.pay_by_code(order, code)
    text = caplog.text + repr(client) + repr(client._settings) + repr(order)
    assert code.reveal() not in text
    assert "PRIVATE" not in text
    assert "622609" not in text


# bills


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


# setting up


def test_the_phone_shows_codes_that_are_taken(sim, client, order):
    shown = requests.get(f"{sim.url}/phone", timeout=5).text
    code = re.search(r"<dt>银联</dt><dd>(\d+)</dd>", shown)[1]
    assert client.pay_by_code(order, Secret(code)).is_ok


def test_a_self_test_that_finds_nothing(sim, client):
    """payments.md §5: the settings are tried before anybody pays."""
    assert client.self_test() == ()
    # nothing is left behind, here or there
    assert client.stamps.kept == {}


def test_a_self_test_names_the_mistake(sim):
    """Issue 6: wrong key, wrong merchant, an authority that is not UnionPay's."""
    kit = client_of(sim)._settings.signing
    stranger = House()
    cases = {
        "9100004": {"signing": replace(kit, key=stranger.merchant_pair.key)},
        "验签失败": {"merchant_no": "777290058199999"},
        "do not know": {"trust": House("CFCA OTHER").trust()},
    }
    for text, more in cases.items():
        [finding] = client_of(sim, **more).self_test()
        assert text in finding.text
    old = replace(kit, valid_to=NOON - timedelta(days=1))
    [finding] = client_of(sim, signing=old).self_test()
    assert (finding.code, finding.text[:20]) == ("expired", "The certificate in t")
    codes = [one.code for one in client_of(sim, url="http://127.0.0.1:9").self_test()]
    assert codes == [NOT_SENT]


@pytest.mark.parametrize(("minutes", "is_off"), [(-10, True), (0.5, False), (10, True)])
def test_a_self_test_sees_a_clock_that_is_off(sim, minutes, is_off):
    """FAULT-41: by the date in UnionPay's answer."""
    settings = client_of(sim)._settings
    clock = lambda: sim.clock() + timedelta(minutes=minutes)  # noqa: E731
    codes = [one.code for one in client_with(settings, clock).self_test()]
    assert codes == (["clock"] if is_off else [])


def test_a_self_test_after_the_authorities_have_ended(rude, rude_server, house):
    answers(rude_server, house, {"merId": MERCHANT, "respCode": "34"})
    later = house.middle.not_valid_after_utc + timedelta(days=1)
    client = client_with(rude._settings, lambda: later)
    texts = [one.text for one in client.self_test()]
    assert any("middle or root" in text for text in texts)


@pytest.mark.parametrize(
    "more",
    [
        {"merchant_no": "77729005816715"},
        {"merchant_no": "77729005816715-"},
        {"terminal_no": "1"},
        {"encoding": "UTF-16"},
    ],
)
def test_settings_that_unionpay_refuses(house, more):
    values = {
        "merchant_no": MERCHANT,
        "signing": house.signing(),
        "trust": house.trust(),
        **more,
    }
    with pytest.raises(ValueError, match=r"UnionPay|encoding"):
        Settings(**values)


def test_a_number_that_is_not_legal(client):
    for call in (client.query, client.cancel):
        with pytest.raises(ValueError, match="letters and digits"):
            call("Shop/0001")
