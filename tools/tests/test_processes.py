"""Background services: never stop a stranger, never miss one of ours."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from o2o_cli.odoo import LAUNCHER
from o2o_cli.processes import Service, boot_id, end_strays, start_time
from o2o_cli.stack import Stack
from o2o_cli.steps import Progress

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def service(tmp_path):
    made = Service("sleeper", tmp_path / "run/sleeper.json", tmp_path / "log/s.log")
    yield made
    made.stop(1)


def test_started_service_is_known_and_stopped(service):
    pid = service.start(SLEEPER, env=os.environ)
    assert service.pid() == pid
    assert service.stop(5) is True
    assert service.pid() is None
    assert start_time(pid) is None
    assert not service.record.exists()


def test_service_has_its_own_session(service):
    pid = service.start(SLEEPER, env=os.environ)
    assert os.getsid(pid) == pid


def test_stale_record_of_a_dead_process_is_forgotten(service):
    pid = service.start(SLEEPER, env=os.environ)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert service.pid() is None
    assert service.stop() is False


def test_recycled_pid_is_never_killed(service):
    stranger = subprocess.Popen(SLEEPER)
    try:
        record = {"pid": stranger.pid, "started": "1", "boot": boot_id()}
        service.record.parent.mkdir(parents=True)
        service.record.write_text(json.dumps(record))
        assert service.pid() is None
        assert service.stop(1) is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_record_of_an_earlier_boot_is_not_believed(service):
    stranger = subprocess.Popen(SLEEPER)
    try:
        record = {
            "pid": stranger.pid,
            "started": start_time(stranger.pid),
            "boot": "another",
        }
        service.record.parent.mkdir(parents=True)
        service.record.write_text(json.dumps(record))
        assert service.pid() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_damaged_record_is_no_service(service):
    service.record.parent.mkdir(parents=True)
    for text in ("", "{", "[]", '{"pid": "x"}', '{"pid": 1}'):
        service.record.write_text(text)
        assert service.pid() is None


def test_service_that_ignores_the_request_is_ended(service):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('ready', flush=True); time.sleep(60)"
    )
    pid = service.start([sys.executable, "-c", code], env=os.environ)
    deadline = time.monotonic() + 10
    while "ready" not in service.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert service.stop(0.3) is True
    assert start_time(pid) is None


def wait_for_its_words(child):
    """A program that has just begun has no command line for a moment."""
    deadline = time.monotonic() + 10
    words = Path(f"/proc/{child.pid}/cmdline")
    while not words.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_helpers_of_a_killed_run_are_ended_and_nobody_else(tmp_path):
    folder = tmp_path / "env"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(sys.executable)
    stray = subprocess.Popen([folder / "bin/python", *SLEEPER[1:]])
    other = subprocess.Popen(SLEEPER)
    try:
        wait_for_its_words(stray)
        assert end_strays(lambda words: words[0].startswith(str(folder))) == 1
        assert stray.wait(5) == -9
        assert other.poll() is None
    finally:
        for child in (stray, other):
            child.kill()
            child.wait()


def test_service_without_a_record_is_recognised(home):
    stack = Stack(home, Progress())
    config, box = str(home.state / "odoo.conf"), str(home.state / "box/1/box.ini")
    python = "/env/bin/python"
    ours = [
        [python, str(LAUNCHER), "server", "-c", config],
        [python, "-m", "o2o_box", "--config", box, "--demo"],
    ]
    strangers = [
        [python, str(LAUNCHER), "server", "-c", "/elsewhere/odoo.conf"],
        [python, str(LAUNCHER), "shell", "-c", config],
        [python, "-m", "o2o_box", "--config", "/elsewhere/box/1/box.ini"],
        ["tail", "-f", config],
        [""],
    ]
    assert all(stack._is_service(words) for words in ours)
    assert not any(stack._is_service(words) for words in strangers)


def test_start_time_survives_brackets_in_the_name(tmp_path):
    program = tmp_path / "odd) S 1 (name"
    program.symlink_to(sys.executable)
    child = subprocess.Popen([program, "-c", "import time; time.sleep(60)"])
    try:
        started = start_time(child.pid)
        assert started is not None and started.isdigit()
        assert int(started) > 0
    finally:
        child.kill()
        child.wait()
