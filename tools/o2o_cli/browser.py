"""A headless Chromium and a Chinese font for the tests."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from . import commands
from .errors import BrowserMissing
from .files import write_atomic
from .home import Home
from .steps import Progress

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
PACKAGES = ("chromium", "fonts-noto-cjk")
# quiet: no update, sync or first-run traffic from a test
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
]


def installed() -> str | None:
    """Full path of a browser that starts, or None."""
    for name in NAMES:
        path = shutil.which(name)
        # a transitional package may leave a script that only says "use snap"
        if path and commands.attempt([path, "--version", "--no-sandbox"])[0] == 0:
            return path
    return None


def has_chinese_font() -> bool:
    status, output = commands.attempt(["fc-list", ":lang=zh-cn", "family"])
    return status == 0 and bool(output.strip())


def missing() -> list[str]:
    """Debian packages that the tests need and that are not here."""
    return [
        package
        for package, present in zip(
            PACKAGES, (installed() is not None, has_chinese_font()), strict=True
        )
        if not present
    ]


def ensure(home: Home, progress: Progress) -> Path:
    """Folder to put in front of PATH: each browser name leads to one quiet browser."""
    packages = missing()
    if packages:
        wish = f"apt-get install {' '.join(packages)}"
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise BrowserMissing(
                "The tests need a browser and a Chinese font.",
                f"Install them as root: {wish}",
            )
        with progress.step(f"Installing {' and '.join(packages)}"):
            log = home.log / "browser.log"
            env = commands.environment({"DEBIAN_FRONTEND": "noninteractive"})
            commands.attempt(["apt-get", "update"], log=log, env=env)
            commands.attempt(
                ["apt-get", "install", "-y", "--no-install-recommends", *packages]
                + ["fontconfig"],
                log=log,
                env=env,
            )
        packages = missing()
        if packages:
            raise BrowserMissing(
                f"Installing {', '.join(packages)} did not give a working browser.",
                f"Install Chromium or Google Chrome by hand (log: {log}).",
            )
    real = installed()
    folder = home.state / "browser"
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    script = f'#!/bin/sh\nexec {shlex.quote(str(real))} {" ".join(flags)} "$@"\n'
    for name in NAMES:
        write_atomic(folder / name, script, 0o755)
    return folder
