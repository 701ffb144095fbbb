"""Bottle and jar forms.

A form is drawn in units where the whole bottle is 1000 high; ``Bottle`` places
it on the canvas with its foot on the table.
"""

from dataclasses import dataclass

from PIL import ImageDraw

from . import labels
from .canvas import mix, smooth
from .ware import (
    MATERIALS,
    TILT,
    Material,
    cloth_top,
    new_layer,
    ribbon,
    ring,
    turn,
    wrap,
)

PALETTES = {
    "red": ("#a9131e", "#f6d98c", "#e4b85a"),
    "cream": ("#f7efdc", "#3b1a12", "#a5312b"),
    "white": ("#fbf8f1", "#1f1d1c", "#b3202a"),
    "black": ("#1c1819", "#e3bf6d", "#c99b3f"),
    "navy": ("#1d2f4d", "#f0dca6", "#c6a253"),
    "green": ("#1f4a3c", "#f2e2b0", "#c2a258"),
    "kraft": ("#c9a777", "#3c2413", "#7b4a27"),
    "gold": ("#d3aa55", "#4a1410", "#7f1d17"),
    "pink": ("#f9e3da", "#9b1c22", "#c4564e"),
    "sky": ("#eaf3f5", "#1d4560", "#5b93b0"),
}

# Per form: body profile, neck radius and height, where the label goes.
FORMS = {
    "classic": {
        "body": [
            (118, 50),
            (190, 52),
            (232, 66),
            (276, 140),
            (322, 178),
            (400, 186),
            (700, 186),
            (930, 185),
            (984, 179),
            (1000, 170),
        ],
        "cap": (58, 128),
        "label": (408, 470, 186),
    },
    "slim": {
        "body": [
            (118, 42),
            (250, 45),
            (330, 62),
            (390, 118),
            (450, 136),
            (520, 140),
            (800, 140),
            (950, 139),
            (988, 135),
            (1000, 128),
        ],
        "cap": (50, 140),
        "label": (520, 400, 140),
    },
    "column": {
        "body": [
            (120, 56),
            (200, 58),
            (226, 92),
            (244, 152),
            (268, 168),
            (330, 170),
            (700, 170),
            (960, 170),
            (990, 166),
            (1000, 160),
        ],
        "cap": (64, 132),
        "label": (370, 500, 170),
    },
    "vase": {
        "body": [
            (120, 50),
            (176, 54),
            (214, 82),
            (262, 168),
            (340, 226),
            (430, 238),
            (560, 226),
            (760, 176),
            (920, 146),
            (980, 144),
            (1000, 148),
        ],
        "cap": (60, 132),
        "label": (330, 420, 226),
    },
    "drum": {
        "body": [
            (150, 54),
            (200, 58),
            (240, 96),
            (300, 190),
            (390, 240),
            (520, 258),
            (700, 250),
            (860, 216),
            (960, 178),
            (1000, 168),
        ],
        "cap": (64, 162),
        "label": (380, 440, 250),
    },
    "gourd": {
        "body": [
            (110, 36),
            (160, 42),
            (220, 96),
            (300, 140),
            (380, 136),
            (450, 92),
            (486, 82),
            (540, 120),
            (630, 208),
            (740, 246),
            (850, 236),
            (950, 178),
            (1000, 130),
        ],
        "cap": (40, 122),
        "label": (600, 330, 240),
    },
    "flat": {
        "body": [
            (110, 50),
            (190, 52),
            (214, 76),
            (240, 160),
            (275, 206),
            (340, 216),
            (700, 216),
            (920, 212),
            (980, 196),
            (1000, 180),
        ],
        "cap": (58, 122),
        "label": (330, 470, 214),
    },
    "mini": {
        "body": [
            (150, 84),
            (230, 86),
            (270, 120),
            (330, 196),
            (400, 214),
            (480, 218),
            (760, 218),
            (940, 214),
            (986, 200),
            (1000, 190),
        ],
        "cap": (94, 170),
        "label": (440, 440, 217),
    },
}


@dataclass
class Bottle:
    """One bottle of a recipe, ready to be painted."""

    form: str = "classic"
    body: str = "white"
    cap: str = "red"
    label: dict = None
    ribbon: str = None
    level: float = 0.36  # where the liquor starts in a glass bottle
    liquor: str = "liquor"

    def paint(self, canvas_layer, cx, foot, height):
        """Paint with the foot at ``foot`` and the given total height."""
        scale = height / 1000
        top = foot - height
        form = FORMS[self.form]

        def place(points):
            return [(top + y * scale, r * scale) for y, r in points]

        layer = new_layer()
        material = MATERIALS[self.body]
        if material.alpha < 255:
            self._fill(layer, cx, place(form["body"]), height, foot)
        turn(layer, cx, place(form["body"]), material)
        self._paint_label(layer, cx, top, scale, form)
        self._paint_cap(layer, cx, top, scale, form)
        canvas_layer.alpha_composite(layer)
        return layer

    def _fill(self, layer, cx, points, height, foot):
        start = foot - height * (1 - self.level)
        inner = [(y, r * 0.93) for y, r in smooth(points) if y > start]
        inner.insert(0, (start, inner[0][1]))
        turn(layer, cx, inner, self.liquor, rounded=False)
        surface = ImageDraw.Draw(layer)
        radius = inner[0][1]
        depth = radius * TILT
        color = (*mix(MATERIALS[self.liquor].color, "#ffffff", 0.35), 190)
        surface.ellipse(
            [cx - radius, start - depth, cx + radius, start + depth], fill=color
        )

    def _paint_label(self, layer, cx, top, scale, form):
        if not self.label:
            return
        start, height, radius = form["label"]
        radius = radius * scale
        spread = self.label.get("spread", 0.62)
        width = int(radius * spread * 3.1416)
        flat = flat_label(self.label, width, int(height * scale))
        offset = (height * scale - flat.height) / 2
        wrap(layer, flat, cx, top + start * scale + offset, radius, spread)

    def _paint_cap(self, layer, cx, top, scale, form):
        radius, depth = form["cap"]
        radius, depth = radius * scale, depth * scale
        cap = MATERIALS[self.cap]
        if self.cap == "cloth":
            cloth_top(layer, cx, top + depth, radius * 1.15, depth * 1.05)
            return
        if self.cap == "rough":  # wooden stopper with cord
            turn(
                layer,
                cx,
                [(top + depth * 0.25, radius * 0.8), (top + depth, radius * 0.78)],
                cap,
                rounded=False,
                close_top=True,
            )
            ring(
                layer,
                cx,
                top + depth * 1.0,
                radius * 0.95,
                16 * scale,
                Material("#b81c2b", 0.3),
            )
            ring(
                layer,
                cx,
                top + depth * 1.16,
                radius * 0.95,
                14 * scale,
                Material("#b81c2b", 0.3),
            )
            return
        turn(
            layer,
            cx,
            [(top + 6 * scale, radius * 0.97), (top + depth, radius * 1.0)],
            cap,
            rounded=False,
            close_top=True,
        )
        trim = "gold" if self.cap not in ("gold", "darkgold") else "red"
        ring(layer, cx, top + depth * 0.80, radius * 1.0, 14 * scale, trim)
        ring(layer, cx, top + depth * 0.96, radius * 1.04, 20 * scale, cap)
        ring(layer, cx, top + depth * 0.14, radius * 0.985, 6 * scale, trim)
        if self.ribbon:
            ribbon(
                layer,
                cx,
                top + depth * 1.12,
                radius * 0.98,
                self.ribbon,
                tail=max(70, 190 * scale),
            )


def flat_label(spec, width, height):
    """Draw the label that a recipe asks for."""
    kind = spec.get("kind", "paper")
    title, brand = spec["title"], spec.get("brand", "")
    small = spec.get("spec", "")
    palette = PALETTES[spec.get("palette", "red")]
    if kind == "paper":
        return labels.paper(width, height, title, brand, small, palette)
    if kind == "cartouche":
        return labels.cartouche(width, height, title, brand, small, palette)
    if kind == "brushed":
        return labels.brushed(
            width,
            height,
            title,
            brand,
            small,
            spec.get("ink", "#2a1410"),
            spec.get("stamp", "#b3202a"),
        )
    if kind == "band":
        return labels.band(width, int(height * 0.62), title, brand, palette)
    if kind == "diamond":
        size = min(width, height)
        return labels.diamond(size, title, palette[0], palette[1])
    return labels.medallion(width, height, title, brand, spec.get("ink", "#e8c470"))
