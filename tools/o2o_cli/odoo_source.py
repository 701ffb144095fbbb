"""Odoo 19.0 Community: from $O2O_ODOO_PATH, the cache, or the Debian package."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .apt import Debian, require_apt, unpack
from .errors import PlatformError, StepFailed
from .files import building, check_disk
from .home import Home
from .lock import exclusive
from .steps import Progress

PACKAGE = "odoo-19"
ASSET_PACKAGES = [
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
    # not linked by Odoo: draws the slips where the system has no Chinese font
    "fonts-wqy-microhei",
]
FONT_FILE = Path("usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
# sid has Font Awesome 7 without the files that Odoo links to; trixie has 4.7
FONT_SUITE = "trixie"
FONT_PACKAGE = "fonts-font-awesome"
# bump when the unpacked tree is put together in another way
TREE_RECIPE = 2
EMPTY_FILES = [
    # listed in mail's assets, left out of the package: the bundle logs an error
    "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js",
]
DIST_PACKAGES = Path("usr/lib/python3/dist-packages")


@dataclass(frozen=True)
class OdooSource:
    """A place that `import odoo` works from."""

    python_path: Path
    addons: tuple[Path, ...]
    identity: str

    @property
    def package(self) -> Path:
        return self.python_path / "odoo"

    @property
    def font(self) -> Path | None:
        """The Chinese font that came along, if Odoo was fetched by us."""
        found = self.python_path.parents[2] / FONT_FILE.relative_to("usr")
        return found if found.is_file() else None


def version_of(package: Path) -> str | None:
    """The series in odoo/release.py, such as 19.0, or None."""
    try:
        text = (package / "release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"^version_info = \((\d+), (\d+)", text, re.MULTILINE)
    return f"{match[1]}.{match[2]}" if match else None


def at(path: Path, identity: str | None = None) -> OdooSource | None:
    """What a folder holds: an unpacked package, a checkout, or a site-packages."""
    for python_path in (path / DIST_PACKAGES, path):
        package = python_path / "odoo"
        if version_of(package) is None:
            continue
        # a package holds everything in odoo/addons, a checkout only base
        addons: tuple[Path, ...] = (package / "addons",)
        if not (package / "addons/web").is_dir():
            addons += (python_path / "addons",)
        return OdooSource(
            python_path, addons, identity or _fingerprint(package, addons)
        )
    return None


def _fingerprint(package: Path, addons: tuple[Path, ...]) -> str:
    """Changes when another revision is checked out: release, commit, manifests."""
    digest = hashlib.sha256((package / "release.py").read_bytes())
    status, head = commands.attempt(
        ["git", "-C", package, "rev-parse", "HEAD"], separate=True
    )
    digest.update(head.encode() if status == 0 else b"")
    for folder in addons:
        for manifest in sorted(folder.glob("*/__manifest__.py")):
            digest.update(manifest.read_bytes())
    return digest.hexdigest()[:16]


def locate(home: Home) -> OdooSource | None:
    """Odoo as it can be used now, without downloading."""
    named = os.environ.get("O2O_ODOO_PATH")
    if named:
        source = at(Path(named).expanduser().absolute())
        if source is None:
            raise PlatformError(
                f"O2O_ODOO_PATH={named} holds no Odoo.",
                "Point it to an Odoo 19.0 checkout or an unpacked odoo-19 package.",
            )
        if version_of(source.package) != "19.0":
            raise PlatformError(
                f"O2O_ODOO_PATH={named} is Odoo {version_of(source.package)}.",
                "This suite needs Odoo 19.0.",
            )
        return source
    for folder in sorted(home.cache.glob(f"odoo-r{TREE_RECIPE}-*"), reverse=True):
        source = at(folder, folder.name.split("-", 2)[2])
        if source:
            return source
    return None


def ensure(home: Home, progress: Progress) -> OdooSource:
    source = locate(home)
    if source:
        return source
    require_apt()
    with exclusive(
        home.cache / "odoo.lock",
        wait=1800,
        waiting=lambda who: progress.say(f"  .. another o2o fetches Odoo ({who})"),
    ):
        source = locate(home)
        if source is None:
            check_disk([(home.cache, 1.8, "Odoo")])
            with progress.step("Odoo 19.0 Community from Debian (117 MB)"):
                _fetch(home)
            source = locate(home)
    if source is None:
        raise StepFailed("The fetched package holds no Odoo.", "Run ./o2o doctor.")
    return source


def _fetch(home: Home) -> None:
    log = home.log / "odoo-fetch.log"
    work = home.cache / "odoo-fetch"
    shutil.rmtree(work, ignore_errors=True)
    apt = Debian(work, log).suites(["sid", FONT_SUITE])
    debs = apt.download(
        [*(f"{name}/sid" for name in [PACKAGE, *ASSET_PACKAGES])], work / "debs"
    )
    debs += apt.download([f"{FONT_PACKAGE}/{FONT_SUITE}"], work / "debs")
    version = next(
        deb.name.split("_")[1] for deb in debs if deb.name.startswith(f"{PACKAGE}_")
    )
    with building(home.cache / f"odoo-r{TREE_RECIPE}-{version}") as tree:
        for deb in debs:
            unpack(deb, tree)
        complete(tree)
    shutil.rmtree(work, ignore_errors=True)


def complete(tree: Path) -> None:
    """Close what the package leaves open; raise when a link still leads nowhere."""
    package = tree / DIST_PACKAGES / "odoo"
    for name in EMPTY_FILES:
        path = package / name
        if path.parents[1].is_dir() and not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.touch()
    own_fonts = package / "addons/web/static/src/libs/fontawesome/fonts"
    substitutes = {"Inconsolata.otf": "Inconsolata-Regular.otf"}
    # the package crosses these two: each name leads to the other format
    for name in ("fontawesome-webfont.woff", "fontawesome-webfont.woff2"):
        link = package / "addons/web/static/lib/fontawesome/fonts" / name
        if link.is_symlink() and (own_fonts / name).exists():
            relink(link, own_fonts / name)
    for link in dangling_links(tree):
        name = substitutes.get(link.name, link.name)
        found = next((tree / "usr/share").rglob(name), None)
        if found is not None and found.exists():
            relink(link, found)
    left = dangling_links(tree)
    if left:
        names = ", ".join(str(link.relative_to(tree)) for link in left[:5])
        raise StepFailed(
            f"The Odoo package has {len(left)} links that lead nowhere: {names}.",
            "A Debian package may have changed: set O2O_ODOO_PATH to an Odoo 19.0"
            " checkout and report this.",
        )


def relink(link: Path, target: Path) -> None:
    """Point `link` to `target` by a relative path, so that the tree can move."""
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(target, link.parent))
    temporary.replace(link)


def dangling_links(tree: Path) -> list[Path]:
    """Links below `tree` whose target is missing or lies outside of it."""
    root = tree.resolve()
    return sorted(
        path
        for folder, folders, files in os.walk(tree)
        for path in (Path(folder, name) for name in (*folders, *files))
        if path.is_symlink()
        and not (path.exists() and path.resolve().is_relative_to(root))
    )
