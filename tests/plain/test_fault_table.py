"""tests/faults.toml: each of the 70 fault cases has tests, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fault_cases import CASES, collect, numbers_in, problems, read

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "addons"
TABLE = read(ROOT / "tests" / "faults.toml")
NAMED = collect(ADDONS)


def test_every_case_has_a_row() -> None:
    assert list(TABLE) == list(CASES)


@pytest.mark.parametrize("number", CASES)
def test_a_case_has_its_tests_or_reasons(number: int) -> None:
    found = problems(number, TABLE[number], NAMED.get(number, set()), ADDONS)
    assert list(found) == []


def test_no_test_names_a_case_that_is_none() -> None:
    assert {
        number: tests for number, tests in NAMED.items() if number not in CASES
    } == {}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("FAULT-29: asked.", {29}),
        ("PAY-05, FAULT-5, 9, 13: refused.", {5, 9, 13}),
        ("FAULT-5, FAULT-8 and FAULT-9.", {5, 8, 9}),
        ("FAULT-10 to 12, FAULT-29, idea 15", {10, 11, 12, 29}),
        ("fault 29, FAULT", set()),
    ],
)
def test_how_a_docstring_names_cases(text: str, numbers: set[int]) -> None:
    assert numbers_in(text) == numbers


PLACE = "o2o_payment/tests/test_x.py::TestX.test_y"
REASON = {"why_not": "No message of its has such a thing."}
ROW = {"case": "told twice", "expect": "once"}


@pytest.mark.parametrize(
    ("number", "layers", "named", "problem"),
    [
        (28, {"odoo": PLACE}, {PLACE}, ""),
        (28, {}, {PLACE}, "odoo: neither"),
        (28, {"odoo": PLACE}, set(), "does not name the case"),
        (28, {"odoo": [PLACE, "o2o_payment/tests/b.py::f"]}, {PLACE}, "b.py::f"),
        (28, {"odoo": REASON}, {PLACE}, "has a test, name it"),
        (28, {"odoo": REASON}, set(), "no test at all"),
        (28, {"odoo": {"follows": "bills"}}, set(), ""),
        (28, {"odoo": {"follows": "bills"}}, {PLACE}, "has a test, name it"),
        (28, {"odoo": {"why_not": "never"}}, set(), "is no reason"),
        (1, {"odoo": PLACE, "alipay": REASON, "wechat": REASON}, {PLACE}, "unionpay:"),
        (
            1,
            {"odoo": PLACE, "alipay": REASON, "wechat": REASON, "unionpay": REASON},
            {PLACE, "o2o_payment/tests_plain/test_wechat.py::test_z"},
            "wechat: has a test",
        ),
    ],
)
def test_gaps_are_found(number, layers, named, problem) -> None:
    found = list(problems(number, {**ROW, **layers}, named, ADDONS))
    assert bool(found) == bool(problem)
    assert problem in " ".join(found)
