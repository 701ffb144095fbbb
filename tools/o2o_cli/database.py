"""Databases: the prepared one with third-party modules, ours built on it, upgrades."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from . import addons, commands
from .errors import StepFailed
from .files import building, remove_tree
from .home import Home
from .lock import exclusive
from .odoo import Odoo, loading, log_size
from .postgres import Server, literal, quoted
from .steps import Progress

KEPT = 3
# bump when a prepared database is made in another way
RECIPE = 2
# beside what our addons depend on: what the shop of the demo and the tests also use
EXTRA_MODULES = frozenset(
    [
        "auth_signup",
        "l10n_cn",
        "payment_demo",
        "point_of_sale",
        "pos_loyalty",
        "pos_sale",
        "pos_sale_loyalty",
        "purchase_stock",
        "sale_management",
        "stock_account",
        "website_sale",
        "website_sale_collect",
        "website_sale_loyalty",
        "website_sale_wishlist",
    ]
)
LANGUAGE = "zh_CN"
PREPARED_PREFIX = "o2o_prepared_"
FINGERPRINTS = "o2o.runner.addons"

COMPANY_SCRIPT = """
company = env.ref("base.main_company")
company.partner_id.country_id = env.ref("base.cn")
env.ref("base.CNY").active = True
company.currency_id = env.ref("base.CNY")
env.ref("base.user_admin").tz = "Asia/Shanghai"
env.cr.commit()
"""


@dataclass(frozen=True)
class Databases:
    """Everything that is done to databases of one home."""

    home: Home
    server: Server
    odoo: Odoo

    # files that belong to a database

    def filestore(self, name: str) -> Path:
        return self.home.data / "filestore" / name

    def _copy_files(self, source: str, target: str) -> None:
        remove_tree(self.filestore(target))
        if self.filestore(source).exists():
            # stored files are never changed in place: links are enough
            shutil.copytree(
                self.filestore(source), self.filestore(target), copy_function=_link
            )

    def drop(self, name: str) -> None:
        self.server.drop(name)
        remove_tree(self.filestore(name))

    def rename(self, old: str, new: str) -> None:
        """Files first: a database without its files is what must never be seen."""
        remove_tree(self.filestore(new))
        if self.filestore(old).exists():
            self.filestore(old).rename(self.filestore(new))
        self.server.rename(old, new)

    def clone(self, source: str, target: str) -> None:
        self.drop(target)
        self.server.create(target, template=source)
        self._copy_files(source, target)

    # third-party modules, from the cache when it has them

    def modules(self) -> list[str]:
        wanted = addons.third_party(addons.discover(self.home.addons))
        return sorted((wanted | EXTRA_MODULES) - {"base"})

    def prepared_key(self) -> str:
        parts = (
            self.odoo.source.identity,
            self.modules(),
            self.server.major(),
            RECIPE,
            LANGUAGE,
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    def prepared(self, progress: Progress) -> str:
        """Name of the database to clone from, made or restored when missing."""
        key = self.prepared_key()
        name = PREPARED_PREFIX + key
        existing = self.server.databases()
        if name in existing:
            return name
        for old in existing:
            # an interrupted build of this very one may be complete
            if old.startswith(PREPARED_PREFIX) and old != f"{name}_building":
                self.drop(old)
        with exclusive(
            self.home.cache / "prepared.lock",
            wait=1800,
            waiting=lambda who: progress.say(f"  .. another o2o prepares it ({who})"),
        ):
            cached = self.home.cache / f"prepared-{key}"
            if not (cached / "meta.json").exists():
                self._build_prepared(f"{name}_building", cached, progress)
            else:
                self._from_cache(f"{name}_building", cached, progress)
        self.rename(f"{name}_building", name)
        return name

    def _from_cache(self, name: str, cached: Path, progress: Progress) -> None:
        try:
            with progress.step("Prepared database from the cache"):
                self._load(name, cached)
        except (StepFailed, tarfile.TarError, OSError):
            progress.say("  The cached database is damaged: making it anew.")
            remove_tree(cached)
            self._build_prepared(name, cached, progress)

    def _build_prepared(self, name: str, cached: Path, progress: Progress) -> None:
        log = self.home.log / "install-modules.log"
        start = log_size(log)
        if self._is_complete(name):
            with progress.step("Prepared database into the cache"):
                self._save(name, cached)
            return
        with progress.step(
            "Odoo's own modules (done once, then cached)",
            detail=lambda: loading(log, start),
        ):
            self.drop(name)
            self.server.create(name)
            what = "Installing Odoo's own modules"
            self.odoo.run(
                name, "-i", "base", "--load-language", LANGUAGE, what=what, log=log
            )
            self.odoo.shell(name, COMPANY_SCRIPT, what="Setting the company", log=log)
            self.odoo.run(name, "-i", ",".join(self.modules()), what=what, log=log)
            missing = set(self.modules()) - self.installed(name)
            if missing:
                raise StepFailed(
                    f"Odoo did not install {', '.join(sorted(missing))}.",
                    f"Is it in addons/? The log is {log}.",
                )
            self.server.psql(name, f"COMMENT ON DATABASE {quoted(name)} IS 'complete'")
        with progress.step("Prepared database into the cache"):
            self._save(name, cached)

    def _is_complete(self, name: str) -> bool:
        """Whether an earlier run installed everything and was cut off after that."""
        comment = self.server.psql(
            "postgres",
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname = {literal(name)}",
        )
        return comment == "complete"

    def _save(self, name: str, cached: Path) -> None:
        # other branches of the suite use other module lists: keep the newest few
        kept = [path for path in self.home.cache.glob("prepared-*") if path.is_dir()]
        for old in sorted(kept, key=lambda path: path.stat().st_mtime)[: -KEPT - 1]:
            remove_tree(old)
        with building(cached) as work:
            self.dump(name, work / "database.dump")
            with tarfile.open(work / "filestore.tar", "w") as archive:
                if self.filestore(name).exists():
                    archive.add(self.filestore(name), arcname="filestore")
            meta = {"modules": self.modules(), "odoo": self.odoo.source.identity}
            (work / "meta.json").write_text(json.dumps(meta), encoding="utf-8")

    def _load(self, name: str, cached: Path) -> None:
        self.drop(name)
        self.server.create(name)
        self.load_dump(name, cached / "database.dump")
        with tarfile.open(cached / "filestore.tar") as archive:
            extract_files(archive, "filestore", self.filestore(name))

    def dump(self, name: str, target: Path) -> None:
        commands.run(
            [
                self.server.programs / "pg_dump",
                "-Fc",
                "-Z",
                "gzip:1",
                "--no-owner",
                "--no-privileges",
                "-f",
                target,
                name,
            ],
            what=f"Saving the database {name}",
            env=self.server.env(),
        )

    def load_dump(self, name: str, source: Path) -> None:
        commands.run(
            [
                self.server.programs / "pg_restore",
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "-j",
                "2",
                "-d",
                name,
                source,
            ],
            what=f"Loading the database {name}",
            env=self.server.env(),
        )

    # facts about one database

    def installed(self, name: str) -> set[str]:
        rows = self.server.psql(
            name, "SELECT name FROM ir_module_module WHERE state = 'installed'"
        )
        return set(rows.split())

    def holds(self, name: str, modules: set[str]) -> bool:
        """Whether there is such a database with all of these modules."""
        return name in self.server.databases() and modules <= self.installed(name)

    def recorded(self, name: str) -> dict[str, str]:
        """Fingerprints of our addons as they were when last installed."""
        rows = self.server.psql(
            name,
            "SELECT value FROM ir_config_parameter"
            f" WHERE key = {literal(FINGERPRINTS)}",
        )
        try:
            return dict(json.loads(rows)) if rows else {}
        except ValueError:
            return {}

    def record(self, name: str, prints: dict[str, str]) -> None:
        value = literal(json.dumps(prints, sort_keys=True))
        self.server.psql(
            name,
            "INSERT INTO ir_config_parameter (key, value, create_date, write_date)"
            f" VALUES ({literal(FINGERPRINTS)}, {value}, now(), now())"
            " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        )

    # our addons

    def build(
        self, name: str, wanted: list[str], progress: Progress, *, title: str
    ) -> Path:
        """A new database with `wanted` on top of the prepared one, or nothing at all.

        Returns the log of the installation.
        """
        base = self.prepared(progress)
        temporary = f"{name}_building"
        log = self.home.log / f"install-{name}.log"
        log.unlink(missing_ok=True)
        with progress.step(title, detail=lambda: loading(log, 0)):
            self.clone(base, temporary)
            prints = addons.fingerprints(self.home.addons)
            if wanted:
                self.odoo.run(
                    temporary,
                    "-i",
                    ",".join(wanted),
                    what="Installing the addons",
                    log=log,
                )
                self._check_installed(temporary, wanted, log)
            self.record(temporary, {key: prints[key] for key in wanted})
            self.drop(name)
            self.rename(temporary, name)
        return log

    def build_plain(
        self, name: str, modules: list[str], progress: Progress, *, title: str
    ) -> None:
        """A new database as Odoo's own tests expect it: in English, no country set.

        The prepared one is Chinese, and half of Odoo's tests look for English words.
        """
        temporary = f"{name}_building"
        log = self.home.log / f"install-{name}.log"
        log.unlink(missing_ok=True)
        with progress.step(title, detail=lambda: loading(log, 0)):
            self.drop(temporary)
            self.server.create(temporary)
            self.odoo.run(
                temporary, "-i", ",".join(modules), what="Installing modules", log=log
            )
            self._check_installed(temporary, modules, log)
            self.drop(name)
            self.rename(temporary, name)

    def _check_installed(self, name: str, wanted: list[str], log: Path) -> None:
        missing = set(wanted) - self.installed(name)
        if missing:
            raise StepFailed(
                f"Odoo did not install {', '.join(sorted(missing))}.",
                f"The log is {log}.",
            )

    def outdated(self, name: str, wanted: list[str]) -> tuple[list[str], list[str]]:
        """Our addons to install and to upgrade in a database."""
        prints = addons.fingerprints(self.home.addons)
        recorded = self.recorded(name)
        installed = self.installed(name)
        new = [addon for addon in wanted if addon not in installed]
        changed = [
            addon
            for addon in wanted
            if addon in installed and recorded.get(addon) != prints[addon]
        ]
        return new, changed

    def upgrade(
        self,
        name: str,
        new: list[str],
        changed: list[str],
        progress: Progress,
        *,
        title: str = "Addons brought up to date",
    ) -> Path:
        """Install and upgrade in place; recorded only when everything went well."""
        log = self.home.log / f"upgrade-{name}.log"
        log.unlink(missing_ok=True)
        arguments = [*(["-i", ",".join(new)] if new else [])]
        if changed:
            arguments += ["-u", ",".join(changed), "--i18n-overwrite"]
        with progress.step(title, detail=lambda: loading(log, 0)):
            prints = addons.fingerprints(self.home.addons)
            self.odoo.run(name, *arguments, what="Upgrading the addons", log=log)
            self._check_installed(name, new + changed, log)
            known = self.recorded(name)
            known.update({addon: prints[addon] for addon in new + changed})
            self.record(name, known)
        return log


def _link(source: str, target: str) -> str:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
    return target


def extract_files(archive: tarfile.TarFile, prefix: str, target: Path) -> None:
    """Unpack plain files below `prefix` of a tar into `target`, and nothing else."""
    remove_tree(target)
    target.mkdir(parents=True)
    root = target.resolve()
    for member in archive:
        if not member.isfile() or not member.name.startswith(f"{prefix}/"):
            continue
        path = (root / member.name[len(prefix) + 1 :]).resolve()
        if not path.is_relative_to(root):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = archive.extractfile(member)
        if stream is None:
            continue
        with stream, path.open("wb") as out:
            shutil.copyfileobj(stream, out)
