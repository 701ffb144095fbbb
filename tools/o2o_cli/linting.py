"""Checks that need no database: style, types, translations. Fast ones first."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import addons, commands
from .environment import Environment
from .errors import NetworkError, PlatformError
from .files import building
from .home import Home
from .lock import exclusive
from .steps import Progress

PYTHON_PLACES = ("o2o", "tools", "config", "addons", "tests", "benchmarks")
WEB_SUFFIXES = {".js", ".xml", ".scss"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")


@dataclass(frozen=True)
class Result:
    name: str
    problems: str

    @property
    def ok(self) -> bool:
        return not self.problems


class Linter:
    """All checks of one checkout, or of a few of its addons."""

    def __init__(self, home: Home, env: Environment, only: list[str] | None) -> None:
        self.home = home
        self.env = env
        self.root = home.checkout
        self.only = only or []

    # what to look at

    def addon_folders(self) -> list[Path]:
        names = self.only or list(addons.discover(self.home.addons))
        return [self.home.addons / name for name in names]

    def python_places(self) -> list[str]:
        if self.only:
            return [str(path.relative_to(self.root)) for path in self.addon_folders()]
        return [place for place in PYTHON_PLACES if (self.root / place).exists()]

    def web_files(self, *suffixes: str) -> list[str]:
        return [
            str(path.relative_to(self.root))
            for folder in self.addon_folders()
            for path in sorted(folder.rglob("*"))
            if path.suffix in (suffixes or WEB_SUFFIXES)
            and "/static/lib/" not in str(path)
        ]

    # the checks

    def run(self, progress: Progress) -> list[Result]:
        checks: list[tuple[str, Callable[[], str]]] = [
            (
                "ruff check",
                lambda: self._python("ruff", "check", *self.python_places()),
            ),
            (
                "ruff format",
                lambda: self._python(
                    "ruff", "format", "--check", *self.python_places()
                ),
            ),
            ("translations (zh_CN)", self.translations),
        ]
        if not self.only:
            checks.append(("mypy", lambda: self._python("mypy")))
            checks.append(("no machine paths", self.machine_paths))
        if self.addon_folders():
            checks.append(("pylint-odoo", self._pylint))
        if self.web_files():
            checks.append(("prettier", self._prettier))
        if self.web_files(".js"):
            checks.append(("eslint", self._eslint))
        results = []
        for name, check in checks:
            try:
                problems = check()
            except (NetworkError, PlatformError) as error:
                problems = str(error)
            results.append(Result(name, problems.strip()))
            progress.say(f"  {'ok' if not problems.strip() else '!!'} {name}")
            if problems.strip():
                progress.say(problems.strip())
        return results

    def fix(self) -> None:
        """What the formatters can put right by themselves."""
        self._python("ruff", "check", "--fix", "-q", *self.python_places())
        self._python("ruff", "format", "-q", *self.python_places())
        if self.web_files():
            self._javascript("prettier", "--write", *self.web_files())

    def _outcome(self, command: list[str | Path], env: dict[str, str]) -> str:
        status, output = commands.attempt(command, env=env, cwd=self.root)
        return (output.strip() or f"exit status {status}") if status else ""

    def _python(self, module: str, *arguments: str) -> str:
        env = commands.environment(
            {
                "RUFF_CACHE_DIR": str(self.home.state / "cache/ruff"),
                "MYPY_CACHE_DIR": str(self.home.state / "cache/mypy"),
            }
        )
        return self._outcome([self.env.python, "-m", module, *arguments], env)

    def _pylint(self) -> str:
        folders = [str(path.relative_to(self.root)) for path in self.addon_folders()]
        env = commands.environment(
            {"PYLINTHOME": str(self.home.state / "cache/pylint")}
        )
        pylint: list[str | Path] = [self.env.python, "-m", "pylint"]
        # pylint's own workers cost more than they bring on fewer files than this
        jobs = str(min(2, os.cpu_count() or 1)) if len(folders) > 2 else "1"
        return self._outcome([*pylint, "--rcfile=.pylintrc", "-j", jobs, *folders], env)

    def _node(self) -> Path:
        """node_modules for the lock file, in the cache."""
        if not shutil.which("npm"):
            raise PlatformError(
                "npm is missing, it is needed to check JavaScript and XML.",
                "Install nodejs (18 or newer) and npm, or pass --no-lint.",
            )
        lock = self.root / "package-lock.json"
        key = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
        final = self.home.cache / f"node-{key}"
        if not final.exists():
            with exclusive(final.with_suffix(".lock"), wait=600):
                if not final.exists():
                    self._install_node(final)
        return final / "node_modules"

    def _install_node(self, final: Path) -> None:
        log = self.home.log / "npm.log"
        with building(final) as work:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(self.root / name, work / name)
            options = ["--no-audit", "--no-fund", "--ignore-scripts"]
            status, _ = commands.attempt(["npm", "ci", *options], cwd=work, log=log)
            if status:
                raise NetworkError(
                    "npm could not fetch prettier and eslint.",
                    f"Check the network and npm's registry setting (log: {log}).",
                )

    def _javascript(self, tool: str, *arguments: str) -> str:
        modules = self._node()
        env = commands.environment({"NODE_PATH": str(modules), "NO_COLOR": "1"})
        env.pop("FORCE_COLOR", None)
        return self._outcome([modules / ".bin" / tool, *arguments], env)

    def _prettier(self) -> str:
        return self._javascript("prettier", "--check", *self.web_files())

    def _eslint(self) -> str:
        return self._javascript("eslint", "--max-warnings", "0", *self.web_files(".js"))

    def translations(self) -> str:
        """Each addon that has terms has them all in zh_CN.po, none fuzzy."""
        script = Path(__file__).with_name("check_translations.py")
        return self._outcome(
            [self.env.python, script, *self.addon_folders()], commands.environment()
        )

    def machine_paths(self) -> str:
        """Nothing that is committed names a folder of one machine."""
        status, output = commands.attempt(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=self.root
        )
        if status:
            return ""
        found = []
        for name in output.splitlines():
            path = self.root / name
            if path.suffix not in (
                ".py",
                ".js",
                ".xml",
                ".conf",
                ".yml",
                ".sh",
                ".ini",
            ):
                continue
            if not path.exists():  # deleted, not committed yet
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                if MACHINE_PATH.search(line) and "MACHINE_PATH" not in line:
                    found.append(f"{name}:{number}: {line.strip()[:100]}")
        return "\n".join(found)
