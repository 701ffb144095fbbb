"""A device file such as ``/dev/usb/lp0``."""

from .base import Connection, PrinterUnreachable, device_path


class FileConnection(Connection, kind="file"):
    """A device file such as ``/dev/usb/lp0``: it can be written only."""

    @classmethod
    def connect(cls, settings):
        from escpos.printer import File

        device = File(device_path(settings), auto_flush=True)
        try:
            device.open()
        except Exception as error:
            raise PrinterUnreachable("cannot open the device") from error
        return cls(device)
