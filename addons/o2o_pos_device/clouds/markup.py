"""The neutral document in the words of a cloud: tags instead of printer commands.

Lines are broken here, by the rules of the box, so that columns line up on the paper.
"""

from ..iot_handlers.lib.o2o_box import document as receipt
from ..iot_handlers.lib.o2o_box import escpos_zh, layout
from ..iot_handlers.lib.o2o_box.render import COLUMNS


class Markup:
    """Base of the dialects: walks the blocks, breaks the lines."""

    NEWLINE = "\n"
    #: what begins a command: a customer's remark must not cut the paper
    COMMANDS = {"<": "\uff1c", ">": "\uff1e"}

    def __init__(self, paper_width):
        if paper_width not in COLUMNS:
            raise receipt.DocumentError(f"unknown paper width {paper_width!r}")
        self.columns = COLUMNS[paper_width]

    def slip(self, document, banner=None):
        """Return the text to send.

        :param banner: a warning in large type above the slip
        :raise DocumentError: when the document cannot be printed
        """
        receipt.check(document)
        blocks = list(document["blocks"])
        if banner:
            blocks.insert(
                0, {"type": "text", "text": banner, "align": "center", "size": "double"}
            )
        return "".join(getattr(self, f"_{block['type']}")(block) for block in blocks)

    def harmless(self, text):
        """``text`` without anything the cloud takes for a command."""
        return text.translate(str.maketrans(self.COMMANDS))

    def styled(self, line, align, bold, size):
        """One line of text in the dialect, without its end."""
        raise NotImplementedError

    def _text(self, block):
        size = block.get("size", "normal")
        width = self.columns // self.widening(size)
        lines = escpos_zh.wrap(self.harmless(block["text"]), width)
        align, bold = block.get("align", "left"), block.get("bold", False)
        return self._lines(lines, align, bold, size)

    def _lines(self, lines, align="left", bold=False, size="normal"):
        return "".join(
            (self.styled(line, align, bold, size) if line else "") + self.NEWLINE
            for line in lines
        )

    def widening(self, size):
        """How many times as wide letters of a size are."""
        return 2 if size == "double" else 1

    def row_size(self, size):
        """The size of a row; columns allow no wider letters."""
        return size

    def _row(self, block):
        columns = [
            {**column, "text": self.harmless(column["text"])}
            for column in block["columns"]
        ]
        lines = layout.row_lines(columns, self.columns)
        size = self.row_size(block.get("size", "normal"))
        return self._lines(lines, "left", block.get("bold", False), size)

    def _line(self, block):
        char = block.get("char", "-")
        char = "-" if char in self.COMMANDS else char
        return self._lines([char * self.columns])

    def _qr(self, block):
        return f"<QR>{harmless_code(block['data'])}</QR>"

    def _barcode(self, block):
        """As a QR code with the text below: every model prints one."""
        return self._qr(block) + self._lines([self.harmless(block["data"])], "center")

    def _image(self, _block):
        """A logo is stored in the printer by the maker's app; text only here."""
        return ""

    def _feed(self, block):
        return self.NEWLINE * block.get("lines", 1)

    def _cut(self, _block):
        return ""


def harmless_code(data):
    """The content of a code: escaped as in an address, so that it still scans."""
    return data.replace("<", "%3C").replace(">", "%3E")


class FeieMarkup(Markup):
    """``<CB>`` centred and double, ``<L>`` tall, ``<BR>`` a new line, ``<CUT>``."""

    NEWLINE = "<BR>"
    _SIZES = {"normal": (), "tall": ("L",), "double": ("B",)}
    _MAX_BARCODE = 14

    def styled(self, line, align, bold, size):
        tags = list(self._SIZES[size])
        if align == "center":
            tags = ["CB"] if size == "double" else ["C", *tags]
        elif align == "right":
            tags = ["RIGHT", *tags]
        if bold:
            tags.append("BOLD")
        for tag in reversed(tags):
            line = f"<{tag}>{line}</{tag}>"
        return line

    def _barcode(self, block):
        data = block["data"]
        if len(data) <= self._MAX_BARCODE and data.isalnum() and data.isupper():
            return f"<BC128_A>{data}</BC128_A>" + self._lines([data], "center")
        return super()._barcode(block)

    def _cut(self, _block):
        return "<CUT>"


class YilianyunMarkup(Markup):
    """``<FS2>`` double, ``@@2`` for a large line, ``<FB>`` bold; cuts by itself."""

    COMMANDS = {**Markup.COMMANDS, "@": "\uff20"}

    def styled(self, line, align, bold, size):
        if bold and size == "normal":
            line = f"<FB>{line}</FB>"
        if align in ("center", "right"):
            line = f"<{align}>{line}</{align}>"
        if size == "double":
            return f"<FS2>{line}</FS2>"
        return f"@@2{line}" if size == "tall" else line

    def widening(self, size):
        # it has no letters that are tall only
        return 1 if size == "normal" else 2

    def row_size(self, _size):
        return "normal"

    def slip(self, document, banner=None, copies=1):
        """:param int copies: of the whole slip, as a tag in front"""
        text = super().slip(document, banner)
        return f"<MN>{copies}</MN>{text}" if copies > 1 else text
