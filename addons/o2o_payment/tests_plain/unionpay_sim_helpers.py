"""Orders at a simulated UnionPay, and its messages."""

from datetime import timedelta

from rude_server import http
from unionpay_helpers import (
    MERCHANT,
    new_code,
    new_order,
    raw,
)

from o2o_gateway.results import (
    PaymentState,
)

LOST = ["lost_after", "html", "truncated", "empty", "status_after"]
UNPROVEN = ["unsigned", "bad_signature", "wrong_key", "wrong_name", "expired"]
UNPROVEN += ["other_trade", "pending_after"]
MINUTE = timedelta(minutes=1)


def state_of(client, order):
    return client.query(order.out_no).value.state


def paid_order(client, sim, **more):
    order = new_order(client, sim.clock, **more)
    assert client.pay_by_code(order, new_code()).is_ok
    assert state_of(client, order) is PaymentState.PAID
    return order


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


def answers(rude_server, house, fields, charset="utf-8"):
    rude_server.answers = [http(raw(house.sign(fields, charset=charset), charset))]
