"""Solids of revolution: bottles, jars, cups, caps, and what is stuck on them."""

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .canvas import SIZE, arc_drop, mix, rgb, smooth

TILT = 0.085  # height of a ring's ellipse per unit of radius


@dataclass(frozen=True)
class Material:
    """How a surface takes the light.

    :param color: base colour
    :param gloss: strength of the highlights, 0 to 1
    :param second: colour at the foot, for two-tone glaze (None: one colour)
    :param split: height share (from the top) at which the second colour starts
    :param alpha: opacity; below 255 the wall is glass
    """

    color: str
    gloss: float = 0.6
    second: str = None
    split: float = 0.6
    alpha: int = 255

    def at(self, part):
        """Base colour at a height share (0 top, 1 foot)."""
        if not self.second:
            return rgb(self.color)
        return mix(self.color, self.second, (part - self.split) / 0.22 + 0.5)


MATERIALS = {
    "white": Material("#f3eee3", 0.45),
    "ivory": Material("#ead9b5", 0.45),
    "black": Material("#1f1b1c", 0.85),
    "ink": Material("#22303c", 0.75),
    "red": Material("#a8121f", 0.8),
    "peach": Material("#e79a86", 0.55),
    "celadon": Material("#93bfae", 0.7),
    "jade": Material("#2f5d49", 0.8),
    "brown": Material("#5d3018", 0.75, "#3a1c0e", 0.7),
    "sauce": Material("#7a4a21", 0.7, "#c9a56b", 0.78),
    "clay": Material("#6d3b33", 0.22),
    "rough": Material("#8b6a4b", 0.12, "#6b4c33", 0.55),
    "blue": Material("#2f5f95", 0.7),
    "gold": Material("#c99b3f", 0.95),
    "darkgold": Material("#8f6a26", 0.9),
    "silver": Material("#b9bcc0", 0.95),
    "wood": Material("#9a6a3c", 0.2),
    "cloth": Material("#b01722", 0.12),
    "glass": Material("#dcebe8", 0.95, alpha=26),
    "smoke": Material("#7f9cab", 0.95, alpha=80),
    "liquor": Material("#e8d08a", 0.35, alpha=74),
    "amber": Material("#d9a441", 0.7, alpha=190),
}


def _shade(u, gloss):
    """Light on a cylinder lit from the left front: (diffuse, specular)."""
    normal = math.asin(max(-1.0, min(1.0, u)))
    diffuse = 0.40 + 0.64 * max(0.0, math.cos(normal + 0.55)) ** 0.9
    if u > 0.72:
        diffuse += 0.16 * (u - 0.72) / 0.28
    main = math.exp(-(((u + 0.52) / 0.085) ** 2))
    soft = 0.35 * math.exp(-(((u + 0.42) / 0.24) ** 2))
    rim = 0.32 * math.exp(-(((u - 0.83) / 0.06) ** 2))
    return min(diffuse, 1.06), min(0.9, gloss * (main * 0.75 + soft + rim))


def _strip(color, gloss, alpha, width=512):
    """One row of lit surface, left edge to right edge."""
    row = Image.new("RGBA", (width, 1))
    for x in range(width):
        u = (x + 0.5) / width * 2 - 1
        diffuse, specular = _shade(u, gloss)
        lit = tuple(min(255, int(c * diffuse)) for c in color)
        lit = mix(lit, "#ffffff", specular)
        if alpha < 255:
            edge = abs(u) ** 5
            opacity = int(alpha + (255 - alpha) * max(edge * 0.85, specular * 0.8))
            lit = mix(lit, mix(color, "#203030", 0.55), edge * 0.6)
        else:
            opacity = 255
        row.putpixel((x, 0), (*lit, opacity))
    return row


def turn(layer, cx, points, material, rounded=True, close_top=False):
    """Turn a profile on the wheel and paint it on ``layer``.

    :param points: ``(y, radius)`` from top to foot
    :param rounded: curve through the points instead of straight segments
    :param close_top: paint the top as a visible lid (ellipse)
    """
    material = MATERIALS[material] if isinstance(material, str) else material
    profile = smooth(points) if rounded else list(points)
    top, foot = profile[0][0], profile[-1][0]
    foot_radius = profile[-1][1]
    sag = foot_radius * TILT
    piece = Image.new("RGBA", layer.size)
    strips = {}

    def paint(y, radius, part, clip=None):
        key = round(part * 40) if material.second else 0
        if key not in strips:
            strips[key] = _strip(material.at(part), material.gloss, material.alpha)
        width = max(1, round(radius * 2))
        row = strips[key].resize((width, 1), Image.Resampling.BILINEAR)
        if clip is not None:
            keep = max(1, round(clip * 2))
            offset = (width - keep) // 2
            row = row.crop((offset, 0, offset + keep, 1))
            width = keep
        piece.paste(row, (round(cx - width / 2), int(y)))

    index = 0
    for y in range(int(top), int(foot) + 1):
        while index < len(profile) - 2 and profile[index + 1][0] < y:
            index += 1
        (y0, r0), (y1, r1) = profile[index], profile[index + 1]
        part = 0 if y1 == y0 else (y - y0) / (y1 - y0)
        radius = r0 + (r1 - r0) * max(0.0, min(1.0, part))
        paint(y, radius, (y - top) / max(1, foot - top))
    for step in range(1, int(sag) + 1):
        clip = foot_radius * math.sqrt(max(0.0, 1 - (step / sag) ** 2))
        if clip >= 1:
            paint(foot + step, foot_radius, 1, clip)
    if close_top:
        _lid(piece, cx, top, profile[0][1], material)
    layer.alpha_composite(piece)
    return layer


def _lid(piece, cx, y, radius, material):
    depth = radius * TILT * 1.6
    draw = ImageDraw.Draw(piece)
    color = (*mix(material.color, "#ffffff", 0.22), material.alpha)
    draw.ellipse([cx - radius, y - depth, cx + radius, y + depth], fill=color)


def ring(layer, cx, y, radius, thickness, material="gold"):
    """A band around a turned piece."""
    material = MATERIALS[material] if isinstance(material, str) else material
    strip = _strip(material.at(0), material.gloss, 255).resize((round(radius * 2), 1))
    sag = radius * TILT
    column = Image.new("RGBA", (1, max(1, int(thickness))))
    for x in range(strip.width):
        u = (x + 0.5) / strip.width * 2 - 1
        column.paste(strip.getpixel((x, 0)), (0, 0, 1, column.height))
        left = round(cx - radius) + x
        layer.alpha_composite(column, (left, int(y + arc_drop(u, sag))))


def wrap(layer, flat, cx, top, radius, spread=0.8, gloss=0.25):
    """Stick a flat drawing around a cylinder.

    :param flat: RGBA drawing; its width is the arc it covers
    :param spread: share of the visible half turn that the drawing covers
    """
    height = flat.height
    sag = radius * TILT
    half = spread * math.pi / 2
    target = Image.new("RGBA", layer.size)
    reach = radius * math.sin(half)
    for x in range(round(-reach), round(reach)):
        u = (x + 0.5) / radius
        source = (math.asin(u) / half * 0.5 + 0.5) * flat.width
        source = max(0, min(flat.width - 1, int(source)))
        column = flat.crop((source, 0, source + 1, height))
        diffuse, specular = _shade(u, gloss)
        alpha = column.getchannel("A")
        lit = column.convert("RGB").point(lambda v, d=diffuse: min(255, int(v * d)))
        if specular > 0.02:
            white = Image.new("RGB", lit.size, "white")
            lit = Image.blend(lit, white, specular * 0.6)
        lit.putalpha(alpha)
        target.paste(lit, (round(cx + x), round(top + arc_drop(u, sag))))
    layer.alpha_composite(target)


def clip_to(layer, mask_layer):
    """Cut ``layer`` to the outline of ``mask_layer``."""
    alpha = ImageChops.darker(layer.getchannel("A"), mask_layer.getchannel("A"))
    layer.putalpha(alpha)
    return layer


def ribbon(layer, cx, y, radius, color="#b81c2b", tail=190):
    """A ribbon round the neck with two hanging tails."""
    draw = ImageDraw.Draw(layer)
    dark = mix(color, "#000000", 0.28)
    light = mix(color, "#ffffff", 0.2)
    knot_y = y + radius * TILT + 10
    for side, length in ((-1, tail), (1, tail * 0.82)):
        draw.polygon(
            [
                (cx, knot_y),
                (cx + side * 30, knot_y + length * 0.5),
                (cx + side * 20, knot_y + length),
                (cx + side * 40, knot_y + length - 22),
                (cx + side * 64, knot_y + length - 6),
                (cx + side * 62, knot_y + length * 0.45),
                (cx + side * 14, knot_y - 8),
            ],
            fill=dark if side > 0 else color,
        )
    ring(layer, cx, y - 12, radius, 26, Material(color, 0.35))
    for side in (-1, 1):
        draw.ellipse(
            [
                cx + side * 34 - 34,
                knot_y - 26,
                cx + side * 34 + 34,
                knot_y + 20,
            ],
            fill=color,
            outline=dark,
            width=4,
        )
    draw.rounded_rectangle([cx - 18, knot_y - 20, cx + 18, knot_y + 18], 10, fill=light)


def cloth_top(layer, cx, y, radius, height, color="#b01722"):
    """Cloth tied over the mouth of a jar, with folds and a cord."""
    material = Material(color, 0.12)
    points = [
        (y - height * 0.62, radius * 0.70),
        (y - height * 0.5, radius * 0.92),
        (y - height * 0.1, radius * 0.9),
        (y, radius * 0.86),
    ]
    turn(layer, cx, points, material)
    skirt = Image.new("RGBA", layer.size)
    turn(
        skirt,
        cx,
        [
            (y, radius * 0.86),
            (y + height * 0.3, radius * 1.1),
            (y + height, radius * 1.32),
        ],
        material,
    )
    mask = Image.new("L", layer.size, 0)
    outline = [(cx - radius * 1.5, y - 5), (cx + radius * 1.5, y - 5)]
    for i in range(41):
        u = 1.5 - i * 3 / 40
        wave = math.sin(i * 1.9) * height * 0.1 + math.sin(i * 0.7) * height * 0.07
        outline.append((cx + u * radius, y + height * 0.92 + wave))
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    skirt.putalpha(ImageChops.darker(skirt.getchannel("A"), mask))
    folds = Image.new("RGBA", layer.size)
    draw = ImageDraw.Draw(folds)
    for i in range(13):
        u = -0.96 + i * 0.16
        draw.line(
            [
                (cx + u * radius * 0.84, y + 6),
                (cx + u * radius * 1.28, y + height * 0.95),
            ],
            fill=(60, 0, 6, 120),
            width=9,
        )
    folds = folds.filter(ImageFilter.GaussianBlur(6))
    skirt.alpha_composite(clip_to(folds, skirt))
    layer.alpha_composite(skirt)
    ring(layer, cx, y - 16, radius * 0.88, 12, "gold")
    ring(layer, cx, y, radius * 0.88, 12, "gold")


def new_layer():
    return Image.new("RGBA", (SIZE, SIZE))
