"""Read card numbers and activation codes from the files printers deliver.

No ORM here: bytes in, rows and problems out. Formats are told apart by content, never
by file name. A file is Excel (.xlsx, .xls) or text (comma, tab, semicolon or spaces;
UTF-8, UTF-16 or GB18030), with or without a header line, with two columns (number,
code) or with codes alone, which are then numbered from a given first card number.
"""

import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field

from .text import (
    CODE_LENGTH,
    clean_card_number,
    clean_code,
    is_card_number,
    is_code,
)

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_ROWS = 200_000
# A double holds fifteen decimal digits; beyond, Excel has already changed the number.
MAX_EXACT_NUMBER = 10**15 - 1

# Bytes looked at to tell an encoding.
_SAMPLE = 4096
# Rows between two calls of ``on_progress``.
_PROGRESS_STEP = 2000

_XLSX_MAGIC = b"PK\x03\x04"
_XLS_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZERO_FORMAT = re.compile(r"0+")
# comma, semicolon and enumeration comma also in their full-width forms
_DELIMITER = re.compile("[\t,;|\uff0c\uff1b\u3001]")
_QUOTED = re.compile(r"""^=?(["'])(.*)\1$""")
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


class CardFileError(Exception):
    """The file as a whole cannot be read; ``reason`` is one of the words below.

    empty, too_big, too_many_rows, encoding, corrupt, columns, first_number_missing,
    first_number_invalid
    """

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


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
class Cell:
    text: str
    # True when a spreadsheet stored a bare number: leading zeros may be gone
    is_number: bool = False


_BLANK = Cell("")


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
    :raises CardFileError: when no row can be told at all
    """
    if len(content) > MAX_BYTES:
        raise CardFileError("too_big")
    table = [
        (line, cells)
        for line, cells in _read_table(content, on_progress or (lambda rows: None))
        if any(cell.text for cell in cells)
    ]
    if len(table) > MAX_ROWS + 1:
        raise CardFileError("too_many_rows")
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
        code = _cell(cells, layout.code)
        if numbers is None:
            cell = _cell(cells, layout.number)
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
    number = clean_card_number(_cell(cells, layout.number).text)
    if is_code(number) and not is_code(clean_code(_cell(cells, layout.code).text)):
        return ""
    words = _WORDS.split(_cell(cells, layout.number).text, 1)
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


def _cell(cells, index):
    return cells[index] if index < len(cells) else _BLANK


def _trim(cells):
    end = len(cells)
    while end and not cells[end - 1].text:
        end -= 1
    return cells[:end]


# === formats ===


def _read_table(content, on_progress):
    if content.startswith(_XLSX_MAGIC):
        return _read_with(_read_xlsx, content, on_progress)
    if content.startswith(_XLS_MAGIC):
        return _read_with(_read_xls, content, on_progress)
    return _read_text(content)


def _read_with(reader, content, on_progress):
    """Libraries fail on broken files in every possible way; the user needs one."""
    try:
        return reader(content, on_progress)
    except CardFileError:
        raise
    except Exception as error:
        raise CardFileError("corrupt") from error


def _read_xlsx(content, on_progress):
    import openpyxl  # heavy, and only the import wizard needs it

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise CardFileError("too_big")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            table = []
            for line, cells in enumerate(sheet.iter_rows(), 1):
                if len(table) > MAX_ROWS + 1:
                    raise CardFileError("too_many_rows")
                row = [_xlsx_cell(cell) for cell in cells]
                if line % _PROGRESS_STEP == 0:
                    on_progress(line)
                if any(cell.text for cell in row):
                    table.append((line, row))
            if table:
                return table
        return []
    finally:
        book.close()


def _read_xls(content, on_progress):
    import xlrd  # heavy, and only the import wizard needs it

    book = xlrd.open_workbook(file_contents=content, formatting_info=True)
    for sheet in book.sheets():
        if not sheet.nrows:
            continue
        table = []
        for index in range(sheet.nrows):
            row = []
            if index and index % _PROGRESS_STEP == 0:
                on_progress(index)
            for cell in sheet.row(index):
                layout = book.format_map[book.xf_list[cell.xf_index].format_key]
                value = cell.value
                if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                    value = None
                elif cell.ctype not in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER):
                    value = f"({value})"  # date, boolean, error: shown as unusable
                row.append(_excel_cell(value, layout.format_str))
            table.append((index + 1, row))
        return table
    return []


def _xlsx_cell(cell):
    # looking a format up is slow, and only numbers need it
    value = cell.value
    is_number = isinstance(value, int | float)
    return _excel_cell(value, cell.number_format if is_number else "")


def _excel_cell(value, number_format):
    """A cell as a person sees it, as far as that can be known.

    ``12345`` shows as ``012345`` only when its format says so; otherwise the cell stays
    marked as a number, and a short code is reported instead of guessed.
    """
    if value is None:
        return _BLANK
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(str(value).strip())
    if isinstance(value, float) and not value.is_integer():
        return Cell(repr(value))
    text = str(int(value))
    if value >= 0 and _ZERO_FORMAT.fullmatch(number_format or ""):
        return Cell(text.zfill(len(number_format)), is_number=len(text) > 15)
    return Cell(text, is_number=True)


def _read_text(content):
    lines = _decode(content).splitlines()
    return [(number, _split(line)) for number, line in enumerate(lines, 1)]


def _split(line):
    line = line.strip("\ufeff \r\n\u3000")
    match = _DELIMITER.search(line)
    parts = line.split(match[0]) if match else line.split()
    return [Cell(_unquote(part.strip())) for part in parts]


def _unquote(text):
    match = _QUOTED.match(text)
    return match[2].strip() if match else text


def _decode(content):
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content[:_SAMPLE]:
        # UTF-16 without a mark, as no other text has zero bytes: of a digit or a comma
        # the zero byte is the high one, wherever a Chinese header starts
        even, odd = content[:_SAMPLE:2].count(0), content[1:_SAMPLE:2].count(0)
        encodings = ["utf-16-be" if even > odd else "utf-16-le"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CardFileError("encoding")
