"""Connections to printers, one module per kind."""

from .base import (
    COVER_OPEN,
    ERROR,
    NOT_READY,
    OFFLINE,
    ONLINE,
    PAPER_LOW,
    PAPER_OUT,
    UNKNOWN,
    Connection,
    Interrupted,
    PrinterError,
    PrinterUnreachable,
    WrongSettings,
)

# importing a kind registers it
from .device_file import FileConnection
from .ipp import IppConnection
from .network import NetworkConnection
from .serial_port import SerialConnection
from .usb_port import UsbConnection

__all__ = [
    "COVER_OPEN",
    "ERROR",
    "NOT_READY",
    "OFFLINE",
    "ONLINE",
    "PAPER_LOW",
    "PAPER_OUT",
    "UNKNOWN",
    "Connection",
    "FileConnection",
    "Interrupted",
    "IppConnection",
    "NetworkConnection",
    "PrinterError",
    "PrinterUnreachable",
    "SerialConnection",
    "UsbConnection",
    "WrongSettings",
]
