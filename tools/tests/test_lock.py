"""One changer at a time, whatever happens to the other."""

import subprocess
import sys
from pathlib import Path

import pytest

from o2o_cli.errors import Busy
from o2o_cli.lock import exclusive

TOOLS = Path(__file__).resolve().parents[1]
HOLDER = """
import pathlib, sys, time
sys.path.insert(0, {tools!r})
from o2o_cli.lock import exclusive
with exclusive(pathlib.Path({path!r})):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@pytest.fixture
def holder(path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(tools=str(TOOLS), path=str(path))],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_second_holder_is_told_who_is_first(path, holder):
    with pytest.raises(Busy, match=f"pid {holder.pid}"), exclusive(path):
        pass


def test_waiting_is_announced_once_and_ends_with_busy(path, holder):
    told = []
    with pytest.raises(Busy), exclusive(path, wait=0.5, waiting=told.append):
        pass
    assert told == [f"pid {holder.pid}"]


def test_lock_is_free_after_kill_9(path, holder):
    holder.kill()
    holder.wait()
    with exclusive(path):
        pass


def test_lock_is_not_inherited_by_started_programs(path):
    with exclusive(path):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        with exclusive(path):
            pass
    finally:
        child.kill()
        child.wait()


def test_lock_can_be_taken_again(path):
    for _round in range(2):
        with exclusive(path):
            assert path.exists()
