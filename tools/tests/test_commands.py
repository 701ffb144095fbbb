"""Programs that the runner starts: their errors, and that they die with it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from o2o_cli import commands
from o2o_cli.errors import StepFailed
from o2o_cli.processes import start_time

TOOLS = Path(__file__).resolve().parents[1]


def test_failure_says_what_why_and_where_the_log_is(tmp_path):
    log = tmp_path / "x.log"
    with pytest.raises(StepFailed) as caught:
        commands.run(["sh", "-c", "echo the reason; exit 3"], what="Baking", log=log)
    assert caught.value.message == "Baking failed (exit status 3): the reason"
    assert str(log) in caught.value.remedy


def test_failure_without_a_log_shows_the_last_line():
    with pytest.raises(StepFailed, match="the reason"):
        commands.run(["sh", "-c", "echo first; echo the reason; exit 1"], what="X")


def test_reason_is_the_last_line_that_names_an_error():
    text = "1 INFO start\n1 ERROR db odoo: broken view\n1 INFO shutting down\n\n"
    assert commands.likely_reason(text) == "1 ERROR db odoo: broken view"
    assert commands.likely_reason("") == "it gave no reason."


def test_python_settings_of_the_caller_do_not_leak(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "elsewhere")
    env = commands.environment({"A": "1"}, drop=["HOME"])
    assert env["A"] == "1"
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "HOME"} & set(env)


def test_child_dies_with_a_killed_runner(tmp_path):
    assert shutil.which("setpriv"), "util-linux is part of every Debian system"
    mark = tmp_path / "pid"
    code = (
        f"import sys; sys.path.insert(0, {str(TOOLS)!r})\n"
        "from o2o_cli import commands\n"
        f"commands.attempt(['sh', '-c', 'echo $$ > {mark}; exec sleep 60'])\n"
    )
    runner = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 10
    while not (mark.exists() and mark.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = int(mark.read_text())
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    while start_time(child) is not None:
        assert time.monotonic() < deadline, "the child outlived its runner"
        time.sleep(0.05)
