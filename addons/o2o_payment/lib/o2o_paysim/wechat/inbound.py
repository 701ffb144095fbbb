"""What is asked for, and whether a merchant may ask: before anything is done."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from o2o_gateway.keys import PublicKey

from ..web import Request
from .identity import MCHID, SCHEME

#: seconds by which the merchant's clock may be off
WINDOW = 300
_ROUTES = (
    ("POST", r"/v3/pay/transactions/(native|jsapi|h5|codepay)", "wechat.{0}"),
    ("GET", r"/v3/pay/transactions/out-trade-no/([^/]+)", "wechat.query"),
    ("GET", r"/v3/pay/transactions/id/([^/]+)", "wechat.query_by_id"),
    ("POST", r"/v3/pay/transactions/out-trade-no/([^/]+)/close", "wechat.close"),
    ("POST", r"/v3/pay/transactions/out-trade-no/([^/]+)/reverse", "wechat.reverse"),
    ("POST", r"/v3/refund/domestic/refunds", "wechat.refund"),
    ("GET", r"/v3/refund/domestic/refunds/([^/]+)", "wechat.query_refund"),
    (
        "POST",
        r"/v3/refund/domestic/refunds/([^/]+)/apply-abnormal-refund",
        "wechat.abnormal_refund",
    ),
    ("GET", r"/v3/bill/tradebill", "wechat.bill"),
    ("GET", r"/v3/bill/fundflowbill", "wechat.fund_flow"),
    ("GET", r"/v3/billdownload/file", "wechat.bill_file"),
    ("GET", r"/v3/certificates", "wechat.certificates"),
    ("GET", r"/wechat/h5/([^/]+)", "wechat.h5_page"),
    ("POST", r"/wxa/sec/order/upload_shipping_info", "wechat.shipping"),
    ("POST", r"/cgi-bin/stable_token", "wechat.token"),
    ("GET", r"/connect/oauth2/authorize", "wechat.login_page"),
    ("GET", r"/sns/oauth2/access_token", "wechat.login"),
    ("GET", r"/wechat/bridge\.js", "wechat.bridge_script"),
    ("GET", r"/wechat/bridge", "wechat.bridge"),
)
#: asked for by payers and mini programs: no signature of a merchant
OPEN = (
    "wechat.h5_page",
    "wechat.shipping",
    "wechat.token",
    "wechat.login_page",
    "wechat.login",
    "wechat.bridge_script",
    "wechat.bridge",
)
_AUTHORIZATION = re.compile(
    rf'{SCHEME} mchid="([^"]*)",nonce_str="([^"]+)",signature="([^"]+)",'
    r'timestamp="([0-9]{1,11})",serial_no="([^"]+)"'
)


class Failure(Exception):
    """An answer other than success."""

    def __init__(self, status: int, code: str, message: str = "模拟的错误") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> bytes:
        content = {"code": self.code, "message": self.message}
        return json.dumps(content, ensure_ascii=False).encode()


def route_of(request: Request) -> tuple[str, str] | None:
    """The name of what is asked for, and the number in the path; None if unknown."""
    for method, pattern, name in _ROUTES:
        match = re.fullmatch(pattern, request.path)
        if match and request.method == method:
            number = match.group(1) if match.groups() else ""
            return name.format(number), number
    return None


def check_signature(
    request: Request, key: PublicKey, serial: str, now: datetime
) -> None:
    """:raise Failure: the clock first, then who it is, then the signature"""
    match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if not match:
        raise Failure(401, "SIGN_ERROR", "Http头Authorization值格式错误")
    mchid, nonce, signature, timestamp, named = match.groups()
    if abs(int(timestamp) - now.timestamp()) > WINDOW:
        raise Failure(401, "SIGN_ERROR", "timestamp与发起请求的时间不得超过5分钟")
    if mchid != MCHID:
        raise Failure(401, "SIGN_ERROR", "商户号不存在")
    if named != serial:
        raise Failure(401, "SIGN_ERROR", "商户证书序列号有误")
    if not request.headers.get("user-agent") or "application/json" not in (
        request.headers.get("accept", "")
    ):
        raise Failure(400, "PARAM_ERROR", "缺少User-Agent或Accept")
    path = f"{request.path}?{request.query}" if request.query else request.path
    head = f"{request.method}\n{path}\n{timestamp}\n{nonce}\n".encode()
    if not key.verify(head + request.body + b"\n", signature):
        raise Failure(401, "SIGN_ERROR", "签名错误，请检查后再试")


def content_of(request: Request) -> dict[str, Any]:
    """:raise Failure: the body is no JSON object"""
    if not request.body:
        return {}
    try:
        found = json.loads(request.body)
    except ValueError:
        raise Failure(400, "PARAM_ERROR", "请求不是JSON") from None
    if not isinstance(found, dict):
        raise Failure(400, "PARAM_ERROR", "请求不是JSON对象")
    return found
