"""The bus comes back within a second after the database was away (performance F12).

Odoo's listener waits 50 seconds after it has lost its connection. Websockets stay open
meanwhile, so every till looks connected and hears nothing. Ours tries again at once,
then every second, and looks for what was sent while it was deaf.

The one listener of a process is given this class instead of being patched: Odoo starts
its thread at the first subscription, after the addons are loaded. A thread that runs
already takes the new method at its next round.
"""

import logging
import selectors

from odoo.sql_db import db_connect

from odoo.addons.bus.models import bus
from odoo.addons.bus.tools import orjson

_logger = logging.getLogger(__name__)

#: how long to wait before the next try to connect
RETRY_SECONDS = 1.0


class QuickDispatch(bus.ImDispatch):
    """Odoo's listener, which does not sleep when the database comes back."""

    #: process of the database that serves the listener, while there is one
    backend_pid = None

    def loop(self):
        is_deaf = False
        while not bus.stop_event.is_set():
            try:
                self._listen(is_deaf)
            except Exception as error:  # every way a database can go away
                if bus.stop_event.is_set():
                    return
                log = _logger.debug if is_deaf else _logger.warning
                log("bus: the database is away (%s)", type(error).__name__)
                is_deaf = True
                bus.stop_event.wait(RETRY_SECONDS)

    def _listen(self, was_deaf):
        """Relay notifications until the connection breaks or the server stops."""
        with (
            db_connect("postgres").cursor() as cr,
            selectors.DefaultSelector() as selector,
        ):
            cr.execute("listen imbus")
            # a connection of its own: LISTEN counts from the commit on
            cr.commit()  # pylint: disable=invalid-commit
            connection = cr._cnx
            selector.register(connection, selectors.EVENT_READ)
            self.backend_pid = connection.get_backend_pid()
            if was_deaf:
                _logger.info("bus: the database is back")
                self._wake(set().union(*self._channels_to_ws.copy().values()))
            while not bus.stop_event.is_set():
                if not selector.select(bus.TIMEOUT):
                    continue
                connection.poll()
                channels = []
                while connection.notifies:
                    channels.extend(orjson.loads(connection.notifies.pop().payload))
                found = set()
                for channel in channels:
                    found.update(self._channels_to_ws.get(bus.hashable(channel), ()))
                self._wake(found)

    def _wake(self, websockets):
        for websocket in websockets:
            websocket.trigger_notification_dispatching()


def install():
    """Give the listener of this process its quick class; may be called again."""
    if type(bus.dispatch) is bus.ImDispatch:
        bus.dispatch.__class__ = QuickDispatch
