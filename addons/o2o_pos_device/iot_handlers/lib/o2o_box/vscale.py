"""A virtual scale: somebody lays a weight on it on the page of the virtual devices."""

import threading

from .vport import VirtualPort

_READ_SECONDS = 0.05
#: what a scale can tell of itself
MAX_KILOGRAMS = 15.0
_MOVING, _OVER = 0x41, 0x42


class VirtualScale(VirtualPort):
    """Answers ``W`` as a Mettler-Toledo 8217 scale does."""

    def __init__(self, path):
        self.weight = 0.0
        self.is_moving = False
        self._stopped = threading.Event()
        super().__init__(path)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stopped.set()
        self._thread.join(timeout=2)
        self.unplug()

    def _run(self):
        while not self._stopped.wait(_READ_SECONDS):
            for _ask in range(self.receive().count(b"W")):
                self._answer()

    def _answer(self):
        if self.is_moving or self.weight > MAX_KILOGRAMS:
            status = _MOVING if self.is_moving else _OVER
            data = b"\x02?" + bytes([status]) + b"\r"
        else:
            data = b"\x02" + f"{self.weight:07.3f}".encode() + b"\r"
        try:
            self.send(data)
        except ValueError:
            return  # unplugged in the middle

    def describe(self):
        """State for the page."""
        return {"weight": self.weight, "unplugged": not self.is_plugged_in}
