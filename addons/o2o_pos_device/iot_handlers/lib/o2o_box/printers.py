"""Connections to printers. Connectors come from python-escpos, the bytes from us.

A printer is described by the dict the server sends: ``id, name, width, connection
(network, serial, file, virtual), host, port, device, baudrate``.
"""

import select
import time

ONLINE, PAPER_LOW, PAPER_OUT = "online", "paper_low", "paper_out"
OFFLINE, UNKNOWN = "offline", "unknown"
#: states in which bytes would only wait inside the printer
NOT_READY = (PAPER_OUT, OFFLINE)

_CONNECT_SECONDS = 4
_WRITE_SECONDS = 60
_STATUS_SECONDS = 1.5
_STATUS_PRINTER = b"\x10\x04\x01"
_STATUS_PAPER = b"\x10\x04\x04"
#: answered in order, after everything before it has been printed
_CONFIRM = b"\x1dr\x01"


class PrinterError(Exception):
    """The printer cannot be used now."""


class PrinterUnreachable(PrinterError):
    """No connection: nothing was sent."""


class Interrupted(PrinterError):
    """The connection ended after bytes were sent: the outcome is unknown."""


class WrongSettings(PrinterError):
    """The settings of the printer cannot work; waiting will not help."""


class Connection:
    """One open connection; use it as a context manager."""

    can_read = False

    def __init__(self, device):
        self._device = device
        self._kept = []

    @classmethod
    def open(cls, settings):
        """Connect to the printer ``settings`` describe.

        :raise PrinterUnreachable: it does not answer
        :raise WrongSettings: the settings make no sense
        """
        opener = _CONNECTIONS.get(settings["connection"])
        if opener is None:
            raise WrongSettings(f"unknown connection {settings['connection']!r}")
        return opener.connect(settings)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        try:
            self._device.close()
        except Exception:  # noqa: BLE001 - closing a dead device tells nothing new
            return

    def send(self, data):
        """Send ``data``; after this call the outcome is open until confirmed."""
        try:
            self._device._raw(data)
        except Exception as error:  # python-escpos lets each transport's errors out
            raise Interrupted(str(error) or type(error).__name__) from error

    def status(self):
        """Ask the printer how it is; ``unknown`` when it does not answer."""
        if not self.can_read:
            return UNKNOWN
        answer = self._ask(_STATUS_PRINTER)
        if answer is None:
            return UNKNOWN
        paper = self._ask(_STATUS_PAPER)
        if paper is not None and paper & 0x60 == 0x60:
            return PAPER_OUT
        if answer & 0x08:
            return OFFLINE
        if paper is not None and paper & 0x0C == 0x0C:
            return PAPER_LOW
        return ONLINE

    def confirm(self, on_wait, quiet_seconds=20, is_stopped=lambda: False):
        """Wait until the printer says that all it was sent is on paper.

        Waits as long as the printer reports a reason, for example while somebody
        fetches a new roll; ``on_wait(status)`` is told. A printer that stays ready
        but does not know the question counts as done after ``quiet_seconds``.

        :raise Interrupted: the printer went silent or away
        """
        self.send(_CONFIRM)
        status = UNKNOWN
        ready_since = time.monotonic()
        while time.monotonic() - ready_since < quiet_seconds:
            if is_stopped():
                raise Interrupted("the box was stopped while printing")
            answer = self._read(2.0)
            if answer is not None and answer & 0x90 == 0:
                return
            status = self.status()
            on_wait(status)
            if status in NOT_READY:
                ready_since = time.monotonic()
        if status not in (ONLINE, PAPER_LOW):
            raise Interrupted("the printer did not confirm")

    def _ask(self, query):
        """Send a real-time status query, return its answer byte or ``None``."""
        self.send(query)
        limit = time.monotonic() + _STATUS_SECONDS
        while True:
            answer = self._receive(max(limit - time.monotonic(), 0))
            # bits 0, 1, 4, 7 of a real-time answer are fixed: 0, 1, 1, 0
            if answer is None or answer & 0x93 == 0x12:
                return answer
            self._kept.append(answer)

    def _read(self, seconds):
        """Next byte that is not the answer to :meth:`_ask`, ``None`` if none."""
        return self._kept.pop(0) if self._kept else self._receive(seconds)

    def _receive(self, seconds):
        """Next byte of the printer, or ``None`` after ``seconds``."""
        raise NotImplementedError


class NetworkConnection(Connection):
    can_read = True

    @classmethod
    def connect(cls, settings):
        from escpos.exceptions import DeviceNotFoundError
        from escpos.printer import Network

        if not settings.get("host"):
            raise WrongSettings("the printer has no address")
        device = Network(
            settings["host"], int(settings.get("port") or 9100), _CONNECT_SECONDS
        )
        try:
            device.open()
        except (DeviceNotFoundError, OSError) as error:
            raise PrinterUnreachable("cannot connect to the printer") from error
        device.device.settimeout(_WRITE_SECONDS)
        return cls(device)

    def _receive(self, seconds):
        sock = self._device.device
        readable, _writable, _errors = select.select([sock], [], [], seconds)
        if not readable:
            return None
        try:
            answer = sock.recv(1)
        except OSError as error:
            raise Interrupted(str(error)) from error
        if not answer:
            raise Interrupted("the printer closed the connection")
        return answer[0]


class SerialConnection(Connection):
    can_read = True

    @classmethod
    def connect(cls, settings):
        from escpos.printer import Serial

        device = Serial(
            _device_path(settings),
            int(settings.get("baudrate") or 9600),
            timeout=_STATUS_SECONDS,
            dsrdtr=False,  # a three-wire cable would block every write
        )
        try:
            device.open()
        except Exception as error:  # pyserial, termios and python-escpos errors
            raise PrinterUnreachable("cannot open the serial port") from error
        return cls(device)

    def _receive(self, seconds):
        port = self._device.device
        try:
            port.timeout = seconds
            answer = port.read(1)
        except Exception as error:  # an unplugged adapter raises many things
            raise Interrupted(str(error)) from error
        return answer[0] if answer else None


class FileConnection(Connection):
    """A device file such as ``/dev/usb/lp0``: it can be written only."""

    @classmethod
    def connect(cls, settings):
        from escpos.printer import File

        device = File(_device_path(settings), auto_flush=True)
        try:
            device.open()
        except Exception as error:
            raise PrinterUnreachable("cannot open the device") from error
        return cls(device)


def _device_path(settings):
    """The device of the settings; the server may name nothing outside /dev."""
    path = settings.get("device") or ""
    if not path.startswith("/dev/") or ".." in path:
        raise WrongSettings("the device must be a path below /dev")
    return path


_CONNECTIONS = {
    "network": NetworkConnection,
    "serial": SerialConnection,
    "file": FileConnection,
}
