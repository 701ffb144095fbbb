"""POS-04, POS-14: a till prints and takes swipes at the box without its server."""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import uuid

import pytest
from box_helpers import LIB, FakeServer, slip, wait_for

from o2o_box import config
from o2o_box import till as tills
from o2o_box.client import ServerError
from o2o_box.document import DocumentError
from o2o_box.local_http import LocalServer
from o2o_box.readers.outbox import Outbox
from o2o_box.readers.swipe import Swipe
from o2o_box.spool import Spool
from o2o_box.till import TillDesk, TillServer
from o2o_box.vport import VirtualPort

SHOP = "https://shop.example.com"
KEY = "key-of-till-5"
UID = "sale-0f8fad5b-d9cb-469f-a165-70867728950e"
DRAWER = {"version": 1, "blocks": [{"type": "drawer", "pin": 2}]}
CONFIG = """
[server]
url = {url}
[box]
state_dir = {state}
pairing_code = CODE2345
fallback_seconds = 0.2
wake = no
[till]
http_port = {port}
[reader counter]
kind = magnetic
device = {reader}
"""


def till_of(key=KEY, till_id=5, printer_id=7, readers=("counter",)):
    return {
        "id": till_id,
        "key_hash": hashlib.sha256(key.encode()).hexdigest(),
        "printer_id": printer_id,
        "readers": list(readers),
    }


def ask(port, path, body, key=KEY, method="POST", context=None, seconds=40, **headers):
    """A call of the till's page. :return: status, headers, answer"""
    if context:
        line = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=seconds, context=context
        )
    else:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    given = {
        "Origin": SHOP,
        "Content-Type": "application/json",
        "Authorization": f"Bearer {key}",
    }
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body)
    sent = {name: value for name, value in given.items() if value is not None}
    line.request(method, f"/o2o/till/1/{path}", data, sent)
    response = line.getresponse()
    raw = response.read()
    line.close()
    is_json = response.headers.get_content_type() == "application/json"
    return response.status, response.headers, json.loads(raw) if is_json else raw


@pytest.fixture
def desk(spool):
    built = TillDesk(spool, lambda: None, lambda _id: "online")
    built.set_tills([till_of()])
    yield built
    built.stop()


@pytest.fixture
def served(desk):
    server = TillServer(SHOP, desk).start()
    yield server
    server.stop()


# -- who may --


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "http://shop.example.com"},
        {"Origin": f"{SHOP}.evil.com"},
        {"Origin": "null"},
        {"Origin": None},
        # DNS rebinding: a foreign name that leads to this machine
        {"Host": "evil.example.com:9182"},
        {"Host": "evil.example.com"},
        {"Host": ""},
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_pages_of_others_print_and_learn_nothing(served, spool, method, headers):
    """POS-04: the attack of a page that has the key: foreign origin, rebinding."""
    body = {"uid": UID, "document": slip("x")} if method == "POST" else None
    status, given, raw = ask(served.port, "print", body, method=method, **headers)
    assert (status, raw) == (403, b"")
    assert "Access-Control-Allow-Origin" not in given
    assert spool.states() == {}


def test_without_its_key_nobody_prints(served, desk, spool):
    """POS-04: the attack of a program: no key, a wrong one, one of before."""
    body = {"uid": UID, "document": slip("x")}
    hashed = till_of()["key_hash"]
    for key in ("", "x", KEY[:-1], KEY + "x", hashed, "贵"):
        with contextlib.suppress(UnicodeEncodeError):
            assert ask(served.port, "print", body, key)[0] == 401
            assert ask(served.port, "swipe", {}, key)[0] == 401
    assert ask(served.port, "print", body, Authorization=None)[0] == 401
    assert ask(served.port, "print", body, Authorization=f"Basic {KEY}")[0] == 401
    desk.set_tills([till_of("a new key")])
    assert ask(served.port, "print", body)[0] == 401
    assert spool.states() == {}


def test_form_of_a_page_is_refused(served, spool):
    """POS-04: what a browser sends without asking first."""
    body = json.dumps({"uid": UID, "document": slip("x")}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        assert ask(served.port, "print", body, Content_Type=kind)[0] == 403
    assert spool.states() == {}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"[" * 30_000,
        b"x" * 70_000,
        {},
        {"uid": UID},
        {"uid": 5, "document": slip("x")},
        # a key of the server's own slips
        {"uid": "0123456789abcdef0123456789abcdef", "document": slip("x")},
        {"uid": f"{UID}-0", "document": slip("x")},
        {"uid": f"{UID}\n", "document": slip("x")},
        {"uid": UID, "document": DRAWER},
        {"uid": UID, "document": {"version": 1, "blocks": [{"type": "shell"}]}},
        {"uid": UID, "document": slip(*["x" * 1000] * 33)},
    ],
)
def test_nonsense_is_refused(served, spool, body):
    """POS-04: bounded, and nothing but slips of sales: no drawer, no key of others."""
    assert ask(served.port, "print", body)[0] == 400
    assert ask(served.port, "passwd", {})[0] == 404
    assert ask(served.port, "print", None, method="GET")[0] in (404, 501)
    assert spool.states() == {}


def test_till_prints_no_more_than_it_can_sell(desk, spool, monkeypatch):
    """POS-04: a page that went wild does not empty the roll."""
    monkeypatch.setattr(tills, "_SLIPS_PER_MINUTE", 2)
    till = desk.find(KEY)
    for _count in range(2):
        desk.print(till, {"uid": f"sale-{uuid.uuid4()}", "document": slip("x")}, 0)
    with pytest.raises(tills.TooMany):
        desk.print(till, {"uid": f"sale-{uuid.uuid4()}", "document": slip("x")}, 0)
    assert len(spool.states()) == 2


def test_till_without_a_printer_is_told(desk):
    desk.set_tills([till_of(printer_id=False)])
    with pytest.raises(DocumentError, match="no printer"):
        desk.print(desk.find(KEY), {"uid": UID, "document": slip("x")}, 0)


def test_calls_that_never_end_block_nobody_for_long(desk, monkeypatch):
    """POS-04: more connections than a store has tills are shut at once."""
    monkeypatch.setattr("o2o_box.local_http._MAX_CALLS", 2)
    server = TillServer(SHOP, desk).start()
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _n in range(2)]
    wait_for(lambda: server._calls._value == 0)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask(server.port, "print", {})
    for line in idle:
        line.close()
    wait_for(lambda: server._calls._value == 2)
    assert ask(server.port, "print", {})[0] == 400
    server.stop()


def test_keys_are_kept_as_hashes(desk, spool):
    """POS-04: a stolen disk opens no till's page."""
    assert KEY not in spool.setting("tills")
    again = TillDesk(spool, lambda: None, lambda _id: "online")
    assert again.find(KEY)["id"] == 5
    assert again.find("") is None


# -- beyond this machine --


@pytest.fixture
def authority(tmp_path):
    """A private authority and the certificate of a box, as docs/devices.md says."""
    names = tmp_path / "names"
    names.write_text("subjectAltName=DNS:box.store.lan,IP:127.0.0.1\n")
    for command in (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Store"
        " -keyout ca.key -out ca.pem",
        "openssl req -newkey rsa:2048 -nodes -subj /CN=box.store.lan"
        " -keyout box.key -out box.csr",
        "openssl x509 -req -in box.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
        " -days 30 -extfile names -out box.pem",
    ):
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_beyond_this_machine_only_encrypted(tmp_path, authority):
    """POS-04: no setting opens the box to the network without a certificate."""

    def load(text):
        path = tmp_path / "box.ini"
        path.write_text(f"[server]\nurl = {SHOP}\n[till]\n{text}")
        return config.load(path).till

    assert load("").listen == "127.0.0.1"
    files = f"certificate = {authority}/box.pem\nkey = {authority}/box.key\n"
    given = load(f"listen = 0.0.0.0\nname = Box.store.lan\n{files}")
    assert (given.name, len(given.certificate)) == ("box.store.lan", 2)
    for text in (
        "listen = 0.0.0.0",
        "listen = 192.168.1.5\nname = box.store.lan",
        f"listen = 0.0.0.0\n{files}",
        f"certificate = {authority}/box.pem",
        "certificate = /nowhere\nkey = /nowhere",
    ):
        with pytest.raises(config.ConfigError):
            load(text)


def test_till_in_the_network_trusts_the_private_authority(desk, authority):
    """POS-04: encrypted, by the name in the certificate; plain HTTP gets nothing."""
    files = (str(authority / "box.pem"), str(authority / "box.key"))
    server = TillServer(SHOP, desk, name="box.store.lan", certificate=files).start()
    context = ssl.create_default_context(cafile=authority / "ca.pem")
    body = {"uid": UID, "document": slip("x")}
    host = {"Host": f"box.store.lan:{server.port}"}
    status, _given, answer = ask(
        server.port, "print", body, context=context, seconds=20, **host
    )
    assert (status, answer["state"]) == (200, "received")
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(server.port, "print", body, context=ssl.create_default_context(), **host)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask(server.port, "print", body, **host)
    server.stop()


def test_browser_may_ask_first(served):
    status, given, _raw = ask(
        served.port, "print", None, method="OPTIONS", Content_Type=None
    )
    assert status == 204
    assert given["Access-Control-Allow-Origin"] == SHOP
    assert given["Access-Control-Allow-Headers"] == "Content-Type, Authorization"
    assert isinstance(served, LocalServer)


# -- swipes --


def test_swipe_goes_to_the_till_when_the_server_is_away(desk, served):
    """POS-14: and only to a till of this reader that waits."""

    asked = []

    class Away:
        def event(self, _token, payload):
            asked.append(payload["value"])
            raise ServerError("no connection")

        def close(self):
            """Nothing was open."""

    outbox = Outbox(Away(), lambda: "token", desk.offer)
    outbox.start()
    got = []
    caller = threading.Thread(
        target=lambda: got.append(ask(served.port, "swipe", {})[2]["event"])
    )
    caller.start()
    wait_for(lambda: desk._waiting)
    elsewhere = {"id": "a", "reader": "elsewhere", "kind": "card", "value": "88"}
    assert desk.offer(elsewhere) is False
    outbox.put("counter", Swipe("card", "88000101"))
    caller.join(15)
    assert got[0]["value"] == "88000101"
    assert {"id", "reader", "kind", "age"} <= got[0].keys()
    # the next one does not wait until the server is found away once more
    caller = threading.Thread(
        target=lambda: got.append(ask(served.port, "swipe", {})[2]["event"])
    )
    caller.start()
    wait_for(lambda: desk._waiting)
    outbox.put("counter", Swipe("card", "88000102"))
    caller.join(15)
    assert (got[1]["value"], asked) == ("88000102", ["88000101"])
    outbox.stop()
    outbox.join(5)


def test_swipe_nobody_waits_for_stays_with_the_box(desk):
    event = {"id": "a", "reader": "counter", "kind": "card", "value": "88"}
    assert desk.offer(event) is False
    assert desk.wait_for_swipe(desk.find(KEY), 0.05) is None
    assert desk.offer(event) is False


def test_reloaded_page_takes_the_place_of_the_old_one(desk):
    """POS-14: one swipe, one till, and no thread that waits for nobody."""
    till, got = desk.find(KEY), []
    old = threading.Thread(target=lambda: got.append(desk.wait_for_swipe(till, 20)))
    old.start()
    wait_for(lambda: desk._waiting)
    first = desk._waiting[5]
    new = threading.Thread(target=lambda: got.append(desk.wait_for_swipe(till, 20)))
    new.start()
    old.join(5)
    assert got == [None] and not old.is_alive()
    wait_for(lambda: desk._waiting.get(5) and desk._waiting[5] is not first)
    event = {"id": "a", "reader": "counter", "kind": "card", "value": "88"}
    assert desk.offer(event) and not desk.offer(event)
    new.join(5)
    assert got == [None, event]


# -- the whole box --


class Process:
    def __init__(self, folder, server):
        self.reader = VirtualPort(folder / "dev" / "reader")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.config = folder / "box.ini"
        self.config.write_text(
            CONFIG.format(
                url=server.url,
                state=folder / "state",
                port=self.port,
                reader=self.reader.path,
            )
        )
        self.origin = server.url
        self.log = folder / "log"

    def start(self):
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "o2o_box", "--config", self.config],
                env={**os.environ, "PYTHONPATH": str(LIB)},
                stdout=log,
                stderr=log,
            )

    def end(self, number=signal.SIGKILL):
        self.popen.send_signal(number)
        self.popen.wait(15)

    def ask(self, path, body):
        return ask(self.port, path, body, Origin=self.origin)

    def is_open(self):
        try:
            return self.ask("print", {})[0] == 400
        except OSError:
            return False


@pytest.fixture
def server(settings):
    fake = FakeServer()
    fake.printers = [settings]
    fake.tills = [till_of()]
    yield fake
    fake.stop()


@pytest.fixture
def box(tmp_path, server):
    process = Process(tmp_path, server)
    process.start()
    wait_for(process.is_open)
    yield process
    process.end()


def test_sale_without_internet_prints_once_and_is_told_later(box, server, store):
    """POS-04: pressed again, the box killed and started without internet: one slip."""
    server.is_down = True
    body = {"uid": UID, "document": slip("小票 ￥99.50")}
    status, _given, answer = box.ask("print", body)
    assert (status, answer) == (
        200,
        {"state": "printed", "error": "", "printer": "online"},
    )
    box.end()
    box.start()
    wait_for(box.is_open)
    assert box.ask("print", body)[2]["state"] == "printed"
    # a box that was started without internet prints, too
    again = {"uid": f"{UID}-1", "document": slip("补打 1")}
    assert box.ask("print", again)[2]["state"] == "printed"
    assert store.texts == ["小票 ￥99.50", "补打 1"]
    server.is_down = False
    wait_for(lambda: server.states.get(f"{UID}-1") == "printed", 40)
    assert server.states[UID] == "printed"
    assert server.slips == {
        UID: {"till_id": 5, "printer_id": 7, "document": slip("小票 ￥99.50")},
        f"{UID}-1": {"till_id": 5, "printer_id": 7, "document": slip("补打 1")},
    }
    # the server sends it, as if it had never heard: nothing comes out
    del server.states[UID]
    server.jobs = [{**JOB, "uid": UID}]
    wait_for(lambda: server.states.get(UID) == "printed", 20)
    assert len(store.texts) == 2


JOB = {
    "name": "1",
    "printer_id": 7,
    "document_type": "sale_slip",
    "document": slip("again"),
    "copies": 1,
    "expires_in": 600,
    "on_unknown": "hold",
    "banner": "",
}


def test_slip_waits_for_paper_and_the_till_is_told(box, server, printer, store):
    """POS-04: what is wrong with the printer is said, and the slip comes once."""
    server.is_down = True
    printer.set_faults({"paper_out": True})
    body = {"uid": UID, "document": slip("小票")}
    answer = box.ask("print", body)[2]
    assert (answer["state"], answer["printer"]) == ("received", "paper_out")
    printer.set_faults({"paper_out": False})
    wait_for(lambda: box.ask("print", body)[2]["state"] == "printed", 30)
    assert store.texts == ["小票"]


def test_swipe_without_internet_reaches_the_till(box, server):
    """POS-14: from the cable of the reader to the page of the till."""
    server.is_down = True
    got = []
    caller = threading.Thread(target=lambda: got.append(box.ask("swipe", {})[2]))
    caller.start()
    wait_for(lambda: server.syncs)
    while caller.is_alive():
        # as often as a customer would until the reader is ready
        box.reader.send(b";88000101?\r")
        caller.join(3)
    assert (got[0]["event"]["kind"], got[0]["event"]["value"]) == ("card", "88000101")
    # with the server back it goes where it belongs
    server.is_down = False
    box.reader.send(b";88000102?\r")
    wait_for(lambda: server.events and server.events[-1]["value"] == "88000102")


def test_box_that_is_locked_out_opens_to_no_till(box, server):
    """POS-04: revoked at the server, the keys of its tills are worth nothing."""
    server.token = "1.other"
    body = {"uid": UID, "document": slip("x")}
    wait_for(lambda: box.ask("print", body)[0] == 401, 30)


def test_slips_of_a_long_day_are_told_in_pieces(spool, monkeypatch):
    """POS-04: a day without internet does not make one answer nobody takes."""
    monkeypatch.setattr("o2o_box.spool._MAX_BODIES", 1000)
    desk = TillDesk(spool, lambda: None, lambda _id: "online")
    desk.set_tills([till_of()])
    for _count in range(5):
        data = {"uid": f"sale-{uuid.uuid4()}", "document": slip("x" * 400)}
        desk.print(desk.find(KEY), data, 0)
    told = 0
    while acks := spool.acks():
        assert sum(len(ack["body"] or "") for ack in acks) <= 1000 or len(acks) == 1
        told += len(acks)
        spool.forget_acks([ack["id"] for ack in acks])
    assert told == 5


def test_spool_of_an_earlier_version_takes_slips_of_tills(tmp_path):
    """POS-04: a box that is updated keeps what it holds and serves its tills."""
    old = Spool(tmp_path / "spool.db")
    old.store([{**JOB, "uid": "of the server"}])
    for column in ("till_id", "error"):
        old._db.execute(f"ALTER TABLE job DROP COLUMN {column}")
    old.close()
    again = Spool(tmp_path / "spool.db")
    desk = TillDesk(again, lambda: None, lambda _id: "online")
    desk.set_tills([till_of()])
    desk.print(desk.find(KEY), {"uid": UID, "document": slip("x")}, 0)
    assert again.states() == {"of the server": "received", UID: "received"}
    assert [bool(ack["body"]) for ack in again.acks()] == [False, True]
    again.close()
