"""Trade bill and fund flow of a day, written from the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from o2o_gateway.clock import format_beijing
from o2o_gateway.money import format_yuan

from ..ledger import SimRefund, Trade
from .books import returned_fee
from .identity import APP_ID, MCHID

COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"
    "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
    "充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,"
    "费率备注"
)
TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,"
    "申请退款总金额"
)
FLOW_COLUMNS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),"
    "账户结余(元),资金变更提交申请人,备注,业务凭证号"
)
FLOW_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
SPOILS = ("drop", "repeat", "add", "amount", "fee", "total", "merchant")
_KINDS = {"qr": "NATIVE", "jsapi": "JSAPI", "page": "MWEB", "code": "MICROPAY"}


@dataclass(frozen=True)
class Row:
    """One row: a payment, or money that goes back."""

    trade: Trade
    refund: SimRefund | None
    amount_fen: int
    fee_fen: int
    out_no: str
    #: ``SUCCESS``, ``REFUND`` or ``REVOKED``
    word: str
    refund_id: str = ""
    refund_word: str = ""
    mchid: str = MCHID

    @classmethod
    def of(cls, trade: Trade, refund: SimRefund | None, word: str) -> Row:
        if refund:
            fee = -returned_fee(trade, refund)
            return cls(trade, refund, refund.amount_fen, fee, trade.out_no, word)
        amount = trade.amount_fen
        return cls(trade, None, amount, trade.fee_fen, trade.out_no, word)

    @property
    def at(self) -> datetime:
        moment = self.refund.at if self.refund else self.trade.paid_at
        assert moment is not None
        return moment

    @property
    def paid_fen(self) -> int:
        return 0 if self.refund else self.amount_fen

    @property
    def back_fen(self) -> int:
        return self.amount_fen if self.refund else 0

    def line(self) -> str:
        trade, is_back = self.trade, self.refund is not None
        refund_no = "" if not self.refund else self.refund.refund_no
        return _line(
            format_beijing(self.at),
            APP_ID,
            self.mchid,
            "0",
            trade.store_no,
            trade.provider_no,
            self.out_no,
            "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            _KINDS.get(trade.way, "NATIVE"),
            self.word,
            "OTHERS",
            "CNY",
            format_yuan(self.paid_fen),
            "0.00",
            self.refund_id if is_back else "0",
            refund_no if self.word == "REFUND" else "0",
            format_yuan(self.back_fen),
            "0.00",
            "ORIGINAL" if is_back else "",
            self.refund_word,
            trade.subject,
            "",
            # five places, as WeChat Pay writes them
            f"{format_yuan(self.fee_fen)}000",
            "0.60%",
            format_yuan(self.paid_fen),
            format_yuan(self.back_fen),
            "",
        )


def spoilt(rows: Sequence[Row], how: str, row: int) -> list[Row]:
    """The rows with one of them changed (``total`` changes none)."""
    found = list(rows)
    if how == "drop":
        del found[row]
    elif how == "repeat":
        found.insert(row, found[row])
    elif how == "add":
        found.append(replace(found[row], out_no="P9999999999999999999999999"))
    elif how == "amount":
        found[row] = replace(found[row], amount_fen=found[row].amount_fen + 1)
    elif how == "fee":
        found[row] = replace(found[row], fee_fen=found[row].fee_fen + 1)
    elif how == "merchant":
        found[row] = replace(found[row], mchid="1900000108")
    return found


def trade_bill(rows: Sequence[Row], wrong_total: bool) -> bytes:
    paid = sum(row.paid_fen for row in rows) + wrong_total
    back = sum(row.back_fen for row in rows)
    fees = sum(row.fee_fen for row in rows)
    sums = _line(
        str(len(rows)),
        format_yuan(paid),
        format_yuan(back),
        "0.00",
        f"{format_yuan(fees)}000",
        format_yuan(paid),
        format_yuan(back),
    )
    return _file([COLUMNS, *(row.line() for row in rows), TOTALS, sums])


def fund_flow(rows: Sequence[Row], wrong_total: bool) -> bytes:
    """Each payment and refund moves the account twice: the money, and the fee."""
    moves: list[tuple[Row, str, int]] = []
    for row in rows:
        moves.append(
            (row, "退款" if row.refund else "交易", row.paid_fen - row.back_fen)
        )
        name = "退还交易手续费" if row.refund else "扣除交易手续费"
        if row.fee_fen:
            moves.append((row, name, -row.fee_fen))
    lines, balance = [], 0
    for number, (row, name, amount) in enumerate(moves, 1):
        balance += amount
        lines.append(
            _line(
                format_beijing(row.at),
                row.refund_id or row.trade.provider_no,
                f"{row.at:%Y%m%d}{number:018d}",
                name,
                name,
                "收入" if amount >= 0 else "支出",
                format_yuan(abs(amount)),
                format_yuan(balance),
                f"{MCHID}API",
                "",
                row.out_no,
            )
        )
    came = [amount for _row, _name, amount in moves if amount >= 0]
    went = [-amount for _row, _name, amount in moves if amount < 0]
    sums = _line(
        str(len(moves)),
        str(len(came)),
        format_yuan(sum(came) + wrong_total),
        str(len(went)),
        format_yuan(sum(went)),
    )
    return _file([FLOW_COLUMNS, *lines, FLOW_TOTALS, sums])


#: by the path of the request
WRITERS: dict[str, Callable[[Sequence[Row], bool], bytes]] = {
    "wechat.bill": trade_bill,
    "wechat.fund_flow": fund_flow,
}


def _line(*values: str) -> str:
    return ",".join(f"`{value}" for value in values)


def _file(lines: Iterable[str]) -> bytes:
    """UTF-8 with a byte order mark and CRLF: only so the hash comes out right."""
    text = "".join(f"{line}\r\n" for line in lines)
    return b"\xef\xbb\xbf" + text.encode()
