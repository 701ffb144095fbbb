"""Counting: nothing that was not run may look as if it had passed."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from o2o_cli import commands, own_tests, regression, results, testing
from o2o_cli.errors import NetworkError, StepFailed
from o2o_cli.home import Home
from o2o_cli.stack import Stack
from o2o_cli.steps import Progress

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="x"/></testcase>
<testcase classname="a" name="broken"><error message="x"/></testcase>
<testcase classname="a" name="left_out"><skipped message="x"/></testcase>
</testsuite></testsuites>"""

LOG = """\
2026-01-01 10:00:00,000 1 INFO o2o_test odoo.modules.loading: Loading o2o_order
2026-01-01 10:00:00,000 1 WARNING o2o_test odoo.addons.sale.models: not ours
2026-01-01 10:00:00,000 1 WARNING o2o_test odoo.addons.o2o_order.models: ours
2026-01-01 10:00:00,000 1 ERROR o2o_test odoo.registry: model o2o.store is wrong
2026-01-01 10:00:00,000 1 WARNING o2o_test odoo.tools: the database o2otest
Traceback of o2o_order
"""


def test_skipped_tests_are_failures(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    passed, failed, names = results.counts(report)
    assert (passed, failed) == (1, 3)
    assert names == ["a.bad failed", "a.broken failed", "a.left_out skipped"]


def test_only_our_warnings_count(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(LOG)
    found = results.own_warnings(log)
    assert len(found) == 2
    assert "ours" in found[0]
    assert "o2o.store" in found[1]
    assert results.own_warnings(tmp_path / "missing.log") == []


def test_a_query_that_odoo_repeats_is_no_error_of_ours(tmp_path):
    log = tmp_path / "odoo.log"
    query = "2026-01-01 10:00:00,000 1 ERROR o2o odoo.sql_db: bad query: o2o_order"
    log.write_text(f"{query}\nERROR: could not serialize access due to x\n{query}\n")
    assert results.own_warnings(log) == [query]


def blamed(monkeypatch, tmp_path, *outcomes):
    """Whom the tests blame when the first run fails /a:X.one and /b:Y.two."""
    said = []
    answers = [regression.Outcome(5, 2, frozenset({"/a:X.one", "/b:Y.two"})), *outcomes]
    monkeypatch.setattr(regression, "run", lambda *_args: answers.pop(0))
    progress = SimpleNamespace(say=said.append, step=lambda _title: nullcontext())
    tests = own_tests.OwnTests(
        home=SimpleNamespace(log=tmp_path),
        progress=progress,
        server=None,
        ours=None,
        stock=None,
        env={},
    )
    return tests.run(["a", "b"])


def test_what_fails_alone_and_not_in_stock_is_ours(monkeypatch, tmp_path):
    again = regression.Outcome(2, 2, frozenset({"/a:X.one", "/b:Y.two"}))
    stock = regression.Outcome(2, 1, frozenset({"/b:Y.two"}))
    assert blamed(monkeypatch, tmp_path, again, stock) == (3, ["/a:X.one"])


def test_what_passes_alone_is_nobody_s(monkeypatch, tmp_path):
    assert blamed(monkeypatch, tmp_path, regression.Outcome(2, 0, frozenset())) == (
        3,
        [],
    )


def test_a_second_run_that_did_not_start_is_no_success(monkeypatch, tmp_path):
    with pytest.raises(StepFailed):
        blamed(monkeypatch, tmp_path, regression.Outcome(0, 0, frozenset()))


def test_last_line_is_a_count():
    tally = results.Tally()
    tally.add("plain", 3, 0, 1)
    tally.add("odoo", 4, 1, 1)
    assert tally.line == "7 passed, 1 failed"
    assert not tally.ok


def test_what_was_counted_apart_counts():
    tally, apart = results.Tally(), results.Tally()
    tally.add("odoo", 4, 0, 1)
    apart.add("system", 2, 1, 1)
    apart.problem("system: x failed")
    tally.take(apart)
    assert tally.line == "6 passed, 1 failed"
    assert tally.problems == ["system: x failed"]
    assert not tally.ok


def whole_run(tmp_path):
    said = io.StringIO()
    system = tmp_path / testing.SYSTEM_FOLDER
    system.mkdir(parents=True)
    (system / "test_x.py").touch()
    home = Home(tmp_path, tmp_path / "state", tmp_path / "cache")
    return testing.TestRun(Stack(home, Progress(said)), names=[]), said


def test_system_tests_beside_are_shown_after_and_counted(monkeypatch, tmp_path):
    def system(run):
        program = [sys.executable, "-c", "print('three windows')"]
        assert commands.follow(program, output=run.output) == 0
        run.tally.problem("whole-system tests: x failed")
        return 2, 1

    monkeypatch.setattr(testing.TestRun, "system", system)
    run, said = whole_run(tmp_path)
    with ThreadPoolExecutor() as ahead, run.system_tests_beside(ahead):
        run.progress.say("the Odoo tests")
    lines = said.getvalue().splitlines()
    assert lines.index("the Odoo tests") < lines.index("three windows")
    assert run.tally.line == "2 passed, 1 failed"
    assert run.tally.problems == ["whole-system tests: x failed"]


def test_system_tests_beside_that_break_off_are_a_failure(monkeypatch, tmp_path):
    def system(_run):
        raise StepFailed("The shop did not come up.")

    monkeypatch.setattr(testing.TestRun, "system", system)
    run, _said = whole_run(tmp_path)
    with ThreadPoolExecutor() as ahead, run.system_tests_beside(ahead):
        pass
    assert run.tally.line == "0 passed, 1 failed"
    assert "did not come up" in run.tally.problems[0]


def test_plain_tests_get_pcscd_or_say_themselves_what_is_missing(monkeypatch, tmp_path):
    """POS-14: without a network the run goes on, and the test that needs it fails."""
    run, said = whole_run(tmp_path)
    (tmp_path / "with").mkdir()
    (tmp_path / "with" / testing.PCSC_TEST).touch()
    assert run.plain_extra(tmp_path) == {}
    monkeypatch.setattr(testing.pcsc, "ensure", lambda *_args: {"O2O_PCSC": "/there"})
    assert run.plain_extra(tmp_path / "with") == {"O2O_PCSC": "/there"}

    def fail(*_args):
        raise NetworkError("no mirror")

    monkeypatch.setattr(testing.pcsc, "ensure", fail)
    assert run.plain_extra(tmp_path / "with") == {}
    assert "no mirror" in said.getvalue()


def test_no_test_at_all_is_not_ok():
    assert not results.Tally().ok


ODOO_LOG = """\
1 ERROR x odoo.addons.sale_loyalty.tests.test_a: FAIL: TestA.test_one
1 ERROR x odoo.tests.suite: ERROR: setUpClass (odoo.addons.pos_sale.tests.test_b.TestB)
1 ERROR x odoo.tests.result: 1 failed, 1 error(s) of 10 tests when loading database 'x'
"""


def test_failures_of_odoos_runner_can_be_run_again():
    outcome = regression.read(ODOO_LOG)
    assert (outcome.total, outcome.bad) == (10, 2)
    assert outcome.tags == {"/sale_loyalty:TestA.test_one", "/pos_sale:TestB"}
    assert outcome.is_complete


def test_odoo_runner_that_crashed_or_hides_failures_is_noticed():
    assert not regression.read("crashed").is_complete
    assert not regression.read(ODOO_LOG.splitlines()[-1]).is_complete
    good = "0 failed, 0 error(s) of 10 tests when loading database 'x'"
    assert regression.read(good).is_complete


def test_terms_of_a_pot_file(tmp_path):
    path = tmp_path / "x.pot"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Project-Id: x\\n"\n\n'
        'msgid "Plain"\nmsgstr ""\n\n'
        'msgid ""\n"Two "\n"parts \\"quoted\\""\nmsgstr ""\n',
        encoding="utf-8",
    )
    assert list(results.pot_terms(path)) == ["Plain", 'Two parts "quoted"']
    assert list(results.pot_terms(tmp_path / "missing.pot")) == []
