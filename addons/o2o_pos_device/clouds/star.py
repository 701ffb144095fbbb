"""Star CloudPRNT: the printer asks us. Its words are read with suspicion.

It gets a slip as a picture, dot for dot: so Chinese comes out on every model.
"""

import io
import re
from urllib.parse import unquote

from PIL import Image

from ..iot_handlers.lib.o2o_box.document import DocumentError
from ..iot_handlers.lib.o2o_box.painter import paint
from ..iot_handlers.lib.o2o_box.paper import interpret
from ..iot_handlers.lib.o2o_box.render import render

MEDIA_TYPE = "image/png"
#: a poll with all its optional parts is far below
MAX_POLL = 16 * 1024
_CODE = re.compile(r"\s*(\d{3,4})(?!\d)", re.ASCII)
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}", re.IGNORECASE | re.ASCII)
#: the longest beginning of a code that is known wins
_STATUS = {
    "2": "online",
    "211": "paper_low",
    "4": "error",
    "41": "paper_out",
    "42": "cover_open",
    "5": "error",
}


def read_code(text):
    """The number a status text begins with, such as ``200 OK`` or ``410%20...``.

    :return: three or four digits, or an empty string
    """
    if not isinstance(text, str):
        return ""
    if text.strip().upper() == "OK":
        return "200"
    found = _CODE.match(unquote(text[:100]))
    return found[1] if found else ""


def get_status(code):
    """The state of the printer behind a code, ``unknown`` when there is none."""
    for length in (4, 3, 2, 1):
        if len(code) >= length and code[:length] in _STATUS:
            return _STATUS[code[:length]]
    return "unknown"


def is_success(code):
    return code.startswith("2")


def read_mac(value):
    """A hardware address in one spelling, empty when it is none."""
    if not isinstance(value, str) or not _MAC.fullmatch(value):
        return ""
    return re.sub(r"[:-]", "", value).lower()


def read_poll(data):
    """What a poll says: (status, hardware address, whether it is printing).

    :param dict data: as the printer sent it; all but the code may be missing
    """
    status = get_status(read_code(data.get("statusCode")))
    is_printing = data.get("printingInProgress") is True
    return status, read_mac(data.get("printerMAC")), is_printing


def picture(document, width, banner=None):
    """The slip as a PNG of exactly the dots of the paper.

    :raise DocumentError: when the document cannot be printed
    :raise FontMissing: when no Chinese font is installed
    """
    papers = interpret(render(document, width, banner=banner), width)
    if not papers:
        raise DocumentError("there is nothing to print")
    images = [paint(paper, margin=0) for paper in papers]
    whole = Image.new(
        "L", (images[0].width, sum(image.height for image in images)), 255
    )
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    buffer = io.BytesIO()
    whole.point(lambda value: 255 if value > 127 else 0).convert("1").save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()
