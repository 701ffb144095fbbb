"""Canvas, fonts, backgrounds and shadows.

Everything is drawn at twice the final size and scaled down once at the end.
"""

import math
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIZE = 1600
FINAL_SIZE = 800
TABLE_Y = 1230
CENTER = SIZE // 2

SERIF_CANDIDATES = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
BRUSH_CANDIDATES = (
    "~/.local/share/fonts/MaShanZheng-Regular.ttf",
    "/usr/share/fonts/truetype/arphic/ukai.ttc",
    *SERIF_CANDIDATES,
)


class Fonts:
    """The two typefaces of a label: brush writing and small print."""

    brush_path = None
    serif_path = None

    @classmethod
    def setup(cls, brush=None):
        """Choose the font files; ``brush`` overrides the calligraphy font."""
        cls.serif_path = cls._first(SERIF_CANDIDATES)
        cls.brush_path = brush or cls._first(BRUSH_CANDIDATES)

    @staticmethod
    def _first(candidates):
        for name in candidates:
            path = Path(name).expanduser()
            if path.exists():
                return str(path)
        raise SystemExit("No Chinese font found: install fonts-noto-cjk.")

    @classmethod
    @lru_cache(maxsize=256)
    def brush(cls, size, text=""):
        """The writing font, or the serif one if it lacks a character of ``text``."""
        font = ImageFont.truetype(cls.brush_path, size)
        missing = bytes(font.getmask("\uffff"))
        if any(bytes(font.getmask(char)) == missing for char in text):
            return cls.serif(size)
        return font

    @classmethod
    @lru_cache(maxsize=128)
    def serif(cls, size):
        # face 2 of the Noto collection is Simplified Chinese
        index = 2 if cls.serif_path.endswith("NotoSerifCJK-Bold.ttc") else 0
        return ImageFont.truetype(cls.serif_path, size, index=index)


def rgb(value):
    """``"#a31621"`` (or a tuple) as an RGB tuple."""
    if isinstance(value, str):
        value = value.lstrip("#")
        return tuple(int(value[i : i + 2], 16) for i in (0, 2, 4))
    return tuple(value)


def mix(first, second, part):
    """Colour between two colours; ``part`` 0 is the first, 1 the second."""
    first, second = rgb(first), rgb(second)
    part = max(0.0, min(1.0, part))
    return tuple(round(a + (b - a) * part) for a, b in zip(first, second, strict=True))


def background(top, bottom, table, glow="#ffffff", glow_strength=0.55):
    """A lit studio corner: wall gradient, halo behind the goods, table top."""
    column = Image.new("RGB", (1, 256))
    for y in range(256):
        column.putpixel((0, y), mix(top, bottom, y / 200))
    image = column.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    _add_halo(image, glow, glow_strength)
    _add_table(image, table)
    return image.convert("RGBA")


def _add_halo(image, glow, strength):
    radial = ImageChops.invert(Image.radial_gradient("L")).resize((1700, 1700))
    radial = radial.point(lambda v: int(max(0, v - 40) * 1.15 * strength))
    mask = Image.new("L", image.size, 0)
    mask.paste(radial, (CENTER - 850, 620 - 850))
    image.paste(Image.new("RGB", image.size, rgb(glow)), (0, 0), mask)


def _add_table(image, table):
    height = SIZE - TABLE_Y + 90
    column = Image.new("RGB", (1, 64))
    for y in range(64):
        column.putpixel((0, y), mix(mix(table, "#ffffff", 0.28), table, y / 50))
    top = column.resize((SIZE, height), Image.Resampling.BICUBIC)
    mask = Image.new("L", (SIZE, height), 255)
    fade = ImageDraw.Draw(mask)
    for y in range(70):
        fade.line([(0, y), (SIZE, y)], fill=int(255 * (y / 70) ** 1.6))
    image.paste(top, (0, TABLE_Y - 90), mask)


def drop_shadow(canvas, left, right, y, strength=120, height=None):
    """Contact shadow on the table under something that stands at ``y``."""
    width = right - left
    height = height or max(36, width * 0.13)
    layer = Image.new("L", canvas.size, 0)
    draw = ImageDraw.Draw(layer)
    shift = width * 0.06
    draw.ellipse(
        [left - width * 0.06, y - height / 2, right + width * 0.16 + shift, y + height],
        fill=int(strength * 0.75),
    )
    layer = layer.filter(ImageFilter.GaussianBlur(28))
    tight = Image.new("L", canvas.size, 0)
    ImageDraw.Draw(tight).ellipse(
        [left, y - height * 0.35, right, y + height * 0.4], fill=strength
    )
    tight = tight.filter(ImageFilter.GaussianBlur(9))
    black = Image.new("RGBA", canvas.size, (30, 18, 10, 255))
    canvas.paste(black, (0, 0), ImageChops.lighter(layer, tight))


def reflection(canvas, layer, y, strength=0.16, length=150):
    """Faint mirror image of ``layer`` on the table below ``y``."""
    part = layer.crop((0, int(y) - length, SIZE, int(y)))
    part = part.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    fade = Image.new("L", (1, length))
    for i in range(length):
        fade.putpixel((0, i), int(255 * strength * (1 - i / length) ** 1.5))
    mask = ImageChops.multiply(part.getchannel("A"), fade.resize(part.size))
    canvas.paste(part.convert("RGB"), (0, int(y)), mask)


def text_center(draw, x, y, text, font, fill, spacing=0):
    """One line centred on ``(x, y)``, with extra letter spacing."""
    widths = [draw.textlength(char, font=font) for char in text]
    cursor = x - (sum(widths) + spacing * (len(text) - 1)) / 2
    for char, width in zip(text, widths, strict=True):
        draw.text((cursor, y), char, font=font, fill=fill, anchor="lm")
        cursor += width + spacing


def text_vertical(draw, x, top, text, font, fill, step=None):
    """Characters below each other, centred on ``x``; returns the lower end."""
    step = step or font.size * 1.02
    for index, char in enumerate(text):
        draw.text(
            (x, top + step * (index + 0.5)), char, font=font, fill=fill, anchor="mm"
        )
    return top + step * len(text)


def seal(draw, x, y, size, text, fill="#b3202a", ink="#fff4e6"):
    """A small square name stamp."""
    draw.rounded_rectangle(
        [x - size / 2, y - size / 2, x + size / 2, y + size / 2], size * 0.12, fill=fill
    )
    if len(text) == 1:
        font = Fonts.brush(int(size * 0.8))
        draw.text((x, y), text, font=font, fill=ink, anchor="mm")
        return
    font = Fonts.serif(int(size * 0.4))
    spots = [(0.24, -0.23), (0.24, 0.23), (-0.24, -0.23), (-0.24, 0.23)]
    for char, (dx, dy) in zip(text[:4], spots, strict=False):
        draw.text(
            (x + dx * size, y + dy * size), char, font=font, fill=ink, anchor="mm"
        )


def smooth(points, steps=14):
    """Catmull-Rom curve through ``(y, radius)`` points."""
    if len(points) < 3:
        return list(points)
    padded = [points[0], *points, points[-1]]
    curve = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    0.5
                    * (
                        2 * b
                        + (c - a) * t
                        + (2 * a - 5 * b + 4 * c - d) * t * t
                        + (3 * b - a - 3 * c + d) * t**3
                    )
                    for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
                )
            )
    curve.append(tuple(points[-1]))
    return curve


def arc_drop(u, depth):
    """How far a ring seen slightly from above sags at ``u`` in [-1, 1]."""
    return depth * math.sqrt(max(0.0, 1 - u * u))


def frame(canvas, center, side):
    """Cut the square of ``side`` around ``center`` out of the canvas."""
    x, y = center
    left = min(max(0, x - side // 2), SIZE - side)
    top = min(max(0, y - side // 2), SIZE - side)
    return canvas.crop((left, top, left + side, top + side))


def save(canvas, path, limit=40_000):
    """Scale down and write a JPEG no larger than ``limit`` bytes."""
    size = (FINAL_SIZE, FINAL_SIZE)
    image = canvas.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    for quality in (88, 84, 80, 76, 72, 66, 60, 52, 44):
        image.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= limit:
            return quality
    raise SystemExit(f"{path} does not fit into {limit} bytes")
