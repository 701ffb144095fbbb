"""Our addons as they are on disk: names, dependencies, fingerprints."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from .errors import StepFailed, UsageError
from .files import content_hash, tree_files

DEMO = "o2o_demo"
# changes here need no module upgrade: assets are read anew, tests are not installed
NOT_INSTALLED = frozenset(
    {
        "__pycache__",
        "tests",
        "tests_box",
        "tests_plain",
        "readme",
        "static",
        "iot_handlers",
    }
)


def manifest(path: Path) -> dict[str, Any]:
    try:
        data = ast.literal_eval((path / "__manifest__.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError) as error:
        raise StepFailed(
            f"{path.name}/__manifest__.py cannot be read: {error}", "Correct it."
        ) from error
    return dict(data)


def discover(folder: Path) -> dict[str, dict[str, Any]]:
    """Manifests of the installable addons, by name."""
    found = {}
    for path in sorted(folder.glob("*/__manifest__.py")):
        data = manifest(path.parent)
        if data.get("installable", True):
            found[path.parent.name] = data
    return found


def third_party(manifests: dict[str, dict[str, Any]]) -> set[str]:
    """Modules that ours depend on directly and that are not ours."""
    wanted = {name for data in manifests.values() for name in data.get("depends", ())}
    return wanted - set(manifests)


def fingerprint(path: Path) -> str:
    """Changes when the addon must be upgraded in a database that has it."""
    files = [
        file
        for file in tree_files(path, NOT_INSTALLED)
        if file.suffix not in (".pyc", ".pot", ".md")
    ]
    return content_hash(files, path)[:16]


def fingerprints(folder: Path) -> dict[str, str]:
    return {name: fingerprint(folder / name) for name in discover(folder)}


def check_names(names: list[str], folder: Path) -> list[str]:
    """The names as given on a command line (a path is fine too), or a UsageError."""
    known = discover(folder)
    result = []
    for given in names:
        name = Path(given).name
        if name not in known:
            raise UsageError(
                f"There is no addon {given}.", f"Known: {', '.join(known) or 'none'}."
            )
        result.append(name)
    return result
