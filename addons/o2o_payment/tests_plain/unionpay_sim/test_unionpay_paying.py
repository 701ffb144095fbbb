"""Issue 6: paid at UnionPay, by code, page and phone."""

from datetime import timedelta

import pytest
import requests
from unionpay_helpers import (
    client_of,
    new_code,
    new_order,
    refund_of,
)
from unionpay_sim_helpers import state_of

from o2o_gateway.clock import compact_beijing
from o2o_gateway.results import (
    EventKind,
    PaymentState,
    RefundState,
)


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
