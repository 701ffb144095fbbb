"""Running Odoo's own command line against one database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .environment import Environment
from .odoo_source import OdooSource
from .postgres import PG_VARIABLES

LOADING = re.compile(rb"Loading module (\S+) \((\d+)/(\d+)\)")

# beside this package: see there why it is a file
LAUNCHER = Path(__file__).resolve().parents[1] / "odoo_main.py"


@dataclass(frozen=True)
class Odoo:
    """Odoo, the interpreter it runs in, and a configuration file."""

    source: OdooSource
    environment: Environment
    config: Path

    def env(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """PG* never reaches Odoo: the configuration file names the server."""
        return commands.environment(
            {
                "PYTHONPATH": str(self.source.python_path),
                "TZ": "UTC",
                **(extra or {}),
            },
            drop=(*PG_VARIABLES, "ODOO_RC", "OPENERP_SERVER", "ODOO_DEV"),
        )

    def command(self, *arguments: str | Path, sub: str = "server") -> list[str | Path]:
        options = ["-c", self.config, *arguments]
        return [self.environment.python, LAUNCHER, *sub.split(), *options]

    def run(self, database: str, *arguments: str, what: str, log: Path) -> None:
        """An installation or upgrade: one process, no web server, then the end."""
        commands.run(
            self.command("-d", database, "--stop-after-init", "--no-http", *arguments),
            what=what,
            log=log,
            env=self.env(),
        )

    def shell(self, database: str, script: str, *, what: str, log: Path) -> None:
        """Run Python in `odoo shell`; an exception fails the step."""
        commands.run(
            self.command("-d", database, "--no-http", sub="shell"),
            what=what,
            log=log,
            env=self.env(),
            stdin=script,
        )


def loading(log: Path, start: int) -> str:
    """How far an installation is, from its log: 34/106."""
    try:
        with log.open("rb") as stream:
            stream.seek(start)
            found = LOADING.findall(stream.read())
    except OSError:
        return ""
    if not found:
        return ""
    return f"{found[-1][1].decode()}/{found[-1][2].decode()}"


def log_size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0
