"""What the tests with scripted answers of WeChat Pay share."""

from datetime import date

import wechat_helpers as w
from wechat_helpers import Signer

from o2o_gateway.secret import Secret

SIGNER = Signer()
CODE = Secret("134567890123456789")
DAY = date(2026, 11, 26)


def ways(client):
    """Everything that moves money or decides about it."""
    return {
        "qr": lambda: client.pay_by_qr(w.order()),
        "page": lambda: client.pay_by_page(w.order(), on_phone=True),
        "jsapi": lambda: client.pay_in_wechat(w.order(), "oUpF8u"),
        "code": lambda: client.pay_by_code(w.order(), CODE),
        "query": lambda: client.query(w.OUT_NO),
        "close": lambda: client.close(w.OUT_NO),
        "cancel": lambda: client.cancel(w.OUT_NO),
        "refund": lambda: client.refund(w.refund_order()),
        "query_refund": lambda: client.query_refund(w.OUT_NO, w.REFUND_NO),
        "bill": lambda: client.bill(DAY),
    }
