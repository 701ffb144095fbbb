"""Cartons, gift boxes, trays and bags."""

from PIL import Image, ImageDraw, ImageFilter

from . import labels
from .bottles import PALETTES
from .canvas import Fonts, mix, text_center, text_vertical
from .ware import new_layer


def _gradient(size, left, right):
    row = Image.new("RGB", (64, 1))
    for x in range(64):
        row.putpixel((x, 0), mix(left, right, x / 63))
    return row.resize(size, Image.Resampling.BICUBIC).convert("RGBA")


def upright(layer, x, foot, width, height, depth, color, face=None):
    """A box standing on the table, seen a little from the right and above.

    :param face: RGBA drawing for the front, scaled to it
    """
    side = mix(color, "#000000", 0.38)
    top = mix(color, "#ffffff", 0.22)
    shift = int(depth * 0.62)
    rise = int(depth * 0.34)
    piece = new_layer()
    draw = ImageDraw.Draw(piece)
    draw.polygon(
        [
            (x + width, foot),
            (x + width + shift, foot - rise),
            (x + width + shift, foot - rise - height),
            (x + width, foot - height),
        ],
        fill=side,
    )
    draw.polygon(
        [
            (x, foot - height),
            (x + shift, foot - height - rise),
            (x + width + shift, foot - height - rise),
            (x + width, foot - height),
        ],
        fill=top,
    )
    front = _gradient(
        (width, height), mix(color, "#ffffff", 0.10), mix(color, "#000000", 0.12)
    )
    if face is not None:
        front.alpha_composite(face.resize((width, height), Image.Resampling.LANCZOS))
    sheen = Image.new("L", (width, height), 0)
    ImageDraw.Draw(sheen).polygon(
        [(0, 0), (int(width * 0.5), 0), (int(width * 0.14), height), (0, height)],
        fill=26,
    )
    sheen = sheen.filter(ImageFilter.GaussianBlur(30))
    front.paste(Image.new("RGBA", front.size, "white"), (0, 0), sheen)
    piece.alpha_composite(front, (int(x), int(foot - height)))
    draw = ImageDraw.Draw(piece)
    draw.line(
        [(x + width, foot), (x + width, foot - height)],
        fill=mix(color, "#ffffff", 0.25),
        width=3,
    )
    draw.line(
        [(x, foot - height), (x + width, foot - height)],
        fill=mix(color, "#ffffff", 0.35),
        width=3,
    )
    layer.alpha_composite(piece)


def gift_face(width, height, spec):
    """Front of a gift box: frame, big writing, brand, pattern."""
    ground, ink, line = PALETTES[spec.get("palette", "red")]
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    _pattern(draw, width, height, mix(ground, ink, 0.14), spec.get("pattern", "waves"))
    edge = width * 0.05
    draw.rectangle([edge, edge, width - edge, height - edge], outline=line, width=5)
    title = spec["title"]
    if height > width:
        size = int(min(width * 0.4, height * 0.5 / max(2, len(title))))
        plate = [
            width / 2 - size * 0.72,
            height * 0.13,
            width / 2 + size * 0.72,
            height * 0.17 + size * len(title) + size * 0.25,
        ]
        draw.rectangle(plate, fill=ground, outline=line, width=5)
        text_vertical(
            draw,
            width / 2,
            height * 0.15 + size * 0.12,
            title,
            Fonts.brush(size, title),
            ink,
            size,
        )
        text_center(
            draw,
            width / 2,
            height * 0.86,
            spec["brand"],
            Fonts.brush(int(width * 0.15)),
            ink,
            10,
        )
        return image
    size = int(min(height * 0.4, width * 0.66 / len(title)))
    half = size * len(title) * 0.6
    draw.rectangle(
        [width / 2 - half, height * 0.26, width / 2 + half, height * 0.70],
        fill=ground,
        outline=line,
        width=5,
    )
    text_center(
        draw, width / 2, height * 0.47, title, Fonts.brush(size), ink, size * 0.08
    )
    text_center(
        draw,
        width / 2,
        height * 0.83,
        spec["brand"],
        Fonts.serif(int(height * 0.08)),
        ink,
        14,
    )
    return image


def _pattern(draw, width, height, color, kind):
    if kind == "waves":
        step = max(44, width // 9)
        for row, y in enumerate(range(0, height + step, step // 2)):
            for x in range(-step, width + step, step):
                cx = x + (step // 2 if row % 2 else 0)
                for part in (1, 0.68, 0.36):
                    reach = step / 2 * part
                    draw.arc(
                        [cx - reach, y - reach, cx + reach, y + reach],
                        180,
                        360,
                        fill=color,
                        width=3,
                    )
    elif kind == "lattice":
        step = max(40, width // 8)
        for offset in range(-height, width + height, step):
            draw.line([(offset, 0), (offset + height, height)], fill=color, width=3)
            draw.line([(offset + height, 0), (offset, height)], fill=color, width=3)
    elif kind == "mountains":
        _mountains(draw, width, height, color)


def _mountains(draw, width, height, color):
    ridges = (
        (0.62, [0, 0.10, 0.03, 0.17, 0.06, 0.12, 0.02]),
        (0.74, [0.04, 0.0, 0.13, 0.05, 0.16, 0.03, 0.09]),
        (0.86, [0.0, 0.07, 0.02, 0.10, 0.01, 0.08, 0.03]),
    )
    for index, (base, heights) in enumerate(ridges):
        points = [(0, height)]
        for i, rise in enumerate(heights):
            points.append((width * i / (len(heights) - 1), height * (base - rise)))
        points.append((width, height))
        draw.polygon(points, fill=mix(color, "#000000", 0.12 * index))


def tray(layer, x, y, width, height, color, lining="#f2e3c6"):
    """The open lower half of a set box, seen from the front and above."""
    piece = new_layer()
    draw = ImageDraw.Draw(piece)
    lip = int(height * 0.42)
    inset = int(width * 0.035)
    draw.polygon(
        [
            (x + inset, y - lip),
            (x + width - inset, y - lip),
            (x + width, y),
            (x, y),
        ],
        fill=mix(lining, "#000000", 0.18),
    )
    layer.alpha_composite(piece)
    return piece


def tray_front(layer, x, y, width, height, color, text, ink="#f3d27a"):
    """Front wall of the tray, painted over the feet of its bottles."""
    piece = new_layer()
    piece.alpha_composite(
        _gradient(
            (int(width), int(height)),
            mix(color, "#ffffff", 0.12),
            mix(color, "#000000", 0.2),
        ),
        (int(x), int(y)),
    )
    draw = ImageDraw.Draw(piece)
    draw.line([(x, y), (x + width, y)], fill=mix(color, "#ffffff", 0.4), width=5)
    edge = height * 0.12
    draw.rectangle(
        [x + edge, y + edge, x + width - edge, y + height - edge], outline=ink, width=3
    )
    size = int(min(height * 0.52, width * 0.7 / len(text)))
    text_center(
        draw, x + width / 2, y + height * 0.5, text, Fonts.brush(size), ink, size * 0.12
    )
    layer.alpha_composite(piece)


def lid(layer, x, y, width, height, color, spec):
    """The opened lid standing behind a set."""
    piece = new_layer()
    body = _gradient(
        (int(width), int(height)),
        mix(color, "#ffffff", 0.05),
        mix(color, "#000000", 0.25),
    )
    draw = ImageDraw.Draw(body)
    _pattern(
        draw,
        int(width),
        int(height),
        mix(color, "#ffffff", 0.08),
        spec.get("pattern", "waves"),
    )
    edge = 26
    draw.rectangle(
        [edge, edge, width - edge, height - edge], outline="#d9b35f", width=4
    )
    title = spec["title"]
    size = int(min(height * 0.21, width * 0.72 / len(title)))
    text_center(
        draw, width / 2, height * 0.165, title, Fonts.brush(size), "#f3d27a", size * 0.1
    )
    piece.alpha_composite(body, (int(x), int(y)))
    layer.alpha_composite(piece)


def bag(layer, x, foot, size, color, title, ink):
    """A paper carrier bag with cord handles; ``size`` is width, height, depth."""
    width, height, depth = size
    piece = new_layer()
    draw = ImageDraw.Draw(piece)
    top = foot - height
    for shift, shade in ((depth * 0.4, 0.35), (0, 0.0)):
        cord = mix("#8a6a42", "#000000", shade)
        draw.arc(
            [
                x + width * 0.3 + shift,
                top - width * 0.36 - shift * 0.3,
                x + width * 0.7 + shift,
                top + width * 0.34,
            ],
            180,
            360,
            fill=cord,
            width=10,
        )
        if shift:
            layer.alpha_composite(piece)
            face = gift_bag_face(int(width), int(height), title, ink, color)
            upright(
                layer,
                int(x),
                int(foot),
                int(width),
                int(height),
                int(depth),
                color,
                face,
            )
            piece = new_layer()
            draw = ImageDraw.Draw(piece)
    layer.alpha_composite(piece)


def gift_bag_face(width, height, title, ink, color):
    """Front of the carrier bag."""
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    draw.line(
        [(0, height * 0.09), (width, height * 0.09)],
        fill=mix(color, "#000000", 0.15),
        width=3,
    )
    mark = labels.diamond(int(width * 0.5), title[0], mix(color, "#000000", 0.06), ink)
    image.alpha_composite(mark, (int(width * 0.25), int(height * 0.2)))
    size = int(width * 0.2)
    text_center(
        draw, width / 2, height * 0.72, title, Fonts.brush(size), ink, size * 0.1
    )
    return image
