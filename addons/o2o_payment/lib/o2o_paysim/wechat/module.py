"""WeChat Pay as the simulator speaks it: API v3 under ``/v3/``."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from o2o_gateway.clock import BEIJING, beijing

from ..faults import Fault
from ..ledger import CLOSED, WAITING, Refused, Trade
from ..module import Module, Surroundings
from ..notifier import Letter
from ..web import Request, Response, page, redirect
from . import bill
from .app import App
from .books import WechatLedger
from .identity import APP_ID, MCHID, Identity
from .inbound import OPEN, Failure, check_signature, content_of, route_of
from .inside import OPENID, Inside
from .notices import NOTIFY_FAULTS, Postbox, RefundNote
from .shipments import Shipments

Content = dict[str, Any]

_SECOND, _MINUTE, _HOUR = 1, 60, 3600
_REFUND_TIME = timedelta(days=365)
_REVERSE_TIME = timedelta(days=7)
_CODE_TIME = timedelta(hours=2)
_H5_TIME = timedelta(minutes=5)
_BILL_URL_TIME = timedelta(minutes=5)
_BILL_KEPT = timedelta(days=92)
#: hour of the next day in Beijing from which a bill is there
_BILL_HOUR = 10
_MAX_REFUNDS = 50
_AUTH_CODE = re.compile(r"1[0-5][0-9]{16}")
_OUT_NO = re.compile(r"[A-Za-z0-9_\-|*]{6,32}")
_WAYS = {"native": "qr", "jsapi": "jsapi", "h5": "page", "codepay": "code"}
_TYPES = {"qr": "NATIVE", "jsapi": "JSAPI", "page": "MWEB", "code": "MICROPAY"}
#: faults that change a signed answer
_ANSWER_FAULTS = ("unsigned", "bad_signature", "wrong_key", "probe", "old")


@dataclass(frozen=True)
class Asked:
    """One request whose signature was right."""

    number: str
    query: Mapping[str, str]
    content: Content
    fault: str


class WechatModule(Module):
    """One merchant at WeChat Pay, with the public key, certificates, or both."""

    code = "wechat"
    title = "微信支付"
    retries = (
        *(15 * _SECOND, 15 * _SECOND, 30 * _SECOND),
        *(3 * _MINUTE, 10 * _MINUTE, 20 * _MINUTE),
        *(30 * _MINUTE, 30 * _MINUTE, 30 * _MINUTE, _HOUR),
        *(3 * _HOUR, 3 * _HOUR, 3 * _HOUR, 6 * _HOUR, 6 * _HOUR),
    )
    own_faults = (
        "ask_payer",  # codepay: the payer has to enter the password
        "code_expired",  # codepay: nothing done, AUTH_CODE_EXPIRED
        "system_error_before",  # nothing done, SYSTEM_ERROR
        "system_error_after",  # done, SYSTEM_ERROR
        "rate_limit",  # nothing done, FREQUENCY_LIMITED
        "rate_limit_after",  # done, FREQUENCY_LIMITED
        "accepted",  # nothing done, 202: the same again
        "no_money",  # refund: nothing done, the merchant's account is empty
        "processing",  # refund: under way until settle_refund()
        "creating",  # bills: STATEMENT_CREATING
        "wrong_hash",  # bills: the hash of another file
        "cut_off",  # bill_file: the end of the file is missing
        "other_trade",  # done, the signed answer is about another payment
        *_ANSWER_FAULTS,  # done, but the answer proves nothing
    )
    notify_faults = NOTIFY_FAULTS

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.ledger: WechatLedger = WechatLedger(around.clock)
        self.identity = Identity(around.clock)
        self.postbox = Postbox(self.identity, around, self.retries)
        self.shipments = Shipments(self.ledger)
        self.app = App(self.shipments)
        self.inside = Inside(
            around, self.app, self.ledger, self.identity.merchant.key.public()
        )
        self.refunds: dict[str, RefundNote] = {}
        self._used_codes: set[str] = set()
        self._reversed: set[str] = set()
        self._h5_until: dict[str, datetime] = {}
        self._bills: dict[str, tuple[datetime, bytes]] = {}
        self._spoils: list[tuple[str, int]] = []
        self._methods: dict[str, Callable[[Asked], Content | None]] = {
            "wechat.native": self._native,
            "wechat.jsapi": self._jsapi,
            "wechat.h5": self._h5,
            "wechat.codepay": self._codepay,
            "wechat.query": self._query,
            "wechat.query_by_id": self._query_by_id,
            "wechat.close": self._close,
            "wechat.reverse": self._reverse,
            "wechat.refund": self._refund,
            "wechat.query_refund": self._query_refund,
            "wechat.abnormal_refund": self._abnormal_refund,
            "wechat.bill": self._bill("wechat.bill"),
            "wechat.fund_flow": self._bill("wechat.fund_flow"),
            "wechat.certificates": self._certificates,
        }

    # what the simulator asks of a gateway

    def merchant(self) -> dict[str, str]:
        return {
            "url": self.around.url,
            "access_token": self.shipments.access_token,
            "app_secret": self.app.secret,
            **self.identity.texts(),
        }

    def route(self, request: Request) -> str | None:
        found = route_of(request)
        return found[0] if found else None

    def answer(self, route: str, request: Request, fault: Fault | None) -> Response:
        name = fault.name if fault else ""
        if route in OPEN:
            return self._open_door(route, request)
        try:
            check_signature(
                request,
                self.identity.merchant.key.public(),
                self.identity.merchant_serial,
                self.around.clock(),
            )
            if route == "wechat.bill_file":
                return self._bill_file(request, name)
            response = self._do(route, request, name)
        except Failure as failure:
            # never signed
            return Response(failure.body(), failure.status, "application/json")
        return self._signed(response, request, name)

    def letter(self, trade: Trade, fault: Fault | None) -> Letter:
        told = self._told(trade)
        return self.postbox.letter(
            trade.notify_url, "TRANSACTION.SUCCESS", told, fault.name if fault else ""
        )

    def return_address(self, trade: Trade) -> str:
        return trade.return_url

    def payment_code(self) -> str:
        return f"13{secrets.randbelow(10**16):016d}"

    def spoil_bill(self, how: str, row: int = 0) -> None:
        """As all gateways, and ``merchant``: a row of somebody else."""
        if how not in bill.SPOILS:
            raise ValueError(f"a bill is spoilt by {', '.join(bill.SPOILS)}")
        self._spoils.append((how, row))

    def rotate(self) -> None:
        """A new certificate; with a public key alone there is none to renew.

        :raise ValueError: there are no certificates
        """
        if self.identity.mode == "public_key":
            raise ValueError("a public key does not expire")
        self.identity.add_certificate()

    def settle_refund(self, refund_no: str, word: str) -> None:
        """``SUCCESS``, ``ABNORMAL`` (it has left, and cannot arrive) or ``CLOSED``."""
        if word not in ("SUCCESS", "ABNORMAL", "CLOSED"):
            raise ValueError("a refund ends as SUCCESS, ABNORMAL or CLOSED")
        note = self.refunds[refund_no]
        if note.word not in ("PROCESSING", "ABNORMAL"):
            raise Refused(note.word.lower())
        if word == "CLOSED":
            self.ledger.undo_refund(note.out_no, refund_no)
        note.word = word
        self._tell_refund(note)

    # the frame of all answers

    def _do(self, route: str, request: Request, fault: str) -> Response:
        """:raise Failure: as WeChat Pay refuses"""
        if fault == "system_error_before":
            raise Failure(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
        if fault == "rate_limit":
            raise Failure(429, "FREQUENCY_LIMITED", "频率超限")
        if fault == "no_money":
            raise Failure(403, "NOT_ENOUGH", "基本账户余额不足")
        if fault == "accepted":
            return Response(b"{}", 202, "application/json")
        found = route_of(request)
        number = found[1] if found else ""
        query = dict(parse_qsl(request.query))
        try:
            asked = Asked(number, query, content_of(request), fault)
            content = self._methods[route](asked)
        except Refused as refused:
            raise Failure(400, "INVALID_REQUEST", refused.why) from None
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise Failure(400, "PARAM_ERROR", f"参数错误: {error}") from None
        if fault == "system_error_after":
            raise Failure(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
        if fault == "rate_limit_after":
            raise Failure(429, "FREQUENCY_LIMITED", "频率超限")
        if content is None:
            return Response(b"", 204, "application/json")
        if fault == "other_trade":
            content["out_trade_no"] = "P9999999999999999999999999"
        status = 202 if content.get("code") == "USERPAYING" else 200
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return Response(body.encode(), status, "application/json")

    def _signed(self, response: Response, request: Request, fault: str) -> Response:
        wanted = request.headers.get("wechatpay-serial", "")
        now = int(self.around.clock().timestamp())
        signer = self.identity.signer(wanted)
        if fault == "wrong_key":
            signer = self.identity.impostor(signer)
        stamp = now - 6 * _MINUTE if fault == "old" else now
        headers = signer.headers(response.body, stamp)
        if fault == "unsigned":
            headers = {}
        elif fault == "bad_signature":
            headers = signer.headers(response.body + b" ", stamp)
        elif fault == "probe":
            value = headers["Wechatpay-Signature"]
            headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{value}"
        return replace(response, headers=headers)

    # payments

    def _fields(self, content: Content, way: str) -> dict[str, Any]:
        """What an order says; WeChat Pay refuses what is out of range."""
        if content["mchid"] != MCHID:
            raise Failure(400, "MCH_NOT_EXISTS")
        if content["appid"] != APP_ID:
            raise Failure(400, "APPID_MCHID_NOT_MATCH")
        amount = content["amount"]["total"]
        subject = content["description"]
        if (
            not _OUT_NO.fullmatch(content["out_trade_no"])
            or type(amount) is not int
            or not 1 <= amount <= 100_000_000_00
            or content["amount"].get("currency", "CNY") != "CNY"
            or not 1 <= len(subject) <= 127
        ):
            raise ValueError("out_trade_no, amount, description")
        notify_url = content.get("notify_url", "")
        if way != "code" and (not notify_url or "?" in notify_url):
            raise ValueError("notify_url")
        store = content.get("scene_info", {}).get("store_info", {})
        fields = {
            "out_no": content["out_trade_no"],
            "amount_fen": amount,
            "subject": subject,
            "notify_url": notify_url,
            "way": way,
            "store_no": store.get("out_id", ""),
            "terminal_no": content.get("scene_info", {}).get("device_id", ""),
        }
        now = self.around.clock()
        expires = now + _CODE_TIME
        if told := content.get("time_expire"):
            expires = min(expires, datetime.fromisoformat(told))
            if expires <= now:
                raise ValueError("time_expire")
        return {**fields, "expires_at": expires}

    def _open(self, content: Content, way: str) -> Trade:
        """The payment of an order: a new one, or the one that waits already."""
        fields = self._fields(content, way)
        with self.ledger.locked():
            known = self.ledger.find(fields["out_no"])
            if known is None:
                return self.ledger.open(**fields)
            same = ("amount_fen", "subject", "way")
            if any(getattr(known, name) != fields[name] for name in same):
                raise Failure(403, "OUT_TRADE_NO_USED", "商户订单号重复")
            if known.paid_at:
                raise Failure(400, "ORDERPAID", "该订单已支付")
            if known.state == CLOSED:
                raise Failure(400, "ORDER_CLOSED", "该订单已关闭")
            return known

    def _native(self, asked: Asked) -> Content:
        trade = self._open(asked.content, "qr")
        return {"code_url": f"weixin://wxpay/bizpayurl?pr={trade.token}"}

    def _jsapi(self, asked: Asked) -> Content:
        if not asked.content["payer"]["openid"]:
            raise ValueError("openid")
        trade = self._open(asked.content, "jsapi")
        return {"prepay_id": f"wx{trade.token}"}

    def _h5(self, asked: Asked) -> Content:
        scene = asked.content["scene_info"]
        if not scene["payer_client_ip"] or not scene["h5_info"]["type"]:
            raise ValueError("scene_info")
        trade = self._open(asked.content, "page")
        self._h5_until[trade.token] = self.around.clock() + _H5_TIME
        url = f"{self.around.url}/wechat/h5/{trade.token}?prepay_id=wx{trade.token}"
        return {"h5_url": url}

    def _codepay(self, asked: Asked) -> Content:
        code = asked.content["payer"]["auth_code"]
        scene = asked.content["scene_info"]
        store = scene["store_info"]
        if not scene["device_ip"] or not (store.get("id") or store.get("out_id")):
            raise ValueError("scene_info")
        if asked.fault == "code_expired":
            raise Failure(400, "AUTH_CODE_EXPIRED", "付款码已过期，请用户刷新后重试")
        with self.ledger.locked():
            known = self.ledger.find(asked.content["out_trade_no"])
            if not known and (
                not _AUTH_CODE.fullmatch(code) or code in self._used_codes
            ):
                raise Failure(400, "AUTH_CODE_INVALID", "付款码无效")
            trade = self._open(asked.content, "code")
            self._used_codes.add(code)
            if known or asked.fault == "ask_payer":
                return {"code": "USERPAYING", "message": "需要用户输入支付密码"}
            self.pay(trade.out_no)
        return self._told(trade)

    def _query(self, asked: Asked) -> Content:
        if asked.query["mchid"] != MCHID:
            raise Failure(400, "MCH_NOT_EXISTS")
        return self._told(self._existing(asked.number))

    def _query_by_id(self, asked: Asked) -> Content:
        for trade in self.ledger.trades():
            if trade.provider_no == asked.number and asked.query["mchid"] == MCHID:
                return self._told(trade)
        raise Failure(404, "ORDER_NOT_EXIST", "订单不存在")

    def _close(self, asked: Asked) -> None:
        if asked.content["mchid"] != MCHID:
            raise Failure(400, "MCH_NOT_EXISTS")
        with self.ledger.locked():
            trade = self._existing(asked.number)
            if trade.paid_at:
                raise Failure(400, "ORDERPAID", "该订单已支付")
            if trade.state == WAITING:
                self.ledger.close(trade.out_no)

    def _reverse(self, asked: Asked) -> None:
        if (asked.content["mchid"], asked.content["appid"]) != (MCHID, APP_ID):
            raise Failure(400, "APPID_MCHID_NOT_MATCH")
        with self.ledger.locked():
            trade = self._existing(asked.number)
            if trade.way != "code":
                raise Failure(400, "INVALID_REQUEST", "仅支持付款码支付的订单")
            if trade.out_no in self._reversed:
                return
            if trade.paid_at:
                if self.around.clock() > trade.paid_at + _REVERSE_TIME:
                    raise Failure(400, "TRADE_OVERDUE", "订单过期")
                if trade.refunds:
                    raise Failure(400, "INVALID_REQUEST", "订单已退款")
                number = f"V{trade.out_no}"
                self.ledger.refund(trade.out_no, number, trade.amount_fen)
            elif trade.state == WAITING:
                self.ledger.close(trade.out_no)
            self._reversed.add(trade.out_no)

    def _existing(self, out_no: str) -> Trade:
        trade = self.ledger.find(out_no)
        if trade is None:
            raise Failure(404, "ORDER_NOT_EXIST", "订单不存在")
        return trade

    def _state(self, trade: Trade) -> str:
        if trade.out_no in self._reversed:
            return "REVOKED"
        if trade.refunds:
            return "REFUND"
        if trade.paid_at:
            return "SUCCESS"
        if trade.way == "code":
            return "USERPAYING" if trade.state == WAITING else "PAYERROR"
        return "NOTPAY" if trade.state == WAITING else "CLOSED"

    def _told(self, trade: Trade) -> Content:
        content: Content = {
            "appid": APP_ID,
            "mchid": MCHID,
            "out_trade_no": trade.out_no,
            "trade_state": self._state(trade),
            "trade_state_desc": "模拟",
            "amount": {"total": trade.amount_fen, "currency": "CNY"},
        }
        if trade.paid_at:
            content["transaction_id"] = trade.provider_no
            content["trade_type"] = _TYPES[trade.way]
            content["bank_type"] = "OTHERS"
            content["success_time"] = _moment(trade.paid_at)
            content["payer"] = {"openid": OPENID}
            content["amount"]["payer_total"] = trade.amount_fen
            content["amount"]["payer_currency"] = "CNY"
        return content

    # refunds

    def _refund(self, asked: Asked) -> Content:
        content = asked.content
        number, amount = content["out_refund_no"], content["amount"]["refund"]
        if not _OUT_NO.fullmatch(number) or type(amount) is not int or amount < 1:
            raise ValueError("out_refund_no, amount")
        with self.ledger.locked():
            if known := self.refunds.get(number):
                if (known.out_no, known.amount_fen) != (
                    content["out_trade_no"],
                    amount,
                ):
                    raise Failure(400, "INVALID_REQUEST", "订单信息不一致")
                return known.content()
            trade = self.ledger.find(content["out_trade_no"])
            if trade is None or not trade.paid_at:
                raise Failure(404, "RESOURCE_NOT_EXISTS", "订单不存在")
            self._check_refund(trade, content)
            self.ledger.refund(trade.out_no, number, amount)
            note = RefundNote(
                trade=trade,
                refund_no=number,
                refund_id=f"503{trade.provider_no[-14:]}{len(self.refunds):012d}",
                amount_fen=amount,
                at=self.around.clock(),
                notify_url=content.get("notify_url", ""),
                word="PROCESSING" if asked.fault == "processing" else "SUCCESS",
            )
            self.refunds[number] = note
        if note.word == "SUCCESS":
            self._tell_refund(note)
        return note.content()

    def _check_refund(self, trade: Trade, content: Content) -> None:
        assert trade.paid_at is not None
        amount = content["amount"]
        if amount["total"] != trade.amount_fen or amount["currency"] != "CNY":
            raise Failure(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
        if trade.out_no in self._reversed:
            raise Failure(400, "INVALID_REQUEST", "订单已撤销")
        if self.around.clock() > trade.paid_at + _REFUND_TIME:
            raise Failure(400, "INVALID_REQUEST", "订单已超过退款期限")
        if len(trade.refunds) >= _MAX_REFUNDS:
            raise Failure(400, "INVALID_REQUEST", "退款次数超限")

    def _query_refund(self, asked: Asked) -> Content:
        note = self.refunds.get(asked.number)
        if note is None:
            raise Failure(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return note.content()

    def _abnormal_refund(self, asked: Asked) -> Content:
        note = self.refunds.get(asked.content["out_refund_no"])
        if note is None or note.refund_id != asked.number:
            raise Failure(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        if note.word != "ABNORMAL":
            raise Failure(400, "INVALID_REQUEST", "退款单状态不允许")
        if asked.content["type"] == "USER_BANK_CARD":
            self.identity.open(asked.content["bank_account"])
            self.identity.open(asked.content["real_name"])
        elif asked.content["type"] != "MERCHANT_BANK_CARD":
            raise ValueError("type")
        note.word = "PROCESSING"
        return note.content()

    def _tell_refund(self, note: RefundNote) -> None:
        letter = self.postbox.refund_letter(note)
        if letter:
            self.around.notifier.send(letter)

    # bills

    def _bill(self, route: str) -> Callable[[Asked], Content]:
        def answer(asked: Asked) -> Content:
            day = date.fromisoformat(asked.query["bill_date"])
            self._check_bill(day, asked)
            rows = [
                bill.Row.of(trade, refund, self._row_words(trade, refund is not None))
                for trade, refund in self.ledger.of_day(day)
            ]
            rows = [self._with_refund(row) for row in rows]
            if not rows:
                raise Failure(400, "NO_STATEMENT_EXIST", "账单文件不存在")
            how, place = self._spoils.pop(0) if self._spoils else ("", 0)
            rows = bill.spoilt(rows, how, place)
            content = bill.WRITERS[route](rows, how == "total")
            token = secrets.token_urlsafe(16)
            packed = gzip.compress(content)
            is_packed = asked.query.get("tar_type") == "GZIP"
            ends = self.around.clock() + _BILL_URL_TIME
            self._bills[token] = (ends, packed if is_packed else content)
            told = content + b" " if asked.fault == "wrong_hash" else content
            return {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(told, usedforsecurity=False).hexdigest(),
                "download_url": f"{self.around.url}/v3/billdownload/file?token={token}",
            }

        return answer

    def _check_bill(self, day: date, asked: Asked) -> None:
        """:raise Failure: too early, too late, or of a kind that is not made here"""
        if asked.query.get("bill_type", "ALL") != "ALL":
            raise ValueError("bill_type")
        if asked.query.get("account_type", "BASIC") != "BASIC":
            raise Failure(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        now = self.around.clock()
        begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        if now > begins + _BILL_KEPT:
            raise ValueError("bill_date")
        if asked.fault == "creating" or (
            now >= begins + timedelta(days=1)
            and now < begins + timedelta(days=1, hours=_BILL_HOUR)
        ):
            raise Failure(400, "STATEMENT_CREATING", "账单生成中")
        if now < begins + timedelta(days=1):
            raise Failure(400, "NO_STATEMENT_EXIST", "账单文件不存在")

    def _row_words(self, trade: Trade, is_back: bool) -> str:
        if not is_back:
            return "SUCCESS"
        return "REVOKED" if trade.out_no in self._reversed else "REFUND"

    def _with_refund(self, row: bill.Row) -> bill.Row:
        """A row with the number and the word of its refund."""
        note = self.refunds.get(row.refund.refund_no) if row.refund else None
        if note is None:
            return row
        return replace(row, refund_id=note.refund_id, refund_word=note.word)

    def _bill_file(self, request: Request, fault: str) -> Response:
        token = dict(parse_qsl(request.query)).get("token", "")
        ends, content = self._bills.get(token, (None, b""))
        if ends is None or self.around.clock() > ends:
            raise Failure(400, "PARAM_ERROR", "账单下载地址已失效")
        if fault == "cut_off":
            content = content[: len(content) // 2]
        return Response(content, 200, "application/octet-stream")

    def _certificates(self, asked: Asked) -> Content:
        found = self.identity.certificates()
        if not found:
            raise Failure(
                404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥"
            )
        return {"data": found}

    # without a merchant's signature

    def _open_door(self, route: str, request: Request) -> Response:
        if route == "wechat.shipping":
            return self.shipments.answer(request)
        doors = {
            "wechat.token": self.app.answer,
            "wechat.login_page": self.inside.authorize,
            "wechat.login": self.inside.exchange,
            "wechat.bridge_script": self.inside.script,
            "wechat.bridge": self.inside.bridge,
        }
        if door := doors.get(route):
            return door(request)
        found = route_of(request)
        token = found[1] if found else ""
        trade = self.ledger.by_token(token)
        until = self._h5_until.get(token)
        if trade is None or until is None or self.around.clock() > until:
            return page("<html>支付链接已失效，请重新下单</html>", 404)
        trade.return_url = dict(parse_qsl(request.query)).get("redirect_url", "")
        return redirect(f"{self.around.url}/phone/{token}")


def _moment(moment: datetime) -> str:
    return beijing(moment).replace(microsecond=0).isoformat()
