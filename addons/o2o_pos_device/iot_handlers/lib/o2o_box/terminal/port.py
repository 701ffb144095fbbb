"""Connections to a terminal: TCP, or a serial line with 8N1.

Opening sends nothing, so whatever fails here has charged nobody. Source: devices.md
5.2.
"""

import select
import socket
import time

_CONNECT_SECONDS = 4
_FLUSH_SECONDS = 0.005
_CHUNK = 4096


class PortError(Exception):
    """The terminal cannot be used through this connection."""


class PortUnavailable(PortError):
    """No connection: nothing was sent."""


class PortLost(PortError):
    """The connection ended while in use."""


class TcpPort:
    """A terminal in the store's network."""

    def __init__(self, host, port):
        try:
            self._socket = socket.create_connection((host, port), _CONNECT_SECONDS)
        except OSError as error:
            raise PortUnavailable("cannot connect to the terminal") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data):
        """:raise PortLost: the connection ended; some bytes may have left"""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise PortLost(str(error)) from error

    def read(self, seconds):
        """The bytes that come within ``seconds``, none after that.

        :raise PortLost: the terminal closed the connection
        """
        readable, _writable, _errors = select.select([self._socket], [], [], seconds)
        if not readable:
            return b""
        try:
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            raise PortLost(str(error)) from error
        if not data:
            raise PortLost("the terminal closed the connection")
        return data

    def close(self):
        self._socket.close()


class SerialPort:
    """A terminal on a serial line or a USB adapter.

    :param device: a path below ``/dev``
    """

    def __init__(self, device, baudrate=9600):
        import serial

        self._errors = (serial.SerialException, OSError, TypeError)
        try:
            # 8 data bits, no parity, one stop bit; no flow control
            self._serial = serial.Serial(device, baudrate, timeout=0, write_timeout=5)
        except (*self._errors, ValueError) as error:
            raise PortUnavailable("cannot open the serial line") from error

    def write(self, data):
        """:raise PortLost: the line ended; some bytes may have left"""
        try:
            self._serial.write(data)
            self._serial.flush()
        except Exception as error:  # termios and pyserial errors of an unplugged line
            raise PortLost(str(error)) from error

    def read(self, seconds):
        """The bytes that come within ``seconds``, none after that.

        :raise PortLost: the adapter was unplugged
        """
        try:
            readable, _writable, _errors = select.select(
                [self._serial.fileno()], [], [], seconds
            )
            return self._serial.read(_CHUNK) if readable else b""
        except self._errors as error:
            raise PortLost(str(error)) from error

    def close(self):
        try:
            self._serial.close()
        except self._errors:
            return


def flush(port):
    """Throw away what the terminal said before anybody asked.

    :raise PortLost: it closed the connection
    """
    limit = time.monotonic() + 1
    while port.read(_FLUSH_SECONDS) and time.monotonic() < limit:
        continue
