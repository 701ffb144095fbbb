"""How often somebody may knock, kept in memory: what is refused costs no database."""

import threading
import time
from collections import OrderedDict


class Limiter:
    """So many events a minute for each key; the oldest keys are forgotten.

    :param int per_minute: that many are allowed
    :param int max_keys: bounds the memory, whatever keys are invented
    """

    def __init__(self, per_minute, max_keys=10_000):
        self.per_minute = per_minute
        self.max_keys = max_keys
        self._lock = threading.Lock()
        self._seen = OrderedDict()

    def count(self, key, now=None):
        """Note an event.

        :return: whether it is within the limit
        """
        return self._note(key, 1, now) <= self.per_minute

    def is_over(self, key, now=None):
        """Whether the key has used up its minute; notes nothing."""
        return self._note(key, 0, now) >= self.per_minute

    def clear(self):
        with self._lock:
            self._seen.clear()

    def _note(self, key, step, now):
        minute = int((time.monotonic() if now is None else now) // 60)
        with self._lock:
            last, count = self._seen.get(key, (minute, 0))
            count = count + step if last == minute else step
            if step:
                self._seen[key] = (minute, count)
                self._seen.move_to_end(key)
                while len(self._seen) > self.max_keys:
                    self._seen.popitem(last=False)
            return count
