"""A printer on USB without a driver of the system (class 7, bulk transfers).

The end points come from the descriptor of the device: the fixed ones of python-escpos
fit Epson only, and its reset at each opening loses what the printer still holds
(devices.md 3.1).
"""

import contextlib
import re
import time

from .base import Connection, Interrupted, PrinterUnreachable, WrongSettings

_PRINTER_CLASS = 7
_WRITE_MILLISECONDS = 60_000
_PACKET = 64
_ADDRESS = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(\S{1,64}))?")


class UsbConnection(Connection, kind="usb"):
    """``device`` of the settings is ``vendor:product`` or ``vendor:product:serial``,
    both numbers as ``lsusb`` shows them."""

    def __init__(self, device, interface, end_in, end_out):
        super().__init__(device)
        self._interface = interface
        self._in, self._out = end_in, end_out
        self._waiting = bytearray()
        self.can_read = end_in is not None

    @classmethod
    def connect(cls, settings):
        import usb.core

        match = _ADDRESS.fullmatch(settings.get("device") or "")
        if not match:
            raise WrongSettings("the device must be vendor:product, as lsusb shows it")
        vendor, product, serial = match.groups()
        try:
            device = usb.core.find(
                idVendor=int(vendor, 16),
                idProduct=int(product, 16),
                custom_match=lambda it: serial is None or it.serial_number == serial,
            )
            if device is None:
                raise PrinterUnreachable("no such USB printer is plugged in")
            return cls._claim(device)
        except usb.core.NoBackendError as error:
            raise WrongSettings("libusb is not installed on the box") from error
        except (usb.core.USBError, ValueError) as error:
            raise PrinterUnreachable(f"cannot open the USB printer: {error}") from error

    @classmethod
    def _claim(cls, device):
        """Take the printer's interface for us, with the end points it names."""
        import usb.core
        import usb.util

        try:
            configuration = device.get_active_configuration()
        except usb.core.USBError:
            device.set_configuration()
            configuration = device.get_active_configuration()
        for interface in configuration:
            if interface.bInterfaceClass != _PRINTER_CLASS:
                continue
            bulk = [
                end
                for end in interface
                if usb.util.endpoint_type(end.bmAttributes)
                == usb.util.ENDPOINT_TYPE_BULK
            ]
            ends = {usb.util.endpoint_direction(end.bEndpointAddress) for end in bulk}
            if usb.util.ENDPOINT_OUT not in ends:
                continue
            number = interface.bInterfaceNumber
            try:
                if device.is_kernel_driver_active(number):
                    device.detach_kernel_driver(number)
            except NotImplementedError:  # not every system has kernel drivers
                pass
            usb.util.claim_interface(device, number)
            return cls(
                device,
                number,
                cls._first(bulk, usb.util.ENDPOINT_IN),
                cls._first(bulk, usb.util.ENDPOINT_OUT),
            )
        raise WrongSettings("this USB device is not a printer")

    @staticmethod
    def _first(ends, direction):
        import usb.util

        found = (
            end
            for end in ends
            if usb.util.endpoint_direction(end.bEndpointAddress) == direction
        )
        return next(found, None)

    def close(self):
        import usb.core
        import usb.util

        # unplugged: nothing is left to release
        with contextlib.suppress(usb.core.USBError):
            usb.util.release_interface(self._device, self._interface)
        usb.util.dispose_resources(self._device)

    def send(self, data):
        import usb.core

        try:
            sent = 0
            while sent < len(data):
                sent += self._out.write(data[sent:], _WRITE_MILLISECONDS)
        except usb.core.USBError as error:
            raise Interrupted(str(error)) from error

    def _receive(self, seconds):
        import usb.core

        limit = time.monotonic() + seconds
        while not self._waiting:
            # libusb takes 0 for "for ever"
            left = max(int((limit - time.monotonic()) * 1000), 1)
            try:
                # an empty packet is no answer: ask again until the time is over
                self._waiting += self._in.read(_PACKET, left).tobytes()
            except usb.core.USBTimeoutError:
                return None
            except usb.core.USBError as error:
                raise Interrupted(str(error)) from error
            if time.monotonic() >= limit:
                break
        return self._waiting.pop(0) if self._waiting else None
