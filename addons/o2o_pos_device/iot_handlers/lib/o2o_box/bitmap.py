"""Pictures of a document -> the dots of a printer (POS-05): for a logo, no more.

Text stays text, a picture of it would be seventy times as long (devices.md 3.2); what
the printer cannot write is drawn by ``glyphs.py``.
"""

import base64
import binascii
import io

from PIL import Image, ImageOps, UnidentifiedImageError

from .document import DocumentError

#: of a picture as it is stored, and as a printer may get it
MAX_SIDE = 1024
MAX_LOGO = (384, 200)
#: rows of a slip that comes as one picture; some three metres of paper
MAX_SLIP = 24_000
MAX_WIDTH = 2048
#: of such a slip in one picture of a document
_PART_ROWS = 512
#: rows in one command; more is too much for the memory of small printers
_SLICE_ROWS = 128


def shrink(data, size=MAX_LOGO):
    """Any picture as a small black and white PNG for a document, in base64.

    :param bytes data: PNG, JPEG or another format of Pillow
    :raise DocumentError: no picture, or one far too large
    """
    with _open(data, 8 * MAX_SIDE) as image:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        grey = paper.convert("L")
        grey.thumbnail(size)
        buffer = io.BytesIO()
        grey.convert("1").save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def split(data, dots):
    """A whole slip that is one picture, as pictures for a document, from the top.

    :param bytes data: a picture of any height up to :data:`MAX_SLIP`
    :param int dots: width of the paper; the slip is made as wide
    :raise DocumentError: no picture, or one far too large
    """
    parts = []
    with _open(data, MAX_SLIP, MAX_WIDTH) as image:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        height = max(paper.height * dots // paper.width, 1)
        grey = paper.convert("L").resize((dots, height))
        bits = grey.convert("1", dither=Image.Dither.NONE)
    for top in range(0, height, _PART_ROWS):
        part = bits.crop((0, top, dots, min(top + _PART_ROWS, height)))
        buffer = io.BytesIO()
        part.save(buffer, "PNG", optimize=True)
        parts.append(base64.b64encode(buffer.getvalue()).decode())
    return parts


def raster(data, dots):
    """The commands that print a picture of a document (``GS v 0``).

    :param str data: base64, as :func:`shrink` makes it
    :param int dots: width of the paper; a wider picture is made smaller
    :raise DocumentError: no picture
    """
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise DocumentError("the picture is not base64") from error
    with _open(raw, MAX_SIDE) as image:
        grey = image.convert("L")
    if grey.width > dots:
        grey = grey.resize((dots, max(grey.height * dots // grey.width, 1)))
    # a set bit is black on paper
    bits = ImageOps.invert(grey).convert("1")
    parts = []
    for top in range(0, bits.height, _SLICE_ROWS):
        part = bits.crop((0, top, bits.width, min(top + _SLICE_ROWS, bits.height)))
        width = (bits.width + 7) // 8
        sizes = width.to_bytes(2, "little") + part.height.to_bytes(2, "little")
        parts.append(b"\x1dv0\x00" + sizes + part.tobytes())
    return b"".join(parts)


def _open(raw, max_side, max_width=None):
    try:
        image = Image.open(io.BytesIO(raw))
        # the size is known before the dots are read
        if max(image.size) > max_side or image.width > (max_width or max_side):
            raise DocumentError("the picture is too large")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError("this is not a picture") from error
    return image
