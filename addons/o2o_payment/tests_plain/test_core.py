"""Issue 6: outcomes, money, time, numbers and secrets of all gateways."""

import ast
import os
import pickle
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2o_gateway import clock, money
from o2o_gateway.gateway import Order, RefundOrder
from o2o_gateway.order_numbers import Number, check_legal, make_number, read_number
from o2o_gateway.outcome import NOT_SENT, Outcome, ok, rejected, unknown
from o2o_gateway.secret import Secret

UTC = timezone.utc
LIB = Path(__file__).parent.parent / "lib"
NOON = datetime(2026, 11, 27, 4, 0, 5, tzinfo=UTC)


# the library


def test_it_needs_nothing_but_what_odoo_has():
    """Issue 6: no Odoo, no payment SDK at run time; relative imports inside."""
    allowed = {*sys.stdlib_module_names, "cryptography", "requests", "urllib3"}
    for path in (LIB / "o2o_gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= allowed, path


# outcomes


def test_an_outcome_is_one_of_three():
    """No value is read from a call that nobody knows the end of."""
    assert ok("x").value == "x"
    for failed in (unknown("a", "lost"), rejected("b", "refused")):
        assert not failed.is_ok
        with pytest.raises(ValueError, match="no value"):
            _ = failed.value
    assert unknown("a", "").is_unknown and not unknown("a", "").is_rejected
    assert rejected("a", "").is_rejected and not rejected("a", "").is_unknown


def test_an_ok_without_content_is_still_ok():
    assert ok(None).value is None


def test_a_failure_keeps_its_kind_for_another_value():
    assert unknown("a", "lost").failure() == Outcome(unknown("", "").kind, "a", "lost")
    with pytest.raises(ValueError, match="not a failure"):
        ok(1).failure()


def test_only_what_has_not_left_was_not_sent():
    assert not rejected(NOT_SENT, "").was_sent
    assert rejected("ACQ.TRADE_HAS_CLOSE", "").was_sent
    assert unknown("o2o.no_answer", "").was_sent


# money


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.01", 1),
        ("100", 10000),
        ("12.3", 1230),
        ("12.300", 1230),
        ("-0.06", -6),
        ("9999999999999.99", 999999999999999),
        ("0.00", 0),
    ],
)
def test_yuan_are_read_exactly(text, fen):
    assert money.parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1e2", "1.001", "0.005", "1,000", "１.00", "+1", ".5", "1.", "NaN"]
    + ["Infinity", "0x1", "1\n", "--1", "9" * 16, None, 1.0, 1, True],
)
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(ValueError):
        money.parse_yuan(text)


@given(st.integers(-(10**16), 10**16 - 1))
def test_yuan_come_back_as_they_went(fen):
    assert money.parse_yuan(money.format_yuan(fen)) == fen


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_only_an_int_is_an_amount(value):
    """A float of yuan must not be taken for fen."""
    with pytest.raises(TypeError):
        money.format_yuan(value)


def test_fen_of_a_fixed_width_file():
    assert money.parse_fen("000000476800") == 476800
    for text in ("", "-1", "1.0", " 1", "１"):
        with pytest.raises(ValueError):
            money.parse_fen(text)


# time


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_beijing_time_whatever_the_process_says(zone):
    """FAULT-41, §0.10: Odoo runs with TZ=UTC, gateways want Beijing time."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        assert clock.format_beijing(NOON) == "2026-11-27 12:00:05"
        assert clock.compact_beijing(NOON) == "20261127120005"
        assert clock.parse_beijing("2026-11-27 12:00:05") == NOON
        now = clock.system_clock()
        assert abs(now.timestamp() - time.time()) < 5
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_moment_comes_back_as_it_went(moment):
    """Quick or slow, each form is read alike, and only a moment that exists."""
    told = moment.replace(microsecond=0, tzinfo=clock.BEIJING)
    assert clock.parse_beijing(clock.format_beijing(told)) == told
    assert clock.parse_beijing(f"{told:%Y/%m/%d %H:%M:%S}", "%Y/%m/%d %H:%M:%S") == told


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30 00:00:00", "2026-01-01 24:00:00", "2026-W48-5 10:00:05"]
    + ["2026-01-01 10:00+08", "2026-01-01T10:00:00", "2026-01-01 10:00:61"],
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError):
        clock.parse_beijing(text)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        clock.format_beijing(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_day_of_a_bill_is_that_of_beijing():
    """FAULT-69: 23:59:59 in Beijing is another day than in UTC."""
    last = datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC)
    assert clock.business_day(last).isoformat() == "2026-11-27"
    assert clock.business_day(last + timedelta(seconds=1)).isoformat() == "2026-11-28"


def test_how_far_our_clock_is_off():
    """FAULT-41: ten minutes are named before a signature is refused for them."""
    date = "Fri, 27 Nov 2026 04:00:05 GMT"
    assert clock.skew_seconds(date, NOON) == 0
    assert clock.skew_seconds(date, NOON + timedelta(minutes=10)) == 600
    assert clock.skew_seconds(date, NOON - timedelta(hours=8)) == -8 * 3600
    for nonsense in ("", "soon", "Fri, 27 Nov 2026 04:00:05"):
        assert clock.skew_seconds(nonsense, NOON) is None


# numbers


@given(
    st.sampled_from("PRT"),
    st.integers(1577836800, 3092601600).map(lambda s: datetime.fromtimestamp(s, UTC)),
    st.integers(0, 36**6 - 1),
    st.integers(0, 10**10 - 1),
)
def test_a_number_says_what_it_was_made_of(purpose, moment, store, sequence):
    number = make_number(purpose, moment, store, sequence)
    assert len(number) == 25
    assert check_legal(number) == number
    day = clock.business_day(moment)
    assert read_number(number) == Number(purpose, day, store, sequence)


@given(st.integers(0, 10**10 - 1), st.integers(7, 22), st.integers(1, 9))
def test_a_wrong_digit_is_found(sequence, place, shift):
    number = make_number("P", NOON, 46, sequence)
    if not number[place].isdigit():
        return
    digit = str((int(number[place]) + shift) % 10)
    assert read_number(number[:place] + digit + number[place + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    ["S00012", "Shop/0001", "R-S00012", "a" * 33, "1234567", "", "号码号码号码号码"],
)
def test_numbers_that_some_gateway_refuses(text):
    """§3.4: a reference of Odoo is not a legal number everywhere."""
    with pytest.raises(ValueError):
        check_legal(text)
    assert read_number(text) is None


@pytest.mark.parametrize(
    "change", [{"purpose": "X"}, {"store": 36**6}, {"store": -1}, {"sequence": 10**10}]
)
def test_a_number_out_of_range(change):
    given_ = {"purpose": "P", "store": 1, "sequence": 1, **change}
    with pytest.raises(ValueError):
        make_number(given_["purpose"], NOON, given_["store"], given_["sequence"])


# orders


def order(**more):
    return Order(
        **{
            "out_no": make_number("P", NOON, 1, 1),
            "amount_fen": 100,
            "subject": "茅台",
            "expires_at": NOON,
            **more,
        }
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"out_no": "S00012/1"},
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": 100_000_000_01},
        {"subject": "  "},
        {"subject": "x" * 128},
        {"expires_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_an_order_that_no_gateway_takes(wrong):
    assert order().amount_fen == 100
    with pytest.raises(ValueError):
        order(**wrong)
    with pytest.raises(TypeError):
        order(amount_fen=1.0)


def test_a_refund_is_never_more_than_was_paid():
    """FAULT-50: one fen too much is refused before anything is sent."""
    payment, refund = make_number("P", NOON, 1, 1), make_number("R", NOON, 1, 1)
    assert RefundOrder(payment, refund, 100, 100).amount_fen == 100
    for amount in (101, 0, -1):
        with pytest.raises(ValueError):
            RefundOrder(payment, refund, amount, 100)


# secrets


def test_a_secret_is_nowhere_to_be_read():
    secret = Secret("280123456789012345")
    for text in (str(secret), repr(secret), f"{secret}", repr([secret])):
        assert "2801" not in text
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.reveal() == "280123456789012345"
    assert secret == Secret("280123456789012345")
    assert secret != Secret("280123456789012346")
