import threading
import time
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.bus.models import bus
from odoo.addons.o2o_order.lib import bus_listener
from odoo.addons.o2o_order.lib.bus_listener import QuickDispatch

LOGGER = "odoo.addons.o2o_order.lib.bus_listener"


class FakeWebsocket:
    def __init__(self):
        self.woken = threading.Event()

    def trigger_notification_dispatching(self):
        self.woken.set()


@tagged("post_install", "-at_install")
class TestBusListener(BaseCase):
    def setUp(self):
        super().setUp()
        self.stop = threading.Event()
        self.startPatcher(patch.object(bus, "stop_event", self.stop))
        self.startPatcher(patch.object(bus, "TIMEOUT", 0.2))
        self.dispatch = QuickDispatch()
        self.websocket = FakeWebsocket()
        self.dispatch._channels_to_ws[("o2o_nowhere", "till")] = {self.websocket}
        self.thread = threading.Thread(target=self.dispatch.loop, daemon=True)

    def _listen(self):
        self.thread.start()
        self._wait(lambda: self.dispatch.backend_pid)
        self.addCleanup(self._end)

    def _end(self):
        self.stop.set()
        self.thread.join(10)

    def _wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.02)
        return self.fail("nothing happened in time")

    def _execute(self, query, *params):
        with db_connect("postgres").cursor() as cr:
            cr.execute(query, params)

    def test_the_listener_of_the_process_is_ours(self):
        """Performance F12: Odoo's own sleeps up to 50 seconds."""
        self.assertIsInstance(bus.dispatch, QuickDispatch)

    def test_message_wakes_the_websockets_of_its_channel_only(self):
        """POS-01: tell only those concerned."""
        other = FakeWebsocket()
        self.dispatch._channels_to_ws[("o2o_nowhere", "other")] = {other}
        self._listen()
        self._execute("SELECT pg_notify('imbus', %s)", '[["o2o_nowhere", "till"]]')
        self.assertTrue(self.websocket.woken.wait(20))
        self.assertFalse(other.woken.is_set())

    def test_lost_connection_is_back_within_seconds(self):
        """Performance F12: after a restart of the database the bell works again, and
        what was sent meanwhile is looked for."""
        self._listen()
        first = self.dispatch.backend_pid
        with mute_logger(LOGGER, "odoo.sql_db"):
            self._execute("SELECT pg_terminate_backend(%s)", first)
            self._wait(lambda: self.dispatch.backend_pid != first, seconds=20)
        self.assertTrue(self.websocket.woken.wait(20))

    def test_database_that_stays_away_is_asked_every_second(self):
        self.startPatcher(patch.object(bus_listener, "RETRY_SECONDS", 0.05))
        tries = []

        def connect(name):
            tries.append(name)
            if len(tries) < 4:
                raise OSError("away")
            return db_connect(name)

        with (
            patch.object(bus_listener, "db_connect", connect),
            self.assertLogs(LOGGER, "WARNING") as logs,
        ):
            self._listen()
        self.assertEqual(len(tries), 4)
        self.assertEqual(len(logs.output), 1)
