"""The process dies in the middle of a sale: ``kill -9`` of a real process."""

import json
import os
import signal
import subprocess
import sys

import pytest
from box_helpers import LIB, wait_for
from terminal_helpers import PATIENCE, Counter

from o2o_box.terminal import BankTerminal, TerminalSettings, TxRequest

SALE = """
import json, sys
from o2o_box.terminal import BankTerminal, TerminalSettings, TxRequest
values, path = json.loads(sys.argv[1]), sys.argv[2]
driver = BankTerminal(TerminalSettings(**values), path).start()
driver.begin(TxRequest("sale-1", "sale", 8800))
print(driver.wait("sale-1", 60).state, flush=True)
"""


@pytest.fixture(params=["tcp", "pty"])
def counter(request, tmp_path):
    built = Counter(tmp_path, request.param)
    # the process under test has the journal to itself
    built.sale(1)
    built.driver.stop()
    yield built
    built.simulator.stop()


def start_sale(counter):
    settings = counter.settings
    names = ("connection", "host", "port", "device", "pos_no")
    values = {name: getattr(settings, name) for name in names}
    return subprocess.Popen(
        [sys.executable, "-c", SALE, json.dumps(values), counter.path],
        env={**os.environ, "PYTHONPATH": str(LIB)},
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait(15)
    process.stdout.close()


def test_sale_in_a_process_of_its_own_is_approved(counter):
    """The control of the tests below: without a kill the same script sells."""
    process = start_sale(counter)
    assert process.communicate(timeout=30)[0] == "approved\n"
    assert counter.ledger.charged_fen() == 8801


def test_kill_9_while_the_customer_looks_for_the_card(counter):
    """Unknown after the crash; asked for, found, charged once."""
    counter.simulator.card_seconds = 0.5
    asked = counter.simulator.requests
    process = start_sale(counter)
    wait_for(lambda: counter.simulator.requests > asked)
    kill(process)
    counter.simulator.card_seconds = 0
    wait_for(lambda: counter.ledger.charged_fen() == 8801)
    found = after_the_crash(counter)
    assert (found.state, found.amount_fen, found.is_adopted) == ("approved", 8800, True)
    assert counter.ledger.charged_fen() == 8801


def test_kill_9_after_the_charge_before_the_answer(counter):
    """FAULT-42: the box is killed; the terminal is asked, nothing is sent again."""
    counter.simulator.fault("lost_answer")
    process = start_sale(counter)
    wait_for(lambda: counter.ledger.charged_fen() == 8801)
    kill(process)
    assert after_the_crash(counter).state == "approved"
    assert counter.ledger.charged_fen() == 8801


def test_kill_9_before_the_terminal_understood(counter):
    counter.simulator.fault("lost_request")
    asked = counter.simulator.requests
    process = start_sale(counter)
    wait_for(lambda: counter.simulator.requests > asked)
    kill(process)
    assert after_the_crash(counter).code == "not_charged"
    assert counter.ledger.charged_fen() == 1


def after_the_crash(counter):
    """Start again; the sale is unknown and is not sent again by itself."""
    counter.driver = counter.open()
    asked = counter.simulator.requests
    lost = counter.sale(8800, uid="sale-1")
    assert (lost.state, lost.code) == ("unknown", "interrupted")
    assert counter.driver.status().unknown_uid == "sale-1"
    assert counter.simulator.requests == asked
    found = counter.driver.resolve("sale-1")
    assert counter.run("balance").state == "approved"
    counter.driver.stop()
    return found


def test_accepted_but_not_sent_is_declined_after_a_crash(tmp_path):
    """Nothing left the box, so nothing is open."""
    settings = TerminalSettings(
        host="127.0.0.1", port=1, patience=PATIENCE, is_signing_in=False
    )
    stopped = BankTerminal(settings, tmp_path / "t.db")
    # its thread never starts: as if the process died right after the answer
    stopped.begin(TxRequest("a", "sale", 8800))
    assert stopped.result("a").state == "pending"
    driver = BankTerminal(settings, tmp_path / "t.db")
    assert (driver.result("a").state, driver.result("a").code) == (
        "declined",
        "interrupted",
    )
