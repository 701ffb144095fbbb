"""Issue 6: the file of a day of settlement, against the published sample."""

import base64
import io
import tracemalloc
import zipfile
import zlib
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unionpay_helpers import NOON

from o2o_gateway.clock import BEIJING
from o2o_gateway.order_numbers import make_number
from o2o_gateway.results import LineKind
from o2o_gateway.unionpay import bill
from o2o_paysim.unionpay import bill as sim_bill

DAY = date(2026, 11, 27)
MERCHANT = "777290058167151"
PAID = make_number("P", NOON, 7, 4711)
BACK = make_number("R", NOON, 7, 4712)


def row(**more):
    """A line of a payment of 100 yuan; ``more`` are columns by place (``c6``)."""
    columns = [""] * len(bill.WIDTHS)
    columns[bill.CODE] = "S22"
    columns[bill.TIME] = "1127120005"
    columns[bill.AMOUNT] = "000000010000"
    columns[bill.QUERY_ID] = "512611271200056528"
    columns[bill.NUMBER] = PAID
    columns[bill.FEE] = "D000000000060"
    columns[bill.NET] = "C000000009940"
    columns[bill.KIND] = "01"
    columns[bill.MERCHANT] = MERCHANT
    for name, value in more.items():
        columns[int(name[1:])] = value
    cells = (
        value.encode("gbk").ljust(width)
        for value, width in zip(columns, bill.WIDTHS, strict=True)
    )
    return b" ".join(cells)


def back(**more):
    return row(
        **{
            "c0": "S30",
            f"c{bill.AMOUNT}": "000000003000",
            f"c{bill.QUERY_ID}": "512611271300056529",
            f"c{bill.NUMBER}": BACK,
            f"c{bill.FEE}": "C000000000018",
            f"c{bill.NET}": "D000000002982",
            f"c{bill.KIND}": "04",
            f"c{bill.RESERVED}": f"{PAID}|{BACK}"[:32],
            **more,
        }
    )


def packed(*rows, adjustments=(), name=f"INN26112788ZM_{MERCHANT}", extra=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"RD2007{MERCHANT}", b"summary")
        archive.writestr(name, b"\r\n".join(rows) + b"\r\n")
        if adjustments:
            other = f"INN26112788ZME_{MERCHANT}"
            archive.writestr(other, b"\r\n".join(adjustments))
        for more, content in extra:
            archive.writestr(more, content)
    return out.getvalue()


def parse(*rows, **more):
    return bill.parse(packed(*rows, **more), MERCHANT, DAY)


# the published sample


def test_the_published_file_is_read(vectors):
    """payments.md §2.3: eight lines of 607 bytes, GBK, each net of its fee."""
    vector = vectors["unionpay_zm_bill"]
    assert list(bill.WIDTHS) == vector["widths"]
    lines = [line.encode(vector["encoding"]) for line in vector["lines"]]
    assert {len(line) for line in lines} == {vector["line_bytes"]}
    merchant = "802310048993424"
    raw = packed(*lines, name=f"INN15090588ZM_{merchant}")
    found = bill.parse(raw, merchant, date(2015, 9, 5))
    assert found.problems == ()
    assert found.file_name == f"INN15090588ZM_{merchant}"
    assert len(found.lines) == 8
    assert found.total_fen(LineKind.PAYMENT) == 1_322_700
    assert found.total_fee_fen() == 7_936
    first = found.lines[0]
    assert first.out_no == "10078087"
    assert first.provider_no == "201509061122031906248"
    assert (first.amount_fen, first.fee_fen, first.word) == (476_800, 2_861, "S56")
    assert first.at == datetime(2015, 9, 6, 11, 22, 3, tzinfo=BEIJING)


# lines


def test_a_payment_a_refund_and_a_void():
    found = parse(row(), back(), back(**{f"c{bill.KIND}": "31", "c0": "S31"}))
    kinds = [line.kind for line in found.lines]
    assert kinds == [LineKind.PAYMENT, LineKind.REFUND, LineKind.REFUND]
    assert found.problems == ()
    refund = found.lines[1]
    assert (refund.out_no, refund.refund_no) == (PAID, BACK)
    # the fee of what goes back comes back
    assert (refund.amount_fen, refund.fee_fen) == (3000, -18)


def test_a_refund_without_our_note_finds_its_payment_in_the_file():
    """Made by hand in UnionPay's portal: only its own number leads to the payment."""
    note = {f"c{bill.RESERVED}": "", f"c{bill.ORIGINAL}": "512611271200056528"}
    found = parse(back(**note), row())
    assert found.lines[0].out_no == PAID
    assert parse(back(**note)).lines[0].out_no == ""


def test_the_second_number_of_a_refund_is_ours():
    found = parse(back(**{f"c{bill.NUMBER}": BACK + "R"}))
    assert found.lines[0].refund_no == BACK


def test_the_years_of_new_years_eve():
    """FAULT-69: lines have no year."""
    moments = {f"c{bill.TIME}": "1231230001"}, {f"c{bill.TIME}": "0101225959"}
    raw = packed(*(row(**one) for one in moments))
    found = bill.parse(raw, MERCHANT, date(2027, 1, 1))
    assert [line.at for line in found.lines] == [
        datetime(2026, 12, 31, 23, 0, 1, tzinfo=BEIJING),
        datetime(2027, 1, 1, 22, 59, 59, tzinfo=BEIJING),
    ]


def test_a_leap_day():
    raw = packed(row(**{f"c{bill.TIME}": "0229120000"}))
    found = bill.parse(raw, MERCHANT, date(2028, 2, 29))
    assert found.lines[0].at.date() == date(2028, 2, 29)


def test_a_line_of_another_time_of_the_year():
    """FAULT-69: a file of some other month."""
    found = parse(row(**{f"c{bill.TIME}": "0627120005"}))
    assert found.lines == ()
    assert "another time of the year" in found.problems[0]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        (bill.AMOUNT, "000000010001", "is not 99.40"),
        (bill.FEE, "D000000000061", "is not 99.40"),
        (bill.NET, "C000000009941", "is not 99.41"),
        (bill.NET, "D000000009940", "is not -99.40"),
    ],
)
def test_a_line_that_does_not_agree_with_itself(column, value, says):
    """FAULT-68: a fen too much in amount, fee or net."""
    found = parse(row(**{f"c{column}": value}))
    assert len(found.lines) == 1
    assert len(found.problems) == 1 and says in found.problems[0]


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (row()[:-1], "606 bytes"),
        (row() + b" ", "608 bytes"),
        (row()[1:] + b" ", "shifted"),
        (row(**{f"c{bill.MERCHANT}": "999999999999999"}), "another merchant"),
        (row(**{f"c{bill.AMOUNT}": "00000001.000"}), "not an amount"),
        (row(**{f"c{bill.AMOUNT}": "-00000001000"}), "not an amount"),
        (row(**{f"c{bill.FEE}": "X000000000060"}), "C or D"),
        (row(**{f"c{bill.TIME}": "1399120005"}), "no such moment"),
        (row(**{f"c{bill.TIME}": "27/11 12:0"}), "without a year"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(spoilt, says):
    """FAULT-67, FAULT-68: the rest of the bill is there, and a problem."""
    found = parse(row(), spoilt)
    assert len(found.lines) == 1
    assert len(found.problems) == 1
    assert "Row 2" in found.problems[0] and says in found.problems[0]


def test_lines_of_other_kinds_are_kept_and_told():
    found = parse(row(**{f"c{bill.KIND}": "99"}))
    assert found.lines[0].kind is LineKind.OTHER
    assert "look at it" in found.problems[0]


def test_adjustments_are_for_a_person():
    """Chargebacks come in a file of their own."""
    columns = ["" for _width in bill.ADJUSTMENT_WIDTHS]
    columns[bill.CODE], columns[bill.TIME] = "E05", "1127120005"
    columns[bill.AMOUNT] = "000000010000"
    line = b" ".join(
        value.encode().ljust(width)
        for value, width in zip(columns, bill.ADJUSTMENT_WIDTHS, strict=True)
    )
    found = parse(row(), adjustments=[line, b"nonsense"])
    assert [one.kind for one in found.lines] == [LineKind.PAYMENT, LineKind.OTHER]
    assert found.total_fen(LineKind.OTHER) == 10000
    assert found.problems[0] == "Adjustment 1: E05 of 100.00."
    assert "Adjustment 2 cannot be read" in found.problems[1]


def test_widths_are_bytes_not_signs():
    """FAULT-67: Chinese in a column shifts nothing, half a sign breaks nothing."""
    text = "奶茶" * 3
    line = row(c30=text)
    halved = line[:300] + line[300:].replace("茶".encode("gbk"), b" \xb2", 1)
    for one in (line, halved):
        found = parse(one)
        assert found.problems == ()
        assert found.lines[0].amount_fen == 10000


def test_nothing_happened():
    found = parse()
    assert found.lines == () and found.problems == ()


_moves = st.lists(
    st.tuples(
        st.sampled_from(["01", "04", "31"]),
        st.integers(1, 10**12 - 1),
        st.integers(0, 10**6),
        st.integers(0, 24 * 3600 - 1),
    ),
    max_size=8,
)


@given(_moves)
def test_what_the_simulator_writes_is_what_we_read(moves):
    """PAY-06: writer and reader share no code, and agree to the fen and the second."""
    begins = datetime(2026, 11, 26, 23, tzinfo=BEIJING)
    rows = []
    for number, (kind, amount, fee, second) in enumerate(moves):
        is_back = kind != "01"
        rows.append(
            sim_bill.Row(
                code="S22",
                kind=kind,
                sub_kind="01",
                order_id=make_number("R" if is_back else "P", NOON, 7, number),
                query_id=f"5126112712000{number:08d}",
                original_query_id="",
                at=begins + timedelta(seconds=second),
                amount_fen=amount,
                moved_fen=-amount if is_back else amount,
                fee_fen=-fee if is_back else fee,
                reserved=f"{PAID}|{BACK}" if is_back else "",
            )
        )
    raw = bill.unpack(sim_bill.write(DAY, MERCHANT, rows))
    found = bill.parse(raw, MERCHANT, DAY)
    assert found.problems == ()
    assert [
        (one.at, one.amount_fen, one.fee_fen, one.refund_no or one.out_no)
        for one in found.lines
    ] == [(row.at, row.amount_fen, row.fee_fen, row.order_id) for row in rows]
    assert all(one.out_no == PAID for one in found.lines if one.refund_no)


# files


def test_the_file_travels_in_base64_and_deflate():
    raw = packed(row())
    content = base64.b64encode(zlib.compress(raw)).decode()
    assert bill.unpack(content) == raw
    assert bill.parse(raw, MERCHANT, DAY).raw == raw


@pytest.mark.parametrize(
    "content",
    [
        "",
        "中文",
        "====",
        base64.b64encode(b"no deflate").decode(),
        base64.b64encode(zlib.compress(b"x" * 9999)[:-5]).decode(),
    ],
)
def test_a_damaged_file(content):
    """FAULT-67."""
    with pytest.raises(bill.BillProblem):
        bill.unpack(content)


def test_a_bomb_does_not_explode(monkeypatch):
    """FAULT-23: in the deflate around the zip, and in the zip."""
    monkeypatch.setattr(bill, "MAX_ZIP", 100_000)
    monkeypatch.setattr(bill, "MAX_TEXT", 100_000)
    bomb = base64.b64encode(zlib.compress(b"\0" * 50_000_000)).decode()
    tracemalloc.start()
    with pytest.raises(bill.BillProblem):
        bill.unpack(bomb)
    raw = packed(b"\0" * 50_000_000)
    tracemalloc.reset_peak()
    with pytest.raises(bill.BillProblem, match="too large"):
        bill.parse(raw, MERCHANT, DAY)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_names_lead_nowhere(tmp_path, monkeypatch):
    """FAULT-67: zip-slip. A name is compared, never opened."""
    monkeypatch.chdir(tmp_path)
    extra = [
        (f"../../INN26112788ZM_{MERCHANT}", row()),
        ("INN26112788ZM_999999999999999", row()),
    ]
    found = parse(row(), extra=extra)
    assert len(found.lines) == 1
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_and_doubles():
    with pytest.raises(bill.BillProblem, match="nothing of this merchant"):
        parse(row(), name="INN26112788ZM_999999999999999")
    with pytest.raises(bill.BillProblem, match="two files"):
        parse(row(), extra=[(f"INN26112888ZM_{MERCHANT}", row())])
    with pytest.raises(bill.BillProblem, match="too many"):
        parse(row(), extra=[(f"x{number}", b"") for number in range(20)])


@pytest.mark.parametrize("cut", [0, 10, 100, -10])
def test_half_a_zip(cut):
    """FAULT-67."""
    with pytest.raises(bill.BillProblem):
        bill.parse(packed(row())[:cut], MERCHANT, DAY)


@given(st.binary(max_size=700))
def test_no_line_breaks_the_reader(line):
    found = parse(line.replace(b"\n", b""))
    assert len(found.lines) + len(found.problems) <= 2


def test_a_large_bill_is_read_to_the_end():
    """Issue 6: bills of many thousand rows; how fast is for a benchmark to say."""
    found = bill.parse(packed(*[row()] * 5_000), MERCHANT, DAY)
    assert len(found.lines) == 5_000
    assert found.total_fen(LineKind.PAYMENT) == 10_000 * 5_000
