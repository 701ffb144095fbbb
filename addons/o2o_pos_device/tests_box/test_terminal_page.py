"""POS-12: the demonstration: the customer of the terminal presses keys on the page."""

import json
import urllib.error
import urllib.request

import pytest
from box_helpers import FakeServer, wait_for
from test_box_process import Process
from test_reader_page import Demo

TERMINAL = {
    "id": 3,
    "name": "Counter",
    "connection": "virtual",
    "host": "",
    "port": 8899,
    "answer_seconds": 0.5,
    "pos_no": "T1",
}


@pytest.fixture
def demo(tmp_path):
    server = FakeServer()
    server.terminals = [TERMINAL]
    process = Process(tmp_path, server)
    yield Counter(server, process)
    if process.popen.poll() is None:
        process.popen.kill()
        process.popen.wait(15)
    server.stop()


class Counter(Demo):
    def sell(self, uid, amount_fen=8800):
        self.server.terminal_requests.append(
            {
                "terminal_id": 3,
                "uid": uid,
                "action": "begin",
                "op": "sale",
                "amount_fen": amount_fen,
                "expires_in": 60,
            }
        )

    def screen(self):
        with urllib.request.urlopen(self.url + "terminals.json", timeout=5) as answer:
            return json.load(answer)[0]

    def press(self, key, terminal=1):
        request = urllib.request.Request(
            self.url + "key",
            json.dumps({"terminal": terminal, "key": key}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def hears(self, uid, state):
        def heard():
            result = self.server.terminal_results.get(uid)
            return result and result["state"] == state and result

        return wait_for(heard)


@pytest.mark.parametrize(
    ("key", "state"),
    [("approve", "approved"), ("decline", "declined"), ("no_answer", "unknown")],
)
def test_keys_are_what_the_customer_does(demo, key, state):
    server = demo.server
    # the box waits long enough for a person, not longer than the test may take
    server.terminals = [{**TERMINAL, "answer_seconds": 5 if key != "no_answer" else 1}]
    demo.start("--demo")
    demo.sell("a")
    shown = wait_for(lambda: (screen := demo.screen())["op"] and screen)
    assert (shown["op"], shown["amount_fen"]) == ("sale", 8800)
    demo.press(key)
    result = demo.hears("a", state)
    if state == "approved":
        assert demo.screen()["last_trace"] == result["trace"]


def test_wrong_keys_are_refused(demo):
    demo.start("--demo")
    wait_for(lambda: demo.screen()["is_signed_in"])
    for key, terminal in (("approve", 1), ("steal", 1), ("approve", 9), (["x"], 1)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            demo.press(key, terminal)
        assert caught.value.code == 400


def test_virtual_terminal_without_a_demo_is_offline(demo):
    """A box in a real store has none: the sale is refused, nobody waits for it."""
    demo.start()
    demo.sell("a")
    assert demo.hears("a", "declined")["code"] == "offline"
