"""The command line of ./o2o."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import addons, commands, environment, linting, regression, report, terms, testing
from . import backup as archive
from . import bench as benchmarking
from . import doctor as doctoring
from . import proof as proving
from . import reset as resetting
from .errors import EXIT_INTERRUPTED, NotRunning, O2oError, UsageError
from .home import Home
from .lock import exclusive, is_held
from .stack import Stack
from .steps import Progress

EXIT_CODES = """\
exit codes:
  0    done
  1    tests, lint, a benchmark or the doctor found something wrong
  2    unknown command, option, addon or script
  3    this system or its Python is not supported
  4    a port is taken
  5    a download failed (network, mirror, signature, hash)
  6    the disk is too small
  7    the database server cannot be reached or refuses
  8    no browser for the tests
  9    a program that o2o started failed; the line names its log
  10   another o2o command is at work on the same installation
  11   the shop is not running, or was never brought up
  12   a backup file is damaged or not one of ours
  130  interrupted

environment variables:
  O2O_HOME           state instead of .o2o in the checkout
  XDG_CACHE_HOME     downloads go to o2o/ below it (default ~/.cache)
  O2O_ODOO_PATH      an Odoo 19.0 checkout or unpacked package to use
  O2O_DEBIAN_MIRROR  where to take Debian packages from
  O2O_CONFIG         another file instead of config/odoo.conf
  O2O_DATABASE       the shop's database instead of o2o
  PGHOST, PGPORT, PGUSER, PGPASSWORD   a real PostgreSQL server
"""


def up(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    stack = Stack(home, progress)
    with exclusive(home.lock):
        was_up = stack.up(port=args.port, production=args.production)
    if was_up:
        progress.say("The shop is already running.")
        if any(stack.databases.outdated(stack.database, stack.wanted_addons())):
            progress.say("Addons changed since: ./o2o update brings them in.")
    report.addresses(stack)
    if not was_up:
        progress.say(f"Ready after {progress.elapsed()}.")
    return 0


def stop(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    with exclusive(home.lock):
        # a test run has its own database on the same server
        testing_now = is_held(home.state / "test.lock")
        stopped = Stack(home, progress).stop(keep_database_server=testing_now)
    progress.say(
        f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running."
    )
    return 0


def logs(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    names = sorted(path.stem for path in home.log.glob("*.log"))
    boxes = [name for name in names if name.startswith("box-")]
    wanted = [args.service] if args.service else ["odoo", *boxes, "paysim", "postgres"]
    if args.service and args.service not in names:
        raise UsageError(
            f"There is no log {args.service}.", f"Known: {', '.join(names) or 'none'}."
        )
    files = [str(home.log / f"{name}.log") for name in wanted if name in names]
    if not files:
        raise NotRunning("There are no logs yet.", "Run ./o2o up first.")
    follow = ["-F"] if args.follow else []
    os.execvp("tail", ["tail", "-n", str(args.lines), *follow, *files])


def shell(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    stack = running_server(home, progress)
    command = stack.odoo.command("-d", stack.database, "--no-http", sub="shell")
    os.execve(str(command[0]), [str(part) for part in command], stack.odoo.env())


def psql(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    stack = running_server(home, progress)
    program = str(stack.server.programs / "psql")
    command = [program, "-d", stack.database, *args.arguments]
    os.execve(program, command, stack.server.env())


def running_server(home: Home, progress: Progress) -> Stack:
    """A stack whose database can be used, the web server running or not."""
    stack = Stack(home, progress)
    if not stack.config.exists() or not stack.server.ready():
        raise NotRunning("The shop's database does not answer.", "Run ./o2o up first.")
    return stack


def reset(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    stack = Stack(home, progress)
    what = f"the database {stack.database} and everything in {home.state}"
    resetting.confirm(f"This deletes {what}.", yes=args.yes)
    with exclusive(home.lock):
        resetting.run(stack, cache=args.cache)
    progress.say("Removed. ./o2o up starts from the beginning.")
    return 0


def backup(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    stack = running_server(home, progress)
    with exclusive(home.lock):
        archive.save(stack.databases, stack.database, Path(args.file), progress)
    progress.say(f"Saved to {args.file}.")
    return 0


def restore(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    source = Path(args.file)
    archive.check(source)
    stack = Stack(home, progress)
    question = f"This replaces the database {stack.database} by the one in {source}."
    resetting.confirm(question, yes=args.yes)
    with exclusive(home.lock):
        stack.prepare_tools()
        stack.prepare_server()
        stack.write_config()
        archive.load(stack.databases, stack.database, source, progress)
        was_up = bool(stack.web.pid())
        stack.stop(keep_database_server=True)
        archive.finish(stack.databases, stack.database)
        if was_up:
            stack.prepare_database()
            stack.start()
    progress.say("Restored." if was_up else "Restored. ./o2o up starts the shop.")
    return 0


def doctor(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    return doctoring.run(Stack(home, progress))


def update(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    names = addons.check_names(args.addons, home.addons)
    with exclusive(home.lock):
        stack = running_server(home, progress)
        new, changed = stack.databases.outdated(stack.database, stack.wanted_addons())
        changed = sorted({*changed, *(set(names) - set(new))})
        if args.all:
            changed = sorted(set(stack.wanted_addons()) - set(new))
        if not new and not changed:
            progress.say("The addons are up to date.")
            return 0
        was_up = bool(stack.web.pid())
        stack.stop(keep_database_server=True)
        stack.write_config()
        stack.databases.upgrade(stack.database, new, changed, progress)
        if was_up:
            stack.start()
    progress.say(f"Upgraded: {', '.join(new + changed)}.")
    return 0


def test(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    names = addons.check_names(args.addons, home.addons)
    with exclusive(
        home.state / "test.lock",
        wait=3600,
        waiting=lambda who: progress.say(f"  .. another test run is at work ({who})"),
    ):
        run = testing.TestRun(
            Stack(home, progress),
            names=names,
            expression=args.k,
            lint=not args.no_lint,
            odoo_modules=args.odoo_modules
            or (list(regression.EXTENDED_MODULES) if args.odoo else []),
            deep=args.deep,
        )
        tally = run.run()
    progress.say()
    for line in tally.parts:
        progress.say(f"  {line}")
    for line in tally.problems:
        progress.say(f"  !! {line}")
    if not tally.passed and not tally.failed:
        progress.say("  !! no test was run")
    progress.say(f"  {progress.elapsed()} in all")
    sys.stderr.flush()
    progress.say(tally.line)
    return 0 if tally.ok else 1


def lint(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    names = addons.check_names(args.addons, home.addons)
    stack = Stack(home, progress)
    home.create()
    environment.ensure(home, progress, dev=True)
    linter = linting.Linter(home, stack.environment, names)
    if args.fix:
        linter.fix()
    results = linter.run(progress)
    bad = [result.name for result in results if not result.ok]
    progress.say(f"Not clean: {', '.join(bad)}." if bad else "All clean.")
    return 1 if bad else 0


def export_terms(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    # no names: all addons
    names = addons.check_names(args.addons, home.addons)
    for line in terms.export(Stack(home, progress), names, args.take):
        progress.say(line)
    return 0


def bench(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    return benchmarking.run(Stack(home, progress), args.names, args.scale)


def proof(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    return proving.run(Stack(home, progress), args.names)


def status(args: argparse.Namespace, home: Home, progress: Progress) -> int:
    return report.status(Stack(home, progress), as_json=args.json)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="./o2o",
        description="Runs, tests and looks after the O2O suite on Odoo 19.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subs = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    sub = subs.add_parser("up", help="bring the whole demo shop up")
    sub.add_argument("--port", metavar="N|auto", help="web port (default 8069)")
    sub.add_argument(
        "--production",
        action="store_true",
        help="no demo shop, worker processes, and a real database server",
    )
    sub.set_defaults(function=up)

    sub = subs.add_parser("stop", help="stop everything that up started")
    sub.set_defaults(function=stop)

    sub = subs.add_parser("status", help="say what runs and where")
    sub.add_argument("--json", action="store_true", help="for programs")
    sub.set_defaults(function=status)

    sub = subs.add_parser("logs", help="show the logs of what runs")
    sub.add_argument(
        "service", nargs="?", metavar="SERVICE", help="odoo, postgres, ..."
    )
    sub.add_argument("-f", "--follow", action="store_true", help="go on showing")
    sub.add_argument("-n", "--lines", type=int, default=50, help="lines (default 50)")
    sub.set_defaults(function=logs)

    sub = subs.add_parser("shell", help="Python with Odoo's env on the shop's database")
    sub.set_defaults(function=shell)

    sub = subs.add_parser("psql", help="SQL on the shop's database")
    sub.add_argument("arguments", nargs="*", metavar="...", help="passed to psql")
    sub.set_defaults(function=psql)

    sub = subs.add_parser("reset", help="delete the shop and its state (asks first)")
    sub.add_argument("--yes", action="store_true", help="do not ask")
    sub.add_argument("--cache", action="store_true", help="the downloads too")
    sub.set_defaults(function=reset)

    sub = subs.add_parser("backup", help="database and stored files into one file")
    sub.add_argument("file", metavar="FILE")
    sub.set_defaults(function=backup)

    sub = subs.add_parser("restore", help="put a backup in place of the shop")
    sub.add_argument("file", metavar="FILE")
    sub.add_argument("--yes", action="store_true", help="do not ask")
    sub.set_defaults(function=restore)

    sub = subs.add_parser("doctor", help="say what is wrong and what to do")
    sub.set_defaults(function=doctor)

    sub = subs.add_parser("update", help="upgrade changed addons in place")
    sub.add_argument("addons", nargs="*", metavar="ADDON", help="these in any case")
    sub.add_argument("--all", action="store_true", help="all of ours in any case")
    sub.set_defaults(function=update)

    sub = subs.add_parser("test", help="lint and all tests, or those of some addons")
    sub.add_argument("addons", nargs="*", metavar="ADDON", help="only these")
    sub.add_argument("-k", metavar="EXPR", help="only tests that match, as in pytest")
    sub.add_argument("--no-lint", action="store_true", help="tests only")
    sub.add_argument(
        "--deep",
        action="store_true",
        help="many more examples in the tests that try random ones",
    )
    sub.add_argument(
        "--odoo",
        action="store_true",
        help="also Odoo's own tests of the modules that ours extend",
    )
    sub.add_argument(
        "--odoo-modules",
        metavar="NAMES",
        type=lambda text: text.split(","),
        help="like --odoo, for these of Odoo's modules only (with commas)",
    )
    sub.set_defaults(function=test)

    sub = subs.add_parser("lint", help="style, types and translations")
    sub.add_argument("addons", nargs="*", metavar="ADDON", help="only these")
    sub.add_argument("--fix", action="store_true", help="first let the tools correct")
    sub.set_defaults(function=lint)

    sub = subs.add_parser("terms", help="write down the terms to translate")
    sub.add_argument("addons", nargs="*", metavar="ADDON", help="only these")
    sub.add_argument(
        "--take",
        metavar="FILE.po",
        type=Path,
        action="append",
        default=[],
        help="where an addon lacks words, take those of this file",
    )
    sub.set_defaults(function=export_terms)

    sub = subs.add_parser("bench", help="measure, side by side with stock Odoo")
    sub.add_argument("names", nargs="*", metavar="NAME", help="scripts of benchmarks/")
    sub.add_argument("--scale", choices=("small", "full"), default="small")
    sub.set_defaults(function=bench)

    sub = subs.add_parser("proof", help="tests of features fail without their code")
    sub.add_argument("names", nargs="*", metavar="ID|AREA", help="ORD-05, ORD, ...")
    sub.set_defaults(function=proof)
    return top


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["psql"] and arguments[1:2] not in (["-h"], ["--help"]):
        # everything after the word belongs to psql, options included
        args = argparse.Namespace(function=psql, arguments=arguments[1:])
    else:
        args = parser().parse_args(arguments)
    progress = Progress()
    try:
        return int(args.function(args, Home.load(), progress))
    except O2oError as error:
        progress.say()
        print(f"o2o: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        commands.kill_children()
        print("\no2o: interrupted; run the same command to go on.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return 0
