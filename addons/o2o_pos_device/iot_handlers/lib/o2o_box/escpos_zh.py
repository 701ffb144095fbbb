"""Chinese text for ESC/POS printers with a GBK font ROM.

One rule set, used for printing and for measuring, so that columns always line up:

* each character is encoded alone in GBK; one byte is one cell, two bytes are two;
* the half-width yen sign (U+00A5) becomes the full-width one, because GB18030 would
  encode it in four bytes that a GBK printer prints as junk;
* what GBK does not know becomes the replacement mark U+3013;
* control characters never reach the printer: a customer's remark cannot inject
  printer commands.
"""

import functools
import re
import unicodedata

REPLACEMENT = "\u3013"
_SUBSTITUTES = str.maketrans(
    {
        "\u00a5": "\uffe5",  # yen sign
        "\u00a0": " ",  # no-break space
        "\u202f": " ",  # narrow no-break space
        "\u2009": " ",  # thin space
        "\t": " ",
        "\u2022": "\u00b7",  # bullet
    }
)
# control, format (zero width), unassigned, marks that have no cell of their own
_DROPPED_CATEGORIES = {"Cc", "Cf", "Cn", "Cs", "Co", "Mn", "Me"}
_TOKEN = re.compile(r"[!-~]+|.", re.DOTALL)

INIT = b"\x1b@"
CHINESE_ON = b"\x1c&"


def clean(text):
    """Return one line of ``text`` as the printer will show it."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text).translate(_SUBSTITUTES)
    return "".join(map(_shown, composed))


@functools.lru_cache(maxsize=16384)
def _shown(char):
    """What stands for one character on the paper; may be nothing."""
    if unicodedata.category(char) in _DROPPED_CATEGORIES:
        return ""
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return REPLACEMENT
    return char


def encode(text):
    """Encode ``text`` (any string) to the bytes of a printer in Chinese mode."""
    return clean(text).encode("gbk")


@functools.lru_cache(maxsize=8192)
def cells(text):
    """Width of ``text`` in printer cells (a Chinese character takes two)."""
    return len(encode(text))


def cut(text, width):
    """Longest beginning of a clean ``text`` that fits in ``width`` cells."""
    used = 0
    for index, char in enumerate(text):
        used += cells(char)
        if used > width:
            return text[:index]
    return text


def pad(text, width, align="left"):
    """Fill ``text`` with spaces up to ``width`` cells."""
    room = max(width - cells(text), 0)
    if align == "right":
        return " " * room + text
    if align == "center":
        left = room // 2
        return " " * left + text + " " * (room - left)
    return text + " " * room


def wrap(text, width):
    """Break ``text`` into lines of at most ``width`` cells.

    Latin words and numbers stay in one piece when they fit on a line; Chinese text
    may break anywhere. Always returns at least one line.
    """
    lines = []
    # not splitlines(): it takes printer command bytes for line ends
    for paragraph in text.replace("\r\n", "\n").rstrip("\n").split("\n"):
        lines.extend(_wrap_paragraph(clean(paragraph), width))
    return lines


def _wrap_paragraph(text, width):
    lines = []
    line = ""
    for token in _TOKEN.findall(text):
        if cells(line) + cells(token) > width and cells(token) <= width:
            lines.append(line.rstrip())
            line = "" if token.isspace() else token
            continue
        line += token
        # no text without a break is worth a second look at all of its characters
        while len(line) > width or cells(line) > width:
            head = cut(line, width)
            lines.append(head)
            line = line[len(head) :]
    lines.append(line.rstrip())
    return lines
