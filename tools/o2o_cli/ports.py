"""Choosing TCP ports, and saying clearly when one is taken."""

from __future__ import annotations

import socket

from .errors import PortTaken, UsageError

DEFAULT_HTTP = 8069


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # servers set this too: a port in TIME_WAIT counts as free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def find_free(host: str = "127.0.0.1") -> int:
    """A port that the system hands out as free right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def parse(text: str) -> int | None:
    """A command line's port: a number, or None for `auto`."""
    if text == "auto":
        return None
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise UsageError(f"{text} is no port.", "Give a number up to 65535, or auto.")
    return int(text)


def choose(asked: str | None, remembered: int | None, option: str = "--port") -> int:
    """The port to serve on.

    :param asked: what the command line says, None when it says nothing
    :param remembered: the port of the last run, kept while it is free
    """
    if asked is not None:
        wanted = parse(asked)
        if wanted is None:
            usable = remembered is not None and is_free(remembered)
            return remembered if usable and remembered else find_free()
    else:
        wanted = remembered or DEFAULT_HTTP
    if not is_free(wanted):
        raise PortTaken(
            f"Port {wanted} is taken by another program.",
            f"Stop that program, or run ./o2o up {option} auto.",
        )
    return wanted
