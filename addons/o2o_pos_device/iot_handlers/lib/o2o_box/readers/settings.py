"""The readers of a box: sections ``[reader NAME]`` of its ini file."""

import re
from dataclasses import dataclass

from . import uid

SECTION = "reader "
MAX_READERS = 16
#: what a reader reads: a magnetic stripe, the serial number of a chip card, a code
KINDS = ("magnetic", "chip", "barcode")
CONNECTIONS = ("serial", "hid", "virtual")
_FRAMES = ("lines", "frames", "msr605")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class ReaderConfig:
    """One reader. ``key`` names it for ever: the server keeps its till by it."""

    key: str
    name: str = ""
    kind: str = "magnetic"
    connection: str = "serial"
    device: str = ""
    baudrate: int = 9600
    protocol: str = "lines"
    uid_format: str = "hex"


def load(parser):
    """The readers of a parsed ini file.

    :raise ValueError: a section cannot be used; the message names the key to change
    """
    names = [name for name in parser.sections() if name.startswith(SECTION)]
    if len(names) > MAX_READERS:
        raise ValueError(f"more than {MAX_READERS} readers")
    readers = tuple(_reader(parser[name]) for name in names)
    devices = [reader.device for reader in readers if reader.device]
    if len(set(devices)) < len(devices):
        raise ValueError("two readers have the same device")
    return readers


def _reader(section):
    key = section.name[len(SECTION) :].strip()
    if not _KEY.fullmatch(key):
        raise ValueError(f"[{section.name}]: a name of small letters, digits, - and _")
    kind = _choice(section, "kind", KINDS)
    connection = _choice(section, "connection", CONNECTIONS)
    protocol = _choice(
        section,
        "protocol",
        _FRAMES,
        "msr605" if connection == "hid" else "lines",
    )
    if protocol == "frames" and kind != "chip":
        raise ValueError(f"[{section.name}] protocol: frames are of chip card readers")
    if protocol == "msr605" and kind != "magnetic":
        raise ValueError(f"[{section.name}] kind: an MSR605 reads magnetic stripes")
    if connection == "hid" and protocol != "msr605":
        raise ValueError(f"[{section.name}] protocol: over hid only msr605 is known")
    device = section.get("device", "").strip()
    if connection != "virtual" and not device:
        raise ValueError(f"[{section.name}] device: missing")
    baudrate = section.getint("baudrate", 9600)
    if not 300 <= baudrate <= 921600:
        raise ValueError(f"[{section.name}] baudrate: between 300 and 921600")
    return ReaderConfig(
        key=key,
        name=section.get("name", key).strip() or key,
        kind=kind,
        connection=connection,
        device=device,
        baudrate=baudrate,
        protocol=protocol,
        uid_format=_choice(section, "uid_format", uid.FORMATS),
    )


def _choice(section, key, choices, default=None):
    value = section.get(key, default or choices[0]).strip()
    if value not in choices:
        raise ValueError(f"[{section.name}] {key}: one of {', '.join(choices)}")
    return value
