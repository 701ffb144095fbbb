"""A file of parcels: what is to be shipped, filled in with courier and number.

No ORM here. The file is the one that :func:`write_ship_file` makes, or any table whose
first line names its columns; without such a line the first three columns count.
"""

import io
from dataclasses import dataclass, field

from odoo.addons.o2o_member.lib.table_file import get_cell, read_table

MAX_PARCELS = 1000
TRACKING_LENGTH = 64
#: a spreadsheet keeps fifteen digits of a number, then it makes up the rest
MAX_EXACT_DIGITS = 15

# Words of a header line; the escapes are Chinese for "fulfillment", "courier",
# "express", "logistics" and "tracking number".
_NUMBER_WORDS = ("fulfillment", "\u5c65\u7ea6", "\u53d1\u8d27\u5355")
_COURIER_WORDS = (
    "courier",
    "carrier",
    "\u5feb\u9012\u516c\u53f8",
    "\u7269\u6d41\u516c\u53f8",
    "\u627f\u8fd0",
)
_TRACKING_WORDS = (
    "tracking",
    "\u8fd0\u5355",
    "\u5feb\u9012\u5355\u53f7",
    "\u7269\u6d41\u5355\u53f7",
)


@dataclass(frozen=True)
class Parcel:
    line: int
    number: str
    courier: str
    tracking: str


@dataclass
class ShipFile:
    parcels: list[Parcel] = field(default_factory=list)
    #: ``(line, number, reason)``: number_missing, tracking_missing,
    #: tracking_precision, tracking_length, duplicate
    problems: list[tuple] = field(default_factory=list)


def read_ship_file(content):
    """
    :param bytes content: Excel or text
    :rtype: ShipFile
    :raises TableFileError: when the file cannot be read at all
    """
    table = read_table(content)
    columns = (
        _find_columns([cell.text.lower() for cell in table[0][1]]) if table else None
    )
    rows = table[1:] if columns else table
    number_at, courier_at, tracking_at = columns or (0, 1, 2)
    result, seen = ShipFile(), set()
    for line, cells in rows:
        number = get_cell(cells, number_at).text.strip()
        courier = get_cell(cells, courier_at).text.strip()[:TRACKING_LENGTH]
        tracking = get_cell(cells, tracking_at)
        if number and not courier and not tracking.text:
            continue  # not filled in: another day
        reason = _get_problem(number, tracking, seen)
        if reason:
            result.problems.append((line, number[:32], reason))
            continue
        seen.add(number)
        result.parcels.append(Parcel(line, number, courier, tracking.text.strip()))
    return result


def _get_problem(number, tracking, seen):
    if not number:
        return "number_missing"
    if number in seen:
        return "duplicate"
    if not tracking.text:
        return "tracking_missing"
    if tracking.is_number and len(tracking.text) > MAX_EXACT_DIGITS:
        return "tracking_precision"
    return "tracking_length" if len(tracking.text) > TRACKING_LENGTH else None


def _find_columns(header):
    """Positions of number, courier and tracking, or None when the line is no header."""
    found = []
    for words in (_NUMBER_WORDS, _COURIER_WORDS, _TRACKING_WORDS):
        at = next(
            (
                index
                for index, text in enumerate(header)
                if any(word in text for word in words)
            ),
            None,
        )
        found.append(at)
    return None if None in found else found


def write_ship_file(title, columns, rows):
    """The file to fill in.

    :param list columns: header texts; the last two are courier and tracking number
    :param list rows: texts of each row
    :rtype: bytes
    """
    import xlsxwriter  # heavy, and only this download needs it

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False}
    )
    bold = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1})
    # long numbers stay what was typed
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    for index, name in enumerate(columns):
        sheet.set_column(index, index, 18, text)
        sheet.write_string(0, index, name, bold)
    for line, row in enumerate(rows, 1):
        for index, value in enumerate(row):
            sheet.write_string(line, index, value or "", text)
    book.close()
    return stream.getvalue()
