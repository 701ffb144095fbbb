"""Characters as dots: those the printer lacks (devices.md 3.2), and for a picture.

A rare character stands inside its line as a picture (``ESC *``): some 80 bytes, while
the text around it stays text. Such a picture is never higher than a plain character, so
a tall or double line with a rare character is drawn as a whole (``GS v 0``).
"""

import functools

from PIL import Image, ImageDraw

from . import escpos_zh, fonts
from .escpos_zh import DOTS_PER_CELL

CELL_HEIGHT = 24
#: room below the base line for what hangs over a cell
_OVERHANG = 4
#: between two lines of text
_GAP = 6
_THRESHOLD = 128


@functools.lru_cache(maxsize=4096)
def is_known(char):
    """Whether a font of this machine draws ``char``."""
    try:
        return fonts.load_for(char, CELL_HEIGHT) is not None
    except fonts.FontMissing:
        return False


@functools.lru_cache(maxsize=2048)
def draw(char, width, height, bold):
    """One character as a grey picture, ``width`` and ``height`` times a plain one.

    :raise FontMissing: no Chinese font is installed
    """
    cell = escpos_zh.cells(char) * DOTS_PER_CELL
    # draw in square proportions, then stretch: the printer doubles dots as well
    scale = max(width, height)
    size = int(CELL_HEIGHT * 0.92) * scale
    font = fonts.load_for(char, size) or fonts.load(size)
    image = Image.new("L", (cell * scale, (CELL_HEIGHT + _OVERHANG) * scale), 255)
    canvas = ImageDraw.Draw(image)
    middle = (image.width / 2, (CELL_HEIGHT - 3) * scale)
    canvas.text(middle, char, font=font, fill=0, anchor="ms")
    if bold:
        canvas.text((middle[0] + 1, middle[1]), char, font=font, fill=0, anchor="ms")
    size = (cell * width, (CELL_HEIGHT + _OVERHANG) * height)
    return image if image.size == size else image.resize(size)


def inline(text, bold=False):
    """The bytes of rare characters inside a line of plain size.

    A character that no font knows becomes its mark.
    """
    return b"".join(_inline_char(char, bold) for char in text)


@functools.lru_cache(maxsize=2048)
def _inline_char(char, bold):
    if not is_known(char):
        return escpos_zh.encode(char)
    image = draw(char, 1, 1, bold)
    dots = _dots(image.crop((0, 0, image.width, CELL_HEIGHT)))
    # 24 dots high, one column after the other, the highest dot first
    columns = dots.transpose(Image.Transpose.TRANSPOSE).tobytes()
    return b"\x1b*\x21" + image.width.to_bytes(2, "little") + columns


def large_line(text, columns, align, bold, scale):
    """The bytes of a whole line in large type, drawn.

    :param int columns: cells of the paper
    :param scale: how many times as wide and as high as plain type
    """
    width, height = scale
    shown = "".join(
        escpos_zh.mark(char) if escpos_zh.is_rare(char) and not is_known(char) else char
        for char in text
    )
    pictures = [draw(char, width, height, bold) for char in shown]
    used = sum(picture.width for picture in pictures)
    room = max(columns * DOTS_PER_CELL - used, 0)
    left = {"left": 0, "center": room // 2, "right": room}[align]
    rows = CELL_HEIGHT * height + _GAP
    strip = Image.new("L", (columns * DOTS_PER_CELL, rows), 255)
    for picture in pictures:
        strip.paste(picture, (left, 0))
        left += picture.width
    sizes = (strip.width // 8).to_bytes(2, "little") + rows.to_bytes(2, "little")
    return b"\x1dv0\x00" + sizes + _dots(strip).tobytes()


def _dots(image):
    """A set bit is black on paper; no dithering: letters have edges."""
    return image.point(lambda value: 255 if value < _THRESHOLD else 0, "1")
