"""Clients, orders and refunds at a simulated WeChat Pay."""

import itertools
from datetime import timedelta

from wechat_helpers import NOW

from o2o_gateway.clock import business_day
from o2o_gateway.gateway import Order, RefundOrder
from o2o_gateway.keys import load_certificates, load_private_key, load_public_key
from o2o_gateway.order_numbers import make_number
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Transport
from o2o_gateway.wechat import Settings, WechatGateway, platform_keys

_numbers = itertools.count(1)


#: done at WeChat Pay, and the answer does not prove it
UNPROVEN = ["lost_after", "html", "truncated", "empty", "status_after", "unsigned"]
UNPROVEN += ["bad_signature", "wrong_key", "probe", "old", "system_error_after"]
UNPROVEN += ["rate_limit_after"]


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
