"""The Python environment: a venv in the cache, filled from the locked requirements."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .apt import Debian, require_apt
from .errors import NetworkError, PlatformError, StepFailed
from .files import check_disk, remove_tree
from .home import Home
from .lock import exclusive
from .processes import end_strays
from .steps import Progress

SUPPORTED = ((3, 10), (3, 13))
NETWORK_SIGNS = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Temporary failure in name resolution",
    "Could not find a version",
    "No matching distribution",
    "THESE PACKAGES DO NOT MATCH THE HASHES",
)


@dataclass(frozen=True)
class Environment:
    """One venv for one interpreter and one runtime lock; `dev` adds to it in place."""

    path: Path
    runtime_lock: Path
    dev_lock: Path

    @property
    def python(self) -> Path:
        return self.path / "bin/python"

    @property
    def site_packages(self) -> Path:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.path / "lib" / version / "site-packages"

    def _marker(self, lock: Path) -> Path:
        return self.path / f"complete-{lock.stem}-{_hash(lock)}"

    def has_runtime(self) -> bool:
        return self._marker(self.runtime_lock).exists()

    def has_dev(self) -> bool:
        return self.has_runtime() and self._marker(self.dev_lock).exists()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:2])) -> None:
    low, high = SUPPORTED
    if not low <= version[:2] <= high:
        raise PlatformError(
            f"Python {version[0]}.{version[1]} is not supported.",
            f"Install Python {low[0]}.{low[1]} to {high[0]}.{high[1]}.",
        )


def locate(home: Home) -> Environment:
    runtime = home.requirements / "runtime.txt"
    dev = home.requirements / "dev.txt"
    interpreter = f"{platform.python_version()} {sys.base_prefix} {platform.machine()}"
    key = hashlib.sha256(f"{interpreter} {_hash(runtime)}".encode()).hexdigest()[:12]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Environment(home.cache / f"env-{version}-{key}", runtime, dev)


def ensure(home: Home, progress: Progress, *, dev: bool = False) -> Environment:
    """The environment, built or completed as needed."""
    check_python()
    env = locate(home)
    if env.has_dev() or (env.has_runtime() and not dev):
        return env
    with exclusive(
        env.path.with_suffix(env.path.suffix + ".lock"),
        wait=1800,
        waiting=lambda who: progress.say(f"  .. another o2o builds it ({who})"),
    ):
        log = home.log / "environment.log"
        if not env.has_runtime():
            check_disk([(home.cache, 1.0, "the Python environment")])
            with progress.step("Python environment (88 locked packages)"):
                # without its marker a folder is the rest of an interrupted run
                end_strays(lambda words: Path(words[0]).is_relative_to(env.path))
                remove_tree(env.path)
                _create(env, home, log)
                _install(env, env.runtime_lock, log)
        if dev and not env.has_dev():
            with progress.step("Tools for tests and lint"):
                _install(env, env.dev_lock, log)
    return env


def _create(env: Environment, home: Home, log: Path) -> None:
    with_pip = importlib.util.find_spec("ensurepip") is not None
    command = [sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"])]
    # a copy of the interpreter would break with the system's next security update
    commands.run([*command, "--symlinks", env.path], what="Creating the venv", log=log)
    if with_pip:
        return
    # Debian without python3-venv: take pip's wheel out of Debian's own package
    try:
        require_apt()
        debian = Debian(home.cache / "pip-fetch", log)
        debian.own().download(["python3-pip-whl"], home.cache / "pip-fetch/debs")
        for deb in (home.cache / "pip-fetch/debs").glob("*.deb"):
            commands.run(
                ["dpkg-deb", "-x", deb, home.cache / "pip-fetch/tree"],
                what="Unpacking pip",
            )
        wheel = next((home.cache / "pip-fetch/tree").rglob("pip-*.whl"))
    except (NetworkError, PlatformError, StopIteration) as error:
        raise PlatformError(
            "This Python cannot create environments (ensurepip is missing).",
            "Install the package python3-venv, then run again.",
        ) from error
    commands.run(
        [env.python, f"{wheel}/pip", "install", "--no-index", "--no-deps", wheel],
        what="Installing pip",
        log=log,
    )
    shutil.rmtree(home.cache / "pip-fetch", ignore_errors=True)


def _install(env: Environment, lock: Path, log: Path) -> None:
    options = ["--require-hashes", "--no-input", "--disable-pip-version-check"]
    start = log.stat().st_size if log.exists() else 0
    status, _ = commands.attempt(
        [env.python, "-m", "pip", "install", *options, "-r", lock],
        log=log,
        env=commands.environment({"PIP_ROOT_USER_ACTION": "ignore"}),
    )
    if status:
        with log.open("rb") as stream:
            stream.seek(start)
            text = stream.read().decode("utf-8", "replace")
        errors = [line for line in text.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else "pip gave no reason"
        if any(sign in text for sign in NETWORK_SIGNS):
            raise NetworkError(
                f"The Python packages could not be fetched: {reason}",
                f"Check the network and pip's index settings (log: {log}).",
            )
        raise StepFailed(
            f"Installing the Python packages failed: {reason}", f"The log is {log}."
        )
    env._marker(lock).touch()
