"""What a till may ask of any terminal, and how it finds its own. devices.md 5.2."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from .link import Patience
from .port import PortUnavailable, SerialPort, TcpPort

IDLE, BUSY, OFFLINE = "idle", "busy", "offline"
UNKNOWN_TX, SIGNED_OUT = "unknown_tx", "signed_out"


@dataclass(frozen=True)
class TerminalSettings:
    """How a till reaches its terminal (POS-13).

    :param connection: ``tcp`` (``host``, ``port``) or ``serial`` (``device`` below
        ``/dev``, ``baudrate``, 8N1)
    :param pos_no: number of the till, sent where a request names none
    :param is_signing_in: sign in at the start and every morning (POS-10)
    """

    connection: str = "tcp"
    host: str = ""
    port: int = 8899
    device: str = ""
    baudrate: int = 9600
    pos_no: str = ""
    patience: Patience = field(default_factory=Patience)
    is_signing_in: bool = True

    def open(self):
        """:raise PortUnavailable: no connection, or settings that cannot work"""
        if self.connection == "tcp" and self.host:
            return TcpPort(self.host, self.port)
        if self.connection == "serial" and self._is_device:
            return SerialPort(self.device, self.baudrate)
        raise PortUnavailable("the terminal has no address")

    @property
    def _is_device(self):
        # the server may name nothing outside /dev
        return self.device.startswith("/dev/") and ".." not in self.device


@dataclass(frozen=True)
class TerminalStatus:
    """What a till shows of its terminal.

    :param state: ``idle``, ``busy``, ``offline``, ``unknown_tx`` or ``signed_out``
    :param signed_in_at: local time of the last sign-in, ISO
    :param unknown_uid: the request that must be resolved first
    """

    state: str
    mid: str = ""
    tid: str = ""
    batch: str = ""
    signed_in_at: str = ""
    unknown_uid: str = ""


class TerminalDriver(ABC):
    """One terminal. ``caps`` are the operations it knows, and ``cancel``."""

    caps: frozenset

    @abstractmethod
    def status(self):
        """A :class:`TerminalStatus`, at once and without asking the terminal."""

    @abstractmethod
    def begin(self, request):
        """Start a :class:`TxRequest`; a known uid starts nothing again.

        :raise Refused: nothing was sent, the code says why
        """

    @abstractmethod
    def cancel(self, uid):
        """Ask the terminal to stop waiting for a card; the result tells if it did."""

    @abstractmethod
    def result(self, uid):
        """The :class:`TxResult` so far, or ``None`` for a uid never seen."""

    @abstractmethod
    def resolve(self, uid):
        """Ask the terminal what became of an unknown request; charges nothing.

        :return: the :class:`TxResult`, still unknown if the terminal could not tell
        :raise Refused: the terminal is busy
        """
