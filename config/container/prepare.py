"""The one-shot service `prepare`: makes the shop's database, or brings it up to date.

It runs before Odoo starts, and does what `./o2o up --production` does, with the same
lists and the same records (tools/o2o_cli), so that a backup moves between the two.
A run that was cut off is simply repeated: the database counts as made only when the
last step has recorded the addons.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TOOLS = next(
    folder
    for folder in (HERE / "tools", HERE.parents[1] / "tools")
    if (folder / "o2o_cli").is_dir()
)
sys.path.insert(0, str(TOOLS))

from o2o_cli import addons, database  # noqa: E402
from o2o_cli.home import Home  # noqa: E402
from o2o_cli.postgres import Server  # noqa: E402

FIRST_SETTINGS = """
import os
admin = env.ref("base.user_admin")
admin.password = os.environ["O2O_ADMIN_PASSWORD"]
admin.lang = {language!r}
parameters = env["ir.config_parameter"]
parameters.set_param("web.base.url", os.environ["O2O_PUBLIC_URL"].rstrip("/"))
parameters.set_param("web.base.url.freeze", "True")
env.cr.commit()
"""


@dataclass(frozen=True)
class ContainerOdoo:
    """Odoo's command line as the image starts it, its log on our own output."""

    command: Sequence[str]

    def run(self, name: str, *arguments: str, **_where: Any) -> None:
        options = ["-d", name, "--no-http", "--stop-after-init", *arguments]
        self._call("server", options)

    def shell(self, name: str, script: str, **_where: Any) -> None:
        self._call("shell", ["-d", name, "--no-http"], script)

    def _call(self, sub: str, options: list[str], script: str | None = None) -> None:
        subprocess.run(
            [*self.command, sub, *options, "--workers=0", "--max-cron-threads=0"],
            input=script,
            text=True,
            check=True,
        )


@dataclass(frozen=True)
class Preparation:
    databases: database.Databases
    name: str
    is_demo: bool

    def wanted(self) -> list[str]:
        found = list(addons.discover(self.databases.home.addons))
        return [name for name in found if self.is_demo or name != addons.DEMO]

    def run(self) -> None:
        exists = self.name in self.databases.server.databases()
        if not exists or not self._is_complete():
            self._create()
            return
        new, changed = self.databases.outdated(self.name, self.wanted())
        if new or changed:
            self._upgrade(new, changed)
        say("The database is up to date.")

    def _is_complete(self) -> bool:
        server = self.databases.server
        if server.psql(self.name, "SELECT to_regclass('ir_config_parameter')") == "":
            return False
        return bool(self.databases.recorded(self.name))

    def _create(self) -> None:
        odoo, name = self.databases.odoo, self.name
        where: dict[str, Any] = {"what": "", "log": Path()}
        say("Making the database: this takes some minutes, once.")
        prints = addons.fingerprints(self.databases.home.addons)
        odoo.run(name, "-i", "base", "--load-language", database.LANGUAGE, **where)
        odoo.shell(name, database.COMPANY_SCRIPT, **where)
        odoo.run(name, "-i", ",".join(self.databases.modules()), **where)
        odoo.run(name, "-i", ",".join(self.wanted()), **where)
        settings = FIRST_SETTINGS.format(language=database.LANGUAGE)
        odoo.shell(name, settings, **where)
        self._record(self.wanted(), prints)
        say("The database is ready.")

    def _upgrade(self, new: list[str], changed: list[str]) -> None:
        say(f"Bringing up to date: {', '.join(new + changed)}")
        prints = addons.fingerprints(self.databases.home.addons)
        arguments = ["-i", ",".join(new)] if new else []
        if changed:
            arguments += ["-u", ",".join(changed), "--i18n-overwrite"]
        self.databases.odoo.run(self.name, *arguments, what="", log=Path())
        self._record(new + changed, prints)

    def _record(self, names: list[str], prints: dict[str, str]) -> None:
        missing = set(names) - self.databases.installed(self.name)
        if missing:
            raise SystemExit(f"Odoo did not install {', '.join(sorted(missing))}.")
        known = self.databases.recorded(self.name)
        known.update({name: prints[name] for name in names})
        self.databases.record(self.name, known)


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """Reads HOST, PORT, USER, PASSWORD as the image's entry point does."""
    for key in ("O2O_ADMIN_PASSWORD", "O2O_PUBLIC_URL", "PASSWORD"):
        if not os.environ.get(key):
            raise SystemExit(f"{key} is not set: see .env.example")
    psql = shutil.which("psql")
    if psql is None:
        raise SystemExit("psql is missing")
    server = Server(
        programs=Path(psql).parent,
        host=os.environ.get("HOST", "db"),
        port=os.environ.get("PORT", "5432"),
        user=os.environ.get("USER", "odoo"),
        password=os.environ["PASSWORD"],
    )
    command = shlex.split(os.environ.get("O2O_ODOO_COMMAND", "/entrypoint.sh odoo"))
    odoo: Any = ContainerOdoo(command)
    home = Home(checkout=TOOLS.parent, state=Path("/tmp"), cache=Path("/tmp"))
    Preparation(
        database.Databases(home, server, odoo),
        name=os.environ.get("O2O_DATABASE", "o2o"),
        is_demo=os.environ.get("O2O_DEMO", "").lower() in ("1", "yes", "true"),
    ).run()


if __name__ == "__main__":
    main()
