"""POS-14: the demonstration: a card is swiped by typing its number."""

import json
import re
import signal
import urllib.error
import urllib.request

import pytest
from box_helpers import FakeServer, wait_for
from test_box_process import Process


@pytest.fixture
def demo(tmp_path):
    server = FakeServer()
    process = Process(tmp_path, server)
    with process.config.open("a") as file:
        file.write("[reader counter]\nname = 柜台刷卡器\nconnection = virtual\n")
    yield Demo(server, process)
    if process.popen.poll() is None:
        process.popen.kill()
        process.popen.wait(15)
    server.stop()


class Demo:
    """A box process with its page."""

    def __init__(self, server, process):
        self.server, self.process = server, process

    def start(self, *arguments):
        self.process.start(*arguments)
        wait_for(lambda: self.server.syncs)
        return self

    @property
    def url(self):
        log = self.process.log.read_text()
        return re.search(r"page on (http://\S+/)", log)[1]

    def is_online(self):
        return self.server.syncs[-1]["readers"][0]["is_online"]

    def swipe(self, **values):
        request = urllib.request.Request(
            self.url + "swipe",
            json.dumps({"reader": "counter", **values}).encode(),
            {"Content-Type": "application/json"},
        )
        return json.load(urllib.request.urlopen(request))


def test_a_typed_number_is_a_swipe(demo):
    demo.start("--demo")
    wait_for(demo.is_online)
    [reader] = json.load(urllib.request.urlopen(demo.url + "readers.json"))
    assert (reader["name"], reader["unplugged"]) == ("柜台刷卡器", False)
    demo.swipe(number="88000101")
    wait_for(lambda: demo.server.events)
    demo.swipe(number="4111111111111111")
    wait_for(lambda: len(demo.server.events) == 2)
    kinds = [(event["kind"], event["value"]) for event in demo.server.events]
    assert kinds == [("card", "88000101"), ("bank_card", "")]
    # the reader can be pulled out, and put in again
    assert demo.swipe(unplugged=True)["unplugged"]
    wait_for(lambda: not demo.is_online())
    with pytest.raises(urllib.error.HTTPError):
        demo.swipe(number="88000101")
    demo.swipe(unplugged=False)
    wait_for(demo.is_online)
    demo.swipe(number="88000102")
    wait_for(lambda: len(demo.server.events) == 3)
    assert demo.process.end(signal.SIGTERM) == 0


def test_page_refuses_nonsense(demo):
    demo.start("--demo")
    for values in (
        {},
        {"reader": "other", "number": "1234"},
        {"number": ""},
        {"number": 5},
        {"number": ["1"]},
        {"number": "1" * 201},
        {"number": "1\r2"},
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            demo.swipe(**values)
        assert caught.value.code == 400


def test_without_demonstration_a_virtual_reader_is_offline(demo):
    demo.start()
    assert not demo.is_online()
    wait_for(lambda: "needs a demonstration" in demo.process.log.read_text())
