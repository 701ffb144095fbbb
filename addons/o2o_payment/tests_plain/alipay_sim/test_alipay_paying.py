"""Issue 6: paying with Alipay, over real sockets."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from alipay_helpers import client_of, new_code, new_order, refund_of, state_of

from o2o_gateway.outcome import INVALID, NOT_AUTHENTIC
from o2o_gateway.results import PaymentState, RefundState
from o2o_gateway.secret import Secret


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


@pytest.mark.parametrize("takes_credit", [True, False])
def test_credit_pays_only_where_the_shop_takes_it(sim, client, takes_credit):
    """PAY-05: money for a wallet is not paid with a credit card; anything else is."""
    order = new_order(sim, takes_credit=takes_credit)
    page = client.pay_by_page(order).value
    opened = requests.post(page.url, page.fields, timeout=5)
    shown = requests.post(opened.url, {"action": "credit"}, timeout=5)
    state = PaymentState.PAID if takes_credit else PaymentState.WAITING
    assert state_of(client, order) is state
    assert ("换一种方式" in shown.text) is not takes_credit
    if not takes_credit:
        requests.post(opened.url, {"action": "pay"}, timeout=5)
        assert state_of(client, order) is PaymentState.PAID
