"""Reads paper as a person does: characters that were drawn are recognised."""

import functools

from PIL import Image

from o2o_box import escpos_zh, glyphs
from o2o_box.escpos_zh import DOTS_PER_CELL

#: height of a drawn line in dots -> width and height of its characters
_SCALES = {54: [(1, 2), (2, 2)]}


def read_back(paper, alphabet):
    """The text of a paper, drawn characters included.

    :param alphabet: what may be on it; anything else that was drawn is an error
    """
    known = "".join(dict.fromkeys(escpos_zh.clean(alphabet)))
    return "\n".join(_read_element(element, known) for element in paper.elements)


def _read_element(element, known):
    if element.kind == "raster":
        return _read_line(element, known)
    return "".join(
        _read_inline(run.dots, known) if run.dots else run.text for run in element.runs
    )


def _read_inline(dots, known):
    [char] = {
        char
        for char in known
        for bold in (False, True)
        if escpos_zh.is_rare(char) and glyphs.inline(char, bold)[5:] == dots
    }
    return char


def _read_line(element, known):
    """A line drawn as a whole, taken apart from the left."""
    columns = element.options["bytes"]
    size = (columns * 8, len(element.data) // columns)
    strip = Image.frombytes("1", size, element.data)
    for scale in _SCALES[strip.height]:
        for bold in (False, True):
            # a centred line may begin at half a character
            for left in (0, DOTS_PER_CELL):
                text = _read_strip(strip, left, known, scale, bold)
                if text is not None:
                    return text
    raise AssertionError("a line that nobody can read")


def _read_strip(strip, left, known, scale, bold):
    # the left half of a wide character may look like a space
    by_width = sorted(known, key=escpos_zh.cells, reverse=True)
    text = ""
    while left + DOTS_PER_CELL * scale[0] <= strip.width:
        for char in by_width:
            drawn = _dots(char, *scale, bold, strip.height)
            box = (left, 0, left + drawn.width, strip.height)
            if strip.crop(box).tobytes() == drawn.tobytes():
                break
        else:
            return None
        text += char
        left += drawn.width
    return text


@functools.lru_cache(maxsize=1024)
def _dots(char, width, height, bold, rows):
    grey = glyphs.draw(char, width, height, bold)
    image = Image.new("L", (grey.width, rows), 255)
    image.paste(grey)
    black = image.point(lambda value: 255 if value < 128 else 0)
    return black.convert("1", dither=Image.Dither.NONE)
