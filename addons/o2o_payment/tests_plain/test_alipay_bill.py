"""PAY-06, SETL-05: the bill of Alipay, from the simulator's books and spoilt."""

import io
import itertools
import struct
import tracemalloc
import zipfile
from datetime import date, timedelta

import pytest
from alipay_helpers import client_of, new_code, new_order, refund_of

from o2o_gateway.alipay import bill
from o2o_gateway.clock import beijing, business_day
from o2o_gateway.gateway import BILL_EMPTY, BILL_NOT_READY
from o2o_gateway.outcome import BAD_ANSWER, ok, unknown
from o2o_gateway.results import LineKind

DAY = date(2026, 11, 27)


@pytest.fixture
def sim(running):
    """Each test has a day of its own, and begins at noon."""
    running.faults.clear()
    go_to(running, 36 if business_day(running.clock()) > DAY else 12)
    return running


def go_to(sim, hour):
    """Move on to an hour in Beijing; 34 is ten o'clock of the next day."""
    now = beijing(sim.clock())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sim.clock.advance((midnight + timedelta(hours=hour) - now).total_seconds())


@pytest.fixture
def day(sim):
    return business_day(sim.clock())


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def trades(sim, client):
    """Three payments, two refunds of the first."""
    orders = [
        new_order(sim, amount_fen=amount, subject=subject)
        for amount, subject in [
            (10000, '红酒 750ml "特级", 龘'),
            (1, "a"),
            (16650, "b"),
        ]
    ]
    for order in orders:
        client.pay_by_code(order, new_code())
    refunds = [refund_of(orders[0], amount) for amount in (3000, 2500)]
    for refund in refunds:
        client.refund(refund)
    return orders, refunds


def test_the_bill_agrees_with_the_books(sim, client, day, trades):
    """Every cent of the simulator's own books is in the bill, and nothing else."""
    orders, refunds = trades
    go_to(sim, 34)
    found = client.bill(day).value
    assert found.problems == ()
    events = sim.alipay.ledger.of_day(day)
    paid = [trade for trade, refund in events if refund is None]
    back = [refund for _trade, refund in events if refund]
    assert found.total_fen(LineKind.PAYMENT) == sum(t.amount_fen for t in paid) == 26651
    assert found.total_fen(LineKind.REFUND) == sum(r.amount_fen for r in back) == 5500
    assert found.total_fee_fen() == sum(t.fee_fen for t in paid) == 160
    by_number = {line.refund_no or line.out_no: line for line in found.lines}
    assert set(by_number) == {o.out_no for o in orders} | {r.refund_no for r in refunds}
    first = by_number[orders[0].out_no]
    assert (first.amount_fen, first.fee_fen, first.store_no) == (10000, 60, "S046")
    assert first.subject == "红酒 750ml 特级 龘"
    assert abs(first.at - paid[0].paid_at) < timedelta(seconds=1)
    part = by_number[refunds[0].refund_no]
    assert (part.kind, part.amount_fen) == (LineKind.REFUND, 3000)
    assert part.out_no == orders[0].out_no
    assert found.file_name.endswith("_业务明细.csv")
    assert len(found.sha256) == 64 and found.raw[:2] == b"PK"
    account, of_day = bill.head(found.raw)
    assert account.startswith(sim.alipay.merchant()["seller_id"]) and of_day == day


def test_the_head_of_something_else():
    """SETL-05: a file without account and day names none."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.csv", "#\n")
    assert bill.head(stream.getvalue()) == ("", None)
    with pytest.raises(bill.BillProblem):
        bill.head(b"PK and no zip")


def test_the_bill_of_a_day_is_there_on_the_next_morning(sim, client, day, trades):
    """FAULT-65: not ready yet; a day without payments."""
    assert client.bill(day).code == BILL_NOT_READY
    go_to(sim, 32)
    assert client.bill(day).code == BILL_NOT_READY
    go_to(sim, 10)
    assert client.bill(day).is_ok
    empty = client.bill(day - timedelta(days=365))
    assert empty.is_rejected and empty.code == BILL_EMPTY


def test_the_address_of_a_bill_is_good_for_thirty_seconds(sim, client, day, trades):
    """FAULT-66: too late is no bill, and a new call gives a new address."""
    go_to(sim, 34)
    fetch = client._transport.fetch

    def slow(*arguments, **more):
        sim.clock.advance(31)
        return fetch(*arguments, **more)

    client._transport.fetch = slow
    outcome = client.bill(day)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER
    client._transport.fetch = fetch
    assert client.bill(day).is_ok


@pytest.mark.parametrize(
    ("told", "fetched"),
    [
        (
            "http://dwbillcenter.alipay.com/file?id=1",
            "https://dwbillcenter.alipay.com/file?id=1",
        ),
        ("https://files.alipaydev.com/x", "https://files.alipaydev.com/x"),
        ("http://alipay.com.example/x", None),
        ("http://169.254.169.254/x", None),
        ("", None),
    ],
)
def test_a_bill_is_fetched_by_tls_only(client, day, told, fetched):
    """Alipay writes ``http://``: who reads along would have all our sales."""
    asked = []
    client._call = lambda *a, **b: ok({"bill_download_url": told})
    client._transport._once = lambda method, url, *a: (
        asked.append(url) or unknown("", "")
    )
    assert client.bill(day).is_unknown
    assert asked == ([fetched] if fetched else [])


@pytest.mark.parametrize("fault", ["html", "truncated", "empty", "lost_after"])
def test_a_damaged_bill_is_no_bill(sim, client, day, trades, fault):
    """FAULT-67: cut short, or a page instead."""
    go_to(sim, 34)
    sim.faults.add("alipay.bill_file", fault)
    assert client.bill(day).is_unknown
    assert client.bill(day).is_ok


@pytest.mark.parametrize("how", ["drop", "repeat", "add", "amount", "fee"])
def test_a_spoilt_bill_differs_from_the_books(sim, client, day, trades, how):
    """FAULT-68: a bill that agrees with itself, not with what happened."""
    go_to(sim, 34)
    right = client.bill(day).value
    sim.alipay.spoil_bill(how)
    wrong = client.bill(day).value
    assert wrong.problems == ()
    assert wrong.lines != right.lines
    assert wrong.sha256 != right.sha256


def test_a_bill_that_contradicts_itself_says_so(sim, client, day, trades):
    """FAULT-68: totals that are not those of the rows."""
    go_to(sim, 34)
    sim.alipay.spoil_bill("total")
    [problem] = client.bill(day).value.problems
    assert "266.52" in problem and "266.51" in problem


def test_the_last_second_of_a_day_in_beijing(sim, client, day):
    """FAULT-69: 23:59:59 and 00:00:01 are in two bills; so are pay and refund."""
    go_to(sim, 24)
    sim.clock.advance(-2)
    late = new_order(sim)
    client.pay_by_code(late, new_code())
    sim.clock.advance(4)
    early = new_order(sim)
    client.pay_by_code(early, new_code())
    refund = refund_of(late, 100)
    client.refund(refund)
    go_to(sim, 10)
    [line] = client.bill(day).value.lines
    assert (line.out_no, line.at.hour) == (late.out_no, 23)
    sim.clock.advance(24 * 3600)
    lines = client.bill(day + timedelta(days=1)).value.lines
    numbers = [line.refund_no or line.out_no for line in lines]
    assert numbers == [early.out_no, refund.refund_no]


def test_the_same_bill_is_the_same(sim, client, day, trades):
    """FAULT-70: fetched twice, the rows are the same."""
    go_to(sim, 34)
    one, two = client.bill(day).value, client.bill(day).value
    assert one.lines == two.lines


# files made by hand

HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,"
    "操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,"
    "支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
END = "#-----------------------------------------业务明细列表结束-------------------"
TOTALS = (
    "#交易合计：{}笔，商家实收共{}元，商家优惠共0.00元",
    "#退款合计：{}笔，商家实收退款共{}元，商家优惠退款共0.00元",
)
_rows = itertools.count(1)


def row(amount="1.00", kind="交易", **more):
    values = {
        "subject": "酒",
        "received": amount,
        "fee": "-0.01",
        "refund": "",
        "at": "2026-11-27 12:00:00",
        **more,
    }
    number = next(_rows)
    return (
        f"20261127{number}\t,P{number}\t,{kind}\t,{values['subject']},"
        f"2026-11-27 11:59:00,{values['at']},S1\t,\t,\t,\t,*(138)\t,{amount},"
        f"{values['received']},0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,"
        f"{values['refund']}\t,{values['fee']},0.00,"
    )


def text_of(rows, paid=None, back=(0, "0.00"), head=HEAD, end=END):
    paid = paid or (len(rows), f"{len(rows)}.00")
    lines = ["#支付宝业务明细查询", "#账号：[2088]", head, *rows, end]
    lines += [TOTALS[0].format(*paid), TOTALS[1].format(*back)]
    return "".join(f"{line}\r\n" for line in lines).encode("gb18030")


def zipped(content, name="2088_20261127_业务明细.csv", **more):
    """A zip; names with the UTF-8 flag, as other tools write them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        for other, text in more.items():
            archive.writestr(other, text)
    return stream.getvalue()


def parse(rows, **more):
    return bill.parse(zipped(text_of(rows, **more)), DAY)


def test_a_bill_made_by_hand():
    found = parse(
        [row(), row("-0.40", "退款", fee="0.01", refund="R1")],
        paid=(1, "1.00"),
        back=(1, "-0.40"),
    )
    assert found.problems == ()
    assert [line.fee_fen for line in found.lines] == [1, -1]


@pytest.mark.parametrize(
    "bad",
    [
        row("1.005"),
        row("1e2"),
        row(""),
        row(subject="a,b"),
        row(at="yesterday"),
        row(fee="x"),
        "only,three,columns",
    ],
)
def test_a_row_that_cannot_be_read_is_named(bad):
    """FAULT-68: nothing is left out without a word."""
    found = parse([row(), bad], paid=(2, "2.00"))
    assert len(found.lines) == 1
    assert any("Row 5" in problem for problem in found.problems)


def test_a_row_of_another_kind_is_kept():
    """A kind that Alipay invents tomorrow is shown to a person."""
    found = parse([row(), row(kind="分账")], paid=(1, "1.00"))
    assert [line.kind for line in found.lines] == [LineKind.PAYMENT, LineKind.OTHER]
    assert found.problems == ()


def test_a_list_without_an_end_is_named():
    """FAULT-67: cut between two rows, no zip would notice in another place."""
    found = parse([row()], end="")
    assert found.problems == ("The file ends before the list does.",)


def test_a_count_that_is_wrong_is_named():
    found = parse([row(), row()], paid=(3, "2.00"))
    assert len(found.problems) == 1 and "3 rows" in found.problems[0]


@pytest.mark.parametrize(
    ("sums", "why"),
    [
        ("合计,,2,0,-0.02", None),
        ("合计,,3,0,-0.02", "交易订单总笔数 is 3, there are 2"),
        ("合计,,2,1,-0.02", "退款订单总笔数 is 1, there are 0"),
        ("合计,,2,0,-0.03", "the fees are 0.03, the rows make 0.02"),
        ("合计,,2,0,", "the fees cannot be read"),
        ("S1,,2,0,-0.02", "The summary has no sum"),
    ],
)
def test_a_summary_that_contradicts_the_rows(sums, why):
    """FAULT-68: the second file of the zip is compared too."""
    head = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,服务费（元）"
    lines = ["#支付宝业务汇总查询", head, sums]
    summary = "".join(f"{line}\r\n" for line in lines).encode("gb18030")
    raw = zipped(text_of([row(), row()]), **{"x_业务明细(汇总).csv": summary})
    problems = bill.parse(raw, DAY).problems
    assert len(problems) == (1 if why else 0)
    assert all(why in problem for problem in problems)


def test_a_quotation_mark_swallows_nothing():
    rows = [row(subject='5" 屏'), row(), row(subject='"')]
    assert len(parse(rows).lines) == 3


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no zip"),
        (b"PK\x03\x04 broken", "no zip"),
        (zipped(b"", name="readme.txt"), "no details"),
        (
            zipped(text_of([row()]).replace(b"\xb6\xa9\xb5\xa5\xbd\xf0\xb6\xee", b"x")),
            "lacks",
        ),
        (zipped(b"\xff\xff\xff"), "GBK"),
        (zipped(b"#nothing"), "no table"),
    ],
)
def test_what_is_no_bill_at_all(raw, why):
    """FAULT-67"""
    with pytest.raises(bill.BillProblem, match=why):
        bill.parse(raw, DAY)


def test_a_name_with_a_path_is_only_a_name(tmp_path, monkeypatch):
    """FAULT-67: zip-slip; nothing is ever written."""
    monkeypatch.chdir(tmp_path)
    raw = zipped(text_of([row()]), name="../../业务明细.csv")
    assert len(bill.parse(raw, DAY).lines) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_not_unpacked(monkeypatch):
    """FAULT-23: the limit is on what comes out, whatever the directory claims."""
    monkeypatch.setattr(bill, "MAX_CSV", 100_000)
    raw = zipped(text_of([row()]), name="业务明细.csv", **{"b": b"0" * 10_000_000})
    size = struct.pack("<I", 10_000_000)
    assert raw.count(size) == 2
    for bomb in (raw, raw.replace(size, struct.pack("<I", 10))):
        tracemalloc.start()
        with pytest.raises(bill.BillProblem):
            bill.parse(bomb, DAY)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2_000_000
    many = {f"{number}": b"" for number in range(30)}
    with pytest.raises(bill.BillProblem, match="too many"):
        bill.parse(zipped(b"", **many), DAY)


def test_a_large_bill_is_read_to_the_end():
    """Issue 6: bills of many thousand rows; how fast is for a benchmark to say."""
    found = bill.parse(zipped(text_of([row() for _ in range(5_000)])), DAY)
    assert len(found.lines) == 5_000 and found.problems == ()
