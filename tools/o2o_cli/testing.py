"""./o2o test: lint, plain, Odoo and whole-system tests, one count at the end."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from . import (
    addons,
    browser,
    commands,
    linting,
    odoo_config,
    own_tests,
    pcsc,
    ports,
)
from .database import Databases
from .errors import EXIT_INTERRUPTED, O2oError, StepFailed
from .files import remove_tree
from .home import Home
from .lock import exclusive
from .odoo import Odoo
from .postgres import Embedded
from .results import Tally, counts, own_warnings, pot_terms
from .stack import Stack
from .steps import Progress

TEST_DATABASE = "o2o_test"
DEMO_DATABASE = "o2o_test_demo"
TEST_DATABASES = (
    TEST_DATABASE,
    DEMO_DATABASE,
    own_tests.ODOO_DATABASE,
    own_tests.STOCK_DATABASE,
)
NO_TESTS = 5
# as Odoo's own runner does before its tests in a browser: what a test compiles is
# rolled back with it, and the next one compiles the same again
BUNDLES = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"
# each worker has a copy of the test database and a web server of its own
MAX_WORKERS = 2
# plain tests start programs and wait for them: more of them than there are cores
PLAIN_WORKERS = 4
PLAIN_FOLDERS = ("tools/tests", "tests/plain")
# needs the daemon of chip card readers
PCSC_TEST = "test_reader_pcscd.py"
SYSTEM_FOLDER = "tests/system"


class TestRun:
    """One run over all of the suite, or over some of its addons."""

    def __init__(
        self,
        stack: Stack,
        *,
        names: list[str],
        expression: str | None = None,
        lint: bool = True,
        odoo_modules: list[str] | None = None,
        deep: bool = False,
        output: TextIO | None = None,
    ) -> None:
        """Prepare a run.

        :param deep: many more random examples, for an hour or two
        :param output: where pytest writes, if not where we do
        """
        self.stack = stack
        self.home = stack.home
        self.progress: Progress = stack.progress
        self.names = names
        self.expression = expression
        self.with_lint = lint and not expression
        self.odoo_modules = odoo_modules or []
        self.deep = deep
        self.output = output
        self.tally = Tally()
        self.reports = self.home.state / "test-reports"
        self.is_whole = not names and not expression
        self._database: Future[tuple[Odoo, Path | None]] | None = None

    # the order of things

    def run(self) -> Tally:
        self.stack.prepare_tools(dev=True)
        with self.server_of_its_own():
            self._run_parts()
        return self.tally

    @contextmanager
    def server_of_its_own(self) -> Iterator[None]:
        """What this run starts it stops; a shop that is up keeps its server."""
        server = self.stack.server
        was_running = server.ready()
        try:
            yield
        finally:
            if isinstance(server, Embedded) and not was_running and not self._is_used():
                server.stop()

    def _is_used(self) -> bool:
        return any(service.pid() for service in self.stack.services)

    def _run_parts(self) -> None:
        remove_tree(self.reports)
        self.reports.mkdir(parents=True)
        with ThreadPoolExecutor(max_workers=1) as ahead:
            if self.is_whole and self.odoo_paths():
                # one core installs while the other one checks
                self._database = ahead.submit(self.build_test_database)
            if self.with_lint:
                self.part("lint", self.lint)
            self.part("plain tests", self.plain)
            with self.system_tests_beside(ahead):
                if self.odoo_paths():
                    self.part("Odoo tests", self.odoo_tests)
                if addons.DEMO in self.names:
                    self.part("demo shop tests", self.demo_tests)
        if self.odoo_modules:
            self.part("Odoo's own tests", self.odoo_own)

    @contextmanager
    def system_tests_beside(self, ahead: Executor) -> Iterator[None]:
        """Run the whole-system tests while the block runs.

        Three browsers that wait for one another leave most of a core to the Odoo
        tests. What they print is shown after what the block printed.
        """
        if self.names or not self.system_tests():
            yield
            return
        log = self.home.log / "whole-system-tests.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as output:
            progress = Progress(output)
            apart = TestRun(
                Stack(self.home, progress),
                names=[],
                expression=self.expression,
                output=output,
            )
            done = ahead.submit(apart.part, "whole-system tests", apart.system)
            self.progress.say(
                f"\nThe whole-system tests run beside what follows: {log}"
            )
            try:
                yield
            finally:
                if not done.done():
                    self.progress.say("\nWaiting for the whole-system tests.")
                done.result()
        self.progress.say(log.read_text(encoding="utf-8").rstrip())
        self.tally.take(apart.tally)

    def part(self, title: str, work: Callable[[], tuple[int, int]]) -> None:
        """Run one part; a part that breaks off is a failure, the others still run."""
        start = time.monotonic()
        self.progress.say(f"\n== {title}")
        try:
            passed, failed = work()
        except O2oError as error:
            self.progress.say(f"  !! {error}")
            self.tally.problem(f"{title}: {error}")
            passed, failed = 0, 1
        self.tally.add(title, passed, failed, time.monotonic() - start)

    # lint

    def lint(self) -> tuple[int, int]:
        linter = linting.Linter(self.home, self.stack.environment, self.names)
        results = linter.run(self.progress)
        for result in results:
            if not result.ok:
                self.tally.problem(f"lint: {result.name}")
        good = sum(result.ok for result in results)
        return good, len(results) - good

    # pytest

    def pytest(
        self, part: str, arguments: list[str | Path], env: dict[str, str]
    ) -> tuple[int, int]:
        report = self.reports / f"{part.replace(' ', '-')}.xml"
        command: list[str | Path] = [
            self.stack.environment.python,
            "-m",
            "pytest",
            "-q",
        ]
        command += ["--tb=short", "-ra", f"--junitxml={report}", *arguments]
        if self.expression:
            command += ["-k", self.expression]
        status = commands.follow(
            command, env=env, cwd=self.home.checkout, output=self.output
        )
        if status == NO_TESTS and (self.expression or self.names):
            return 0, 0
        if status < 0 or status == EXIT_INTERRUPTED or not report.exists():
            raise StepFailed(f"pytest ended with status {status}.", "See its output.")
        passed, failed, names = counts(report)
        for name in names:
            self.tally.problem(f"{part}: {name}")
        if status not in (0, 1) or (status and not failed):
            self.tally.problem(f"{part}: pytest ended with status {status}")
            failed += 1
        return passed, failed

    def plain(self) -> tuple[int, int]:
        folders = [
            path
            for name in (self.names or addons.discover(self.home.addons))
            for path in (
                self.home.addons / name / "tests_plain",
                self.home.addons / name / "tests_box",
            )
            if path.is_dir()
        ]
        if not self.names:
            shared = [self.home.checkout / name for name in PLAIN_FOLDERS]
            folders = [path for path in shared if path.is_dir()] + folders
        passed = failed = 0
        for folder in folders:
            # its own root and no pytest-odoo: the addon around it is not imported
            options: list[str | Path] = ["-p", "no:odoo", f"--rootdir={folder}"]
            if not self.expression:
                options += [f"--numprocesses={PLAIN_WORKERS}", "--dist=loadfile"]
            good, bad = self.pytest(
                f"plain tests of {folder.parent.name}",
                [*options, folder],
                commands.environment(self.plain_extra(folder)),
            )
            passed, failed = passed + good, failed + bad
        return passed, failed

    def plain_extra(self, folder: Path) -> dict[str, str]:
        """What tests of `folder` need beside Python; they say it when it is missing."""
        if not (folder / PCSC_TEST).exists():
            return {}
        try:
            return pcsc.ensure(self.home, self.progress)
        except O2oError as error:
            self.progress.say(f"  !! {error}")
            return {}

    # Odoo

    def odoo_paths(self) -> list[Path]:
        return [
            path
            for name in self.tested()
            for path in [self.home.addons / name / "tests"]
            if path.is_dir() and any(path.glob("test_*.py"))
        ]

    def tested(self) -> list[str]:
        """Addons tested without the demo shop: all but the demo itself."""
        names = self.names or addons.discover(self.home.addons)
        return [name for name in names if name != addons.DEMO]

    def test_odoo(
        self, database: str, stack: Stack | None = None, *, with_ours: bool = True
    ) -> Odoo:
        """Odoo with a configuration of its own: another database, a free port."""
        stack = stack or self.stack
        ours = [stack.home.addons] if with_ours else []
        config = stack.home.state / f"{database}-test.conf"
        overrides = {
            **odoo_config.local(
                addons=[*stack.source.addons, *ours],
                data=stack.home.data,
                database=database,
                http_port=ports.find_free(),
            ),
            **stack.server.odoo_options(),
            "max_cron_threads": "0",
        }
        odoo_config.write(config, stack.home.config_template, overrides)
        return Odoo(stack.source, stack.environment, config)

    def prepare_database(
        self, name: str, odoo: Odoo, wanted: list[str], *, anew: bool
    ) -> Path | None:
        """The test database with `wanted`; the log of what was done, if anything.

        The whole suite installs anew, as a newcomer would; one addon's tests reuse
        the database and upgrade what changed.
        """
        with exclusive(self.home.lock, wait=1800, waiting=self._waiting):
            self.stack.prepare_server()
        databases = Databases(self.home, self.stack.server, odoo)
        title = f"Database {name} with {len(wanted)} addons"
        if anew or name not in self.stack.server.databases():
            return databases.build(name, wanted, self.progress, title=title)
        new, changed = databases.outdated(name, wanted)
        if not new and not changed:
            return None
        try:
            return databases.upgrade(name, new, changed, self.progress)
        except StepFailed:
            # an upgrade may fail over what an earlier, broken state left behind
            self.progress.say("  The upgrade failed: building the database anew.")
            return databases.build(name, wanted, self.progress, title=title)

    def without_demo(self) -> list[str]:
        found = addons.discover(self.home.addons)
        return [name for name in found if name != addons.DEMO]

    def _waiting(self, who: str) -> None:
        self.progress.say(f"  .. waiting for another o2o command ({who})")

    def odoo_env(self, odoo: Odoo) -> dict[str, str]:
        folder = browser.ensure(self.home, self.progress)
        return odoo.env(
            {
                "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
                "O2O_BROWSER": str(folder / "chromium"),
            }
        )

    def build_test_database(self) -> tuple[Odoo, Path | None]:
        """The database of the Odoo tests and the log of what was done to it."""
        odoo = self.test_odoo(TEST_DATABASE)
        log = self.prepare_database(
            TEST_DATABASE, odoo, self.without_demo(), anew=self.is_whole
        )
        if self.is_whole:
            self.compile_bundles(odoo)
        return odoo, log

    def odoo_tests(self) -> tuple[int, int]:
        ahead = self._database
        odoo, log = ahead.result() if ahead else self.build_test_database()
        env = self.odoo_env(odoo)
        warnings = self.warnings(log)
        passed, failed = self.terms_in_sync(odoo) if self.with_lint else (0, 0)
        good, bad = self.pytest_odoo(
            "Odoo tests",
            TEST_DATABASE,
            odoo,
            env,
            self.odoo_paths(),
            # a part is done before a second worker is warm
            workers=self.workers() if self.is_whole else 1,
        )
        return good + passed, bad + failed + warnings

    def compile_bundles(self, odoo: Odoo) -> None:
        with self.progress.step("Bundles for the browser"):
            odoo.shell(
                TEST_DATABASE,
                BUNDLES,
                what="Compiling the bundles",
                log=self.home.log / "bundles.log",
            )

    def demo_tests(self) -> tuple[int, int]:
        """The demo addon's own tests, in a kept database with the demo shop."""
        odoo = self.test_odoo(DEMO_DATABASE)
        env = self.odoo_env(odoo)
        wanted = [*self.without_demo(), addons.DEMO]
        log = self.prepare_database(DEMO_DATABASE, odoo, wanted, anew=False)
        warnings = self.warnings(log)
        folder = self.home.addons / addons.DEMO / "tests"
        passed, failed = self.pytest_odoo(
            "demo shop tests", DEMO_DATABASE, odoo, env, [folder]
        )
        return passed, failed + warnings

    def pytest_odoo(
        self,
        part: str,
        database: str,
        odoo: Odoo,
        env: dict[str, str],
        paths: list[Path],
        workers: int = 1,
    ) -> tuple[int, int]:
        arguments: list[str | Path] = [
            f"--odoo-database={database}",
            f"--odoo-config={odoo.config}",
            "--odoo-http",
            # shown by pytest with a failed test only
            "--odoo-log-level=warn",
            *paths,
        ]
        if self.deep:
            # addons/conftest.py has the profiles
            arguments.append("--hypothesis-profile=deep")
        if workers > 1:
            # addons/conftest.py orders the files
            arguments += [f"--numprocesses={workers}", "--dist=loadfile"]
            arguments += ["--no-loadscope-reorder"]
            # pytest-odoo copies the database with PostgreSQL's own programs
            server = self.stack.server
            path = f"{server.programs}{os.pathsep}{env['PATH']}"
            env = {**env, **server.variables(), "PATH": path}
        return self.pytest(part, arguments, env)

    def workers(self) -> int:
        """How many test processes: one where a database cannot be copied."""
        if not (self.stack.server.programs / "createdb").exists():
            return 1
        return min(MAX_WORKERS, os.cpu_count() or 1)

    def warnings(self, *logs: Path | None) -> int:
        """Report the warnings of ours in Odoo's logs; how many there are."""
        found = [line for log in logs if log for line in own_warnings(log)]
        for line in found:
            self.progress.say(f"  !! {line}")
            self.tally.problem(f"Odoo log: {line}")
        return len(found)

    def terms_in_sync(self, odoo: Odoo) -> tuple[int, int]:
        """Each addon's .pot holds the terms that Odoo would export now."""
        names = self.tested()
        target = self.home.state / "terms.json"
        script = Path(__file__).with_name("export_terms.py").read_text(encoding="utf-8")
        odoo.shell(
            TEST_DATABASE,
            f"NAMES = {names!r}\nTARGET = {str(target)!r}\n{script}",
            what="Exporting the terms",
            log=self.home.log / "terms.log",
        )
        failed = 0
        exported: dict[str, list[str]] = json.loads(target.read_text(encoding="utf-8"))
        for name in names:
            different = list(self._difference(name, exported.get(name, [])))
            for line in different:
                self.progress.say(f"  !! {line}")
                self.tally.problem(line)
            failed += bool(different)
        return len(names) - failed, failed

    def _difference(self, name: str, exported: list[str]) -> Iterator[str]:
        path = self.home.addons / name / "i18n" / f"{name}.pot"
        written = set(pot_terms(path))
        for term in sorted(set(exported) - written):
            yield f"{name}.pot lacks {term!r}: export it again"
        for term in sorted(written - set(exported)):
            yield f"{name}.pot has {term!r}, which is gone: export it again"

    # the whole system

    def system_tests(self) -> bool:
        folder = self.home.checkout / SYSTEM_FOLDER
        return folder.is_dir() and any(folder.rglob("test_*.py"))

    def system(self) -> tuple[int, int]:
        """Whole-system tests against a shop of their own, brought up by `up` itself."""
        folder = browser.ensure(self.home, self.progress)
        env = commands.environment(
            {
                "O2O_HOME": str(self.home.test_stack),
                "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
                "O2O_BROWSER": str(folder / "chromium"),
                "O2O_RUNNER": str(self.home.checkout / "o2o"),
            }
        )
        runner: list[str | Path] = [sys.executable, self.home.checkout / "o2o"]
        # last run's orders must not be seen by this run's tests
        commands.attempt([*runner, "reset", "--yes"], env=env)
        status = commands.follow(
            [*runner, "up", "--port", "auto"], env=env, output=self.output
        )
        if status:
            raise StepFailed("The shop for the whole-system tests did not come up.")
        try:
            passed, failed = self.demo_in_stack()
            arguments: list[str | Path] = ["-p", "no:odoo", SYSTEM_FOLDER]
            good, bad = self.pytest("whole-system tests", arguments, env)
            log = self.home.test_stack / "log"
            warnings = self.warnings(
                log / "odoo.log", log / f"install-{self.stack.database}.log"
            )
            return passed + good, failed + bad + warnings
        finally:
            commands.attempt([*runner, "stop"], env=env)

    def demo_in_stack(self) -> tuple[int, int]:
        """The demo addon's tests on the shop that was just brought up, unused yet."""
        folder = self.home.addons / addons.DEMO / "tests"
        if not folder.is_dir():
            return 0, 0
        home = Home(self.home.checkout, self.home.test_stack, self.home.cache)
        stack = Stack(home, self.progress)
        odoo = self.test_odoo(stack.database, stack)
        return self.pytest_odoo(
            "demo shop tests", stack.database, odoo, self.odoo_env(odoo), [folder]
        )

    # Odoo's own tests

    def odoo_own(self) -> tuple[int, int]:
        """Odoo's tests of what we extend, in its own runner, our addons installed."""
        odoo = self.test_odoo(own_tests.ODOO_DATABASE)
        tests = own_tests.OwnTests(
            home=self.home,
            progress=self.progress,
            server=self.stack.server,
            ours=odoo,
            stock=self.test_odoo(own_tests.STOCK_DATABASE, with_ours=False),
            env=self.odoo_env(odoo),
        )
        with exclusive(self.home.lock, wait=1800, waiting=self._waiting):
            self.stack.prepare_server()
        tests.prepare(self.without_demo())
        passed, failed = tests.run(self.odoo_modules)
        for tag in failed:
            self.tally.problem(f"Odoo's own: {tag}")
        return passed, len(failed)
