"""The configuration of the runner's Odoo: config/odoo.conf plus what differs here.

One file is the base for production and for the demo, so they cannot drift apart.
"""

from __future__ import annotations

import configparser
import contextlib
import io
import secrets
from collections.abc import Mapping
from pathlib import Path

from .errors import StepFailed
from .files import write_atomic


def render(template: Path, overrides: Mapping[str, str]) -> str:
    """The template's options with `overrides` on top, as a configuration file."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(template.read_text(encoding="utf-8"), str(template))
    except (OSError, configparser.Error) as error:
        raise StepFailed(
            f"{template} cannot be read: {error}".replace("\n", " "),
            "Restore it from version control.",
        ) from error
    if not parser.has_section("options"):
        parser.add_section("options")
    for key, value in overrides.items():
        parser.set("options", key, value)
    text = io.StringIO()
    text.write("; written by ./o2o from config/odoo.conf: edit that file instead\n")
    parser.write(text)
    return text.getvalue()


def value(path: Path, key: str) -> str | None:
    parser = configparser.RawConfigParser()
    with contextlib.suppress(OSError, configparser.Error):
        parser.read_string(path.read_text(encoding="utf-8"))
        return parser.get("options", key, fallback=None)
    return None


def write(path: Path, template: Path, overrides: Mapping[str, str]) -> None:
    """Render to `path`, readable by its owner alone; the master password stays."""
    options = dict(overrides)
    if not value(template, "admin_passwd"):
        options["admin_passwd"] = value(path, "admin_passwd") or secrets.token_urlsafe(
            24
        )
    text = render(template, options)
    with contextlib.suppress(OSError):
        if path.read_text(encoding="utf-8") == text:
            return
    write_atomic(path, text, 0o600)


def local(
    *, addons: list[Path], data: Path, database: str, http_port: int
) -> dict[str, str]:
    """What a demo or test server on this machine overrides."""
    return {
        "addons_path": ",".join(str(path) for path in addons),
        "data_dir": str(data),
        "db_name": database,
        "http_interface": "127.0.0.1",
        "http_port": str(http_port),
        "proxy_mode": "False",
        "x_sendfile": "False",
        # threaded: the web server answers the websocket on the same port
        "workers": "0",
        "max_cron_threads": "1",
        "limit_time_real": "1200",
        "limit_memory_soft": "0",
        "limit_memory_hard": "0",
    }


# what a production run keeps from config/odoo.conf although a demo overrides it
PRODUCTION_KEPT = [
    "http_interface",
    "proxy_mode",
    "x_sendfile",
    "workers",
    "max_cron_threads",
    "limit_time_real",
    "limit_memory_soft",
    "limit_memory_hard",
]
