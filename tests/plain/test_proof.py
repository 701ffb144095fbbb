"""The tables of the proof name tests and code that are there; docs/proof.md."""

from collections import Counter
from pathlib import Path

from o2o_proof.tables import problems, read

ROOT = Path(__file__).resolve().parents[2]
REMOVALS = read(ROOT / "tests/proof")


def test_tables_name_what_there_is():
    assert list(problems(REMOVALS, ROOT / "addons")) == []


def test_nothing_is_taken_away_twice():
    entries = Counter((one.feature, one.test, one.what) for one in REMOVALS)
    assert [entry for entry, times in entries.items() if times > 1] == []
