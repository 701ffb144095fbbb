"""Connections to printers, one module per kind."""

from . import device_file, ipp, network, serial_port, usb_port  # noqa: F401 - register
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
    "Interrupted",
    "PrinterError",
    "PrinterUnreachable",
    "WrongSettings",
]
