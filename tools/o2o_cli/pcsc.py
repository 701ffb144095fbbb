"""The daemon of chip card readers and a virtual reader, for the tests of the box.

From this system where they are installed, else out of Debian's packages, unpacked in
the cache: no root, and nothing is installed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .apt import INSTALLED, PrivateApt, require_apt, unpack
from .errors import PlatformError
from .files import building
from .home import Home
from .lock import exclusive
from .steps import Progress

PACKAGES = ("pcscd", "vsmartcard-vpcd")
DAEMON = Path("usr/sbin/pcscd")
DRIVER = Path("usr/lib/pcsc/drivers/serial/libifdvpcd.so")
#: where the box's tests look for both
VARIABLE = "O2O_PCSC"


def is_complete(root: Path) -> bool:
    return (root / DAEMON).exists() and (root / DRIVER).exists()


def ensure(home: Home, progress: Progress, system: Path = Path("/")) -> dict[str, str]:
    """What the tests need in their environment to find the daemon and its reader.

    :param system: where installed packages are
    :raise PlatformError: there are no such packages for this machine
    """
    if is_complete(system):
        return {VARIABLE: str(system)}
    tree = home.cache / "pcsc"
    if not is_complete(tree):
        require_apt()
        with (
            exclusive(home.cache / "pcsc.lock", wait=600),
            progress.step(f"{PACKAGES[0]} and a virtual reader from Debian"),
        ):
            if not is_complete(tree):
                _fetch(home, tree)
    # the client's and what else the machine has not
    libraries = {
        str(path.parent)
        for path in tree.rglob("lib*.so*")
        if "drivers" not in path.parts
    }
    before = os.environ.get("LD_LIBRARY_PATH")
    if not libraries:
        return {VARIABLE: str(tree)}
    path = [*sorted(libraries), *([before] if before else [])]
    return {VARIABLE: str(tree), "LD_LIBRARY_PATH": os.pathsep.join(path)}


def _fetch(home: Home, tree: Path) -> None:
    work = home.cache / "pcsc-fetch"
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(tree, ignore_errors=True)
    apt = PrivateApt(work, home.log / "pcsc.log", status=INSTALLED)
    apt.update()
    with building(tree) as target:
        for deb in apt.download_missing(list(PACKAGES)):
            unpack(deb, target)
        if not is_complete(target):
            raise PlatformError(
                "The packages hold no daemon for chip cards and no virtual reader.",
                f"Install them as root: apt-get install {' '.join(PACKAGES)}",
            )
    shutil.rmtree(work, ignore_errors=True)
