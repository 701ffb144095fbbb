"""What the handlers for a stock Odoo IoT box need, free of Odoo (POS-04).

Such a box has no pull, no job rows and no settings of ours: its printers are named in a
file, and what it is told to print arrives as a call. The spool and the worker are the
same as in our own box, so a call that is repeated prints once.
"""

import base64
import binascii
import configparser
import uuid
import zlib

from . import bitmap
from .document import DRAWER_PINS, VERSION, DocumentError
from .escpos_zh import DOTS_PER_CELL
from .render import COLUMNS

#: a slip or a drawer that is late by more is useless; the till stands there
_SLIP_SECONDS = 600
_DRAWER_SECONDS = 15


class SettingsError(ValueError):
    """The file cannot be used; the message says where."""


def load_printers(path):
    """The printers of a file with a section ``[printer NAME]`` each.

    :return: dict of identifier -> settings, as a server would send them
    :raise SettingsError: a value makes no sense
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
        found = {}
        for title in parser.sections():
            kind, _space, name = title.partition(" ")
            if kind == "printer" and name:
                found[f"o2o_printer_{name}"] = _printer(name, parser[title])
    except (ValueError, configparser.Error) as error:
        raise SettingsError(f"{path}: {error}") from error
    return found


def _printer(name, section):
    width = section.getint("width", 80)
    pin = section.getint("drawer_pin", DRAWER_PINS[0])
    if width not in COLUMNS or pin not in DRAWER_PINS:
        raise ValueError(f"{name}: width is 58 or 80, drawer_pin is 2 or 5")
    return {
        "id": zlib.crc32(name.encode()),
        "name": name,
        "width": width,
        "connection": section.get("connection", "network"),
        "host": section.get("host", ""),
        "port": section.getint("port", 0),
        "device": section.get("device", ""),
        "baudrate": section.getint("baudrate", 9600),
        "cut_counter": section.getboolean("cut_counter", False),
        "process_id": section.getboolean("process_id", False),
        "drawer_pin": pin,
    }


def make_job(settings, action, data):
    """The job of a call, ready for the spool.

    :param str action: ``print_receipt`` (a picture in ``receipt``, as Odoo's till sends
        it), ``print_document`` (a ``document`` of ours) or ``cashbox``
    :param dict data: the call; the same ``action_unique_id`` is the same job
    :raise DocumentError: there is nothing to print in it
    """
    is_drawer = action == "cashbox"
    if is_drawer:
        blocks = [{"type": "drawer", "pin": settings["drawer_pin"]}]
        document = {"version": VERSION, "blocks": blocks}
    elif action == "print_document":
        document = data.get("document")
    else:
        document = _picture(data.get("receipt"), settings["width"])
    key = data.get("action_unique_id")
    return {
        "uid": f"{action}:{key or uuid.uuid4()}",
        "printer_id": settings["id"],
        "document": document,
        "expires_in": _DRAWER_SECONDS if is_drawer else _SLIP_SECONDS,
        "on_unknown": "hold",
        "urgent": is_drawer,
    }


def _picture(receipt, width):
    """A slip that comes as one picture, cut into the pictures of a document."""
    try:
        raw = base64.b64decode(receipt or "", validate=True)
    except (binascii.Error, TypeError) as error:
        raise DocumentError("the slip is no picture") from error
    dots = COLUMNS[width] * DOTS_PER_CELL
    blocks = [{"type": "image", "data": part} for part in bitmap.split(raw, dots)]
    return {"version": VERSION, "blocks": [*blocks, {"type": "cut"}]}
