"""Pictures of a document -> the dots of a printer (POS-05): for a logo, no more.

Text is never a picture: it would be seventy times as long (devices.md 3.2).
"""

import base64
import binascii
import io

from PIL import Image, ImageOps, UnidentifiedImageError

from .document import DocumentError

#: of a picture as it is stored, and as a printer may get it
MAX_SIDE = 1024
MAX_LOGO = (384, 200)
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


def _open(raw, max_side):
    try:
        image = Image.open(io.BytesIO(raw))
        # the size is known before the dots are read
        if max(image.size) > max_side:
            raise DocumentError("the picture is too large")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError("this is not a picture") from error
    return image
