"""Configuration of a box: one ini file, see ``box/box.ini.example``."""

import configparser
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .readers import settings as reader_settings


class ConfigError(ValueError):
    """The configuration cannot be used; the message says which key to change."""


@dataclass(frozen=True)
class VirtualConfig:
    """The virtual printers: one page, one or more TCP ports."""

    host: str = "127.0.0.1"
    http_port: int = 9180
    ports: tuple = (9100,)
    widths: tuple = (80,)


@dataclass(frozen=True)
class ScaleConfig:
    """A scale on the machine of a till, and where that till's page finds it."""

    connection: str = "serial"
    device: str = ""
    baudrate: int = 9600
    http_port: int = 9181
    #: address of the till's page; the server's own when empty
    origin: str = ""


@dataclass(frozen=True)
class TillConfig:
    """Where tills print and take swipes when the server is away.

    :param certificate: files of certificate and key; needed beyond this machine
    :param name: what the tills call this machine, as in the certificate
    """

    listen: str = "127.0.0.1"
    http_port: int = 9182
    origin: str = ""
    name: str = ""
    certificate: tuple = ()


@dataclass(frozen=True)
class BoxConfig:
    """Everything the box must know before it can ask the server."""

    server_url: str = ""
    database: str = ""
    ca_file: str = ""
    state_dir: Path = Path("/var/lib/o2o-box")
    name: str = "o2o-box"
    pairing_code: str = ""
    poll_seconds: float = 15.0
    fallback_seconds: float = 2.0
    is_wake_used: bool = True
    demo: bool = False
    virtual: VirtualConfig = field(default_factory=VirtualConfig)
    readers: tuple = ()
    scale: ScaleConfig | None = None
    till: TillConfig | None = None


def load(path):
    """Read the ini file at ``path`` into a :class:`BoxConfig`."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8") as handle:
            parser.read_file(handle)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except configparser.Error as error:
        raise ConfigError(f"{path} is not an ini file: {error}") from error
    for section in ("server", "box", "virtual_printer"):
        if not parser.has_section(section):
            parser.add_section(section)
    server, box = parser["server"], parser["box"]
    default = BoxConfig()
    try:
        return BoxConfig(
            server_url=_url(server.get("url", "")),
            database=server.get("database", "").strip(),
            ca_file=_file(server.get("ca_file", "").strip()),
            state_dir=Path(
                os.path.expanduser(box.get("state_dir", str(default.state_dir)))
            ),
            name=box.get("name", default.name).strip(),
            pairing_code=box.get("pairing_code", "").strip(),
            poll_seconds=_seconds(box, "poll_seconds", default.poll_seconds),
            fallback_seconds=_seconds(
                box, "fallback_seconds", default.fallback_seconds
            ),
            is_wake_used=box.getboolean("wake", default.is_wake_used),
            demo=box.getboolean("demo", default.demo),
            virtual=_virtual(parser["virtual_printer"]),
            readers=reader_settings.load(parser),
            scale=_scale(parser["scale"]) if parser.has_section("scale") else None,
            till=_till(parser["till"]) if parser.has_section("till") else None,
        )
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error


def _virtual(section):
    default = VirtualConfig()
    ports = _integers(section.get("ports", "")) or default.ports
    widths = _integers(section.get("widths", "")) or default.widths
    if any(width not in (58, 80) for width in widths):
        raise ConfigError("widths: a paper is 58 or 80 mm wide")
    if len(widths) < len(ports):
        widths += (widths[-1],) * (len(ports) - len(widths))
    return VirtualConfig(
        host=section.get("host", default.host).strip(),
        http_port=section.getint("http_port", default.http_port),
        ports=ports,
        widths=widths,
    )


def _scale(section):
    connection = section.get("connection", "serial").strip()
    device = section.get("device", "").strip()
    if connection not in ("serial", "virtual"):
        raise ConfigError("[scale] connection: serial or virtual")
    if connection == "serial" and not device:
        raise ConfigError("[scale] device: missing")
    default = ScaleConfig()
    return ScaleConfig(
        connection=connection,
        device=device,
        baudrate=section.getint("baudrate", default.baudrate),
        http_port=section.getint("http_port", default.http_port),
        origin=_url(section.get("origin", "")),
    )


def _till(section):
    default = TillConfig()
    listen = section.get("listen", default.listen).strip()
    name = section.get("name", "").strip().lower()
    files = [section.get(key, "").strip() for key in ("certificate", "key")]
    certificate = tuple(file for file in files if file)
    if len(certificate) == 1:
        raise ConfigError("[till] certificate and key: both or none")
    for file in certificate:
        if not os.path.isfile(file):
            raise ConfigError(f"[till] {file} does not exist")
    if listen not in ("127.0.0.1", "localhost") and not (certificate and name):
        raise ConfigError(
            "[till] listen: beyond this machine only with name, certificate and key"
        )
    return TillConfig(
        listen=listen,
        http_port=section.getint("http_port", default.http_port),
        origin=_url(section.get("origin", "")),
        name=name,
        certificate=certificate,
    )


def _integers(text):
    return tuple(int(part) for part in text.replace(",", " ").split())


def _url(text):
    text = text.strip().rstrip("/")
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("url: expected https://your.server")
    if parts.username or parts.password:
        raise ConfigError("url: no user or password here, the box pairs by code")
    return text


def _file(path):
    if path and not os.path.isfile(path):
        raise ConfigError(f"ca_file: {path} does not exist")
    return path


def _seconds(section, key, default):
    value = section.getfloat(key, default)
    if not 0.2 <= value <= 3600:
        raise ConfigError(f"{key}: between 0.2 and 3600 seconds")
    return value
