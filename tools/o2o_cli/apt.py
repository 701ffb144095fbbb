"""Debian packages, taken by apt-get under a private state and never installed.

The mirror's address comes from the machine's own configuration, never from here.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from . import commands
from .errors import NetworkError, PlatformError

KEYRING = Path("usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_TEMPLATE = Path("usr/share/python-apt/templates/Debian.info")


INSTALLED = Path("/var/lib/dpkg/status")


class PrivateApt:
    """apt-get with its own lists, cache and (optionally) its own sources."""

    def __init__(
        self,
        work: Path,
        log: Path,
        sources: str | None = None,
        status: Path = Path("/dev/null"),
    ) -> None:
        """
        :param work: folder for lists and cache, may be removed afterwards
        :param sources: sources.list text; None for the machine's own sources
        :param status: what counts as installed, nothing or :data:`INSTALLED`
        """
        self.work = work
        self.log = log
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (work / folder).mkdir(parents=True, exist_ok=True)
        options = {
            "Dir::State": work / "state",
            "Dir::State::status": status,
            "Dir::Cache": work / "cache",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Debug::NoLocking": "1",
        }
        if sources is not None:
            listing = work / "sources.list"
            listing.write_text(sources, encoding="utf-8")
            options["Dir::Etc::sourcelist"] = listing
            options["Dir::Etc::sourceparts"] = "/dev/null"
            # of the machine's own sources one may be broken that we do not need
            options["APT::Update::Error-Mode"] = "any"
        self.options = [
            part for key, value in options.items() for part in ("-o", f"{key}={value}")
        ]

    def update(self) -> None:
        self._get("update", what="Reading the Debian package lists")

    def download(self, packages: list[str], target: Path) -> list[Path]:
        """Fetch into `target`; apt has checked the signature chain by then."""
        target.mkdir(parents=True, exist_ok=True)
        before = set(target.glob("*.deb"))
        self._get(
            "download",
            *packages,
            what=f"Downloading {packages[0]}"
            + (f" and {len(packages) - 1} more" if len(packages) > 1 else ""),
            cwd=target,
        )
        return sorted(set(target.glob("*.deb")) - before)

    def download_missing(self, packages: list[str]) -> list[Path]:
        """Fetch these and what they need, less what counts as installed."""
        self._get(
            "install",
            "--download-only",
            "--no-install-recommends",
            "--yes",
            *packages,
            what=f"Downloading {packages[0]} and what it needs",
        )
        return sorted((self.work / "cache/archives").glob("*.deb"))

    def indextargets(self, *arguments: str) -> str:
        status, text = commands.attempt(
            ["apt-get", *self.options, "indextargets", *arguments],
            env=_environment(),
            separate=True,
        )
        return "" if status else text

    def _get(self, *arguments: str, what: str, cwd: Path | None = None) -> None:
        start = self.log.stat().st_size if self.log.exists() else 0
        status, _ = commands.attempt(
            ["apt-get", *self.options, *arguments],
            log=self.log,
            env=_environment(),
            cwd=cwd,
        )
        if not status:
            return
        with self.log.open("rb") as stream:
            stream.seek(start)
            text = stream.read().decode("utf-8", "replace")
        if "NO_PUBKEY" in text or "not signed" in text or "GPG error" in text:
            raise NetworkError(
                f"{what} failed: the signature could not be checked.",
                f"Install the package debian-archive-keyring (log: {self.log}).",
            )
        raise NetworkError(
            f"{what} failed: {first_error(text)}",
            f"Check the network and the mirror in your apt sources (log: {self.log}).",
        )


def _environment() -> dict[str, str]:
    return commands.environment({"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})


def first_error(text: str) -> str:
    """The first line of apt's output that says what is wrong."""
    for line in text.splitlines():
        if line.startswith(("E:", "Err:")):
            return line.split(":", 1)[1].strip()
    return "apt-get gave no reason"


def require_apt() -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PlatformError(
            "This system has no apt-get, so Odoo cannot be fetched here.",
            "Run `docker compose up` instead, or set O2O_ODOO_PATH to an Odoo 19.0"
            " checkout.",
        )


def unpack(package: Path, target: Path) -> None:
    commands.run(["dpkg-deb", "-x", package, target], what=f"Unpacking {package.name}")


def debian_sites(text: str) -> list[str]:
    """Mirror addresses in `apt-get indextargets --format '$(SITE)|$(SUITE)'` output.

    The plain archive first: a security or vendor archive does not carry sid.
    """
    plain: list[str] = []
    other: list[str] = []
    for line in text.splitlines():
        site, _, suite = line.strip().partition("|")
        site = site.rstrip("/")
        if not site:
            continue
        special = "security" in site or "security" in suite or "backports" in suite
        (other if special else plain).append(site)
    return list(dict.fromkeys(plain)) or [
        re.sub(r"/debian-security$", "/debian", site) for site in dict.fromkeys(other)
    ]


def template_site(text: str) -> str | None:
    """The Debian mirror that python-apt's template names (Ubuntu ships it too)."""
    match = re.search(r"^BaseURI:\s*(\S+)", text, re.MULTILINE)
    return match[1].rstrip("/") if match else None


class Debian:
    """Finds the mirror and the keyring on this machine, whatever its flavour."""

    def __init__(self, work: Path, log: Path) -> None:
        self.work = work
        self.log = log
        self._own: PrivateApt | None = None

    def own(self) -> PrivateApt:
        """The machine's own sources, with lists of our own (works for any user)."""
        if self._own is None:
            own = PrivateApt(self.work / "own", self.log)
            own.update()
            self._own = own
        return self._own

    def from_own(self, package: str, member: Path) -> Path:
        """A file of `package`: from this system, else from the downloaded package."""
        if (Path("/") / member).exists():
            return Path("/") / member
        target = self.work / f"unpacked-{package}"
        if not (target / member).exists():
            for deb in self.own().download([package], self.work / "debs"):
                unpack(deb, target)
        if not (target / member).exists():
            raise PlatformError(
                f"The package {package} does not hold /{member}.",
                "Set O2O_ODOO_PATH to an Odoo 19.0 checkout instead.",
            )
        return target / member

    def mirror(self) -> str:
        named = os.environ.get("O2O_DEBIAN_MIRROR")
        if named:
            return named.rstrip("/")
        ask = ("--format", "$(SITE)|$(SUITE)", "Origin: Debian")
        status, text = commands.attempt(
            ["apt-get", "indextargets", *ask], env=_environment(), separate=True
        )
        sites = debian_sites("" if status else text)
        if not sites:
            # no lists yet (a fresh container), or not Debian: read them privately
            sites = debian_sites(self.own().indextargets(*ask))
        if sites:
            return sites[0]
        template = self.from_own("python-apt-common", MIRROR_TEMPLATE)
        site = template_site(template.read_text(encoding="utf-8"))
        if not site:
            raise PlatformError(
                "No Debian mirror is named in this machine's configuration.",
                "Set O2O_DEBIAN_MIRROR to the address of one.",
            )
        return site

    def suites(self, suites: list[str]) -> PrivateApt:
        """apt for the given suites of the Debian archive, lists read."""
        keyring = self.from_own("debian-archive-keyring", KEYRING)
        site = self.mirror()
        text = "".join(
            f"deb [signed-by={keyring}] {site} {suite} main\n" for suite in suites
        )
        apt = PrivateApt(self.work / "suites", self.log, text)
        apt.update()
        return apt
