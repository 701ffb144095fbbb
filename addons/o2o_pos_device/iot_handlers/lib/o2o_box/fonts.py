"""Find a font that can draw Chinese."""

import functools
import os
import shutil
import subprocess

_KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/wenquanyi/wqy-zenhei/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    # for the rarest characters of names
    "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)
_FAMILIES = (
    "Noto Sans Mono CJK SC",
    "WenQuanYi Micro Hei Mono",
    "WenQuanYi Zen Hei Mono",
    ":lang=zh-cn",
)
_SAMPLE = "\u8ba2\uffe5"


class FontMissing(RuntimeError):
    """No installed font has Chinese characters."""

    def __init__(self):
        super().__init__(
            "No font with Chinese characters is installed: papers have no picture. "
            "Install one, for example: apt install fonts-noto-cjk "
            "(or fonts-wqy-zenhei), or name a font file in O2O_BOX_FONT."
        )


@functools.lru_cache(maxsize=1)
def find_cjk_font():
    """Return ``(path, face index)`` of a Chinese font.

    :raise FontMissing: when there is none
    """
    for path, index in _candidates():
        if os.path.isfile(path) and _draws(path, index, _SAMPLE):
            return path, index
    raise FontMissing


@functools.lru_cache(maxsize=1)
def _all_fonts():
    """Every font that may help out with a rare character, the Chinese one first."""
    found = [find_cjk_font(), *_candidates()]
    return [
        (path, index) for path, index in dict.fromkeys(found) if os.path.isfile(path)
    ]


@functools.lru_cache(maxsize=64)
def _open(path, index, size):
    from PIL import ImageFont

    return ImageFont.truetype(path, size, index=index)


def load(size):
    """Return the Chinese font as a Pillow font of ``size`` dots."""
    return _open(*find_cjk_font(), size)


def load_for(char, size):
    """Return a font of ``size`` dots that knows ``char``; ``None``: no font does.

    :raise FontMissing: not even a Chinese font is installed
    """
    found = _find_font_for(char)
    return _open(*found, size) if found else None


@functools.lru_cache(maxsize=16384)
def _find_font_for(char):
    for path, index in _all_fonts():
        if _draws(path, index, char):
            return path, index
    return None


def _candidates():
    chosen = os.environ.get("O2O_BOX_FONT")
    if chosen:
        yield chosen, 0
    if shutil.which("fc-match"):
        for family in _FAMILIES:
            found = _fc_match(family)
            if found:
                yield found
    for path in _KNOWN:
        # face 7 of the Noto collection is "Mono CJK SC"
        if path.endswith("NotoSansCJK-Regular.ttc"):
            yield path, 7
        yield path, 0


def _fc_match(family):
    try:
        answer = subprocess.run(
            ["fc-match", "-f", "%{file}|%{index}", family],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    path, _separator, index = answer.partition("|")
    # the high half of the index names an instance of a variable font
    return path, (int(index) & 0xFFFF if index.isdigit() else 0)


def _draws(path, index, text):
    """Whether a font has a glyph of its own for each character of ``text``."""
    try:
        font = _open(path, index, 24)
        missing = bytes(font.getmask("\uffff"))
        return all(bytes(font.getmask(char)) not in (b"", missing) for char in text)
    except OSError:
        return False
