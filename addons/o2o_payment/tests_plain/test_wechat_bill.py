"""Issue 6, PAY-06, payments.md §2.2: trade bill and fund flow of WeChat Pay."""

import gzip
import hashlib
from datetime import date, timedelta

import pytest
import wechat_helpers as w
from hypothesis import given, settings
from hypothesis import strategies as st
from rude_server import http
from wechat_helpers import NOW, Signer, error, gateway

from o2o_gateway.gateway import BILL_EMPTY, BILL_NOT_READY
from o2o_gateway.money import format_yuan
from o2o_gateway.outcome import BAD_ANSWER
from o2o_gateway.results import LineKind
from o2o_gateway.wechat import bill

SIGNER = Signer()
DAY = date(2026, 11, 26)


@pytest.fixture
def client(rude_server):
    return gateway(rude_server.url, SIGNER)


HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"
    "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
    "充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,"
    "费率备注"
)
TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,"
    "申请退款总金额"
)
PAID = (
    "`2026-11-26 10:00:05,`wxd678efh567hg6787,`1900000109,`0,`S046,`4200001,`P1,`oUp,"
    '`NATIVE,`SUCCESS,`OTHERS,`CNY,`12.00,`0.30,`0,`0,`0.00,`0.00,`,`,`茅台, 53"度,`,'
    "`0.07000,`0.60%,`12.30,`0.00,`"
)
BACK = (
    "`2026-11-26 23:59:59,`wxd678efh567hg6787,`1900000109,`0,`S046,`4200001,`P1,`oUp,"
    "`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5000,`R1,`2.30,`0.00,`ORIGINAL,`SUCCESS,"
    "`茅台,`,`-0.01000,`0.60%,`0.00,`2.30,`"
)
REVOKED = PAID.replace("SUCCESS", "REVOKED").replace("`P1", "`P2")
SUMS = "`2,`12.00,`2.30,`0.00,`0.06000,`12.30,`2.30"


def bill_text(rows=(PAID, BACK), sums=SUMS, bom=True, end="\r\n", head=HEAD):
    lines = [head, *rows] + ([TOTALS, sums] if sums else [])
    text = "".join(line + end for line in lines)
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode()


def parsed(content):
    return bill.parse(content, DAY, w.MCHID)


def bill_answers(server, content, *, raw=None, sha1=None, url=None, status="200 OK"):
    """The two answers of a bill: where it is, and the file."""
    return [
        SIGNER.answer(
            {
                "hash_type": "SHA1",
                "hash_value": sha1 or hashlib.sha1(content).hexdigest(),
                "download_url": url or f"{server.url}/v3/billdownload/file?token=a|b",
            }
        ),
        http(gzip.compress(content) if raw is None else raw, status),
    ]


def test_a_bill_is_downloaded_and_read(rude_server, client):
    """PAY-06: 订单金额 counts, not what is settled; a comma in a name is a comma."""
    content = bill_text()
    rude_server.answers = bill_answers(rude_server, content)
    found = client.bill(DAY).value
    assert found.problems == ()
    paid, back = found.lines
    assert (paid.kind, paid.amount_fen, paid.fee_fen) == (LineKind.PAYMENT, 1230, 7)
    assert (paid.out_no, paid.refund_no, paid.subject) == ("P1", "", '茅台, 53"度')
    assert (paid.at.isoformat(), paid.row) == ("2026-11-26T10:00:05+08:00", 2)
    assert (back.kind, back.amount_fen, back.fee_fen) == (LineKind.REFUND, 230, -1)
    assert (back.refund_no, back.word, back.store_no) == (
        "R1",
        "REFUND SUCCESS",
        "S046",
    )
    assert (found.raw, found.file_name) == (content, "1900000109All2026-11-26.csv")
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    first, second = w.sent(rude_server, 0), w.sent(rude_server, 1)
    assert (
        first[1]
        == "/v3/bill/tradebill?bill_date=2026-11-26&bill_type=ALL&tar_type=GZIP"
    )
    assert second[1] == "/v3/billdownload/file?token=a%7Cb"
    assert w.is_signed(first) and w.is_signed(second)


@pytest.mark.parametrize(
    ("code", "now", "told"),
    [
        ("STATEMENT_CREATING", NOW, BILL_NOT_READY),
        ("NO_STATEMENT_EXIST", NOW, BILL_EMPTY),
        ("NO_STATEMENT_EXIST", NOW - timedelta(hours=3), BILL_NOT_READY),
    ],
)
def test_a_bill_that_is_not_there(rude_server, code, now, told):
    """FAULT-65, FAULT-69: before ten in Beijing "none" only means "not yet"."""
    client = gateway(rude_server.url, SIGNER, clock=lambda: now)
    rude_server.answers = [error(code, 400)]
    outcome = client.bill(DAY)
    assert outcome.is_rejected and outcome.code == told
    assert client.fund_flow(DAY).code == told


@pytest.mark.parametrize(
    "more",
    [
        {"sha1": "0" * 40},
        {"raw": gzip.compress(bill_text())[:-20]},
        {"raw": gzip.compress(bill_text()) + b"more"},
        {"raw": bill_text()[:-4]},
        {"raw": b"\x1f\x8bnonsense"},
        {"raw": b""},
        {"raw": b"<html>403</html>", "status": "403 Forbidden"},
        {"raw": b"gone", "status": "404 Not Found"},
        {"url": "https://evil.example/file"},
        {"url": "https://evil.example#.weixin.qq.com/"},
        {"url": "https://evilweixin.qq.com/file"},
        {"url": "http://api.mch.weixin.qq.com/file"},
        {"url": "file:///etc/passwd"},
        {"url": "https://u:p@api.mch.weixin.qq.com/file"},
        {"url": "x"},
    ],
    ids=[
        "another hash",
        "gzip cut off",
        "gzip and more",
        "text cut off",
        "no gzip",
        "empty",
        "403",
        "404",
        "stranger",
        "stranger with a fragment",
        "stranger with a like name",
        "without tls",
        "file",
        "password",
        "no address",
    ],
)
def test_a_file_that_is_not_the_one_is_not_read(rude_server, client, more):
    """FAULT-66, FAULT-67: another hash, cut off, expired, or with a stranger."""
    rude_server.answers = bill_answers(rude_server, bill_text(), **more)
    outcome = client.bill(DAY)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER


@pytest.mark.parametrize(
    "changed", [{"hash_type": "MD5"}, {"hash_value": ""}, {"download_url": None}]
)
def test_an_answer_without_a_file(rude_server, client, changed):
    answer = {"hash_type": "SHA1", "hash_value": "0", "download_url": "x", **changed}
    rude_server.answers = [SIGNER.answer(answer)]
    assert client.bill(DAY).code == BAD_ANSWER


def test_a_bomb_is_not_unpacked(monkeypatch):
    """FAULT-23, FAULT-67: bounded while it is unpacked, not afterwards."""
    monkeypatch.setattr(bill, "MAX_CSV", 3 * 1024 * 1024)
    bomb = gzip.compress(b"0" * 50_000_000)
    with pytest.raises(bill.BillProblem, match="too large"):
        bill.unpack(bomb, "")


@pytest.mark.parametrize("bom", [True, False])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_with_and_without_mark_and_returns(bom, end):
    """FAULT-67: the hash is of the bytes, the reader takes both."""
    assert len(parsed(bill_text(bom=bom, end=end)).lines) == 2


@pytest.mark.parametrize(
    ("rows", "sums", "hint"),
    [
        ((PAID,), SUMS, "there are 1"),
        ((PAID, BACK, BACK), SUMS, "there are 3"),
        ((PAID.replace("12.30", "12.31"), BACK), SUMS, "订单总金额"),
        ((PAID, BACK.replace('`2.30,`"', "`")), None, "without totals"),
        ((PAID.replace("0.07000", "0.08000"), BACK), SUMS, "手续费总金额"),
        ((PAID.replace("0.07000", "0.07500"), BACK), SUMS, "parts of a fen"),
        ((PAID.replace("1900000109", "1900000108"), BACK), SUMS, "another merchant"),
        ((PAID.replace("CNY", "USD"), BACK), SUMS, "another currency"),
        ((PAID + ",`more", BACK), SUMS, "28 columns"),
        ((PAID.replace("12.30", "-12.30"), BACK), SUMS, "negative"),
        (
            (PAID.replace("2026-11-26 10", "2026-11-26T10"), BACK),
            SUMS,
            "cannot be read",
        ),
        ((PAID, BACK), SUMS.replace("12.30", "x"), "cannot be read"),
        ((PAID, BACK), "`2", "without totals"),
    ],
)
def test_rows_and_totals_that_do_not_agree_are_a_problem(rows, sums, hint):
    """FAULT-68: missing, extra, one fen off, fee off, another merchant."""
    found = parsed(bill_text(rows, sums))
    assert any(hint in problem for problem in found.problems), found.problems


def test_a_file_that_is_no_bill():
    for content in (
        b"",
        b"\xef\xbb\xbf",
        b"a,b\r\n`1,`2\r\n",
        b"\xff\xff",
        b"\r\n\r\n",
    ):
        with pytest.raises(bill.BillProblem):
            parsed(content)


def test_a_reversed_payment_gives_its_money_back():
    rows = [PAID, REVOKED.replace("`12.30,`0.00,`", "`12.30,`12.30,`"), REVOKED]
    lines = parsed(bill_text(rows, "`3")).lines
    assert [line.kind for line in lines] == [
        LineKind.PAYMENT,
        LineKind.REFUND,
        LineKind.OTHER,
    ]
    assert lines[1].refund_no == "" and lines[1].amount_fen == 1230


@given(
    st.lists(
        st.tuples(
            st.integers(1, 10_000_000),
            st.text(
                st.characters(exclude_characters="`\r\n", exclude_categories=["Cs"]),
                max_size=20,
            ),
        ),
        min_size=1,
        max_size=10,
    )
)
@settings(max_examples=50, deadline=None)
def test_any_name_and_amount_comes_back_as_it_went(rows):
    """FAULT-68: commas, quotes and rare separators in names move no column."""
    lines = [
        PAID.replace("12.30", format_yuan(fen)).replace('茅台, 53"度', name)
        for fen, name in rows
    ]
    total = format_yuan(sum(fen for fen, _name in rows))
    settled, fees = format_yuan(1200 * len(rows)), format_yuan(7 * len(rows))
    sums = f"`{len(rows)},`{settled},`0.00,`0.00,`{fees},`{total},`0.00"
    found = parsed(bill_text(lines, sums))
    assert found.problems == ()
    assert [(one.amount_fen, one.subject) for one in found.lines] == [
        (fen, name.strip()) for fen, name in rows
    ]


FLOW_HEAD = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),"
    "账户结余(元),资金变更提交申请人,备注,业务凭证号"
)
FLOW_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
FLOW_ROWS = (
    "`2026-11-26 10:00:05,`42001,`F1,`交易,`交易,`收入,`12.30,`112.30,`s,`备注,`V",
    "`2026-11-26 10:00:05,`42001,`F2,`交易,`扣除交易手续费,`支出,`0.07,`112.23,`s,`,`V",
)


def test_the_fund_flow_is_downloaded_and_read(rude_server, client):
    """PAY-06: fees and refunds as they moved our account."""
    lines = [FLOW_HEAD, *FLOW_ROWS, FLOW_TOTALS, "`2,`1,`12.30,`1,`0.07"]
    content = b"\xef\xbb\xbf" + "".join(f"{one}\r\n" for one in lines).encode()
    rude_server.answers = bill_answers(rude_server, content)
    found = client.fund_flow(DAY).value
    assert found.problems == ()
    assert [line.amount_fen for line in found.lines] == [1230, -7]
    assert (found.lines[1].flow_no, found.lines[1].kind) == ("F2", "扣除交易手续费")
    assert found.lines[1].balance_fen == 11223
    assert "account_type=BASIC&tar_type=GZIP" in w.sent(rude_server, 0)[1]


@pytest.mark.parametrize(
    ("rows", "sums"),
    [
        (FLOW_ROWS, "`3,`1,`12.30,`1,`0.07"),
        (FLOW_ROWS, "`2,`1,`12.31,`1,`0.07"),
        (FLOW_ROWS, "`2,`1,`12.30,`2,`0.07"),
        (FLOW_ROWS[:1], "`2,`1,`12.30,`1,`0.07"),
        ((FLOW_ROWS[0].replace("收入", "转移"),), "`1,`1,`12.30,`0,`0.00"),
    ],
)
def test_a_fund_flow_that_does_not_add_up_is_a_problem(rows, sums):
    """FAULT-68."""
    lines = [FLOW_HEAD, *rows, FLOW_TOTALS, sums]
    content = "".join(f"{one}\r\n" for one in lines).encode()
    assert bill.parse_flow(content, DAY, w.MCHID).problems
    with pytest.raises(bill.BillProblem):
        bill.parse_flow(bill_text(), DAY, w.MCHID)


def test_a_bill_that_cannot_be_read_is_unknown(rude_server, client):
    content = b"a,b\r\n"
    rude_server.answers = bill_answers(rude_server, content)
    assert "cannot be read" in client.bill(DAY).reason
    rude_server.answers = bill_answers(rude_server, content)
    assert "cannot be read" in client.fund_flow(DAY).reason
