"""Issue 6: the client of WeChat Pay and the simulator, over real sockets."""

import itertools
import json
import threading
from datetime import timedelta

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_helpers import DAY, NOW
from wechatpayv3 import core as oracle_core

from o2o_gateway.clock import beijing, business_day
from o2o_gateway.gateway import BILL_EMPTY, BILL_NOT_READY, Order, RefundOrder
from o2o_gateway.keys import load_certificates, load_private_key, load_public_key
from o2o_gateway.order_numbers import make_number
from o2o_gateway.outcome import BAD_ANSWER, INVALID, NOT_AUTHENTIC, UNKNOWN_KEY
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
from o2o_gateway.wechat import PayerCard, Settings, WechatGateway, platform_keys
from o2o_gateway.wechat import shipping as shipping_info
from o2o_gateway.wechat.sealed import CANNOT_OPEN
from o2o_gateway.wechat.signing import PROBE
from o2o_gateway.wechat.wire import NO_CERTIFICATES
from o2o_paysim import Simulator
from o2o_paysim.clock import SimClock
from o2o_paysim.ledger import Refused
from o2o_paysim.wechat.books import WechatLedger
from o2o_paysim.wechat.identity import MODES

_numbers = itertools.count(1)
#: done at WeChat Pay, and the answer does not prove it
UNPROVEN = ["lost_after", "html", "truncated", "empty", "status_after", "unsigned"]
UNPROVEN += ["bad_signature", "wrong_key", "probe", "old", "system_error_after"]
UNPROVEN += ["rate_limit_after"]


@pytest.fixture(scope="module")
def running():
    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def sim(running):
    running.faults.clear()
    running.wechat.identity.mode = "public_key"
    return running


@pytest.fixture
def shop():
    from shop import Shop

    shop = Shop().start()
    yield shop
    shop.stop()


def client_of(sim, keys=None, **more):
    texts = sim.wechat.merchant()
    if keys is None:
        keys = platform_keys(
            {texts["public_key_id"]: load_public_key(texts["public_key"])}
            if sim.wechat.identity.mode != "certificate"
            else {},
            load_certificates(texts["certificate"])
            if sim.wechat.identity.mode != "public_key"
            else [],
        )
    account = Settings(
        more.pop("mchid", texts["mchid"]),
        more.pop("app_id", texts["app_id"]),
        more.pop("serial_no", texts["serial_no"]),
        load_private_key(more.pop("private_key", texts["private_key"])),
        Secret(more.pop("api_key", texts["api_key"])),
        (texts["url"],),
    )
    transport = Transport(account.hosts, timeout=(2, 2), deadline=4)
    return WechatGateway(
        account, keys, **{"clock": sim.clock, "transport": transport, **more}
    )


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim):
    return new_order(sim)


def new_order(sim, **more):
    values = {
        "out_no": make_number("P", sim.clock(), 46, next(_numbers)),
        "amount_fen": 10000,
        "subject": '茅台, 53/度 & "杯"',
        "expires_at": sim.clock() + timedelta(minutes=15),
        "notify_url": "https://shop.example/notify",
        "store_no": "S046",
        "terminal_no": "T1",
        "client_ip": "10.0.0.7",
        **more,
    }
    return Order(**values)


def new_code():
    return Secret(f"13{next(_numbers):016d}")


def refund_of(order, amount, **more):
    number = make_number("R", NOW, 46, next(_numbers))
    values = {"refund_no": number, "paid_fen": order.amount_fen, **more}
    return RefundOrder(order.out_no, amount_fen=amount, **values)


def state_of(client, order):
    return client.query(order.out_no).value.state


# the plain way, in each mode


@pytest.mark.parametrize("mode", MODES)
def test_a_code_is_charged_asked_and_given_back(sim, mode):
    """PAY-02, FAULT-19: with the public key, certificates, and both in turn."""
    sim.wechat.identity.mode = mode
    client = client_of(sim)
    for _turn in range(2):
        order = new_order(sim)
        assert state_of(client, order) is PaymentState.ABSENT
        paid = client.pay_by_code(order, new_code()).value
        assert (paid.state, paid.amount_fen) == (PaymentState.PAID, 10000)
        asked = client.query(order.out_no).value
        assert asked.provider_no == paid.provider_no
        part = refund_of(order, 3000)
        assert client.refund(part).value.state is RefundState.DONE
        again = client.query_refund(order.out_no, part.refund_no).value
        assert (again.state, again.amount_fen) == (RefundState.DONE, 3000)
        assert client.query(order.out_no).value.word == "REFUND"
        assert client.refund(refund_of(order, 7000)).is_ok
        assert state_of(client, order) is PaymentState.PAID


def test_a_qr_code_is_paid_on_the_phone(sim, client, order):
    """PAY-01: native; the payer confirms on a page for a phone."""
    found = client.pay_by_qr(order).value
    token = found.text.removeprefix("weixin://wxpay/bizpayurl?pr=")
    assert state_of(client, order) is PaymentState.WAITING
    listed = requests.get(f"{sim.url}/phone", timeout=5).text
    assert f"/phone/{token}" in listed
    page = f"{sim.url}/phone/{token}"
    shown = requests.get(page, timeout=5).text
    assert "100.00" in shown and "微信支付" in shown
    requests.post(page, data={"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.PAID


def test_a_page_on_a_phone_leads_back_to_the_shop(sim, client):
    """PAY-01: H5; five minutes, then the link is dead."""
    order = new_order(sim, return_url="https://shop.example/back?order=1&x=2")
    page = client.pay_by_page(order, on_phone=True).value
    payer = requests.get(page.url, timeout=5)
    assert "/phone/" in payer.url and "100.00" in payer.text
    done = requests.post(
        payer.url, data={"action": "pay"}, timeout=5, allow_redirects=False
    )
    assert done.headers["Location"] == "https://shop.example/back?order=1&x=2"
    assert state_of(client, order) is PaymentState.PAID
    late = client.pay_by_page(new_order(sim), on_phone=True).value
    sim.clock.advance(301)
    assert requests.get(late.url, timeout=5).status_code == 404


def test_a_payment_within_wechat(sim, client, order):
    """PAY-01: JSAPI; what the page hands over is signed by the merchant."""
    call = client.pay_in_wechat(order, "oUpF8u").value
    trade = sim.wechat.ledger.find(order.out_no)
    assert call.package == f"prepay_id=wx{trade.token}"
    lines = [call.app_id, call.timestamp, call.nonce, call.package, ""]
    key = sim.wechat.identity.merchant.key.public()
    assert key.verify("\n".join(lines).encode(), call.signature)


def test_the_same_order_is_one_payment(sim, client, order):
    """FAULT-37: asked for twice, it is one; with another amount, it is nobody knows."""
    assert client.pay_by_qr(order).value.text == client.pay_by_qr(order).value.text
    changed = new_order(sim, out_no=order.out_no, amount_fen=9999)
    outcome = client.pay_by_qr(changed)
    assert outcome.is_unknown and outcome.code == "OUT_TRADE_NO_USED"
    sim.wechat.pay(order.out_no)
    assert client.pay_by_qr(order).is_unknown
    assert len([t for t in sim.wechat.ledger.trades() if t.out_no == order.out_no]) == 1


def test_closing(sim, client, order):
    """FAULT-26, FAULT-37: what is paid is not closed, what is closed is not paid."""
    assert client.close(order.out_no).value.state is PaymentState.ABSENT
    client.pay_by_qr(order)
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    assert state_of(client, order) is PaymentState.CLOSED
    assert client.pay_by_qr(order).code == "ORDER_CLOSED"
    late = new_order(sim)
    client.pay_by_qr(late)
    sim.wechat.pay(late.out_no)
    assert client.close(late.out_no).value.state is PaymentState.PAID


def test_nothing_is_paid_after_its_time(sim, client, order):
    client.pay_by_qr(order)
    sim.clock.advance(15 * 60 + 1)
    assert state_of(client, order) is PaymentState.CLOSED


# codes at the till, with faults


class Waiting:
    """Time that passes by sleeping; and what happens meanwhile."""

    def __init__(self, sim, at=None, do=None):
        self.sim, self.at, self.do, self.slept = sim, at, do, 0

    def __call__(self, seconds):
        self.slept += seconds
        self.sim.clock.advance(seconds)
        if self.at is not None and self.slept >= self.at:
            self.at = None
            self.do()


def test_a_password_that_is_entered(sim, client, order):
    """FAULT-31: USERPAYING, paid at 29 seconds."""
    sim.faults.add("wechat.codepay", "ask_payer")
    waiting = Waiting(sim, 29, lambda: sim.wechat.pay(order.out_no))
    paid = charge(client, order, new_code(), sleep=waiting, clock=sim.clock).value
    assert paid.state is PaymentState.PAID
    assert 29 <= waiting.slept < 40


def test_a_password_that_is_never_entered(sim, client, order):
    """FAULT-32: reversed at the end; the code cannot be paid afterwards."""
    sim.faults.add("wechat.codepay", "ask_payer")
    waiting = Waiting(sim)
    ended = charge(client, order, new_code(), sleep=waiting, clock=sim.clock).value
    assert ended.state is PaymentState.CLOSED
    assert 30 <= waiting.slept <= 60
    assert client.query(order.out_no).value.word == "REVOKED"


def test_a_password_that_is_refused(sim, client, order):
    sim.faults.add("wechat.codepay", "ask_payer")
    waiting = Waiting(sim, 5, lambda: sim.wechat.ledger.close(order.out_no))
    ended = charge(client, order, new_code(), sleep=waiting, clock=sim.clock).value
    assert (ended.state, ended.word) == (PaymentState.FAILED, "PAYERROR")


@pytest.mark.parametrize("fault", UNPROVEN)
def test_a_charge_whose_answer_proves_nothing(sim, client, order, fault):
    """FAULT-29, FAULT-34: done, and the answer is lost: the query finds it paid."""
    sim.faults.add("wechat.codepay", fault)
    assert client.pay_by_code(order, new_code()).is_unknown
    assert state_of(client, order) is PaymentState.PAID
    assert sim.wechat.ledger.find(order.out_no).paid_at


@pytest.mark.parametrize(
    "fault", ["lost_before", "status", "redirect", "rate_limit", "system_error_before"]
)
def test_a_charge_that_never_arrived(sim, client, order, fault):
    """FAULT-30, FAULT-39: not done; the same number is tried again."""
    sim.faults.add("wechat.codepay", fault)
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert state_of(client, order) is PaymentState.ABSENT
    assert client.pay_by_code(order, code).value.state is PaymentState.PAID


def test_the_same_again_finds_what_was_paid(sim, client, order):
    """FAULT-35: the retry after a lost answer is told ORDERPAID, and asks."""
    sim.faults.add("wechat.codepay", "lost_after")
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert client.pay_by_code(order, code).value.state is PaymentState.PAID
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 0


def test_the_same_again_is_told_in_202(sim, client, order):
    """§2.2: 202 means the same request again."""
    sim.faults.add("wechat.codepay", "accepted")
    assert client.pay_by_code(order, new_code()).code == "ACCEPTED"
    assert client.pay_by_code(order, new_code()).is_ok


def test_a_code_is_good_once(sim, client, order):
    """FAULT-38."""
    code = new_code()
    assert client.pay_by_code(order, code).is_ok
    second = client.pay_by_code(new_order(sim), code)
    assert second.is_rejected and second.code == "AUTH_CODE_INVALID"
    sim.faults.add("wechat.codepay", "code_expired")
    late = client.pay_by_code(new_order(sim), new_code())
    assert late.is_rejected and late.code == "AUTH_CODE_EXPIRED"


@pytest.mark.parametrize("fault", UNPROVEN)
def test_a_reversal_whose_answer_is_lost(sim, client, order, fault):
    """FAULT-33: call it again until it is certain; the money goes back once."""
    client.pay_by_code(order, new_code())
    sim.faults.add("wechat.reverse", fault)
    assert client.cancel(order.out_no).is_unknown
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 10000


def test_a_till_that_cannot_undo_says_so(sim, client, order):
    """FAULT-33: nothing gets through; nobody charges again before somebody knows."""
    sim.faults.add("wechat.codepay", "lost_after")
    sim.faults.add("*", "lost_before", times=200)
    outcome = charge(client, order, new_code(), sleep=Waiting(sim), clock=sim.clock)
    assert outcome.is_unknown and outcome.code == UNRESOLVED


def test_what_cannot_be_reversed(sim, client, order):
    client.pay_by_qr(order)
    assert client.cancel(order.out_no).code == "INVALID_REQUEST"
    assert client.cancel(new_order(sim).out_no).value.action is CancelAction.NOTHING
    old = new_order(sim)
    client.pay_by_code(old, new_code())
    sim.clock.advance(8 * 86400)
    assert client.cancel(old.out_no).code == "TRADE_OVERDUE"


def test_an_answer_about_another_payment_is_not_believed(sim, client, order):
    """FAULT-8: signed, and about somebody else."""
    sim.faults.add("wechat.codepay", "other_trade")
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_unknown and outcome.code == BAD_ANSWER


# refunds


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


# notifications


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


# keys


def test_certificates_are_learned_and_rotated(sim):
    """FAULT-19: from no certificate at all, through a rotation at noon."""
    sim.wechat.identity.mode = "certificate"
    kept = []
    client = client_of(sim, platform_keys(), on_new_certificate=kept.append)
    order = new_order(sim)
    assert client.pay_by_code(order, new_code()).value.state is PaymentState.PAID
    known = len(kept)
    assert known >= 1
    sim.clock.advance(3600)
    sim.wechat.rotate()
    assert client.query(order.out_no).value.state is PaymentState.PAID
    assert len(kept) == known + 1
    assert client.refresh_certificates().value == 0


def test_a_merchant_with_the_public_key_alone(sim, client):
    """§2.2: /v3/certificates answers 404."""
    assert client.refresh_certificates().code == NO_CERTIFICATES
    with pytest.raises(ValueError, match="does not expire"):
        sim.wechat.rotate()


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"private_key": "other"}, "wrong key"),
        ({"serial_no": "1234567890ABCDEF"}, "wrong certificate number"),
        ({"clock": 10}, "clock of this server"),
        ({"clock": -8 * 60}, "clock of this server"),
    ],
    ids=str,
)
def test_what_is_set_up_wrongly_is_named(sim, order, other_texts, wrong, hint):
    """FAULT-41 and the self-test: key, certificate number, clock."""
    if "private_key" in wrong:
        wrong = {"private_key": other_texts.private().decode()}
    minutes = wrong.get("clock", 0)
    if minutes:
        wrong = {"clock": lambda: sim.clock() + timedelta(minutes=minutes)}
    client = client_of(sim, **wrong)
    outcome = client.query(order.out_no)
    assert outcome.is_rejected and outcome.code == "SIGN_ERROR"
    assert hint in outcome.reason
    assert abs(client.skew_seconds - 60 * minutes) < 5


def test_a_wrong_api_key_shows_at_the_certificates(sim):
    """FAULT-21."""
    sim.wechat.identity.mode = "certificate"
    client = client_of(sim, platform_keys(), api_key="z" * 32)
    assert client.refresh_certificates().code == CANNOT_OPEN


def test_the_other_implementation_accepts_the_simulator(sim, shop):
    """wechatpayv3 verifies and opens what the simulator sends: it is faithful."""
    texts = sim.wechat.merchant()
    oracle = oracle_core.Core(
        texts["mchid"],
        texts["serial_no"],
        texts["private_key"],
        texts["api_key"],
        public_key=texts["public_key"],
        public_key_id=texts["public_key_id"],
    )
    caught = []
    shop.gateway = client_of(sim)
    take = shop.take
    shop.take = lambda headers, body: (
        caught.append((headers, body)) or take(headers, body)
    )
    order = new_order(sim, notify_url=shop.url)
    shop.gateway.pay_by_qr(order)
    sim.wechat.pay(order.out_no)
    shop.wait(1)
    found = oracle.callback(*caught[0])
    assert found["resource"]["out_trade_no"] == order.out_no


@pytest.mark.parametrize("mode", ["public_key", "certificate"])
def test_the_other_implementation_pays_at_the_simulator(monkeypatch, mode):
    """Its requests are accepted, its checks of our answers succeed."""
    sim = Simulator().start()
    for name in ("get", "post"):
        # it knows one host only
        monkeypatch.setattr(oracle_core.requests, name, sent_to(sim, name))
    try:
        sim.wechat.identity.mode = mode
        texts = sim.wechat.merchant()
        known = ("public_key", "public_key_id") if mode == "public_key" else ()
        oracle = oracle_core.Core(
            texts["mchid"],
            texts["serial_no"],
            texts["private_key"],
            texts["api_key"],
            timeout=(2, 2),
            **{name: texts[name] for name in known},
        )
        order = new_order(sim)
        content = {
            "appid": texts["app_id"],
            "mchid": texts["mchid"],
            "description": "茅台",
            "out_trade_no": order.out_no,
            "notify_url": order.notify_url,
            "amount": {"total": 1, "currency": "CNY"},
        }
        path, post = "/v3/pay/transactions/native", oracle_core.RequestType.POST
        status, text = oracle.request(path, post, content)
        assert status == 200 and json.loads(text)["code_url"].startswith("weixin://")
        path = f"/v3/pay/transactions/out-trade-no/{order.out_no}?mchid="
        status, text = oracle.request(path + texts["mchid"])
        assert json.loads(text)["trade_state"] == "NOTPAY"
    finally:
        sim.stop()


def sent_to(sim, name):
    real = getattr(requests, name)

    def send(url, **more):
        return real(url.replace("https://api.mch.weixin.qq.com", sim.url), **more)

    return send


# setting up


def findings(client, **more):
    return [one.code for one in client.self_test(**more)]


@pytest.mark.parametrize("mode", MODES)
def test_right_settings_have_no_findings(sim, mode):
    sim.wechat.identity.mode = mode
    before = len(sim.wechat.ledger.trades())
    client = client_of(sim)
    assert client.self_test() == ()
    assert len(sim.wechat.ledger.trades()) == before
    assert client.self_test("https://shop.example/notify") == ()
    trial = sim.wechat.ledger.trades()[-1]
    assert (trial.amount_fen, trial.state) == (1, "closed")


def test_mistakes_are_named(sim, key_texts):
    """Issue 6, §5: the wrong key in every place, numbers, no line."""
    url = "https://shop.example/notify"
    texts = sim.wechat.merchant()
    name = texts["public_key_id"]
    stranger = load_private_key(key_texts.private().decode())
    [ours] = client_of(sim, private_key=key_texts.private().decode()).self_test(url)
    assert ours.code == "SIGN_ERROR" and "wrong key" in ours.text
    own = load_private_key(texts["private_key"]).public()
    assert findings(client_of(sim, platform_keys({name: own})))[0] == "own_key"
    theirs = client_of(sim, platform_keys({name: stranger.public()}))
    [wrong] = theirs.self_test(url)
    assert wrong.code == NOT_AUTHENTIC and "WeChat Pay's" in wrong.text
    other = client_of(sim, platform_keys({"PUB_KEY_ID_2": stranger.public()}))
    assert UNKNOWN_KEY in findings(other, notify_url=url)
    [app] = client_of(sim, app_id="wx0").self_test(url)
    assert "app number" in app.text
    [merchant] = client_of(sim, mchid="1900000108").self_test(url)
    assert "wrong merchant number" in merchant.text
    sim.wechat.identity.mode = "certificate"
    assert findings(client_of(sim, platform_keys(), api_key="z" * 32)) == [CANNOT_OPEN]
    assert findings(client_of(sim, platform_keys())) == []


def test_a_merchant_without_any_key_of_wechat_pay(sim):
    """The public key was not pasted, and there are no certificates."""
    assert findings(client_of(sim, platform_keys())) == [NO_CERTIFICATES]


@pytest.mark.parametrize(("minutes", "count"), [(0.5, 0), (4, 1), (480, 2)])
def test_a_clock_that_is_off_is_named(sim, minutes, count):
    """FAULT-41: before WeChat Pay refuses for it."""
    found = client_of(
        sim, clock=lambda: sim.clock() - timedelta(minutes=minutes)
    ).self_test()
    assert len(found) == count
    assert all("clock" in one.text for one in found)


def test_certificates_that_have_expired_are_named(sim):
    sim.wechat.identity.mode = "certificate"
    late = client_of(sim, clock=lambda: sim.clock() + timedelta(days=3650))
    assert "expired" in findings(late)


# bills


def a_day_of_sales(sim, client):
    """Sales, refunds and a reversal; the day they were on, and then it is tomorrow."""
    orders = [new_order(sim, amount_fen=100 + 37 * n) for n in range(5)]
    for order in orders:
        client.pay_by_code(order, new_code())
    client.refund(refund_of(orders[0], 50))
    client.refund(refund_of(orders[0], 50))
    client.refund(refund_of(orders[1], 137))
    client.cancel(orders[2].out_no)
    day = business_day(sim.clock())
    sim.clock.advance(86400)
    return day, orders


@pytest.fixture
def sold(sim, client):
    """A day of its own, and what it added to the books."""
    sim.clock.advance(86400)
    before = sim.wechat.ledger.books()
    day, orders = a_day_of_sales(sim, client)
    after = sim.wechat.ledger.books()
    added = {name: after[name] - before[name] for name in after}
    return day, orders, added


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


# what else a merchant may do wrong


@pytest.mark.parametrize(
    ("path", "method", "body", "code"),
    [
        ("/v3/pay/transactions/native", "POST", b"[", "PARAM_ERROR"),
        ("/v3/pay/transactions/native", "POST", b"[]", "PARAM_ERROR"),
        ("/v3/pay/transactions/native", "POST", b"{}", "PARAM_ERROR"),
        ("/v3/refund/domestic/refunds", "POST", b"{}", "PARAM_ERROR"),
        ("/v3/bill/tradebill?bill_date=soon", "GET", b"", "PARAM_ERROR"),
        (
            "/v3/pay/transactions/id/4200?mchid=1900000109",
            "GET",
            b"",
            "ORDER_NOT_EXIST",
        ),
    ],
)
def test_what_the_simulator_refuses(sim, client, path, method, body, code):
    headers = client._wire.headers(method, path, body)
    answer = requests.request(
        method, f"{sim.url}{path}", headers=headers, data=body, timeout=5
    )
    assert answer.json()["code"] == code
    assert "Wechatpay-Signature" not in answer.headers
    unsigned = requests.request(method, f"{sim.url}{path}", data=body, timeout=5)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SIGN_ERROR")


def test_a_replayed_body_under_an_old_signature_is_refused(sim, client, order):
    """What was signed is exactly this method, address and body."""
    path = f"/v3/pay/transactions/out-trade-no/{order.out_no}?mchid=1900000109"
    headers = client._wire.headers("GET", path, b"")
    other = path.replace("1900000109", "1900000108")
    answer = requests.get(f"{sim.url}{other}", headers=headers, timeout=5)
    assert answer.status_code == 401


# shipping


def test_shipping_information_is_taken(sim, client, order):
    """The builder's request, as the outbox will send it."""
    client.pay_by_code(order, new_code())
    token = sim.wechat.merchant()["access_token"]
    parcel = shipping_info.Parcel("茅台", "SF1", "SF", receiver_phone="13812345678")

    def send(item="茅台", token=token, out_no=order.out_no):
        told = shipping_info.Shipping(
            "1900000109",
            out_no,
            client.query(order.out_no).value.payer,
            shipping_info.Logistics.EXPRESS,
            (shipping_info.Parcel(item, "SF1", "SF", receiver_phone="13812345678"),),
            sim.clock(),
        )
        path, body = shipping_info.request(told, Secret(token))
        transport = Transport([sim.url], timeout=(2, 2), deadline=4)
        return shipping_info.read_answer(
            transport.exchange("POST", path, body=body).value
        )

    assert send(token="old").code == shipping_info.TOKEN_EXPIRED
    assert send(out_no=new_order(sim).out_no).is_rejected
    assert send().is_ok and send().is_ok
    assert send("酒杯").is_ok and send("盒子").is_rejected
    first = sim.wechat.shipments.told[order.out_no][0]
    assert first["shipping_list"][0]["item_desc"] == parcel.item


# all of it at once


def test_many_tills_at_once_agree_with_the_books():
    """Issue 6: random faults, repeated calls; to the cent, nobody pays twice."""
    sim = Simulator(start=NOW).start()
    try:
        client = client_of(sim)
        for route in ("wechat.codepay", "wechat.refund"):
            for name in (*UNPROVEN, "lost_before", "rate_limit"):
                sim.faults.add(route, name, times=2)
        sold = []

        def sell():
            for _ in range(5):
                order, code = new_order(sim), new_code()
                while not client.pay_by_code(order, code).is_ok:
                    found = client.query(order.out_no)
                    if found.is_ok and found.value.state is PaymentState.PAID:
                        break
                refund = refund_of(order, 2500)
                while not client.refund(refund).is_ok:
                    assert client.query_refund(order.out_no, refund.refund_no).is_ok
                sold.append(order)

        threads = [threading.Thread(target=sell) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(sold) == 30
        books = sim.wechat.ledger.books()
        assert (books["payments"], books["paid_fen"]) == (30, 300_000)
        assert (books["refunds"], books["refunded_fen"]) == (30, 75_000)
        day = business_day(sim.clock())
        sim.clock.advance(86400)
        bill = client.bill(day).value
        assert bill.problems == () and len(bill.lines) == 60
        assert bill.total_fen(LineKind.PAYMENT) == books["paid_fen"]
        assert bill.total_fee_fen() == books["fees_fen"]
    finally:
        sim.stop()
