"""Columns of text on a paper of so many cells, whatever language the printer speaks."""

from . import escpos_zh

_MIN_COLUMN = 3


def row_lines(columns, cells):
    """Return the lines that a ``row`` block takes on the paper.

    :param columns: list of {text, width (a weight), align}, see ``document.py``
    :param int cells: width of the paper
    """
    widths = _column_widths([column.get("width", 1) for column in columns], cells)
    # one cell stays free between columns
    inner = [max(width - 1, 1) for width in widths[:-1]] + [widths[-1]]
    texts = [
        escpos_zh.wrap(column["text"], width)
        for column, width in zip(columns, inner, strict=True)
    ]
    lines = []
    for index in range(max(map(len, texts))):
        line = ""
        for column, cell_lines, width, room in zip(
            columns, texts, widths, inner, strict=True
        ):
            text = cell_lines[index] if index < len(cell_lines) else ""
            padded = escpos_zh.pad(text, room, column.get("align", "left"))
            line += escpos_zh.pad(padded, width)
        lines.append(line.rstrip())
    return lines


def _column_widths(weights, cells):
    """Share the cells of a line by weight; the first column takes the rest.

    The widths add up to the line, and each takes a Chinese character and a space.
    """
    total = sum(weights)
    widths = [int(cells * weight / total) for weight in weights]
    if min(widths) < _MIN_COLUMN:
        room = cells - _MIN_COLUMN * len(weights)
        widths = [_MIN_COLUMN + int(room * weight / total) for weight in weights]
    widths[0] += cells - sum(widths)
    return widths
