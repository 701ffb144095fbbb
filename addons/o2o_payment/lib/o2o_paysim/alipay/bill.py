"""The trade bill of a day, written from the books."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from o2o_gateway.clock import format_beijing
from o2o_gateway.money import format_yuan

from ..ledger import SimRefund, Trade

COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,"
    "操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,"
    "支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMMARY_COLUMNS = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,"
    "支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
SPOILS = ("drop", "repeat", "add", "amount", "fee", "total")


@dataclass(frozen=True)
class Row:
    """One row: a payment, or a refund with a negative amount."""

    trade: Trade
    refund: SimRefund | None
    amount_fen: int
    fee_fen: int
    out_no: str

    @classmethod
    def of(cls, trade: Trade, refund: SimRefund | None) -> Row:
        if refund:
            return cls(trade, refund, -refund.amount_fen, 0, trade.out_no)
        return cls(trade, None, trade.amount_fen, trade.fee_fen, trade.out_no)

    def line(self) -> str:
        trade = self.trade
        done = self.refund.at if self.refund else trade.paid_at
        assert done is not None
        amount = format_yuan(self.amount_fen)
        values = [
            f"{trade.provider_no}\t",
            f"{self.out_no}\t",
            "退款\t" if self.refund else "交易\t",
            trade.subject,
            format_beijing(trade.created_at),
            format_beijing(done),
            f"{trade.store_no}\t",
            "\t",
            f"{trade.operator_no}\t",
            f"{trade.terminal_no}\t",
            "*测试(138****00)\t",
            amount,
            amount,
            *["0.00"] * 5,
            "",
            "0.00\t",
            "0.00",
            f"{self.refund.refund_no if self.refund else ''}\t",
            format_yuan(-self.fee_fen),
            "0.00",
            "",
        ]
        return ",".join(values)


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
    return found


def write(
    day: date, made_at: datetime, seller: str, rows: Sequence[Row], wrong_total: bool
) -> bytes:
    """The zip as Alipay makes it, once: GBK names without the flag, GBK text with
    tabs."""
    paid = [row for row in rows if not row.refund]
    back = [row for row in rows if row.refund]
    received = sum(row.amount_fen for row in paid) + wrong_total
    returned = sum(row.amount_fen for row in back)
    head = [
        f"#账号：[{seller}0156]",
        f"#起始日期：[{_day(day)} 00:00:00]   "
        f"终止日期：[{_day(day + timedelta(days=1))} 00:00:00]",
    ]
    exported = f"#导出时间：[{format_beijing(made_at)}]"
    detail = [
        "#支付宝业务明细查询",
        *head,
        "#-----------------------------------------业务明细列表"
        "----------------------------------------",
        COLUMNS,
        *(row.line() for row in rows),
        "#-----------------------------------------业务明细列表结束"
        "------------------------------------",
        f"#交易合计：{len(paid)}笔，商家实收共{format_yuan(received)}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{format_yuan(returned)}元，"
        "商家优惠退款共0.00元",
        exported,
    ]
    fees = sum(row.fee_fen for row in rows)
    sums = [
        "合计",
        "",
        str(len(paid)),
        str(len(back)),
        format_yuan(received + returned),
        format_yuan(received + returned),
        "0.00",
        "0.00",
        "0.00",
        format_yuan(-fees),
        "0.00",
        format_yuan(received + returned - fees),
    ]
    summary = [
        "#支付宝业务汇总查询",
        *head,
        "#-----------------------------------------业务汇总列表"
        "----------------------------------------",
        SUMMARY_COLUMNS,
        ",".join(f"{value}\t" for value in sums),
        "#----------------------------------------业务汇总列表结束"
        "-------------------------------------",
        exported,
    ]
    name = f"{seller}0156_{day:%Y%m%d}_业务明细"
    return _zip({f"{name}.csv": detail, f"{name}(汇总).csv": summary})


def _day(day: date) -> str:
    return f"{day:%Y}年{day:%m}月{day:%d}日"


def _zip(files: dict[str, list[str]]) -> bytes:
    """A zip with names in GBK; ``zipfile`` would write them as UTF-8 and say so.

    A name of the same length in ASCII is written, then replaced.
    """
    stream = io.BytesIO()
    names: dict[bytes, bytes] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, lines) in enumerate(files.items()):
            real = name.encode("gbk")
            stand_in = f"{number}".ljust(len(real), "_")
            names[stand_in.encode()] = real
            text = "".join(f"{line}\r\n" for line in lines)
            # the same bill has the same bytes, whenever it is asked for
            entry = zipfile.ZipInfo(stand_in)
            archive.writestr(entry, text.encode("gb18030"), zipfile.ZIP_DEFLATED)
    raw = stream.getvalue()
    for stand_in_bytes, real in names.items():
        raw = raw.replace(stand_in_bytes, real)
    return raw
