"""The Chinese of an addon follows its terms and keeps its words."""

from pathlib import Path

import polib
import pytest

from o2o_cli import merge_terms


def write(path: Path, **words: str) -> Path:
    file = polib.POFile()
    file.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for term, text in words.items():
        file.append(polib.POEntry(msgid=term, msgstr=text))
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(str(path))
    return path


def words(addon: Path) -> dict[str, str]:
    entries = polib.pofile(str(addon / "i18n" / "zh_CN.po"))
    return {entry.msgid: entry.msgstr for entry in entries}


def test_new_terms_come_old_ones_go_words_stay(tmp_path: Path) -> None:
    addon = tmp_path / "o2o_some"
    write(addon / "i18n" / "o2o_some.pot", Kept="", New="", Taken="")
    write(addon / "i18n" / "zh_CN.po", Kept="留", Gone="去")
    more = write(tmp_path / "more.po", Taken="取", Kept="别的")
    assert merge_terms.merge(addon, [more]) == ["New"]
    assert words(addon) == {"Kept": "留", "New": "", "Taken": "取"}


def test_first_translation_makes_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addon = tmp_path / "o2o_new"
    write(addon / "i18n" / "o2o_new.pot", Term="")
    assert merge_terms.main(str(addon)) == 0
    assert "1 terms without Chinese" in capsys.readouterr().out
    assert words(addon) == {"Term": ""}
