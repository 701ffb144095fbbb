"""The cable to a reader: bytes in, bytes out, and the truth when it is unplugged."""

import os
import select
import termios

from . import msr605

#: how long a reader's thread waits for a byte, in seconds
READ_SECONDS = 0.05


class TransportError(Exception):
    """The device is not there (any more)."""


class SerialTransport:
    """A serial port, or a USB reader that looks like one."""

    def __init__(self, settings):
        """Open the port.

        :raise TransportError: it cannot be opened
        """
        import serial

        # an unplugged adapter raises any of these, depending on the moment
        self._errors = (serial.SerialException, OSError, termios.error, TypeError)
        try:
            self._port = serial.Serial(
                settings.device,
                settings.baudrate,
                timeout=READ_SECONDS,
                write_timeout=1,
                exclusive=True,
            )
        except (*self._errors, ValueError) as error:
            raise TransportError("cannot open the port") from error

    def read(self):
        """What arrived, perhaps nothing, after :data:`READ_SECONDS` at the latest."""
        try:
            return self._port.read(max(self._port.in_waiting, 1))
        except self._errors as error:
            raise TransportError("the port is gone") from error

    def write(self, data):
        try:
            self._port.write(data)
        except self._errors as error:
            raise TransportError("the port is gone") from error

    def close(self):
        try:
            self._port.close()
        except self._errors:
            return  # it was gone already


class HidTransport:
    """A USB device of class HID without a keyboard: ``/dev/hidraw0``.

    :param open_device: returns a file descriptor that keeps packets apart
    """

    def __init__(self, settings, open_device=os.open):
        try:
            self._handle = open_device(settings.device, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            raise TransportError("cannot open the device") from error

    def read(self):
        readable, _writable, _errors = select.select(
            [self._handle], [], [], READ_SECONDS
        )
        if not readable:
            return b""
        try:
            packet = os.read(self._handle, msr605.PACKET_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise TransportError("the device is gone") from error
        if not packet:
            raise TransportError("the device is gone")
        return msr605.from_packet(packet)

    def write(self, data):
        try:
            for packet in msr605.to_packets(data):
                # the kernel takes the report number off again
                os.write(self._handle, b"\0" + packet)
        except OSError as error:
            raise TransportError("the device is gone") from error

    def close(self):
        os.close(self._handle)
