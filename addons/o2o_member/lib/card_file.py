"""Read card numbers and activation codes from the files printers deliver.

No ORM here: bytes in, rows and problems out. Formats are told apart by content, never
by file name. A file is Excel (.xlsx, .xls) or text (comma, tab, semicolon or spaces;
UTF-8, UTF-16 or GB18030), with or without a header line, with two columns (number,
code) or with codes alone, which are then numbered from a given first card number.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from .table_file import TableFileError, get_cell, read_table
from .text import (
    CODE_LENGTH,
    clean_card_number,
    clean_code,
    is_card_number,
    is_code,
)

# A double holds fifteen decimal digits; beyond, Excel has already changed the number.
MAX_EXACT_NUMBER = 10**15 - 1

_DIGIT = re.compile(r"\d")
# what may separate two values that ended up in one cell
_WORDS = re.compile(r"[^0-9A-Za-z\uff10-\uff5a-]+")
_NUMBERED = re.compile(r"([A-Z]*)([0-9]+)")

# Words of a header line. The escapes are Chinese for "activation", "password",
# "check" and for "card", "number".
_CODE_WORDS = (
    "code",
    "activation",
    "pin",
    "\u6fc0\u6d3b",
    "\u5bc6\u7801",
    "\u6821\u9a8c",
)
# the first ones win, because a running number is called number, too
_NUMBER_WORDS = (("card", "\u5361"), ("number", "no.", "\u53f7"))


class CardFileError(TableFileError):
    """A table that is no card file: empty, columns, first_number_missing,
    first_number_invalid. Callers catch :class:`TableFileError`, which both are.
    """


@dataclass(frozen=True)
class CardRow:
    line: int
    number: str
    code: str


@dataclass(frozen=True)
class Problem:
    """A row that cannot be imported. It never repeats the activation code."""

    line: int
    number: str
    reason: str


@dataclass
class CardFile:
    rows: list[CardRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def row_count(self):
        return len(self.rows) + len(self.problems)


@dataclass(frozen=True)
class Layout:
    """Which column holds what; ``number`` is None in a file of codes alone."""

    number: int | None
    code: int
    # A header names the columns, so that further ones may be ignored; without a
    # header a row with more cells than its neighbours is a row nobody understands.
    has_header: bool = False

    @property
    def width(self):
        return 1 + max(self.code, self.number or 0)


def read_card_file(content, first_number="", on_progress=None):
    """Parse and check a file.

    :param bytes content: the file
    :param str first_number: number of the first card, for files of codes alone
    :param on_progress: called with the number of rows read so far, now and then
    :rtype: CardFile
    :raises TableFileError: when no row can be told at all
    """
    table = read_table(content, on_progress)
    table, layout = _find_layout(table)
    if not table:
        raise CardFileError("empty")
    numbers = _numbers_from(first_number) if layout.number is None else None
    return _check_rows(table, layout, numbers)


# === rows ===


def _check_rows(table, layout, numbers):
    result = CardFile()
    seen = set()
    for line, cells in table:
        code = get_cell(cells, layout.code)
        if numbers is None:
            cell = get_cell(cells, layout.number)
            number, reason = clean_card_number(cell.text), _number_problem(cell)
        else:
            number = next(numbers)
            reason = None if number else "number_overflow"
        if not layout.has_header and len(_trim(cells)) > layout.width:
            reason = "columns"
        reason = reason or _code_problem(code)
        if not reason and number in seen:
            reason = "duplicate"
        if reason:
            shown = number if numbers is not None else _shown_number(cells, layout)
            result.problems.append(Problem(line, shown[:32], reason))
        else:
            seen.add(number)
            result.rows.append(CardRow(line, number, clean_code(code.text)))
    return result


def _shown_number(cells, layout):
    """The card number of a bad row, unless it may be, or hold, an activation code.

    When columns are swapped the code stands where the number belongs; when a row is in
    one cell, the code follows the number.
    """
    number = clean_card_number(get_cell(cells, layout.number).text)
    if is_code(number) and not is_code(clean_code(get_cell(cells, layout.code).text)):
        return ""
    words = _WORDS.split(get_cell(cells, layout.number).text, 1)
    first = clean_card_number(words[0])
    return "" if len(words) > 1 and is_code(first) else first


def _number_problem(cell):
    number = clean_card_number(cell.text)
    if not number:
        return "number_missing"
    if cell.is_number and number.isdigit() and int(number) > MAX_EXACT_NUMBER:
        return "number_precision"
    return None if is_card_number(number) else "number_invalid"


def _code_problem(cell):
    code = clean_code(cell.text)
    if not code:
        return "code_missing"
    if not (code.isascii() and code.isdigit()):
        return "code_letters"
    if cell.is_number and len(code) < CODE_LENGTH:
        return "code_zeros"
    return None if len(code) == CODE_LENGTH else "code_length"


def _numbers_from(first_number):
    """Endless card numbers in sequence; empty text once the digits run out."""
    first_number = clean_card_number(first_number)
    if not first_number:
        raise CardFileError("first_number_missing")
    match = _NUMBERED.fullmatch(first_number)
    if not match or not is_card_number(first_number):
        raise CardFileError("first_number_invalid")
    return _count_up(match[1], match[2])


def _count_up(prefix, digits):
    value, width = int(digits), len(digits)
    while True:
        text = str(value).zfill(width)
        yield f"{prefix}{text}" if len(text) == width else ""
        value += 1


# === columns ===


def _find_layout(table):
    """:return: (rows without the header line, Layout)"""
    if not table:
        raise CardFileError("empty")
    header = [cell.text.lower() for cell in table[0][1]]
    if not any(_DIGIT.search(text) for text in header):
        table = table[1:]
        layout = _layout_of_header(header)
        if layout:
            return table, layout
    widths = Counter(len(_trim(cells)) for _line, cells in table)
    if not widths:
        raise CardFileError("empty")
    match widths.most_common(1)[0][0]:
        case 1:
            return table, Layout(number=None, code=0)
        case 2:
            return table, Layout(number=0, code=1)
    raise CardFileError("columns")


def _layout_of_header(header):
    """What a header line says, or None when its words say nothing."""
    codes = [i for i, text in enumerate(header) if _has_word(text, _CODE_WORDS)]
    numbers = []
    for words in _NUMBER_WORDS:
        numbers = numbers or [
            i
            for i, text in enumerate(header)
            if i not in codes and _has_word(text, words)
        ]
    if len(codes) != 1 or len(numbers) > 1:
        return None
    if not numbers and sum(map(bool, header)) > 1:
        return None
    return Layout(numbers[0] if numbers else None, codes[0], has_header=True)


def _has_word(text, words):
    return any(word in text for word in words)


def _trim(cells):
    end = len(cells)
    while end and not cells[end - 1].text:
        end -= 1
    return cells[:end]
