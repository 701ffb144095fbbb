"""A virtual serial port: a pseudo terminal with somebody else at the other end."""

import errno
import os
import pty
import threading
import tty

_READ_SECONDS = 0.05


class VirtualPort:
    """A cable without metal; :attr:`path` is the port a program opens.

    The path stays the same when it is unplugged and plugged in again, like a name
    below ``/dev/serial/by-id``.
    """

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
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

    def receive(self):
        """What the program has sent since, perhaps nothing."""
        with self._lock:
            if not self._ends:
                return b""
            try:
                return os.read(self._ends[0], 4096)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EIO):
                    raise
                return b""


class VirtualDevice(VirtualPort):
    """A device at the far end that hears what the program sends, in a thread."""

    def __init__(self, path):
        super().__init__(path)
        self._stopped = threading.Event()
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
            self.feed(self.receive())

    def feed(self, data):
        """Hook: carry out ``data``, what arrived just now, perhaps nothing."""
        raise NotImplementedError
