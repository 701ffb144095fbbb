"""Receipt document -> ESC/POS bytes for a 58 or 80 mm printer."""

from . import document as receipt
from . import escpos_zh, layout
from .escpos_zh import DOTS_PER_CELL

COLUMNS = {58: 32, 80: 48}

LF = b"\n"
_ALIGN = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}
# GS ! sizes the ASCII font, FS ! the Chinese one: clones keep the two apart
_SIZE = {
    "normal": b"\x1d!\x00\x1c!\x00",
    "tall": b"\x1d!\x01\x1c!\x08",
    "double": b"\x1d!\x11\x1c!\x0c",
}
#: how many times as wide and as high
_SCALES = {"normal": (1, 1), "tall": (1, 2), "double": (2, 2)}
_BOLD_ON, _BOLD_OFF = b"\x1bE\x01", b"\x1bE\x00"
_CUT_AFTER_FEED = b"\x1dVB\x00"
_BARCODE_HEIGHT = 72
_QR_MODULE_DOTS = 6
MAX_BEEPS = 9
#: length of a beep, in tenths of a second
_BEEP_TENTHS = 2
#: ``ESC p``: 100 ms of current for the coil, then 500 ms of rest, in steps of 2 ms
_PULSE = bytes([50, 250])


def render(document, paper_width=80, copies=1, banner=None, beeps=0):
    """Return the bytes that print ``document``.

    :param paper_width: 58 or 80 (millimetres)
    :param copies: the whole slip, that many times
    :param banner: a warning printed in large type above each copy
    :param beeps: how often the buzzer sounds before the slip, at most nine times
    :raise DocumentError: when the document cannot be printed
    """
    receipt.check(document)
    if paper_width not in COLUMNS:
        raise receipt.DocumentError(f"unknown paper width {paper_width!r}")
    if receipt.opens_drawer(document):
        return _pulse(document["blocks"][0])
    renderer = _Renderer(COLUMNS[paper_width])
    blocks = list(document["blocks"])
    if banner:
        blocks.insert(0, _banner_block(banner))
    return _buzz(beeps) + renderer.slip(blocks) * copies


def _buzz(beeps):
    """``ESC B``, the buzzer of printers made for China."""
    if not beeps:
        return b""
    return b"\x1bB" + bytes([min(beeps, MAX_BEEPS), _BEEP_TENTHS])


def _pulse(block):
    return b"\x1bp" + bytes([receipt.DRAWER_PINS.index(block.get("pin", 2))]) + _PULSE


def _banner_block(banner):
    return {
        "type": "text",
        "text": banner,
        "align": "center",
        "bold": True,
        "size": "double",
    }


class _Renderer:
    def __init__(self, columns):
        self.columns = columns

    def slip(self, blocks):
        parts = [escpos_zh.INIT, escpos_zh.CHINESE_ON]
        parts.extend(getattr(self, f"_{block['type']}")(block) for block in blocks)
        return b"".join(parts)

    def _styled(self, lines, align="left", bold=False, size="normal"):
        """Print ``lines`` in a style and return to the plain style."""
        style = _ALIGN[align] + _SIZE[size] + (_BOLD_ON if bold else b"")
        reset = (_BOLD_OFF if bold else b"") + _SIZE["normal"] + _ALIGN["left"]
        body = b"".join(self._line_of_text(line, align, bold, size) for line in lines)
        return style + body + reset

    def _line_of_text(self, line, align, bold, size):
        """One line of text; only what the printer lacks is drawn (devices.md 3.2)."""
        rare = [char for char in line if escpos_zh.is_rare(char)]
        if not rare:
            return escpos_zh.encode(line) + LF
        # only who prints a rare character needs Pillow
        from . import glyphs

        if size != "normal" and any(map(glyphs.is_known, rare)):
            return glyphs.large_line(line, self.columns, align, bold, _SCALES[size])
        parts = [
            glyphs.inline(part, bold) if is_rare else escpos_zh.encode(part)
            for is_rare, part in escpos_zh.runs(line)
        ]
        return b"".join(parts) + LF

    def _text(self, block):
        size = block.get("size", "normal")
        width = self.columns // 2 if size == "double" else self.columns
        lines = escpos_zh.wrap(block["text"], width)
        return self._styled(
            lines, block.get("align", "left"), block.get("bold", False), size
        )

    def _row(self, block):
        lines = layout.row_lines(block["columns"], self.columns)
        return self._styled(
            lines, "left", block.get("bold", False), block.get("size", "normal")
        )

    def _line(self, block):
        return self._styled([block.get("char", "-") * self.columns])

    def _qr(self, block):
        data = block["data"].encode()

        def function(code, payload):
            body = b"1" + code + payload
            return b"\x1d(k" + len(body).to_bytes(2, "little") + body

        return b"".join(
            [
                _ALIGN["center"],
                function(b"A", b"2\x00"),  # model 2
                function(b"C", bytes([_QR_MODULE_DOTS])),
                function(b"E", b"1"),  # error correction M
                function(b"P", b"0" + data),
                function(b"Q", b"0"),
                _ALIGN["left"],
            ]
        )

    def _barcode(self, block):
        data = block["data"]
        # start + data + check + stop, eleven modules each, plus quiet zones
        modules = (len(data) + 3) * 11 + 2 + 20
        for dots in (2, 1):
            if modules * dots <= self.columns * DOTS_PER_CELL:
                break
        else:
            return self._styled(escpos_zh.wrap(data, self.columns), "center")
        # "{" introduces a code set, so a literal one is doubled
        payload = b"{B" + data.replace("{", "{{").encode("ascii")
        return b"".join(
            [
                _ALIGN["center"],
                b"\x1dH\x02\x1df\x00",  # text below, font A
                b"\x1dh" + bytes([_BARCODE_HEIGHT]),
                b"\x1dw" + bytes([dots]),
                b"\x1dkI" + bytes([len(payload)]) + payload,
                _ALIGN["left"],
            ]
        )

    def _image(self, block):
        # only who prints a picture needs Pillow
        from .bitmap import raster

        dots = self.columns * DOTS_PER_CELL
        return _ALIGN["center"] + raster(block["data"], dots) + _ALIGN["left"]

    def _feed(self, block):
        return b"\x1bd" + bytes([block.get("lines", 1)])

    def _cut(self, _block):
        return _CUT_AFTER_FEED
