"""UnionPay's gateway as the simulator speaks it: ``/gateway/api/*.do``, ACP 5.1.0."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from o2o_gateway.clock import BEIJING, beijing, compact_beijing, parse_beijing

from ..faults import Fault
from ..ledger import CLOSED, DRAFT, PAID, WAITING, Refused, SimRefund, Trade
from ..module import Module, Surroundings
from ..notifier import Letter
from ..web import Request, Response, page, redirect
from . import bill, messages
from .identity import MERCHANT, Identity
from .messages import Fields

_MINUTE = 60
#: how old the ``txnTime`` of a new order may be, and how far ahead
_MAX_SKEW = timedelta(minutes=15)
_REFUND_TIME = timedelta(days=330)
#: how long a refund stays undecided under the fault ``slow``
_SLOW = timedelta(minutes=10)
#: hour of the next day in Beijing from which a file is there
_BILL_HOUR = 9
_BACK = "/gateway/api/backTransReq.do"
_PATHS = {
    "/gateway/api/frontTransReq.do": "unionpay.page",
    "/gateway/api/queryTrans.do": "unionpay.query",
    "/unionpay/files/": "unionpay.file",
}
#: routes of the back channel by kind and kind of kind
_ROUTES = {
    ("01", "06"): "unionpay.pay",
    ("01", "07"): "unionpay.qr",
    ("04", "00"): "unionpay.refund",
    ("31", "00"): "unionpay.void",
    ("99", "01"): "unionpay.reverse",
}
_ORDER_ID = re.compile(r"[A-Za-z0-9]{8,40}")
_AUTH_CODE = re.compile(r"62[0-9]{17}")
_NOBODY = "http://www.specialUrl.com"
_TEXTS = {"00": "成功[0000000]", "34": "查无此交易[2600000]", "12": "重复交易[2040004]"}
#: undecided, and a failure like any other
_OPEN, _FAILED = "05", "99"


class Failure(Exception):
    """An answer other than success."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Entry:
    """An order as UnionPay knows it: a payment, a refund or a void."""

    order_id: str
    txn_time: str
    kind: str
    sub_kind: str
    trade: Trade
    query_id: str
    reserved: str = ""
    notify_url: str = ""
    refund: SimRefund | None = None
    #: of a refund or void that was taken and failed later
    has_failed: bool = False
    #: of a payment
    is_reversed: bool = False
    #: undecided until then
    open_until: datetime | None = None

    @property
    def amount_fen(self) -> int:
        return self.refund.amount_fen if self.refund else self.trade.amount_fen

    @property
    def at(self) -> datetime | None:
        return self.refund.at if self.refund else self.trade.paid_at


class UnionPayModule(Module):
    """One merchant at UnionPay."""

    code = "unionpay"
    title = "银联"
    retries = (1 * _MINUTE, 2 * _MINUTE, 4 * _MINUTE, 5 * _MINUTE)
    own_faults = (
        "ask_payer",  # pay: accepted, the payer has to confirm
        "pending_before",  # nothing done, respCode 03
        "pending_after",  # done, respCode 05
        "too_often",  # nothing done, respCode 37
        "unsigned",  # done, the answer has no signature
        "bad_signature",  # done, the answer was changed after signing
        "wrong_key",  # done, signed by a copy of UnionPay under its own authority
        "wrong_name",  # done, signed by another customer of the authority
        "expired",  # done, signed with a certificate of last year
        "other_trade",  # done, the signed answer is about another order
        "still_open",  # query: says 05, whatever it is
        "not_yet",  # query: says 34, whatever there is
        "no_void",  # void: the bank does not do that
        "no_money",  # refund, void: the merchant's account is empty
        "slow",  # refund, void: undecided for ten minutes
        "fails_later",  # refund, void: accepted, then nothing comes of it
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        #: orders of all kinds by their number
        self.entries: dict[str, Entry] = {}
        self._by_query_id: dict[str, Entry] = {}
        self._used_codes: set[str] = set()
        self._spoils: list[tuple[str, int]] = []
        self._work: dict[str, Callable[[Fields, str], Fields]] = {
            "unionpay.pay": self._pay,
            "unionpay.qr": self._qr,
            "unionpay.refund": self._refund,
            "unionpay.void": self._void,
            "unionpay.reverse": self._reverse,
            "unionpay.query": self._query,
            "unionpay.file": self._file,
        }

    @cached_property
    def identity(self) -> Identity:
        """Made when it is needed: keys take a moment."""
        return Identity(self.around.clock)

    # what the simulator asks of a gateway

    def merchant(self) -> dict[str, str]:
        return {
            "merchant_no": MERCHANT,
            "url": self.around.url,
            "files_url": f"{self.around.url}/unionpay/files",
            "cert_id": self.identity.cert_id,
            **self.identity.texts(),
        }

    def route(self, request: Request) -> str | None:
        if request.path != _BACK:
            return _PATHS.get(request.path)
        try:
            fields = messages.read(request.body)
        except (ValueError, LookupError):
            return "unionpay"
        kind = fields.get("txnType", ""), fields.get("txnSubType", "")
        return _ROUTES.get(kind, "unionpay")

    def answer(self, route: str, request: Request, fault: Fault | None) -> Response:
        name = fault.name if fault else ""
        try:
            fields = messages.read(request.body)
            self._check(fields)
        except Failure as failure:
            # UnionPay does not sign for whom it does not know
            return _bare({"respCode": failure.code, "respMsg": "验签失败[9100004]"})
        except (ValueError, LookupError):
            return _bare({"respCode": "10", "respMsg": "报文格式错误[9100001]"})
        if route == "unionpay.page":
            return self._page(fields)
        told = {
            key: value
            for key, value in fields.items()
            if key not in ("signature", "certId", "backUrl", "frontUrl", "qrNo")
        }
        told |= self._done(route, fields, name)
        if name == "other_trade":
            told["orderId"] = "P9999999999999999999999999"
        return self._signed(told, name)

    def letter(self, trade: Trade, fault: Fault | None) -> Letter:
        return self._letter(self.entries[trade.out_no], fault)

    def return_address(self, trade: Trade) -> str:
        return trade.return_url

    def payment_code(self) -> str:
        return f"62{secrets.randbelow(10**17):017d}"

    def spoil_bill(self, how: str, row: int = 0) -> None:
        if how not in bill.SPOILS:
            raise ValueError(f"a bill is spoilt by {', '.join(bill.SPOILS)}")
        self._spoils.append((how, row))

    def rotate(self) -> None:
        self.identity.rotate()

    # before and after the work

    def _check(self, fields: Fields) -> None:
        """:raise Failure: a request that is not even looked at"""
        key = self.identity.merchant.key.public()
        text = messages.text_to_sign(fields)
        if (
            fields.get("version") != "5.1.0"
            or fields.get("signMethod") != "01"
            or fields.get("merId") != MERCHANT
            or fields.get("certId") != self.identity.cert_id
            or not key.verify(text, fields.get("signature", ""))
        ):
            raise Failure("11")

    def _done(self, route: str, fields: Fields, fault: str) -> Fields:
        """Do what is asked, and what is said of it."""
        code = "00"
        more: Fields = {}
        try:
            if fault == "pending_before":
                raise Failure("03")
            if fault == "too_often":
                raise Failure("37")
            if fault == "no_money":
                raise Failure("51")
            work = self._work.get(route)
            if work is None:
                raise Failure("10")
            with self.ledger.locked():
                more = work(fields, fault)
        except Failure as failure:
            code = failure.code
        except Refused as refused:
            code = "34" if refused.why == "absent" else _FAILED
        except (KeyError, ValueError):
            code = "10"
        if fault == "pending_after" and code == "00":
            code = _OPEN
        return {"respCode": code, "respMsg": _TEXTS.get(code, "失败[2000000]"), **more}

    def _signed(self, told: Fields, fault: str) -> Response:
        full = messages.signed(told, *self.identity.signer(fault))
        if fault == "unsigned":
            del full["signature"]
        if fault == "bad_signature":
            full["respCode"] = _FAILED if full["respCode"] == "00" else "00"
        return Response(messages.answer(full))

    # payments

    def _open(self, fields: Fields, state: str) -> Entry:
        """A new order.

        :raise Failure: ``12``, or one that is not of this hour
        """
        sent = self._sent(fields)
        trade = self.ledger.open(
            fields["orderId"],
            int(fields["txnAmt"]),
            _subject(fields),
            state=state,
            way=_WAYS[fields["txnSubType"]],
            terminal_no=fields.get("termId", ""),
            notify_url=_address(fields),
            return_url=fields.get("frontUrl", ""),
            expires_at=parse_beijing(fields["payTimeout"], "%Y%m%d%H%M%S")
            if "payTimeout" in fields
            else sent + timedelta(days=1),
        )
        return self._enter(fields, trade, None)

    def _sent(self, fields: Fields) -> datetime:
        """When an order was sent; it is new, and of now."""
        if not _ORDER_ID.fullmatch(fields["orderId"]):
            raise Failure("10")
        sent = parse_beijing(fields["txnTime"], "%Y%m%d%H%M%S")
        # before anything else: who repeats an old number is not told that it is known
        if abs(sent - self.around.clock()) > _MAX_SKEW:
            raise Failure("10")
        if fields["orderId"] in self.entries:
            raise Failure("12")
        return sent

    def _enter(self, fields: Fields, trade: Trade, refund: SimRefund | None) -> Entry:
        number = len(self.entries) + 1
        entry = Entry(
            order_id=fields["orderId"],
            txn_time=fields["txnTime"],
            kind=fields["txnType"],
            sub_kind=fields["txnSubType"],
            trade=trade,
            query_id=f"{fields['txnTime']}{number:07d}",
            reserved=fields.get("reqReserved", ""),
            notify_url=_address(fields),
            refund=refund,
        )
        if refund is None:
            trade.provider_no = entry.query_id
        self.entries[entry.order_id] = entry
        self._by_query_id[entry.query_id] = entry
        return entry

    def _pay(self, fields: Fields, fault: str) -> Fields:
        code = fields["qrNo"]
        if len(fields["termId"]) != 8:
            raise Failure("10")
        if fields["orderId"] in self.entries:
            raise Failure("12")
        if not _AUTH_CODE.fullmatch(code) or code in self._used_codes:
            raise Failure("42")
        entry = self._open(fields, WAITING)
        self._used_codes.add(code)
        if fault != "ask_payer":
            self.pay(entry.order_id)
        return {"queryId": entry.query_id}

    def _qr(self, fields: Fields, fault: str) -> Fields:
        entry = self._open(fields, DRAFT)
        return {"qrCode": f"{self.around.url}/phone/{entry.trade.token}"}

    def _page(self, fields: Fields) -> Response:
        """The payer's browser arrives: on to the payer's page, or an error."""
        try:
            with self.ledger.locked():
                entry = self.entries.get(fields["orderId"])
                if (
                    entry is None
                    or entry.txn_time != fields["txnTime"]
                    or entry.trade.state != WAITING
                ):
                    entry = self._open(fields, WAITING)
        except (Failure, KeyError, ValueError) as error:
            return page(f"<html><body>订单错误：{error}</body></html>")
        return redirect(f"{self.around.url}/phone/{entry.trade.token}")

    def _query(self, fields: Fields, fault: str) -> Fields:
        entry = self.entries.get(fields["orderId"])
        if (
            fault == "not_yet"
            or entry is None
            or entry.txn_time != fields["txnTime"]
            or (entry.sub_kind == "07" and not entry.trade.was_seen)
        ):
            raise Failure("34")
        told = self._told(entry)
        if fault == "still_open":
            told["origRespCode"] = _OPEN
        return told

    def _told(self, entry: Entry) -> Fields:
        code = self._result(entry)
        told = {
            "txnType": entry.kind,
            "txnSubType": entry.sub_kind,
            "queryId": entry.query_id,
            "txnAmt": str(entry.amount_fen),
            "currencyCode": "156",
            "origRespCode": code,
            "origRespMsg": _TEXTS.get(code, "交易未成功[2000001]"),
            "accNo": "622609******0048",
        }
        if entry.reserved:
            told["reqReserved"] = entry.reserved
        return told | _settled(entry)

    def _result(self, entry: Entry) -> str:
        """What became of an order. A page that ended unpaid stays undecided."""
        trade = self.ledger.find(entry.trade.out_no)
        if entry.open_until and self.around.clock() < entry.open_until:
            return _OPEN
        if entry.has_failed or entry.is_reversed:
            return _FAILED
        if entry.refund or (trade and trade.paid_at):
            return "00"
        if trade and trade.state == CLOSED and trade.closed_at != trade.expires_at:
            return _FAILED
        return _OPEN

    # giving back

    def _refund(self, fields: Fields, fault: str) -> Fields:
        return self._back(fields, fault)

    def _void(self, fields: Fields, fault: str) -> Fields:
        paid = self._original(fields)
        if fields["orderId"] not in self.entries and (
            fault == "no_void"
            or settlement_day(self.around.clock()) != settlement_day(_when(paid))
            or paid.trade.amount_fen != int(fields["txnAmt"])
            or paid.trade.refunds
        ):
            # refused, and known as such from now on
            self._sent(fields)
            refund = SimRefund("", int(fields["txnAmt"]), self.around.clock())
            self._enter(fields, paid.trade, refund).has_failed = True
            raise Failure("57")
        return self._back(fields, fault)

    def _back(self, fields: Fields, fault: str) -> Fields:
        paid = self._original(fields)
        self._sent(fields)
        now = self.around.clock()
        if now > _when(paid) + _REFUND_TIME:
            raise Failure("62")
        number, amount = fields["orderId"], int(fields["txnAmt"])
        if fault == "fails_later":
            refund = SimRefund(number, amount, now)
            entry = self._enter(fields, paid.trade, refund)
            entry.has_failed = True
            return {"queryId": entry.query_id}
        trade, _has_moved = self.ledger.refund(paid.order_id, number, amount)
        entry = self._enter(fields, trade, trade.find_refund(number))
        if fault == "slow":
            entry.open_until = now + _SLOW
        if entry.notify_url:
            self.around.notifier.send(self._letter(entry, None))
        return {"queryId": entry.query_id}

    def _original(self, fields: Fields) -> Entry:
        """:raise Failure: no such payment, or not paid"""
        entry = self._by_query_id.get(fields["origQryId"])
        if entry and entry.kind == "01" and entry.at and not entry.is_reversed:
            return entry
        raise Failure("25")

    def _reverse(self, fields: Fields, fault: str) -> Fields:
        entry = self.entries.get(fields["orderId"])
        if entry is None or entry.txn_time != fields["txnTime"] or entry.kind != "01":
            raise Failure("34")
        if entry.is_reversed:
            return {}
        if settlement_day(entry.trade.created_at) != settlement_day(
            self.around.clock()
        ):
            raise Failure("57")
        if entry.trade.state == PAID and not entry.trade.refunds:
            amount = entry.trade.amount_fen
            self.ledger.refund(entry.order_id, f"X{entry.order_id}", amount)
        else:
            self.ledger.close(entry.order_id)
        entry.is_reversed = True
        return {}

    # files

    def _file(self, fields: Fields, fault: str) -> Fields:
        now = self.around.clock()
        day = _day_of(fields["settleDate"], now)
        ready = datetime(day.year, day.month, day.day, _BILL_HOUR, tzinfo=BEIJING)
        rows = self._rows(day)
        if now < ready + timedelta(days=1) or not rows:
            raise Failure("98")
        for how, row in self._spoils:
            rows = bill.spoilt(rows, how, row)
        self._spoils.clear()
        return {
            "fileName": f"{MERCHANT}_{day:%Y%m%d}.zip",
            "fileContent": bill.write(day, MERCHANT, rows),
        }

    def _rows(self, day: date) -> list[bill.Row]:
        """What moved on a day. What was reversed has never been."""
        found = []
        for entry in self.entries.values():
            at = entry.at
            if at is None or settlement_day(at) != day:
                continue
            if not entry.is_reversed and not entry.has_failed:
                found.append(self._row(entry, at))
        return sorted(found, key=lambda row: row.at)

    def _row(self, entry: Entry, at: datetime) -> bill.Row:
        is_back = entry.refund is not None
        fee = entry.trade.fee_fen
        # a void gives the fee back, a refund does not
        fees = {"01": fee, "31": -fee}
        paid = self.entries[entry.trade.out_no]
        return bill.Row(
            code={"01": "S22", "31": "S31"}.get(entry.kind, "S30"),
            kind=entry.kind,
            sub_kind=entry.sub_kind,
            order_id=entry.order_id,
            query_id=entry.query_id,
            original_query_id=paid.query_id if is_back else "",
            at=at,
            amount_fen=entry.amount_fen,
            moved_fen=-entry.amount_fen if is_back else entry.amount_fen,
            fee_fen=fees.get(entry.kind, 0),
            terminal=entry.trade.terminal_no,
            reserved=entry.reserved,
        )

    # notifications

    def _letter(self, entry: Entry, fault: Fault | None) -> Letter:
        own = self.around.faults.take("unionpay.notify", ("wrong_name", "expired"))
        name = fault.name if fault else own.name if own else ""
        wrong = 100 if name == "wrong_amount" else 0
        fields = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "txnType": entry.kind,
            "txnSubType": entry.sub_kind,
            "bizType": "000201" if entry.sub_kind == "01" else "000000",
            "accessType": "0",
            "merId": "777290058199999" if name == "wrong_merchant" else MERCHANT,
            "orderId": entry.order_id,
            "txnTime": entry.txn_time,
            "txnAmt": str(entry.amount_fen + wrong),
            "currencyCode": "156",
            "queryId": entry.query_id,
            "respCode": "00",
            "respMsg": _TEXTS["00"],
            "accNo": "622609******0048",
            **_settled(entry),
        }
        if entry.reserved:
            fields["reqReserved"] = entry.reserved
        form = messages.signed(fields, *self.identity.signer(name))
        if name == "tampered":
            form["txnAmt"] = "1"
        if name == "unsigned":
            del form["signature"]
        return Letter(
            url=entry.notify_url,
            body=messages.letter(form),
            content_type="application/x-www-form-urlencoded;charset=UTF-8",
            is_taken=lambda status, body: status in (200, 302),
            intervals=self.retries,
        )


_WAYS = {"01": "page", "06": "code", "07": "qr"}


def settlement_day(moment: datetime) -> date:
    """The day that ends at 23:00 in Beijing."""
    return (beijing(moment) + timedelta(hours=1)).date()


def _day_of(text: str, now: datetime) -> date:
    """The last day of that month and day."""
    year = settlement_day(now).year
    for candidate in (year, year - 1, year - 2, year - 3, year - 4):
        try:
            day = parse_beijing(f"{candidate}{text}", "%Y%m%d").date()
        except ValueError:
            continue
        if day <= settlement_day(now):
            return day
    raise ValueError("no such day")


def _settled(entry: Entry) -> Fields:
    if entry.at is None:
        return {}
    return {
        "traceNo": entry.query_id[-6:],
        "traceTime": compact_beijing(entry.at)[4:],
        "settleDate": f"{settlement_day(entry.at):%m%d}",
        "settleAmt": str(entry.amount_fen),
        "settleCurrencyCode": "156",
    }


def _when(entry: Entry) -> datetime:
    assert entry.at is not None
    return entry.at


def _address(fields: Fields) -> str:
    url = fields["backUrl"]
    return "" if url == _NOBODY else url


def _subject(fields: Fields) -> str:
    match = re.fullmatch(r"\{commodityName=(.*)\}", fields.get("riskRateInfo", ""))
    return match[1] if match else "银联消费"


def _bare(fields: Fields) -> Response:
    return Response(messages.answer(fields))
