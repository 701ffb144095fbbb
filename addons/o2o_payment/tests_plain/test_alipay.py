"""Issue 6: the client of Alipay and the simulator, over real sockets, with faults."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from alipay_helpers import DAY, NOW, client_of, new_code, new_order, refund_of

from o2o_gateway.alipay import AlipayGateway, KeyTrust
from o2o_gateway.keys import load_certificates, load_private_key
from o2o_gateway.outcome import (
    BAD_ANSWER,
    INVALID,
    NO_ANSWER,
    NOT_AUTHENTIC,
    NOT_SENT,
    UNKNOWN_KEY,
)
from o2o_gateway.results import CancelAction, EventKind, PaymentState, RefundState
from o2o_gateway.secret import Secret
from o2o_gateway.till import UNRESOLVED, charge
from o2o_paysim import Simulator

LOST = ["lost_after", "html", "truncated", "empty", "status_after"]
UNPROVEN = ["unsigned", "bad_signature", "wrong_key", "system_error_after"]
UNPROVEN += ["unknown_after", "other_trade"]


@pytest.fixture(scope="module")
def running():
    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def sim(running):
    running.faults.clear()
    return running


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim):
    return new_order(sim)


def state_of(client, order):
    return client.query(order.out_no).value.state


# the plain way


@pytest.mark.parametrize("certificates", [False, True], ids=["key", "certificate"])
def test_a_code_is_charged_asked_and_given_back(sim, certificates):
    """PAY-01, both modes: charge, query, refund in parts, query the refunds."""
    client = client_of(sim, certificates=certificates)
    order = new_order(sim)
    assert state_of(client, order) is PaymentState.ABSENT
    paid = client.pay_by_code(order, new_code()).value
    assert (paid.state, paid.amount_fen) == (PaymentState.PAID, 10000)
    asked = client.query(order.out_no).value
    assert asked.state is PaymentState.PAID
    assert asked.provider_no == paid.provider_no
    assert asked.paid_at and abs(asked.paid_at - sim.clock()) < timedelta(seconds=5)
    part = refund_of(order, 3000)
    done = client.refund(part).value
    assert (done.state, done.total_refunded_fen) == (RefundState.DONE, 3000)
    rest = client.refund(refund_of(order, 7000)).value
    assert (rest.state, rest.total_refunded_fen) == (RefundState.DONE, 10000)
    found = client.query_refund(order.out_no, part.refund_no).value
    assert (found.state, found.amount_fen) == (RefundState.DONE, 3000)
    after = client.query(order.out_no).value
    assert after.state is PaymentState.CLOSED and after.paid_at


@pytest.mark.parametrize("on_phone", [False, True])
def test_a_page_is_opened_paid_and_left(sim, client, shop, on_phone):
    """PAY-01: the browser posts the form, the payer pays, both roads lead back."""
    shop.gateway = client
    order = new_order(
        sim, notify_url=shop.url, return_url="https://shop.example/back?a=1"
    )
    page = client.pay_by_page(order, on_phone=on_phone).value
    assert page.method == "POST"
    opened = requests.post(page.url, page.fields, timeout=5)
    assert opened.url.startswith(f"{sim.url}/phone/")
    assert "100.00" in opened.text and "width=device-width" in opened.text
    assert state_of(client, order) is PaymentState.WAITING
    left = requests.post(
        opened.url, {"action": "pay"}, timeout=5, allow_redirects=False
    )
    back = urlsplit(left.headers["Location"])
    assert back.netloc == "shop.example"
    query = back.query.removeprefix("a=1&").encode()
    assert client.read_return(query).value == order.out_no
    assert client.read_return(query.replace(b"100.00", b"1.00")).code == NOT_AUTHENTIC
    [told] = shop.wait(1)
    assert told.value.payment.state is PaymentState.PAID
    assert told.value.payment.out_no == order.out_no
    assert told.value.payment.amount_fen == 10000
    assert state_of(client, order) is PaymentState.PAID


def test_a_code_for_the_payer_is_scanned_and_paid(sim, client, order):
    """PAY-01: a QR code is no payment before somebody has scanned it."""
    code = client.pay_by_qr(order).value
    assert code.expires_at == order.expires_at
    # the phone can scan it; as long as it does not, there is nothing
    listed = requests.get(f"{sim.url}/phone", timeout=5).text
    assert urlsplit(code.text).path in listed
    assert state_of(client, order) is PaymentState.ABSENT
    assert "100.00" in requests.get(code.text, timeout=5).text
    assert state_of(client, order) is PaymentState.WAITING
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.PAID


def test_the_payer_may_say_no(client, order):
    code = client.pay_by_qr(order).value
    requests.get(code.text, timeout=5)
    requests.post(code.text, {"action": "no"}, timeout=5)
    assert state_of(client, order) is PaymentState.CLOSED


def test_an_unpaid_payment_is_closed(sim, client, order):
    sim.faults.add("alipay.trade.pay", "ask_payer")
    assert client.pay_by_code(order, new_code()).value.state is PaymentState.WAITING
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    assert client.pay_by_code(order, new_code()).is_rejected


def test_a_payment_ends_with_its_time(sim, client):
    order = new_order(sim, expires_at=sim.clock() + timedelta(minutes=1))
    sim.faults.add("alipay.trade.pay", "ask_payer")
    client.pay_by_code(order, new_code())
    sim.clock.advance(61)
    assert state_of(client, order) is PaymentState.CLOSED


def test_codes_of_others_are_not_sent(client, order):
    """POS-02: a code of WeChat Pay or UnionPay, or none, never leaves."""
    for code in ("134567890123456789", "6212345678901234567", "28", "28x", ""):
        outcome = client.pay_by_code(order, Secret(code))
        assert outcome.is_rejected and outcome.code == INVALID


# calls


@pytest.mark.parametrize("fault", LOST + UNPROVEN)
def test_a_payment_whose_answer_is_lost_is_found_by_asking(sim, client, order, fault):
    """FAULT-29, FAULT-34, FAULT-39: done, but the answer says nothing provable."""
    sim.faults.add("alipay.trade.pay", fault)
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_unknown, outcome
    assert state_of(client, order) is PaymentState.PAID
    assert sim.alipay.ledger.find(order.out_no).state == "paid"


@pytest.mark.parametrize(
    "fault", ["lost_before", "status", "redirect", "system_error_before"]
)
def test_a_payment_that_was_lost_on_the_way_is_made_again(sim, client, order, fault):
    """FAULT-30, FAULT-39: not done; the same number is good for another try."""
    sim.faults.add("alipay.trade.pay", fault)
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert state_of(client, order) is PaymentState.ABSENT
    assert client.pay_by_code(order, code).value.state is PaymentState.PAID


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error_response", NOT_AUTHENTIC),
        ("unsigned", NOT_AUTHENTIC),
        ("bad_signature", NOT_AUTHENTIC),
        ("wrong_key", NOT_AUTHENTIC),
        ("html", BAD_ANSWER),
        ("truncated", BAD_ANSWER),
        ("empty", BAD_ANSWER),
        ("other_trade", BAD_ANSWER),
        ("lost_after", NO_ANSWER),
        ("delay", NO_ANSWER),
    ],
)
def test_no_call_believes_what_is_not_proven(sim, client, fault, code):
    """FAULT-13, FAULT-39: whatever is asked, what is not signed is "unknown"."""

    def ask_about_a_refund(order):
        refund = refund_of(order, 1)
        client.refund(refund)
        return client.query_refund(order.out_no, refund.refund_no)

    calls = {
        "alipay.trade.query": lambda order: client.query(order.out_no),
        "alipay.trade.fastpay.refund.query": ask_about_a_refund,
        "alipay.trade.close": lambda order: client.close(order.out_no),
        "alipay.trade.refund": lambda order: client.refund(refund_of(order, 1)),
        "alipay.trade.cancel": lambda order: client.cancel(order.out_no),
    }
    patient = client
    for route, call in calls.items():
        order = new_order(sim)
        patient.pay_by_code(order, new_code())
        if fault == "other_trade" and route == "alipay.trade.close":
            continue  # a paid one is refused: there is no payment in the answer
        if fault == "delay" and route != "alipay.trade.query":
            continue  # one slow call is enough
        if fault == "delay":
            client = client_of(sim, timeout=(5, 1))
        sim.faults.add(route, fault, seconds=2)
        outcome = call(order)
        assert outcome.is_unknown and outcome.code == code, (route, outcome)


def test_a_status_of_http_is_told(sim, client, order):
    """FAULT-39: the staff reads what came instead of an answer."""
    sim.faults.add("alipay.trade.query", "status", status=503)
    assert "HTTP 503" in client.query(order.out_no).reason


def test_too_many_calls_are_refused_for_certain(sim, client, order):
    """FAULT-39: 40005 is signed and says that nothing was done."""
    sim.faults.add("alipay.trade.pay", "rate_limit")
    assert client.pay_by_code(order, new_code()).is_rejected
    assert client.pay_by_code(order, new_code()).value.state is PaymentState.PAID


def test_an_answer_that_was_lost_is_success_on_the_next_try(sim, client, order):
    """FAULT-35: TRADE_HAS_SUCCESS on a retry is the success path."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    assert client.pay_by_code(order, new_code()).is_unknown
    again = client.pay_by_code(order, new_code()).value
    assert again.state is PaymentState.PAID
    assert sim.alipay.ledger.books()["payments"] >= 1
    assert len([t for t in sim.alipay.ledger.trades() if t.out_no == order.out_no]) == 1


def test_a_number_in_use_is_never_taken_for_free(sim, client, order):
    """FAULT-36: the same number with another amount; what it holds is asked."""
    client.pay_by_code(order, new_code())
    other = new_order(sim, out_no=order.out_no, amount_fen=1)
    outcome = client.pay_by_code(other, new_code())
    assert outcome.is_unknown and outcome.code == "ACQ.CONTEXT_INCONSISTENT"
    assert client.query(order.out_no).value.amount_fen == 10000


def test_a_code_is_made_once_and_ends(sim, client, order):
    """FAULT-37: precreated twice; not scannable after its time."""
    code = client.pay_by_qr(order).value
    assert client.pay_by_qr(order).is_unknown
    sim.clock.advance(16 * 60)
    assert "buttons" not in requests.get(code.text, timeout=5).text
    assert state_of(client, order) is PaymentState.ABSENT


def test_a_code_ends_after_two_hours_whatever_the_order_says(sim, client):
    """FAULT-37: Alipay's own limit."""
    order = new_order(sim, expires_at=sim.clock() + DAY)
    code = client.pay_by_qr(order).value
    assert code.expires_at - sim.clock() <= timedelta(hours=2)


def test_paid_in_the_second_in_which_we_close(sim, client, order):
    """FAULT-26, FAULT-37: closing comes too late, and says so."""
    code = client.pay_by_qr(order).value
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert client.close(order.out_no).value.state is PaymentState.PAID


def test_an_unseen_code_cannot_be_closed(client, order):
    """FAULT-37: it says ABSENT, and the code may still be paid until it ends."""
    code = client.pay_by_qr(order).value
    assert client.close(order.out_no).value.state is PaymentState.ABSENT
    requests.post(code.text, {"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.PAID


def test_a_used_code_is_refused(sim, client, order):
    """FAULT-38: the payer's code is good for one payment."""
    code = new_code()
    assert client.pay_by_code(order, code).is_ok
    outcome = client.pay_by_code(new_order(sim), code)
    assert outcome.is_rejected and outcome.code == "ACQ.PAYMENT_AUTH_CODE_INVALID"


@pytest.mark.parametrize(
    ("wrong", "is_refused"),
    [
        (timedelta(hours=8), True),
        (timedelta(hours=-8), True),
        (timedelta(minutes=11), True),
        (timedelta(minutes=9), False),
    ],
)
def test_a_wrong_clock_is_named(sim, order, wrong, is_refused):
    """FAULT-41: eight hours are the time zone of somebody's server."""
    client = client_of(sim, clock=lambda: sim.clock() + wrong)
    outcome = client.query(order.out_no)
    assert outcome.is_unknown is is_refused
    assert ("clock" in outcome.reason) is is_refused


# the self-test


def findings(client):
    return [one.code for one in client.self_test()]


@pytest.mark.parametrize("certificates", [False, True])
def test_right_settings_have_no_findings(sim, certificates):
    assert client_of(sim, certificates=certificates).self_test() == ()


def test_mistakes_are_named(sim, key_texts):
    """Issue 6, §5: the wrong key in every place, numbers, clock, no line."""
    right = client_of(sim)._settings
    stranger = load_private_key(key_texts.private().decode())

    def with_(**wrong):
        return AlipayGateway(replace(right, **wrong), clock=sim.clock)

    [ours] = with_(private_key=stranger).self_test()
    assert "wrong key" in ours.text
    own = with_(trust=KeyTrust(right.private_key.public()))
    assert findings(own) == ["own_key", NOT_AUTHENTIC]
    [theirs] = with_(trust=KeyTrust(stranger.public())).self_test()
    assert "is that key Alipay's" in theirs.text
    [number] = with_(app_id="2021000000000000").self_test()
    assert "application number" in number.text
    assert findings(with_(seller_id="46")) == ["seller"]
    closed = with_(url="http://127.0.0.1:9/gateway.do")
    assert findings(closed) == [NOT_SENT]


@pytest.mark.parametrize(("minutes", "count"), [(0.5, 0), (5, 1), (480, 2)])
def test_a_clock_that_is_off_is_named(sim, minutes, count):
    """FAULT-41: before Alipay refuses for it."""

    def clock():
        return sim.clock() - timedelta(minutes=minutes)

    found = client_of(sim, clock=clock).self_test()
    assert len(found) == count
    assert all("clock" in one.text for one in found)


def test_certificates_that_do_not_fit_are_named(sim, key_texts):
    client = client_of(sim, certificates=True)
    stranger = load_private_key(key_texts.private().decode())
    client._settings = replace(client._settings, private_key=stranger)
    assert "wrong_pair" in findings(client)
    late = client_of(
        sim, certificates=True, clock=lambda: sim.clock() + timedelta(days=3650)
    )
    assert findings(late)[:2] == ["expired", "expired"]


# at the till


def wait_by(sim, then=None):
    """A ``sleep`` that moves the simulator's clock; ``then`` runs after each."""

    def sleep(seconds):
        sim.clock.advance(seconds)
        if then:
            then()

    return sleep


def test_the_payer_confirms_at_the_last_moment(sim, client, order):
    """FAULT-31: 10003, then paid at 29 seconds."""
    sim.faults.add("alipay.trade.pay", "ask_payer")
    start = sim.clock()

    def confirm():
        if sim.clock() - start > timedelta(seconds=28):
            trade = sim.alipay.ledger.find(order.out_no)
            if trade.state == "waiting":
                sim.alipay.pay(order.out_no)

    outcome = charge(
        client, order, new_code(), sleep=wait_by(sim, confirm), clock=sim.clock
    )
    assert outcome.value.state is PaymentState.PAID
    assert sim.clock() - start < timedelta(seconds=40)


@pytest.mark.parametrize("faults", [[], ["retry_flag"] * 2, ["lost_before"] * 3])
def test_the_payer_never_confirms(sim, client, order, faults):
    """FAULT-32, FAULT-33: undone after 45 seconds, however often one has to ask."""
    sim.faults.add("alipay.trade.pay", "ask_payer")
    for fault in faults:
        sim.faults.add("alipay.trade.cancel", fault)
    start = sim.clock()
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.CLOSED
    assert sim.alipay.ledger.find(order.out_no).state == "closed"
    assert sim.clock() - start < timedelta(seconds=60)


def test_an_answer_lost_at_the_till_is_found(sim, client, order):
    """FAULT-29: the customer is not charged twice, and not sent away unpaid."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.PAID


def test_a_cancellation_whose_answer_is_lost_gives_back_once(sim, client, order):
    """FAULT-33: paid, never seen by us, cancelled twice: one refund."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    sim.faults.add("alipay.trade.query", "lost_before", times=20)
    sim.faults.add("alipay.trade.cancel", "lost_after")
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.CLOSED
    trade = sim.alipay.ledger.find(order.out_no)
    assert (trade.refunded_fen, len(trade.refunds)) == (10000, 1)


def test_nobody_answers_any_more(sim, client, order):
    """FAULT-33: with no answer at all the outcome is unknown, never "not paid"."""
    sim.faults.add("*", "lost_after", times=50)
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.is_unknown and outcome.code == UNRESOLVED


def test_what_cannot_be_cancelled_is_asked_about(sim, client, order):
    """A cancellation that is refused: then the payment stands."""
    sim.faults.add("alipay.trade.pay", "lost_after")
    sim.faults.add("alipay.trade.query", "lost_before", times=12)
    sim.faults.add("alipay.trade.cancel", "no_money", times=20)
    outcome = charge(client, order, new_code(), sleep=wait_by(sim), clock=sim.clock)
    assert outcome.value.state is PaymentState.PAID
    assert sim.alipay.ledger.find(order.out_no).refunded_fen == 0


def test_cancelling_what_was_never_there(sim, client, order):
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING
    client.pay_by_code(order, new_code())
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert client.cancel(order.out_no).value.action is CancelAction.NOTHING


# refunds


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


def test_a_refund_that_was_not_done_is_absent(sim, client, order):
    """FAULT-47: refused for the moment, then done."""
    client.pay_by_code(order, new_code())
    refund = refund_of(order, 6000)
    sim.faults.add("alipay.trade.refund", "status", status=429)
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


# notifications


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


# certificates


def test_a_new_certificate_in_the_middle_of_the_day(order):
    """FAULT-20: learnt from the answer to a call, kept, and used for notifications."""
    sim = Simulator(start=NOW).start()
    try:
        kept = []
        client = client_of(sim, certificates=True, on_new_certificate=kept.append)
        order = new_order(sim)
        assert client.pay_by_code(order, new_code()).is_ok
        letter = sim.alipay.letter
        sim.alipay.rotate()
        told = letter(sim.alipay.ledger.find(order.out_no), None)
        assert client.parse_notification({}, told.body).is_rejected
        assert state_of(client, order) is PaymentState.PAID
        assert len(kept) == 1 and len(load_certificates(kept[0])) == 2
        assert state_of(client, order) is PaymentState.PAID
        assert len(kept) == 1
        assert client.parse_notification({}, told.body).is_ok
    finally:
        sim.stop()


@pytest.mark.parametrize("fault", ["lost_after", "wrong_key", "bad_signature"])
def test_a_certificate_that_cannot_be_had(sim, order, fault):
    """FAULT-20: without the new certificate an answer proves nothing."""
    sim.alipay.rotate()
    client = client_of(sim, certificates=True)
    sim.alipay.rotate()
    sim.faults.add("alipay.open.app.alipaycert.download", fault)
    outcome = client.query(order.out_no)
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY
    assert state_of(client, order) is PaymentState.ABSENT


def test_a_thousand_unknown_serials_cause_no_call(sim):
    """FAULT-18: who sends a notification makes us call nobody."""
    client = client_of(sim, certificates=True)
    calls = []
    client._transport.exchange = lambda *a, **b: calls.append(a)
    order = new_order(sim, notify_url="https://shop.example/")
    sim.alipay.ledger.open(order.out_no, 1, "x")
    body = sim.alipay.letter(sim.alipay.ledger.find(order.out_no), None).body
    for number in range(1000):
        serial = f"&alipay_cert_sn={number:032x}".encode()
        outcome = client.parse_notification({}, body + serial)
        assert outcome.is_unknown and outcome.code == UNKNOWN_KEY
    assert calls == []


# what is left behind


def test_nothing_secret_in_logs_and_addresses(sim, client, order, caplog):
    """Issue 6: no key, no payer's code, no payer in any log or representation."""
    caplog.set_level(logging.DEBUG)
    code = new_code()
    outcome = client.pay_by_code(order, code)
    page = client.pay_by_page(new_order(sim)).value
    shown = f"{caplog.text} {outcome!r} {client!r} {client._settings!r} {page!r}"
    key = sim.alipay.merchant()["app_private_key"].splitlines()[1]
    for secret in (code.reveal(), key, outcome.value.payer):
        assert secret and secret not in shown
    assert "biz_content" not in parse_qs(urlsplit(page.url).query)


def test_the_body_is_a_form(client, order):
    """The address holds no amount and no number of a payment."""
    page = client.pay_by_page(order).value
    assert order.out_no not in page.url
    assert order.out_no in urlencode(page.fields)
