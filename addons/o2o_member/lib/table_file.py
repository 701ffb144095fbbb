"""Read the rows of a spreadsheet or a text file, whatever it is called.

No ORM here: bytes in, rows of cells out. Formats are told apart by content, never by
file name: Excel (.xlsx, .xls) or text (comma, tab, semicolon or spaces; UTF-8, UTF-16
or GB18030).
"""

import io
import re
import zipfile
from dataclasses import dataclass

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_ROWS = 200_000

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


class TableFileError(Exception):
    """The file as a whole cannot be read; ``reason`` is one of the words below.

    too_big, too_many_rows, encoding, corrupt
    """

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Cell:
    text: str
    # True when a spreadsheet stored a bare number: leading zeros may be gone
    is_number: bool = False


BLANK = Cell("")


def read_table(content, on_progress=None):
    """The rows of a file that hold anything.

    :param bytes content: the file
    :param on_progress: called with the number of rows read so far, now and then
    :return: list of ``(line number, [Cell, ...])``
    :raises TableFileError: when the file cannot be read at all
    """
    if len(content) > MAX_BYTES:
        raise TableFileError("too_big")
    table = [
        (line, cells)
        for line, cells in _read_table(content, on_progress or (lambda rows: None))
        if any(cell.text for cell in cells)
    ]
    if len(table) > MAX_ROWS + 1:
        raise TableFileError("too_many_rows")
    return table


def get_cell(cells, index):
    """The cell of a column; rows may be shorter than their neighbours."""
    return cells[index] if index < len(cells) else BLANK


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
    except TableFileError:
        raise
    except Exception as error:
        raise TableFileError("corrupt") from error


def _read_xlsx(content, on_progress):
    import openpyxl  # heavy, and only imports need it

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise TableFileError("too_big")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            table = []
            for line, cells in enumerate(sheet.iter_rows(), 1):
                if len(table) > MAX_ROWS + 1:
                    raise TableFileError("too_many_rows")
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
    import xlrd  # heavy, and only imports need it

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
        return BLANK
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
    raise TableFileError("encoding")
