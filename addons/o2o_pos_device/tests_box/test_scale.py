"""POS-05: the weight of a Toledo 8217 scale reaches the weighing screen of the till."""

import http.client
import json
import time
from types import SimpleNamespace

import pytest
from box_helpers import wait_for

from o2o_box import scale as module
from o2o_box.proxy import Proxy
from o2o_box.scale import ScaleAway, ScaleThread, understand
from o2o_box.vscale import VirtualScale

SHOP = "https://shop.example.com"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "_BACKOFF_SECONDS", (0.05,) * 6)
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(module, "_ANSWER_SECONDS", 0.3)


@pytest.fixture
def metal(tmp_path):
    virtual = VirtualScale(tmp_path / "scale").start()
    yield virtual
    virtual.stop()


@pytest.fixture
def scale(metal):
    thread = ScaleThread(SimpleNamespace(device=str(metal.path), baudrate=9600))
    thread.start()
    yield thread
    thread.stop()
    thread.join(5)


def reading(scale):
    try:
        return scale.read()
    except ScaleAway:
        return None


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (b"\x02001.250\r", (1.25, "")),
        (b"\x02  1.250N\r", (1.25, "")),
        (b"\x020.005\r", (0.005, "")),
        (b"\x02?A\r", (0.0, "in motion")),
        (b"\x02?B\r", (0.0, "over capacity")),
        (b"\x02?D\r", (0.0, "under zero")),
        (b"\x02?P\r", (0.0, "")),
        (b"\x02", None),
        (b"1.250\r", None),
        (b"\x02-1.250\r", None),
        (b"\x02123456.0\r", None),
        (b"\xff" * 20, None),
    ],
)
def test_answers_of_the_protocol(answer, result):
    assert understand(answer) == result


def test_weight_is_read(scale, metal):
    metal.weight = 1.255
    wait_for(lambda: reading(scale) == (1.255, ""))
    metal.weight = 0.0
    wait_for(lambda: reading(scale) == (0.0, ""))


def test_weight_that_moves_is_none(scale, metal):
    metal.weight = 2.0
    wait_for(lambda: reading(scale) == (2.0, ""))
    metal.is_moving = True
    wait_for(lambda: reading(scale) == (0.0, "in motion"))
    metal.is_moving, metal.weight = False, 99.0
    wait_for(lambda: reading(scale) == (0.0, "over capacity"))


def test_unplugged_scale_has_no_old_weight(scale, metal):
    metal.weight = 3.0
    wait_for(lambda: reading(scale) == (3.0, ""))
    metal.unplug()
    # at once, not when the reading is too old
    wait_for(lambda: reading(scale) is None, 1)
    metal.plug_in()
    wait_for(lambda: reading(scale) == (3.0, ""))


def test_scale_that_is_switched_off_is_away(scale, metal, monkeypatch):
    """The cable is there, and nobody answers."""
    wait_for(lambda: reading(scale) is not None)
    monkeypatch.setattr(metal, "_answer", lambda: None)
    wait_for(lambda: reading(scale) is None)


def test_late_answer_is_not_the_next_one(scale, metal):
    metal.weight = 1.0
    wait_for(lambda: reading(scale) == (1.0, ""))
    original, metal.weight = metal._answer, 2.0
    metal._answer = lambda: (metal.send(b"\x02009.000\r"), time.sleep(0.1), original())
    time.sleep(0.5)
    metal._answer = original
    wait_for(lambda: reading(scale) == (2.0, ""))


# -- what the till asks --


@pytest.fixture
def proxy(scale):
    served = Proxy(f"{SHOP}/odoo", scale).start()
    yield served
    served.stop()


def ask(proxy, method, path, body=None, **headers):
    line = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    given = {"Origin": SHOP, "Content-Type": "application/json"}
    given.update({key.replace("_", "-"): value for key, value in headers.items()})
    data = json.dumps(body).encode() if body is not None else None
    line.request(method, path, data, {k: v for k, v in given.items() if v is not None})
    response = line.getresponse()
    raw = response.read()
    line.close()
    return response, raw


def call(proxy, route):
    """As the till's ``rpc()`` does."""
    body = {"id": 4, "jsonrpc": "2.0", "method": "call", "params": {}}
    response, raw = ask(proxy, "POST", f"/hw_proxy/{route}", body)
    assert response.status == 200
    answer = json.loads(raw)
    assert (answer["id"], answer["jsonrpc"]) == (4, "2.0")
    return answer


def test_till_connects_and_weighs(proxy, scale, metal):
    """The calls of Odoo's till, in its order, and what its screen looks at."""
    response, raw = ask(proxy, "GET", "/hw_proxy/hello")
    assert (response.status, raw) == (200, b"ping")
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert call(proxy, "handshake")["result"] is True
    metal.weight = 0.755
    wait_for(lambda: reading(scale) == (0.755, ""))
    assert call(proxy, "status_json")["result"]["scale"]["status"] == "connected"
    assert call(proxy, "scale_read")["result"] == {"weight": 0.755}


def test_unplugged_scale_is_told(proxy, scale, metal):
    metal.unplug()
    wait_for(lambda: reading(scale) is None)
    assert call(proxy, "status_json")["result"]["scale"]["status"] == "disconnected"
    answer = call(proxy, "scale_read")
    assert "result" not in answer
    assert answer["error"]["data"]["message"] == "the scale does not answer"


def test_browser_may_ask_first(proxy):
    response, _raw = ask(proxy, "OPTIONS", "/hw_proxy/scale_read", Content_Type=None)
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert response.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "http://shop.example.com"},
        {"Origin": None},
        {"Origin": "null"},
        {"Host": "evil.example.com:9181"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_pages_of_others_learn_nothing(proxy, method, headers):
    body = {"id": 1} if method == "POST" else None
    path = "/hw_proxy/hello" if method == "GET" else "/hw_proxy/scale_read"
    response, raw = ask(proxy, method, path, body, **headers)
    assert (response.status, raw) == (403, b"")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_nonsense_is_refused(proxy):
    path = "/hw_proxy/scale_read"
    assert ask(proxy, "POST", path, {}, Content_Type="text/plain")[0].status == 403
    assert ask(proxy, "POST", path, [1])[0].status == 400
    assert ask(proxy, "POST", path, {"x": "y" * 5000})[0].status == 400
    assert ask(proxy, "POST", "/hw_proxy/open_cashbox", {})[0].status == 404
    assert ask(proxy, "GET", "/etc/passwd")[0].status == 404


def test_listens_on_this_machine_only(proxy):
    assert proxy.server_address[0] == "127.0.0.1"


def test_page_lays_a_weight_on(metal, store):
    import urllib.error
    import urllib.request

    from o2o_box.vprinter_page import Page

    page = Page([], store, scale=metal).start()
    url = f"http://127.0.0.1:{page.port}/scale"

    def lay(values):
        body = json.dumps(values).encode()
        headers = {"Content-Type": "application/json"}
        return json.load(
            urllib.request.urlopen(urllib.request.Request(url, body, headers))
        )

    assert lay({"weight": 1.5}) == {"weight": 1.5, "unplugged": False}
    assert lay({"unplugged": True})["unplugged"] is True
    for weight in (-1, "2", True, 1e9):
        with pytest.raises(urllib.error.HTTPError):
            lay({"weight": weight})
    page.stop()
