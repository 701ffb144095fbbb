"""What is on the paper: executes printer commands into text lines and a picture."""

import io
from collections import namedtuple
from dataclasses import dataclass, field

from . import escpos_zh
from .decoder import Decoder
from .render import COLUMNS, DOTS_PER_CELL

Run = namedtuple("Run", "text width height bold")
_ALIGNS = {0: "left", 1: "center", 2: "right", 48: "left", 49: "center", 50: "right"}


@dataclass
class Element:
    """One thing on the paper: a line of text, a code, a picture or a feed."""

    kind: str
    align: str = "left"
    runs: list = field(default_factory=list)
    data: object = None
    options: dict = field(default_factory=dict)

    def text(self):
        if self.kind == "line":
            return "".join(run.text for run in self.runs).rstrip()
        if self.kind in ("qr", "barcode"):
            return f"[{self.options['label']} {self.data}]"
        return ""


class Paper:
    """A finished piece of paper, from one cut to the next."""

    def __init__(self, elements, columns, overflows=0):
        self.elements = elements
        self.columns = columns
        #: lines the printer had to break, because they were too long for the paper
        self.overflows = overflows

    def text(self):
        """The paper as plain text, one printed line per line."""
        return "\n".join(
            element.text() for element in self.elements if element.kind != "raster"
        ).strip("\n")

    def png(self):
        """The paper as a PNG picture.

        :raise FontMissing: when no Chinese font is installed
        """
        from .painter import paint

        buffer = io.BytesIO()
        paint(self).save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


class PaperFeed:
    """The print mechanism: takes commands, calls ``on_cut(paper)`` at each cut."""

    def __init__(self, paper_width, on_cut):
        self.columns = COLUMNS[paper_width]
        self._on_cut = on_cut
        self._elements = []
        self._overflows = 0
        self.reset()

    def reset(self):
        """``ESC @``: back to the plain style; what is printed stays printed."""
        self._runs = []
        self._used_cells = 0
        self._align = "left"
        self._bold = False
        self._size = (1, 1)
        self._chinese_size = (1, 1)
        self._barcode = {"height": 162, "module": 3, "hri": 0}
        self._qr = {"module": 3, "data": b""}

    def execute(self, command):
        """Carry out one command; commands that print nothing are ignored."""
        handler = _HANDLERS.get(command.name)
        if handler:
            handler(self, command.args)

    # -- text --

    def _text(self, text):
        for char in text:
            cells = escpos_zh.cells(char)
            # clones size the two fonts apart: a job must set both
            width, height = self._chinese_size if cells > 1 else self._size
            if self._used_cells + cells * width > self.columns:
                self._overflows += 1
                self._end_line()
            self._used_cells += cells * width
            run = Run(char, width, height, self._bold)
            last = self._runs[-1] if self._runs else None
            if last and last[1:] == run[1:]:
                self._runs[-1] = last._replace(text=last.text + char)
            else:
                self._runs.append(run)

    def _end_line(self, _args=b""):
        self._elements.append(Element("line", self._align, self._runs))
        self._runs = []
        self._used_cells = 0

    def _feed(self, args):
        if self._runs:
            self._end_line()
        self._elements.extend(Element("line") for _line in range(args[0]))

    def _feed_dots(self, args):
        if self._runs:
            self._end_line()
        if args[0]:
            self._elements.append(Element("gap", options={"height": args[0]}))

    # -- style --

    def _set_align(self, args):
        self._align = _ALIGNS.get(args[0], "left")

    def _set_bold(self, args):
        self._bold = bool(args[0] & 1)

    def _set_mode(self, args):  # ESC !
        self._bold = bool(args[0] & 0x08)
        self._size = (2 if args[0] & 0x20 else 1, 2 if args[0] & 0x10 else 1)

    def _set_size(self, args):  # GS !
        self._size = ((args[0] >> 4 & 7) + 1, (args[0] & 7) + 1)

    def _set_chinese_mode(self, args):  # FS !
        self._chinese_size = (2 if args[0] & 0x04 else 1, 2 if args[0] & 0x08 else 1)

    def _set_chinese_quadruple(self, args):  # FS W
        self._chinese_size = (2, 2) if args[0] & 1 else (1, 1)

    # -- codes and pictures --

    def _set_barcode_height(self, args):
        self._barcode["height"] = args[0]

    def _set_barcode_module(self, args):
        self._barcode["module"] = args[0]

    def _set_barcode_hri(self, args):
        self._barcode["hri"] = args[0] % 48

    def _print_barcode(self, args):
        system = args[0]
        data = args[1:].rstrip(b"\x00") if system <= 6 else args[2:]
        label = {73: "CODE128", 67: "EAN13", 2: "EAN13", 69: "CODE39"}.get(
            system, f"BARCODE{system}"
        )
        text = data.decode("ascii", "replace")
        if system == 73:
            text = _code128_text(text)
        self._elements.append(
            Element(
                "barcode",
                self._align,
                data=text,
                options={"label": label, **self._barcode},
            )
        )

    def _symbol(self, args):  # GS ( k
        body = args[2:]
        if not body.startswith(b"1"):
            return
        function, payload = body[1:2], body[2:]
        if function == b"C":
            self._qr["module"] = payload[0]
        elif function == b"P":
            self._qr["data"] = payload[1:]
        elif function == b"Q" and self._qr["data"]:
            self._elements.append(
                Element(
                    "qr",
                    self._align,
                    data=self._qr["data"].decode("utf-8", "replace"),
                    options={"label": "QR", "module": self._qr["module"]},
                )
            )

    def _raster(self, args):  # GS v 0
        width = int.from_bytes(args[2:4], "little")
        self._elements.append(
            Element("raster", self._align, data=args[6:], options={"bytes": width})
        )

    # -- cut --

    def _cut(self, _args):
        if self._runs:
            self._end_line()
        elements, self._elements = self._elements, []
        if any(element.text() or element.kind == "raster" for element in elements):
            self._on_cut(Paper(elements, self.columns, self._overflows))
        self._overflows = 0

    def flush(self):
        """Tear the paper off by hand: finish what has been printed so far."""
        self._cut(b"")


def _code128_text(payload):
    """The characters a CODE128 payload stands for, code set marks removed."""
    text = ""
    index = 0
    while index < len(payload):
        if payload[index] == "{" and index + 1 < len(payload):
            if payload[index + 1] == "{":
                text += "{"
            index += 2
            continue
        text += payload[index]
        index += 1
    return text


_HANDLERS = {
    "text": PaperFeed._text,
    "LF": PaperFeed._end_line,
    "ESC @": lambda feed, _args: feed.reset(),
    "ESC a": PaperFeed._set_align,
    "ESC E": PaperFeed._set_bold,
    "ESC G": PaperFeed._set_bold,
    "ESC !": PaperFeed._set_mode,
    "ESC d": PaperFeed._feed,
    "ESC J": PaperFeed._feed_dots,
    "ESC i": PaperFeed._cut,
    "ESC m": PaperFeed._cut,
    "GS !": PaperFeed._set_size,
    "FS !": PaperFeed._set_chinese_mode,
    "FS W": PaperFeed._set_chinese_quadruple,
    "GS h": PaperFeed._set_barcode_height,
    "GS w": PaperFeed._set_barcode_module,
    "GS H": PaperFeed._set_barcode_hri,
    "GS k": PaperFeed._print_barcode,
    "GS (": lambda feed, args: feed._symbol(args[1:]) if args[:1] == b"k" else None,
    "GS v": PaperFeed._raster,
    "GS V": PaperFeed._cut,
}


def interpret(data, paper_width=80):
    """Return the papers that ``data`` prints (the last one torn off if not cut)."""
    papers = []
    feed = PaperFeed(paper_width, papers.append)
    for command in Decoder().feed(data):
        feed.execute(command)
    feed.flush()
    return papers


def dots(columns):
    """Printable width in dots."""
    return columns * DOTS_PER_CELL
