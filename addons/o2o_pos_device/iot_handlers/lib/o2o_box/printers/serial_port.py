"""A printer on a serial port or a USB adapter that looks like one."""

from .base import Connection, Interrupted, PrinterUnreachable, device_path

_OPEN_SECONDS = 1.5


class SerialConnection(Connection, kind="serial"):
    can_read = True

    @classmethod
    def connect(cls, settings):
        from escpos.printer import Serial

        device = Serial(
            device_path(settings),
            int(settings.get("baudrate") or 9600),
            timeout=_OPEN_SECONDS,
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
