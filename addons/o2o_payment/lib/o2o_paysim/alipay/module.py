"""Alipay's gateway as the simulator speaks it: ``/gateway.do``, v2, RSA2."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from o2o_gateway.clock import BEIJING, format_beijing, parse_beijing
from o2o_gateway.keys import PrivateKey
from o2o_gateway.money import format_yuan, parse_yuan

from ..faults import Fault
from ..ledger import CLOSED, DRAFT, PAID, WAITING, Refused, SimRefund, Trade
from ..module import Module, Surroundings
from ..notifier import Letter
from ..web import Request, Response, page, redirect
from . import bill
from .identity import APP_ID, SELLER_ID, Identity

Node = dict[str, Any]

_MINUTE, _HOUR = 60, 3600
#: how wrong the sender's clock may be
_MAX_SKEW = timedelta(minutes=10)
_REFUND_TIME = timedelta(days=365)
_QR_TIME = timedelta(hours=2)
_BILL_URL_TIME = timedelta(seconds=30)
#: hour of the next day in Beijing from which a bill is there
_BILL_HOUR = 9
_STATES = {WAITING: "WAIT_BUYER_PAY", PAID: "TRADE_SUCCESS", CLOSED: "TRADE_CLOSED"}
_AUTH_CODE = re.compile(r"(2[5-9]|30)[0-9]{14,22}")
_OUT_NO = re.compile(r"[A-Za-z0-9_]{1,64}")


class Failure(Exception):
    """An answer other than success: ``code`` and ``sub_code``."""

    def __init__(self, sub_code: str, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.sub_code = sub_code
        self.code = code

    def node(self) -> Node:
        return {
            "code": self.code,
            "msg": "Service Currently Unavailable"
            if self.code == "20000"
            else "Business Failed",
            "sub_code": self.sub_code,
            "sub_msg": "模拟的错误 {}",
        }


class AlipayModule(Module):
    """One seller with one application at Alipay, in key and certificate mode."""

    code = "alipay"
    title = "支付宝"
    retries = (
        4 * _MINUTE,
        10 * _MINUTE,
        10 * _MINUTE,
        _HOUR,
        2 * _HOUR,
        6 * _HOUR,
        15 * _HOUR,
    )
    own_faults = (
        "ask_payer",  # pay: 10003, the payer has to confirm
        "system_error_before",  # nothing done, ACQ.SYSTEM_ERROR
        "system_error_after",  # done, ACQ.SYSTEM_ERROR
        "unknown_after",  # done, code 20000
        "error_response",  # nothing done, an unsigned error_response
        "unsigned",  # done, the answer has no signature
        "bad_signature",  # done, the answer was changed after signing
        "wrong_key",  # done, the answer is signed with another key
        "other_trade",  # done, the signed answer is about another payment
        "retry_flag",  # cancel: nothing done, asks to be called again
        "no_money",  # refund, cancel: the seller's account is empty
        "no_change",  # refund: done, but fund_change=N
        "rate_limit",  # nothing done, called too often
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.identity = Identity(around.clock)
        #: whether refunds are notified; off at Alipay unless one asks for it
        self.notifies_refunds = False
        self._used_codes: set[str] = set()
        self._bills: dict[str, tuple[datetime, bytes]] = {}
        self._spoils: list[tuple[str, int]] = []
        self._methods: dict[str, Callable[[Node], Node]] = {
            "alipay.trade.pay": self._pay,
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.cancel": self._cancel,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill_url,
            "alipay.open.app.alipaycert.download": self._certificate,
        }

    # what the simulator asks of a gateway

    def merchant(self) -> dict[str, str]:
        return {
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "url": f"{self.around.url}/gateway.do",
            **self.identity.texts(),
        }

    def route(self, request: Request) -> str | None:
        if request.path == "/gateway.do":
            return request.form().get("method", "alipay")
        if request.path.startswith("/alipay/bill/"):
            return "alipay.bill_file"
        return None

    def answer(self, route: str, request: Request, fault: Fault | None) -> Response:
        if route == "alipay.bill_file":
            return self._bill_file(request.path.removeprefix("/alipay/bill/"))
        params = request.form()
        name = fault.name if fault else ""
        if name == "error_response":
            failure = Failure("isp.unknow-error", "20000")
            return _reply({"error_response": failure.node()})
        refusal = self._refusal(params)
        if refusal:
            # Alipay cannot sign for an application that it does not know
            return _reply({_node_name(route): refusal.node()})
        if route in ("alipay.trade.page.pay", "alipay.trade.wap.pay"):
            return self._page(params)
        node = self._node(route, params, name)
        return self._signed(route, node, params, name)

    def letter(self, trade: Trade, fault: Fault | None) -> Letter:
        return self._letter(trade, None, fault)

    def return_address(self, trade: Trade) -> str:
        if not trade.return_url:
            return ""
        fields = {
            "charset": "utf-8",
            "out_trade_no": trade.out_no,
            "method": f"alipay.trade.{trade.way}.pay.return",
            "total_amount": format_yuan(trade.amount_fen),
            "trade_no": trade.provider_no,
            "auth_app_id": APP_ID,
            "version": "1.0",
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "timestamp": format_beijing(self.around.clock()),
        }
        sign = "&" if "?" in trade.return_url else "?"
        return f"{trade.return_url}{sign}{urlencode(self._form(fields))}"

    def payment_code(self) -> str:
        return f"28{secrets.randbelow(10**16):016d}"

    def spoil_bill(self, how: str, row: int = 0) -> None:
        if how not in bill.SPOILS:
            raise ValueError(f"a bill is spoilt by {', '.join(bill.SPOILS)}")
        self._spoils.append((how, row))

    def rotate(self) -> None:
        self.identity.rotate()

    # before anything is done

    def _refusal(self, params: Mapping[str, str]) -> Failure | None:
        """Why a request is not even looked at."""
        if params.get("app_id") != APP_ID:
            return Failure("isv.invalid-app-id", "40002")
        text = _content(params, ("sign",))
        if params.get(
            "sign_type"
        ) != "RSA2" or not self.identity.app.key.public().verify(
            text.encode(), params.get("sign", "")
        ):
            return Failure("isv.invalid-signature", "40002")
        if "app_cert_sn" in params and params.get("alipay_root_cert_sn") != (
            self.identity.root_serial
        ):
            return Failure("isv.invalid-cert-sn", "40002")
        try:
            sent = parse_beijing(params.get("timestamp", ""))
        except ValueError:
            return Failure("isv.invalid-timestamp", "40002")
        if abs(sent - self.around.clock()) > _MAX_SKEW:
            return Failure("isv.invalid-timestamp", "40002")
        return None

    def _node(self, route: str, params: Mapping[str, str], fault: str) -> Node:
        """Do what is asked; what comes of it as Alipay says it."""
        try:
            if fault == "system_error_before":
                raise Failure("ACQ.SYSTEM_ERROR")
            if fault == "rate_limit":
                raise Failure("isv.app-call-limited", "40005")
            if fault == "no_money":
                raise Failure("ACQ.SELLER_BALANCE_NOT_ENOUGH")
            method = self._methods.get(route)
            if method is None:
                raise Failure("isv.invalid-method", "40002")
            biz = json.loads(params.get("biz_content", "{}"))
            if fault in ("ask_payer", "retry_flag"):
                biz["_fault"] = fault
            biz["_notify_url"] = params.get("notify_url", "")
            node = {"code": "10000", "msg": "Success", **method(biz)}
        except Failure as failure:
            return failure.node()
        except (KeyError, ValueError, TypeError, AttributeError):
            return Failure("ACQ.INVALID_PARAMETER").node()
        if fault == "system_error_after":
            return Failure("ACQ.SYSTEM_ERROR").node()
        if fault == "unknown_after":
            return Failure("isp.unknow-error", "20000").node()
        if fault == "no_change":
            node["fund_change"] = "N"
        if fault == "other_trade":
            node["out_trade_no"] = "P9999999999999999999999999"
        return node

    def _signed(
        self, route: str, node: Node, params: Mapping[str, str], fault: str
    ) -> Response:
        # escaped slashes, as Alipay writes them: the signature is over this very text
        text = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
        text = text.replace("/", "\\/")
        key = self.identity.stranger.key if fault == "wrong_key" else self._key()
        parts = {_node_name(route): text}
        if fault != "unsigned":
            parts["sign"] = json.dumps(key.sign(text.encode()))
        if fault == "bad_signature":
            parts[_node_name(route)] = text.replace('"msg":"', '"msg":"_')
        if "app_cert_sn" in params:
            parts["alipay_cert_sn"] = json.dumps(self.identity.serial)
        body = ",".join(f'"{name}":{value}' for name, value in parts.items())
        return Response(f"{{{body}}}".encode())

    def _key(self) -> PrivateKey:
        return self.identity.current.key

    # payments

    def _fields(self, biz: Node, way: str) -> dict[str, Any]:
        """What an order says; Alipay refuses what is out of range."""
        amount = parse_yuan(biz["total_amount"])
        subject = biz["subject"]
        if (
            not _OUT_NO.fullmatch(biz["out_trade_no"])
            or not 1 <= amount <= 100_000_000_00
            or not subject
            or len(subject) > 256
            or re.search(r"[/=&]", subject)
        ):
            raise Failure("ACQ.INVALID_PARAMETER")
        fields = {
            "out_no": biz["out_trade_no"],
            "amount_fen": amount,
            "subject": subject,
            "store_no": biz.get("store_id", ""),
            "terminal_no": biz.get("terminal_id", ""),
            "operator_no": biz.get("operator_id", ""),
            "notify_url": biz["_notify_url"],
            "way": way,
            "takes_credit": "credit_group" not in biz.get("disable_pay_channels", ""),
        }
        if expires := biz.get("time_expire"):
            fields["expires_at"] = parse_beijing(expires)
        return fields

    def _open(self, biz: Node, way: str, state: str = WAITING) -> Trade:
        """The payment of an order: a new one, or the one that waits already."""
        fields = self._fields(biz, way)
        with self.ledger.locked():
            known = self.ledger.find(fields["out_no"])
            if known is None:
                return self.ledger.open(**fields, state=state)
            same = ("amount_fen", "subject")
            if any(getattr(known, name) != fields[name] for name in same):
                raise Failure("ACQ.CONTEXT_INCONSISTENT")
            if known.paid_at:
                raise Failure("ACQ.TRADE_HAS_SUCCESS")
            if known.state == CLOSED:
                raise Failure("ACQ.TRADE_HAS_CLOSE")
            if way == "qr":
                raise Failure("ACQ.APPLY_PC_MERCHANT_CODE_ERROR")
            return known

    def _pay(self, biz: Node) -> Node:
        code = biz["auth_code"]
        if biz["scene"] != "bar_code" or biz["product_code"] != "FACE_TO_FACE_PAYMENT":
            raise Failure("ACQ.INVALID_PARAMETER")
        with self.ledger.locked():
            known = self.ledger.find(biz["out_trade_no"])
            if not known and (
                not _AUTH_CODE.fullmatch(code) or code in self._used_codes
            ):
                raise Failure("ACQ.PAYMENT_AUTH_CODE_INVALID")
            trade = self._open(biz, "code")
            self._used_codes.add(code)
            if known or biz.get("_fault") == "ask_payer":
                # waits for the payer's password on the phone
                return {"code": "10003", "msg": "order success pay inprocess"} | (
                    self._told(trade)
                )
            self.pay(trade.out_no)
        return self._told(trade)

    def _precreate(self, biz: Node) -> Node:
        trade = self._open(biz, "qr", DRAFT)
        trade.expires_at = min(trade.expires_at, trade.created_at + _QR_TIME)
        return {
            "out_trade_no": trade.out_no,
            "qr_code": f"{self.around.url}/phone/{trade.token}",
        }

    def _page(self, params: Mapping[str, str]) -> Response:
        """The payer's browser arrives: on to the payer's page, or an error of GBK."""
        try:
            biz = json.loads(params.get("biz_content", "{}"))
            biz["_notify_url"] = params.get("notify_url", "")
            trade = self._open(biz, params["method"].split(".")[2])
            trade.return_url = params.get("return_url", "")
        except (Failure, KeyError, ValueError, TypeError) as error:
            text = f"<html><body>系统错误：{error}</body></html>"
            return Response(text.encode("gbk"), 200, "text/html;charset=GBK")
        return redirect(f"{self.around.url}/phone/{trade.token}")

    def _query(self, biz: Node) -> Node:
        return self._told(self._existing(biz))

    def _close(self, biz: Node) -> Node:
        try:
            trade = self.ledger.close(biz["out_trade_no"])
        except Refused as refused:
            absent = refused.why == "absent"
            raise Failure(
                "ACQ.TRADE_NOT_EXIST" if absent else "ACQ.REASON_TRADE_STATUS_INVALID"
            ) from None
        return {"out_trade_no": trade.out_no, "trade_no": trade.provider_no}

    def _cancel(self, biz: Node) -> Node:
        out_no = biz["out_trade_no"]
        node = {"out_trade_no": out_no, "retry_flag": "N"}
        if biz.get("_fault") == "retry_flag":
            return {**node, "retry_flag": "Y"}
        with self.ledger.locked():
            trade = self.ledger.find(out_no)
            if trade is None or trade.state in (DRAFT, CLOSED):
                return node
            node["trade_no"] = trade.provider_no
            if trade.state == WAITING:
                self.ledger.close(out_no)
                return {**node, "action": "close"}
            if trade.refunds:
                raise Failure("ACQ.REASON_TRADE_REFUND_FEE_ERR")
            self.ledger.refund(out_no, f"C{out_no}", trade.amount_fen)
            return {**node, "action": "refund"}

    # refunds

    def _refund(self, biz: Node) -> Node:
        trade = self._existing(biz)
        amount = parse_yuan(biz["refund_amount"])
        number = biz.get("out_request_no") or trade.out_no
        if trade.paid_at and self.around.clock() > trade.paid_at + _REFUND_TIME:
            raise Failure("ACQ.TRADE_HAS_FINISHED")
        words = {
            "differs": "ACQ.DISCORDANT_REPEAT_REQUEST",
            "too_much": "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        }
        try:
            trade, has_moved = self.ledger.refund(trade.out_no, number, amount)
        except Refused as refused:
            raise Failure(words.get(refused.why, "ACQ.TRADE_STATUS_ERROR")) from None
        refund = trade.find_refund(number)
        assert refund is not None
        if has_moved and self.notifies_refunds:
            self.around.notifier.send(self._letter(trade, refund, None))
        return {
            "trade_no": trade.provider_no,
            "out_trade_no": trade.out_no,
            "buyer_logon_id": "138****0000",
            "fund_change": "Y" if has_moved else "N",
            "refund_fee": format_yuan(trade.refunded_fen),
            "gmt_refund_pay": format_beijing(refund.at),
        }

    def _refund_query(self, biz: Node) -> Node:
        trade = self._existing(biz)
        refund = trade.find_refund(biz["out_request_no"])
        if refund is None:
            return {}
        return {
            "trade_no": trade.provider_no,
            "out_trade_no": trade.out_no,
            "out_request_no": refund.refund_no,
            "total_amount": format_yuan(trade.amount_fen),
            "refund_amount": format_yuan(refund.amount_fen),
            "refund_status": "REFUND_SUCCESS",
            "gmt_refund_pay": format_beijing(refund.at),
        }

    def _existing(self, biz: Node) -> Trade:
        """A payment that Alipay knows: one that somebody has seen."""
        trade = self.ledger.find(biz["out_trade_no"])
        if trade is None or (trade.way == "qr" and not trade.was_seen):
            raise Failure("ACQ.TRADE_NOT_EXIST")
        return trade

    def _state(self, trade: Trade) -> str:
        if trade.paid_at and self.around.clock() > trade.paid_at + _REFUND_TIME:
            return "TRADE_FINISHED"
        return _STATES[trade.state]

    def _told(self, trade: Trade) -> Node:
        amount = format_yuan(trade.amount_fen)
        node = {
            "trade_no": trade.provider_no,
            "out_trade_no": trade.out_no,
            "buyer_logon_id": "138****0000",
            "buyer_open_id": "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
            "trade_status": self._state(trade),
            "total_amount": amount,
            "receipt_amount": amount if trade.paid_at else "0.00",
            "fund_bill_list": [{"amount": amount, "fund_channel": "ALIPAYACCOUNT"}],
        }
        if trade.paid_at:
            node["gmt_payment"] = node["send_pay_date"] = format_beijing(trade.paid_at)
        return node

    # bills and certificates

    def _bill_url(self, biz: Node) -> Node:
        day = date.fromisoformat(biz["bill_date"])
        made_at = datetime(day.year, day.month, day.day, _BILL_HOUR, tzinfo=BEIJING)
        made_at += timedelta(days=1)
        now = self.around.clock()
        if biz["bill_type"] != "trade" or now < made_at:
            raise Failure("isp.bill_not_exist")
        rows = [bill.Row.of(*one) for one in self.ledger.of_day(day)]
        if not rows:
            raise Failure("isp.no_bill_data")
        how, row = self._spoils.pop(0) if self._spoils else ("", 0)
        rows = bill.spoilt(rows, how, row)
        content = bill.write(day, made_at, SELLER_ID, rows, wrong_total=how == "total")
        token = secrets.token_urlsafe(16)
        self._bills[token] = (now + _BILL_URL_TIME, content)
        return {"bill_download_url": f"{self.around.url}/alipay/bill/{token}"}

    def _bill_file(self, token: str) -> Response:
        ends, content = self._bills.get(token, (None, b""))
        if ends is None or self.around.clock() > ends:
            return page("<html>链接已失效</html>", 403)
        return Response(content, 200, "application/zip")

    def _certificate(self, biz: Node) -> Node:
        text = self.identity.certificate(biz["alipay_cert_sn"])
        if text is None:
            raise Failure("isv.invalid-cert-sn")
        return {"alipay_cert_content": base64.b64encode(text.encode()).decode()}

    # notifications

    def _letter(
        self, trade: Trade, refund: SimRefund | None, fault: Fault | None
    ) -> Letter:
        name = fault.name if fault else ""
        now = self.around.clock()
        amount = format_yuan(trade.amount_fen + (100 if name == "wrong_amount" else 0))
        fields = {
            "notify_id": f"{now:%Y%m%d}{secrets.token_hex(12)}",
            "notify_type": "trade_status_sync",
            "notify_time": format_beijing(now),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": "2021000000000000" if name == "wrong_merchant" else APP_ID,
            "auth_app_id": APP_ID,
            "seller_id": SELLER_ID,
            "buyer_id": "2088722003899169",
            "out_trade_no": trade.out_no,
            "trade_no": trade.provider_no,
            "subject": trade.subject,
            "body": "",
            "trade_status": self._state(trade),
            "total_amount": amount,
            "receipt_amount": amount,
            "gmt_create": format_beijing(trade.created_at),
            "gmt_payment": format_beijing(trade.paid_at or now),
            "fund_bill_list": json.dumps(
                [{"amount": amount, "fundChannel": "PCREDIT"}]
            ),
        }
        if refund:
            fields["gmt_refund"] = f"{format_beijing(refund.at)}.123"
            fields["refund_fee"] = format_yuan(trade.refunded_fen)
            fields["out_biz_no"] = refund.refund_no
        key = self.identity.stranger.key if name == "wrong_key" else self._key()
        form = self._form(fields, key)
        if name == "tampered":
            form["total_amount"] = "0.01"
        if name == "unsigned":
            del form["sign"]
        return Letter(
            url=trade.notify_url,
            body=urlencode(form).encode(),
            content_type="application/x-www-form-urlencoded; charset=utf-8",
            is_taken=lambda status, body: status == 200 and body == b"success",
            intervals=self.retries,
        )

    def _form(
        self, fields: Mapping[str, str], key: PrivateKey | None = None
    ) -> dict[str, str]:
        text = _content(fields, ("sign", "sign_type"))
        signature = (key or self._key()).sign(text.encode())
        return {**fields, "sign": signature, "sign_type": "RSA2"}


def _content(fields: Mapping[str, str], without: tuple[str, ...]) -> str:
    names = sorted(name for name, value in fields.items() if value)
    return "&".join(f"{name}={fields[name]}" for name in names if name not in without)


def _node_name(route: str) -> str:
    return route.replace(".", "_") + "_response"


def _reply(value: Node) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode())
