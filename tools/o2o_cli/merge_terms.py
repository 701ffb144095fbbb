"""Run in the environment: bring an addon's zh_CN.po in line with its .pot.

merge_terms.py ADDON_FOLDER [MORE.po ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib  # type: ignore[import-untyped]

LANGUAGE = "zh_CN"


def translations(*paths: Path) -> dict[str, str]:
    """Words by term; the first file that has them counts."""
    found: dict[str, str] = {}
    for path in paths:
        if path.exists():
            for entry in polib.pofile(str(path)):
                if entry.msgstr and not entry.obsolete and not entry.fuzzy:
                    found.setdefault(entry.msgid, entry.msgstr)
    return found


def merge(addon: Path, extra: list[Path]) -> list[str]:
    """Rewrite zh_CN.po; the terms that have no Chinese."""
    folder = addon / "i18n"
    template = polib.pofile(str(folder / f"{addon.name}.pot"))
    target = folder / f"{LANGUAGE}.po"
    words = translations(target, *extra)
    result = polib.POFile(wrapwidth=78)
    result.header = template.header
    result.metadata = {
        **template.metadata,
        "Language": LANGUAGE,
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for entry in template:
        entry.msgstr = words.get(entry.msgid, "")
        result.append(entry)
    result.save(str(target))
    return [entry.msgid for entry in result if not entry.msgstr]


def main(addon: str, *extra: str) -> int:
    missing = merge(Path(addon), [Path(path) for path in extra])
    print(f"{Path(addon).name}: {len(missing)} terms without Chinese")
    for term in missing:
        print(f"  {term!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
