"""A virtual reader: a pseudo terminal somebody else types on (demonstration, tests)."""

import errno
import os
import pty
import threading
import tty


class VirtualReader:
    """A serial reader without metal; :attr:`path` is its port.

    The path stays the same when it is unplugged and plugged in again, like a name
    below ``/dev/serial/by-id``.
    """

    def __init__(self, settings, folder):
        self.settings = settings
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / settings.key
        self._lock = threading.Lock()
        self._ends = None
        self.plug_in()

    def plug_in(self):
        with self._lock:
            if self._ends:
                return
            self._ends = pty.openpty()
            for end in self._ends:
                tty.setraw(end)
            # bytes that nobody fetches must not block who types
            os.set_blocking(self._ends[0], False)
            self.path.unlink(missing_ok=True)
            self.path.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self):
        with self._lock:
            ends, self._ends = self._ends, None
            self.path.unlink(missing_ok=True)
            for end in ends or ():
                os.close(end)

    @property
    def is_plugged_in(self):
        return self._ends is not None

    def swipe(self, number):
        """Send ``number`` the way a reader of this kind does.

        :raise ValueError: it is unplugged, or nobody reads it
        """
        if self.settings.kind == "magnetic" and number[:1] not in "%;+":
            number = f";{number}?"
        self.send(f"{number}\r".encode())

    def send(self, data):
        """Send raw bytes.

        :raise ValueError: it is unplugged, or nobody reads it
        """
        with self._lock:
            if not self._ends:
                raise ValueError("unplugged")
            try:
                os.write(self._ends[0], data)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EIO):
                    raise
                raise ValueError("nobody reads it") from error

    def describe(self):
        """State for the page."""
        return {
            "key": self.settings.key,
            "name": self.settings.name,
            "kind": self.settings.kind,
            "unplugged": not self.is_plugged_in,
        }
