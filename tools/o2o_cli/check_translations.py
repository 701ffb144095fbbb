"""Run in the environment: zh_CN.po of each addon given is complete.

The addon's .pot lists the terms; the tests compare it with what Odoo exports.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polib  # type: ignore[import-untyped]

LANGUAGE = "zh_CN"
# "好友,您": a Chinese sentence has its own commas
LATIN_PUNCTUATION = re.compile(r"(?<=[\u4e00-\u9fff])[,;:?!](?=\s?[\u4e00-\u9fff%])")


def problems(addon: Path) -> list[str]:
    folder = addon / "i18n"
    template = folder / f"{addon.name}.pot"
    translation = folder / f"{LANGUAGE}.po"
    if not template.exists():
        return [f"{addon.name}: i18n/{template.name} is missing"]
    terms = {
        (entry.msgctxt, entry.msgid)
        for entry in polib.pofile(str(template))
        if not entry.obsolete
    }
    if not terms:
        return []
    if not translation.exists():
        return [f"{addon.name}: i18n/{translation.name} is missing"]
    entries = [entry for entry in polib.pofile(str(translation)) if not entry.obsolete]
    known = {(entry.msgctxt, entry.msgid) for entry in entries}
    found = [
        f"{addon.name}: not in zh_CN.po: {text!r}"
        for _context, text in sorted(terms - known, key=str)
    ]
    for entry in entries:
        if entry.fuzzy:
            found.append(f"{addon.name}: fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            found.append(f"{addon.name}: untranslated: {entry.msgid!r}")
        elif LATIN_PUNCTUATION.search(entry.msgstr):
            found.append(f"{addon.name}: Latin punctuation: {entry.msgstr!r}")
    return found


def main(folders: list[str]) -> int:
    found = [line for folder in folders for line in problems(Path(folder))]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
