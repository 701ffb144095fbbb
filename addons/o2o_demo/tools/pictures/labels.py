"""Flat label drawings, later wrapped around a bottle or laid on a box."""

import math

from PIL import Image, ImageDraw

from .canvas import Fonts, seal, text_center, text_vertical


def paper(width, height, title, brand, spec, palette):
    """A classic paper label: title in brush, brand seal, small print."""
    ground, ink, line = palette
    image = Image.new("RGBA", (width, height), ground)
    draw = ImageDraw.Draw(image)
    edge = max(8, width // 40)
    draw.rectangle(
        [edge, edge, width - edge, height - edge], outline=line, width=edge // 2
    )
    draw.rectangle(
        [edge * 2.2, edge * 2.2, width - edge * 2.2, height - edge * 2.2],
        outline=line,
        width=3,
    )
    size = int(min(width * 0.6, height * 0.62 / max(2, len(title))))
    text_vertical(
        draw, width / 2, height * 0.075, title, Fonts.brush(size), ink, step=size * 0.98
    )
    stamp = min(width * 0.17, height * 0.12)
    seal(draw, width * 0.82, height * 0.66, stamp, brand, *_stamp_colors(ground))
    y = height * 0.765
    draw.line([(width * 0.16, y), (width * 0.84, y)], fill=line, width=4)
    big = Fonts.serif(int(min(width * 0.105, height * 0.075)))
    small = Fonts.serif(int(min(width * 0.062, height * 0.045)))
    text_center(draw, width / 2, height * 0.825, brand, big, ink, 12)
    text_center(draw, width / 2, height * 0.905, spec, small, ink, 1)
    return image


def _stamp_colors(ground):
    """A stamp that shows on its paper: red on light paper, gold on red."""
    light = sum(int(ground[i : i + 2], 16) for i in (1, 3, 5)) > 330
    return ("#b3202a", "#fff4e6") if light else ("#e3bf6d", "#7a1418")


def diamond(size, text, ground="#b3141f", ink="#f3d27a"):
    """The red square on its corner, seen on every liquor jar."""
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    half = size / 2

    def square(part, **kwargs):
        reach = half * part
        draw.polygon(
            [
                (half, half - reach),
                (half + reach, half),
                (half, half + reach),
                (half - reach, half),
            ],
            **kwargs,
        )

    square(0.99, fill=ground)
    square(0.9, outline=ink, width=max(3, size // 90))
    square(0.85, outline=ink, width=max(2, size // 160))
    share = {1: 0.52, 2: 0.29}.get(len(text), 0.225)
    font = Fonts.brush(int(size * share), text)
    if len(text) == 1:
        draw.text((half, half), text, font=font, fill=ink, anchor="mm")
    else:
        text_vertical(draw, half, half - font.size * len(text) / 2, text, font, ink)
    return image


def brushed(width, height, title, brand, spec, ink, stamp_color="#b3202a"):
    """Writing straight on the glaze, no paper."""
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    size = int(min(width * 0.62, height * 0.62 / max(2, len(title))))
    end = text_vertical(
        draw, width / 2, 0, title, Fonts.brush(size), ink, step=size * 0.98
    )
    stamp = min(width * 0.17, height * 0.13)
    seal(draw, width * 0.5, end + stamp * 0.85, stamp, brand, stamp_color)
    font = Fonts.serif(int(min(width * 0.055, height * 0.05)))
    text_center(draw, width / 2, height * 0.945, spec, font, ink, 1)
    return image


def band(width, height, title, brand, palette):
    """A wide belly band with the title across."""
    ground, ink, line = palette
    image = Image.new("RGBA", (width, height), ground)
    draw = ImageDraw.Draw(image)
    for y in (height * 0.06, height * 0.94):
        draw.line([(0, y), (width, y)], fill=line, width=6)
    size = int(min(height * 0.56, width * 0.8 / max(2, len(title))))
    text_center(
        draw, width / 2, height * 0.44, title, Fonts.brush(size), ink, size * 0.06
    )
    text_center(
        draw, width / 2, height * 0.80, brand, Fonts.serif(int(height * 0.12)), ink, 10
    )
    return image


def cartouche(width, height, title, brand, spec, palette):
    """An upright oval plaque in metal colours, for old vintages."""
    ground, ink, line = palette
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle([0, 0, width - 1, height - 1], width * 0.48, fill=line)
    edge = width * 0.035
    draw.rounded_rectangle(
        [edge, edge, width - 1 - edge, height - 1 - edge], width * 0.45, fill=ground
    )
    edge *= 2
    draw.rounded_rectangle(
        [edge, edge, width - 1 - edge, height - 1 - edge],
        width * 0.42,
        outline=line,
        width=4,
    )
    size = int(min(width * 0.5, height * 0.58 / max(2, len(title))))
    text_vertical(
        draw, width / 2, height * 0.13, title, Fonts.brush(size), ink, step=size * 0.98
    )
    text_center(
        draw, width / 2, height * 0.79, brand, Fonts.serif(int(width * 0.105)), ink, 6
    )
    short = " ".join(spec.split()[1:])
    text_center(
        draw, width / 2, height * 0.88, short, Fonts.serif(int(width * 0.055)), ink, 1
    )
    return image


def medallion(width, height, title, words, ink):
    """A ringed character above two small ones, for the year's animal."""
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    size = int(min(width * 0.92, height * 0.66))
    cx, cy = width / 2, size / 2
    for part, thick in ((1.0, 0.030), (0.90, 0.010)):
        reach = size / 2 * part
        draw.ellipse(
            [cx - reach, cy - reach, cx + reach, cy + reach],
            outline=ink,
            width=max(3, int(size * thick)),
        )
    for turn in range(24):
        angle = turn * math.pi / 12
        x, y = cx + math.cos(angle) * size * 0.40, cy + math.sin(angle) * size * 0.40
        dot = size * (0.016 if turn % 2 else 0.009)
        draw.ellipse([x - dot, y - dot, x + dot, y + dot], fill=ink)
    draw.text(
        (cx, cy), title, font=Fonts.brush(int(size * 0.62)), fill=ink, anchor="mm"
    )
    text_center(draw, cx, height * 0.84, words, Fonts.brush(int(width * 0.19)), ink, 14)
    return image
