"""All readers of a box."""

from .outbox import Outbox
from .worker import ReaderThread


class Readers:
    """Starts a thread per reader and one that brings swipes to the server."""

    def __init__(self, configs, client, get_token, on_change, offer):
        self._outbox = Outbox(client, get_token, offer)
        self._threads = [
            ReaderThread(settings, self._outbox.put, on_change) for settings in configs
        ]

    def start(self):
        self._outbox.start()
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Ask all threads to end, and wait for them a moment."""
        threads = [*self._threads, self._outbox]
        for thread in threads:
            thread.stop()
        for thread in threads:
            thread.join(timeout=5)

    def describe(self):
        """The readers as the server hears of them at each sync."""
        return [
            {
                "key": thread.settings.key,
                "name": thread.settings.name,
                "kind": thread.settings.kind,
                "is_online": thread.is_online,
            }
            for thread in self._threads
        ]
