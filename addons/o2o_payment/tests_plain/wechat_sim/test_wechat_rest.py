"""Issue 6: what WeChat Pay refuses, what was sent, and all of it at once."""

import threading

import pytest
import requests
from wechat_helpers import NOW
from wechat_sim_helpers import UNPROVEN, client_of, new_code, new_order, refund_of

from o2o_gateway.clock import business_day
from o2o_gateway.results import (
    LineKind,
    PaymentState,
)
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Transport
from o2o_gateway.wechat import shipping as shipping_info
from o2o_paysim import Simulator


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
