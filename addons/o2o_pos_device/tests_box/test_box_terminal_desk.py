"""Requests reach a terminal through the sync of a box (POS-12).

Where a process has to die the box is one; elsewhere it is a thread, which starts at
once and asks the server more often.
"""

import dataclasses
import os
import signal
import subprocess
import sys
import threading

import pytest
from box_helpers import LIB, FakeServer, wait_for

from o2o_box import config
from o2o_box.box import Box
from o2o_box.terminal.simulator import Simulator

CONFIG = """
[server]
url = {url}
[box]
state_dir = {state}
pairing_code = CODE2345
poll_seconds = 0.2
fallback_seconds = 0.2
wake = no
"""


@pytest.fixture
def server():
    fake = FakeServer()
    yield fake
    fake.stop()


@pytest.fixture
def simulator(server):
    built = Simulator()
    server.terminals = [
        {
            "id": 3,
            "name": "Counter",
            "connection": "tcp",
            "host": "127.0.0.1",
            "port": built.start_tcp(),
            "answer_seconds": 0.25,
            "pos_no": "T1",
        }
    ]
    yield built
    built.stop()


@pytest.fixture
def box(tmp_path, server, simulator):
    process = Process(tmp_path, server)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def thread(tmp_path, server, simulator):
    box = Thread(tmp_path, server)
    box.start()
    yield box
    box.stop()


class Client:
    """A box, and what the server heard of it."""

    def __init__(self, folder, server):
        self.server = server
        self.state = folder / "state"
        self.config = folder / "box.ini"
        self.config.write_text(CONFIG.format(url=server.url, state=self.state))
        self.log = folder / "log"

    def ask(self, uid, op="sale", amount_fen=8800, **values):
        request = {
            "terminal_id": 3,
            "uid": uid,
            "action": "begin",
            "op": op,
            "amount_fen": amount_fen,
            "expires_in": 60,
            **values,
        }
        others = [r for r in self.server.terminal_requests if r["uid"] != uid]
        self.server.terminal_requests = [*others, request]

    def hears(self, uid, *states):
        """Wait until the server heard one of ``states`` of a request."""

        def heard():
            result = self.server.terminal_results.get(uid)
            return result and result["state"] in states and result

        return wait_for(heard)


class Process(Client):
    def start(self):
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "o2o_box", "--config", self.config],
                env={**os.environ, "PYTHONPATH": str(LIB)},
                stdout=log,
                stderr=log,
            )

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(15)


class Thread(Client):
    def start(self):
        settings = config.load(self.config)
        self.box = Box(
            dataclasses.replace(settings, poll_seconds=0.03, fallback_seconds=0.03)
        )
        self.runner = threading.Thread(target=self.box.run)
        self.runner.start()

    def stop(self):
        self.box.stop()
        self.runner.join(15)


def test_sale_of_the_server_comes_back_with_its_result(box, server, simulator):
    server.loses_answers = 1
    box.ask("a")
    result = box.hears("a", "approved")
    [entry] = simulator.ledger.entries
    assert (result["trace"], result["amount_fen"]) == (entry.trace, 8800)
    assert entry.card not in str(result)
    status = wait_for(lambda: server.syncs[-1]["terminals"])[0]
    assert (status["id"], status["batch"]) == (3, "000001")


def test_unknown_sale_is_resolved_when_the_server_asks(thread, server, simulator):
    thread.ask("s", "signin", 0)
    thread.hears("s", "approved")
    simulator.fault("lost_answer")
    thread.ask("a")
    thread.hears("a", "unknown")
    thread.ask("b", amount_fen=100)
    refused = thread.hears("b", "declined")
    assert refused["code"] == "unknown_open"
    thread.ask("a", action="resolve")
    assert thread.hears("a", "approved")["is_adopted"]
    assert simulator.ledger.charged_fen() == 8800


def test_kill_9_of_the_box_charges_once(box, server, simulator):
    box.ask("s", "signin", 0)
    box.hears("s", "approved")
    simulator.card_seconds = 0.3
    asked = simulator.requests
    box.ask("a")
    wait_for(lambda: simulator.requests > asked)
    box.kill()
    wait_for(lambda: simulator.ledger.count("sale") == 1)
    simulator.card_seconds = 0
    box.start()
    assert box.hears("a", "unknown")["code"] == "interrupted"
    box.ask("a", action="resolve")
    box.hears("a", "approved")
    assert simulator.ledger.charged_fen() == 8800


def test_lost_journal_never_charges_again(box, server, simulator):
    """A new disk: what the box once confirmed is for a person to decide."""
    box.ask("s", "signin", 0)
    box.hears("s", "approved")
    simulator.fault("lost_answer")
    box.ask("a")
    box.hears("a", "unknown")
    box.kill()
    for path in box.state.glob("terminal-3.db*"):
        path.unlink()
    box.start()
    wait_for(lambda: server.terminal_results["a"]["code"] == "lost")
    assert simulator.ledger.charged_fen() == 8800
    box.ask("a", action="decide", approves=True, note="slip seen")
    decided = box.hears("a", "approved")
    assert (decided["code"], decided["amount_fen"]) == ("by_hand", 8800)


def test_person_decides_and_the_terminal_is_free_again(thread, server, simulator):
    thread.ask("s", "signin", 0)
    thread.hears("s", "approved")
    simulator.fault("restart_before")
    thread.ask("a")
    thread.hears("a", "unknown")
    thread.ask("a", action="decide", approves=False, note="no slip")
    assert thread.hears("a", "declined")["message"] == "no slip"
    thread.ask("b")
    thread.hears("b", "approved")
    assert simulator.ledger.charged_fen() == 8800


def test_request_that_came_too_late_or_was_cancelled_begins_nothing(
    thread, server, simulator
):
    """The customer has paid in cash meanwhile."""
    thread.ask("a", expires_in=0)
    assert thread.hears("a", "declined")["code"] == "expired"
    thread.ask("b", action="cancel")
    assert thread.hears("b", "declined")["code"] == "cancelled"
    thread.ask("c", amount_fen=-1)
    assert thread.hears("c", "declined")["code"] == "invalid"
    assert not simulator.ledger.entries


def test_terminal_gets_a_new_address(thread, server, simulator):
    """POS-13: settings of the back office reach the driver."""
    thread.ask("a")
    thread.hears("a", "approved")
    other = Simulator(simulator.ledger)
    port = other.start_tcp()
    server.terminals = [{**server.terminals[0], "port": port}]
    count = len(server.syncs)
    wait_for(lambda: len(server.syncs) > count + 2)
    thread.ask("b")
    thread.hears("b", "approved")
    other.stop()
    assert other.requests
