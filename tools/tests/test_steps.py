"""Progress lines and the journal of interrupted steps."""

import io

import pytest

from o2o_cli.steps import Journal, Progress, duration


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.json")


def test_each_step_is_announced_and_timed(journal):
    out = io.StringIO()
    with Progress(out, journal).step("Cooking"):
        pass
    assert "  .. Cooking\n" in out.getvalue()
    assert "  ok Cooking  (0 s)\n" in out.getvalue()
    assert journal.interrupted() == []


def test_interrupted_step_is_remembered_until_it_succeeds(journal):
    progress = Progress(io.StringIO(), journal)
    with pytest.raises(KeyboardInterrupt), progress.step("Cooking"):
        raise KeyboardInterrupt
    again = Journal(journal.path)
    assert again.interrupted() == ["Cooking"]
    with progress.step("Cooking"):
        pass
    assert again.interrupted() == []


def test_killed_step_looks_the_same_as_an_interrupted_one(journal):
    journal.begin("Cooking")
    assert Journal(journal.path).interrupted() == ["Cooking"]
    journal.forget(["Cooking"])
    assert journal.interrupted() == []


def test_damaged_journal_is_an_empty_one(journal):
    for text in ("", "{", "[1]"):
        journal.path.write_text(text)
        assert journal.interrupted() == []


def test_failed_step_says_so():
    out = io.StringIO()
    with pytest.raises(ValueError, match="x"), Progress(out).step("Cooking"):
        raise ValueError("x")
    assert "!! Cooking" in out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s")]
)
def test_duration_is_readable(seconds, text):
    assert duration(seconds) == text
