"""A virtual scale: somebody lays a weight on it on the page of the virtual devices."""

from .vport import VirtualDevice

#: what a scale can tell of itself
MAX_KILOGRAMS = 15.0
_MOVING, _OVER = 0x41, 0x42


class VirtualScale(VirtualDevice):
    """Answers ``W`` as a Mettler-Toledo 8217 scale does."""

    def __init__(self, path):
        self.weight = 0.0
        self.is_moving = False
        super().__init__(path)

    def feed(self, data):
        for _ask in range(data.count(b"W")):
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
