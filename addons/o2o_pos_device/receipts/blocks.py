"""The words of a receipt document: see ``o2o_box/document.py`` for the grammar."""

from ..iot_handlers.lib.o2o_box.document import (
    MAX_TEXT,
)


def text(content, align="left", bold=False, size="normal"):
    return {
        "type": "text",
        "text": content[:MAX_TEXT],
        "align": align,
        "bold": bold,
        "size": size,
    }


def heading(content):
    return text(content, "center", bold=True, size="double")


def row(columns, bold=False, size="normal"):
    """:param columns: list of (text, weight, align)"""
    return {
        "type": "row",
        "bold": bold,
        "size": size,
        "columns": [
            {"text": content[:MAX_TEXT], "width": weight, "align": align}
            for content, weight, align in columns
        ],
    }


def line():
    return {"type": "line"}


def barcode(data):
    """A barcode of ``data``; a QR code when it is not plain ASCII or too long."""
    if data.isascii() and data.isprintable() and len(data) <= 20:
        return {"type": "barcode", "data": data}
    return {"type": "qr", "data": data[:200]}


def image(data):
    """:param data: as ``o2o_box/bitmap.py`` makes it"""
    return {"type": "image", "data": data}


def feed(lines):
    return {"type": "feed", "lines": lines}


def cut():
    return {"type": "cut"}
