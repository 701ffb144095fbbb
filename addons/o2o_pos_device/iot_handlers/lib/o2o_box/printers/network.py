"""A printer with an address: raw bytes over TCP, usually port 9100."""

import select

from .base import Connection, Interrupted, PrinterUnreachable, WrongSettings

_CONNECT_SECONDS = 4
_WRITE_SECONDS = 60


class NetworkConnection(Connection, kind="network"):
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
