"""POS-04: a slip prints at once, because the server wakes the box over the bus."""

import base64
import hashlib
import json
import socket
import struct
import threading

import pytest
from box_helpers import wait_for

from o2o_box import wake
from o2o_box.client import Client

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class BusServer:
    """The smallest websocket server that looks like the Odoo bus."""

    def __init__(self, answers=True):
        self.answers = answers
        self.connections = []
        self.requests = []
        self.subscriptions = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.close()
        self.hang_up()

    def hang_up(self):
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was faster
        self.connections.clear()

    def push(self, kind, number=1):
        notification = [{"id": number, "message": {"type": kind, "payload": {}}}]
        body = json.dumps(notification).encode()
        self.connections[-1].sendall(b"\x81" + bytes([len(body)]) + body)

    def _accept(self):
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        self.requests.append(request)
        headers = dict(
            line.split(b": ", 1) for line in request.split(b"\r\n")[1:] if b": " in line
        )
        digest = hashlib.sha1(headers[b"Sec-WebSocket-Key"] + _MAGIC).digest()
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
            + base64.b64encode(digest)
            + b"\r\n\r\n"
        )
        self.connections.append(connection)
        stream = connection.makefile("rb")
        while header := stream.read(2):
            opcode, size = header[0] & 15, header[1] & 127
            if size == 126:
                size = struct.unpack(">H", stream.read(2))[0]
            mask = stream.read(4)
            body = bytes(b ^ mask[i % 4] for i, b in enumerate(stream.read(size)))
            if opcode == 1:
                self.subscriptions.append(json.loads(body)["data"])
                if not self.answers:
                    # as Odoo does with a session it does not know
                    connection.sendall(b"\x88\x02\x0f\xa1")
                    connection.shutdown(socket.SHUT_RDWR)
                    return
            elif opcode == 9:
                connection.sendall(b"\x8a" + bytes([len(body)]) + body)


@pytest.fixture
def listen(monkeypatch):
    monkeypatch.setattr(wake, "_BACKOFF_SECONDS", (0.05, 0.1, 10))
    started = []

    def start(server):
        woken = []
        listener = wake.WakeListener(
            Client(server.url), "o2o_box_secret", lambda: woken.append(1)
        )
        started.append((server, listener))
        listener.start()
        return listener, woken

    yield start
    for server, listener in started:
        listener.stop()
        server.stop()
        listener.join(5)


def test_wake_message_wakes_and_others_do_not(listen):
    server = BusServer()
    listener, woken = listen(server)
    wait_for(lambda: listener.is_connected)
    assert server.subscriptions == [{"channels": ["o2o_box_secret"], "last": 0}]
    # once at the start: whatever happened before
    assert len(woken) == 1
    server.push("SOMETHING_ELSE", 4)
    server.push(wake.MESSAGE, 5)
    wait_for(lambda: len(woken) == 2)


def test_lost_line_is_taken_up_where_it_ended(listen):
    server = BusServer()
    listener, woken = listen(server)
    wait_for(lambda: listener.is_connected)
    server.push(wake.MESSAGE, 7)
    wait_for(lambda: len(woken) == 2)
    server.hang_up()
    wait_for(lambda: len(server.subscriptions) == 2)
    assert server.subscriptions[-1]["last"] == 7


def test_own_user_agent_because_a_browser_would_be_turned_away(listen):
    server = BusServer()
    listener, _woken = listen(server)
    wait_for(lambda: listener.is_connected)
    assert b"User-Agent: o2o-box/" in server.requests[0]
    assert b"Origin: http://127.0.0.1" in server.requests[0]


def test_server_that_hangs_up_is_not_stormed(listen):
    server = BusServer(answers=False)
    listener, _woken = listen(server)
    wait_for(lambda: len(server.subscriptions) == 2)
    listener._stopped.wait(0.5)
    assert len(server.subscriptions) <= 3
    # the box keeps its short poll meanwhile
    assert not listener.is_connected
