"""Print the entries of a lock file for some packages, hashes included.

    python3 pick_locked.py runtime.txt packages.txt > picked.txt

The image installs a few packages only; their versions and hashes stay in one place.
"""

import re
import sys
from pathlib import Path


def normalized(name: str) -> str:
    """PEP 503: the one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted_names(text: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [normalized(line) for line in lines if line]


def locked(text: str) -> dict[str, list[str]]:
    """Entries by package; one package may have several with different markers."""
    entries: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        match = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)==", block)
        if match:
            entries.setdefault(normalized(match[1]), []).append(block.rstrip())
    return entries


def pick(lock: str, packages: str) -> str:
    entries = locked(lock)
    names = wanted_names(packages)
    missing = [name for name in names if name not in entries]
    if missing:
        raise SystemExit(f"not in the lock file: {', '.join(missing)}")
    return "\n".join(block for name in names for block in entries[name]) + "\n"


if __name__ == "__main__":
    lock_file, packages_file = (
        Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3]
    )
    sys.stdout.write(pick(lock_file, packages_file))
