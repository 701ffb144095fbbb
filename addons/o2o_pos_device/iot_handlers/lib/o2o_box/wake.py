"""Wake-up over the Odoo bus: a hint that a sync is worthwhile, never more.

Losing a wake-up costs a few seconds, because the box also polls.
"""

import json
import logging
import ssl
import threading
import time

from .client import USER_AGENT, ServerError

_logger = logging.getLogger(__name__)

MESSAGE = "O2O_BOX_WAKE"
_BACKOFF_SECONDS = (1, 2, 5, 10, 30)
_STABLE_SECONDS = 60
_PING_SECONDS = 20


class WakeListener(threading.Thread):
    """Keeps a websocket open on a channel and calls ``on_wake()``."""

    def __init__(self, client, channel, on_wake):
        super().__init__(name="wake", daemon=True)
        self._client = client
        self.channel = channel
        self._on_wake = on_wake
        self._stopped = threading.Event()
        self._socket = None
        self.is_connected = False
        self._last_id = 0

    def stop(self):
        self._stopped.set()
        if self._socket:
            # wakes the thread that waits in recv
            self._socket.abort()

    def run(self):
        import websocket

        failures = 0
        while not self._stopped.is_set():
            started_at = time.monotonic()
            try:
                self._listen(websocket)
            except (OSError, ValueError, ServerError, websocket.WebSocketException):
                _logger.debug("wake channel lost", exc_info=True)
            self.is_connected = False
            is_stable = time.monotonic() - started_at > _STABLE_SECONDS
            failures = 0 if is_stable else failures + 1
            pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
            self._stopped.wait(pause)

    def _listen(self, websocket):
        client = self._client
        options = {"cert_reqs": ssl.CERT_REQUIRED}
        if client.ca_file:
            options["ca_certs"] = client.ca_file
        self._socket = websocket.create_connection(
            "ws" + client.url[len("http") :] + "/websocket",
            timeout=_PING_SECONDS,
            header={"User-Agent": USER_AGENT},
            cookie=client.websocket_cookie(),
            sslopt=options,
        )
        try:
            self._subscribe()
            # whatever happened while the line was down
            self._on_wake()
            self._socket.ping()
            is_pinged = True
            while not self._stopped.is_set():
                try:
                    opcode, data = self._socket.recv_data(control_frame=True)
                except websocket.WebSocketTimeoutException:
                    if is_pinged:
                        return  # a dead line
                    self._socket.ping()
                    is_pinged = True
                    continue
                is_pinged = False
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    return
                # the server speaks: only now the line counts as good
                self.is_connected = True
                if opcode == websocket.ABNF.OPCODE_TEXT:
                    self._receive(data)
        finally:
            self._socket.shutdown()

    def _subscribe(self):
        data = {"channels": [self.channel], "last": self._last_id}
        self._socket.send(json.dumps({"event_name": "subscribe", "data": data}))

    def _receive(self, text):
        for notification in json.loads(text):
            self._last_id = max(self._last_id, notification.get("id", 0))
            if notification.get("message", {}).get("type") == MESSAGE:
                self._on_wake()
