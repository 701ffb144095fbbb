"""The neutral receipt document: what a slip says, free of any printer language.

A document is JSON: ``{"version": 1, "blocks": [block, ...]}``. Blocks:

``text``     text, align (left, center, right), bold, size (normal, tall, double)
``row``      columns [{text, width (a weight), align}], bold, size (normal, tall)
``line``     char (default ``-``): a rule over the whole width
``qr``       data
``barcode``  data (printable ASCII, CODE128), text below it
``image``    data: a small black and white PNG in base64, see ``bitmap.py``
``feed``     lines
``cut``      cuts the paper
"""

VERSION = 1
ALIGNMENTS = ("left", "center", "right")
SIZES = ("normal", "tall", "double")
MAX_BLOCKS = 2000
MAX_TEXT = 4000
MAX_CODE = 500
MAX_IMAGE = 60_000


class DocumentError(ValueError):
    """The document cannot be printed as it is; sending it again will not help."""


def check(document):
    """Raise :class:`DocumentError` unless ``document`` is well formed."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise DocumentError("unknown document version")
    blocks = document.get("blocks")
    if not isinstance(blocks, list) or not blocks or len(blocks) > MAX_BLOCKS:
        raise DocumentError("a document needs a list of blocks")
    for block in blocks:
        if not isinstance(block, dict):
            raise DocumentError("a block is not an object")
        checker = _CHECKERS.get(block.get("type"))
        if checker is None:
            raise DocumentError(f"unknown block type {block.get('type')!r}")
        checker(block)


def _require(condition, message):
    if not condition:
        raise DocumentError(message)


def _check_style(block):
    _require(block.get("align", "left") in ALIGNMENTS, "unknown alignment")
    _require(block.get("size", "normal") in SIZES, "unknown size")


def _check_string(value, limit):
    _require(isinstance(value, str) and len(value) <= limit, "text missing or too long")


def _check_text(block):
    _check_style(block)
    _check_string(block.get("text"), MAX_TEXT)


def _check_row(block):
    _require(block.get("size", "normal") in SIZES[:2], "a row is normal or tall")
    columns = block.get("columns")
    _require(isinstance(columns, list) and 1 <= len(columns) <= 8, "bad columns")
    for column in columns:
        _require(isinstance(column, dict), "a column is not an object")
        _check_style(column)
        _check_string(column.get("text"), MAX_TEXT)
        weight = column.get("width", 1)
        _require(
            isinstance(weight, (int, float))
            and not isinstance(weight, bool)
            and 0 < weight < 1000,
            "bad column width",
        )


def _check_line(block):
    char = block.get("char", "-")
    is_ascii = isinstance(char, str) and len(char) == 1 and " " < char < "\x7f"
    _require(is_ascii, "bad rule")


def _check_qr(block):
    _check_string(block.get("data"), MAX_CODE)
    _require(block["data"], "empty QR code")


def _check_barcode(block):
    _check_string(block.get("data"), 40)
    _require(
        block["data"] and all(" " <= char < "\x7f" for char in block["data"]),
        "a barcode takes printable ASCII only",
    )


def _check_image(block):
    _check_string(block.get("data"), MAX_IMAGE)
    _require(block["data"], "empty picture")


def _check_feed(block):
    lines = block.get("lines", 1)
    _require(isinstance(lines, int) and 0 <= lines <= 20, "bad feed")


def _check_cut(_block):
    """A cut has no options."""


_CHECKERS = {
    "text": _check_text,
    "row": _check_row,
    "line": _check_line,
    "qr": _check_qr,
    "barcode": _check_barcode,
    "image": _check_image,
    "feed": _check_feed,
    "cut": _check_cut,
}
