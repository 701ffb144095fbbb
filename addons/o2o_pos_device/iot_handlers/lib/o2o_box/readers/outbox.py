"""Brings swipes to the server: at once, or not at all.

A swipe is worth something for a few seconds, while the customer stands there. It is
kept in memory only, and never longer than :data:`LIFE_SECONDS`.
"""

import collections
import logging
import threading
import time
import uuid

from ..client import ServerError, Unauthorized

_logger = logging.getLogger(__name__)

LIFE_SECONDS = 8.0
_KEPT = 20
_RETRY_SECONDS = (0.3, 0.6, 1.2, 2.0)


class Outbox(threading.Thread):
    """Sends swipes in order; a repeated delivery carries the same ``id``.

    :param client: :class:`..client.Client` of this thread alone
    :param get_token: returns the box's token, or an empty text
    :param offer: gives a swipe that the server did not take to a till beside the box;
        returns whether one has it
    """

    def __init__(self, client, get_token, offer=lambda event: False):
        super().__init__(name="swipes", daemon=True)
        self._client = client
        self._get_token = get_token
        self._offer = offer
        #: whether the server failed last: a till beside the box is quicker then
        self._is_away = False
        self._waiting = collections.deque(maxlen=_KEPT)
        self._news = threading.Event()
        self._stopped = threading.Event()

    def put(self, reader, read):
        """Queue ``read``, the :class:`.swipe.Swipe` of the reader with that key."""
        self._waiting.append((uuid.uuid4().hex, reader, read, time.monotonic()))
        self._news.set()

    def stop(self):
        self._stopped.set()
        self._news.set()

    def run(self):
        while not self._stopped.is_set():
            self._news.wait()
            self._news.clear()
            while self._waiting and not self._stopped.is_set():
                self._deliver(*self._waiting.popleft())
        self._client.close()

    def _deliver(self, uid, reader, read, at):
        failures = 0
        while not self._stopped.is_set():
            age = time.monotonic() - at
            if age > LIFE_SECONDS:
                _logger.warning("reader %s: a swipe came to nothing", reader)
                return
            event = {
                "id": uid,
                "reader": reader,
                "kind": read.kind,
                "value": read.value,
                # not a time: the clock of a box may be wrong
                "age": age,
            }
            if self._is_away and self._offer(event):
                _logger.info("reader %s: a till has it", reader)
                return
            try:
                answer = self._client.event(self._get_token(), event)
            except Unauthorized:
                _logger.warning("reader %s: the box is not paired", reader)
                return
            except ServerError as error:
                _logger.warning("reader %s: %s", reader, error)
            except Exception as error:
                # without the trace: the text of an error may hold what was read
                _logger.error("reader %s: %s", reader, type(error).__name__)
            else:
                self._is_away = False
                _logger.info("reader %s: %s", reader, answer.get("status"))
                return
            self._is_away = True
            if self._offer(event):
                _logger.info("reader %s: a till has it", reader)
                return
            pause = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)]
            failures += 1
            self._stopped.wait(pause)
