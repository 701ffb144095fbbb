"""A virtual reader: somebody else types on its port (demonstration, tests)."""

from ..vport import VirtualPort


class VirtualReader(VirtualPort):
    """A serial reader without metal, see :class:`..vport.VirtualPort`."""

    def __init__(self, settings, folder):
        self.settings = settings
        super().__init__(folder / settings.key)

    def swipe(self, number):
        """Send ``number`` the way a reader of this kind does.

        :raise ValueError: it is unplugged, or nobody reads it
        """
        if self.settings.kind == "magnetic" and number[:1] not in "%;+":
            number = f";{number}?"
        self.send(f"{number}\r".encode())

    def describe(self):
        """State for the page."""
        return {
            "key": self.settings.key,
            "name": self.settings.name,
            "kind": self.settings.kind,
            "unplugged": not self.is_plugged_in,
        }
