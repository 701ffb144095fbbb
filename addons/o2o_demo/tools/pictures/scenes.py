"""How goods are arranged for the picture: one function per arrangement."""

import math

from PIL import Image, ImageDraw, ImageFilter

from . import boxes
from .bottles import PALETTES, Bottle
from .canvas import (
    CENTER,
    SIZE,
    Fonts,
    background,
    drop_shadow,
    mix,
    reflection,
    smooth,
    text_center,
)
from .ware import MATERIALS, TILT, Material, new_layer, ring, turn

FOOT = 1310

BACKGROUNDS = {
    "warm": ("#e9d9c2", "#f6ecdd", "#c9a67d"),
    "red": ("#7d1a1c", "#b5443a", "#5e1214"),
    "night": ("#23262e", "#474a52", "#17181d"),
    "mist": ("#cfdcd9", "#eef3ef", "#a9bcb4"),
    "sky": ("#cddde8", "#eef4f7", "#a3bccb"),
    "sand": ("#ddd0b8", "#f3ead9", "#b89a73"),
    "plum": ("#5a3038", "#93606a", "#3b1d25"),
    "rose": ("#f0d3ca", "#fbeee8", "#d9a596"),
    "forest": ("#243a33", "#4d6b5d", "#172620"),
}


def _stage(recipe):
    name = recipe.get("background", "warm")
    dark = name in ("red", "night", "plum", "forest")
    glow = "#ffdcae" if dark else "#fffaf0"
    return background(
        *BACKGROUNDS[name], glow=glow, glow_strength=0.42 if dark else 0.7
    )


def _bottle(recipe):
    keys = ("form", "body", "cap", "label", "ribbon", "level", "liquor")
    return Bottle(**{key: recipe[key] for key in keys if key in recipe})


def _foot_radius(bottle, height):
    from .bottles import FORMS

    return FORMS[bottle.form]["body"][-2][1] * height / 1000


def _stand(canvas, bottle, cx, foot, height):
    radius = _foot_radius(bottle, height)
    drop_shadow(canvas, cx - radius, cx + radius, foot + radius * TILT * 0.6)
    layer = new_layer()
    bottle.paint(layer, cx, foot, height)
    reflection(canvas, layer, foot + radius * TILT)
    canvas.alpha_composite(layer)


def single(recipe):
    """One bottle in the middle."""
    canvas = _stage(recipe)
    _stand(canvas, _bottle(recipe), CENTER, FOOT, recipe.get("height", 1010))
    return canvas


def with_box(recipe):
    """A bottle in front of its own carton."""
    canvas = _stage(recipe)
    box = recipe["box"]
    layer = new_layer()
    width, height = box.get("width", 430), box.get("height", 960)
    left = CENTER - 40
    drop_shadow(canvas, left, left + width + 120, FOOT - 40, 110, 60)
    face = boxes.gift_face(width, height, box)
    color = PALETTES[box.get("palette", "red")][0]
    boxes.upright(layer, left, FOOT - 40, width, height, 220, color, face)
    canvas.alpha_composite(layer)
    _stand(canvas, _bottle(recipe), CENTER - 200, FOOT + 30, recipe.get("height", 900))
    return canvas


def pair(recipe):
    """The gift box in the middle, one bottle on either side."""
    canvas = _stage(recipe)
    box = recipe["box"]
    layer = new_layer()
    width, height = 470, 860
    left = CENTER - width // 2 - 40
    drop_shadow(canvas, left, left + width + 90, FOOT - 90, 110, 60)
    face = boxes.gift_face(width, height, box)
    color = PALETTES[box.get("palette", "red")][0]
    boxes.upright(layer, left, FOOT - 90, width, height, 170, color, face)
    canvas.alpha_composite(layer)
    first = _bottle(recipe)
    second = _bottle({**recipe, **recipe.get("second", {})})
    height = recipe.get("height", 800)
    spread = recipe.get("spread", 360)
    _stand(canvas, first, CENTER - spread, FOOT + 30, height)
    _stand(canvas, second, CENTER + spread, FOOT + 30, height)
    return canvas


def row(recipe):
    """Several small bottles side by side in an opened box, or loose."""
    canvas = _stage(recipe)
    bottles = recipe["bottles"]
    count = len(bottles)
    box = recipe.get("box")
    span = recipe.get("span", 1120)
    step = span / count
    height = recipe.get("height", 560)
    foot = FOOT - 40
    left = CENTER - span / 2
    if box:
        color = PALETTES[box.get("palette", "red")][0]
        drop_shadow(canvas, left - 50, left + span + 50, FOOT + 40, 130, 60)
        layer = new_layer()
        boxes.lid(
            layer, left - 40, foot - height - 280, span + 80, height + 200, color, box
        )
        boxes.tray(layer, left - 50, foot + 30, span + 100, 200, color)
        canvas.alpha_composite(layer)
    order = range(count) if box else [*range(0, count, 2), *range(1, count, 2)]
    for index in order:
        part = bottles[index]
        bottle = _bottle({**recipe, **part})
        cx = CENTER - span / 2 + step * (index + 0.5)
        if box:
            layer = new_layer()
            bottle.paint(layer, cx, foot, height)
            canvas.alpha_composite(layer)
        else:
            _stand(canvas, bottle, cx, foot - 40 + (index % 2) * 120, height)
    if box:
        layer = new_layer()
        boxes.tray_front(
            layer,
            left - 50,
            foot - 40,
            span + 100,
            150,
            color,
            box["brand"],
            PALETTES[box.get("palette", "red")][1],
        )
        canvas.alpha_composite(layer)
    return canvas


def case(recipe):
    """A carton of six with one bottle in front."""
    canvas = _stage(recipe)
    box = recipe["box"]
    color = PALETTES[box.get("palette", "kraft")][0]
    width, height = 840, 560
    left = CENTER - 500
    drop_shadow(canvas, left, left + width + 220, FOOT - 60, 130, 80)
    layer = new_layer()
    face = boxes.gift_face(width, height, {**box, "pattern": "none"})
    boxes.upright(layer, left, FOOT - 60, width, height, 420, color, face)
    canvas.alpha_composite(layer)
    _stand(canvas, _bottle(recipe), CENTER + 330, FOOT + 60, recipe.get("height", 900))
    return canvas


def jar(recipe):
    """A big jar, tied with cloth, with a paper diamond."""
    return single({**recipe, "cap": "cloth"})


def wooden(recipe):
    """A bottle beside a wooden sliding box."""
    canvas = _stage(recipe)
    layer = new_layer()
    width, height = 420, 930
    left = CENTER - 30
    drop_shadow(canvas, left, left + width + 120, FOOT - 40, 110, 60)
    grain = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(grain)
    for index in range(46):
        x = index * width / 46
        sway = 10 * math.sin(index * 1.7)
        tone = mix("#9a6a3c", "#5d3a1c", 0.25 + 0.35 * math.sin(index * 2.3) ** 2)
        draw.line(
            [(x, 0), (x + sway, height * 0.4), (x - sway, height * 0.7), (x, height)],
            fill=(*tone, 90),
            width=5,
            joint="curve",
        )
    grain = grain.filter(ImageFilter.GaussianBlur(1.5))
    draw = ImageDraw.Draw(grain)
    title = recipe["box"]["title"]
    size = 150
    for index, char in enumerate(title):
        y = 200 + index * 160
        draw.text(
            (width / 2 + 2, y + 3),
            char,
            font=Fonts.brush(size),
            fill="#d9ab74",
            anchor="mm",
        )
        draw.text(
            (width / 2, y), char, font=Fonts.brush(size), fill="#3c1f0c", anchor="mm"
        )
    draw.rounded_rectangle([width * 0.36, 800, width * 0.64, 830], 14, fill="#4a2b12")
    boxes.upright(
        layer, left, FOOT - 40, width, height, 220, MATERIALS["wood"].color, grain
    )
    canvas.alpha_composite(layer)
    _stand(canvas, _bottle(recipe), CENTER - 210, FOOT + 30, recipe.get("height", 880))
    return canvas


# --- ware without liquor ---------------------------------------------------


def _cup(canvas, cx, foot, height, profile, material, liquor=None, rim=True):
    """An open cup: outside, then the rim ellipse with what is inside."""
    scale = height / 100
    points = [(foot - height + y * scale, r * scale) for y, r in profile]
    radius = points[0][1]
    drop_shadow(canvas, cx - points[-1][1], cx + points[-1][1], foot + 6, 100, 30)
    layer = new_layer()
    material = MATERIALS[material] if isinstance(material, str) else material
    if liquor and material.alpha < 255:
        start, end = BOWLS[id(profile)]
        part = [
            (y, r * 0.9)
            for y, r in smooth(points)
            if start <= (y - foot + height) / height <= end
        ]
        turn(layer, cx, part, liquor, rounded=False)
    turn(layer, cx, points, material)
    if rim:
        depth = radius * 0.26
        y = points[0][0]
        draw = ImageDraw.Draw(layer)
        outside = mix(material.color, "#ffffff", 0.45)
        inside = mix(material.color, "#000000", 0.22)
        alpha = 255 if material.alpha == 255 else 120
        draw.ellipse(
            [cx - radius, y - depth, cx + radius, y + depth], fill=(*outside, alpha)
        )
        lip = radius * 0.92
        draw.ellipse(
            [cx - lip, y - depth * 0.86, cx + lip, y + depth * 0.9],
            fill=(*inside, alpha),
        )
        if liquor and material.alpha == 255:
            low = radius * 0.8
            draw.ellipse(
                [cx - low, y - depth * 0.4, cx + low, y + depth * 0.84],
                fill=(*mix(MATERIALS[liquor].color, "#ffffff", 0.2), 220),
            )
    canvas.alpha_composite(layer)


CUP = [(0, 62), (40, 58), (75, 46), (90, 30), (94, 28), (100, 30)]
STEM = [
    (0, 20),
    (10, 25),
    (26, 26),
    (38, 18),
    (46, 6),
    (80, 4),
    (93, 6),
    (98, 22),
    (100, 24),
]
TULIP = [
    (0, 14),
    (14, 20),
    (30, 27),
    (42, 25),
    (52, 12),
    (58, 4),
    (88, 3.4),
    (95, 8),
    (99, 24),
    (100, 25),
]
# Share of the height, from the top, that is filled with liquor.
BOWLS = {id(CUP): (0.34, 0.88), id(STEM): (0.16, 0.43), id(TULIP): (0.26, 0.53)}


def cups(recipe):
    """Six small cups in two rows."""
    canvas = _stage(recipe)
    profile = {"cup": CUP, "stem": STEM}[recipe["cup"]]
    height = recipe.get("height", 230)
    for dy, scale in ((-150, 0.86), (60, 1.0)):
        for dx in (-390, 0, 390):
            _cup(
                canvas,
                CENTER + dx * scale,
                1150 + dy + 40,
                height * scale,
                profile,
                recipe["body"],
                recipe.get("liquor"),
            )
    return canvas


def tasting(recipe):
    """Two tulip glasses with a little liquor."""
    canvas = _stage(recipe)
    for dx, foot in ((-210, 1270), (230, 1320)):
        _cup(canvas, CENTER + dx, foot, 860, TULIP, "glass", "liquor")
    return canvas


def decanter(recipe):
    """A decanter with six cups on a wooden tray."""
    canvas = _stage(recipe)
    layer = new_layer()
    draw = ImageDraw.Draw(layer)
    drop_shadow(canvas, 250, 1350, 1330, 120, 60)
    draw.ellipse([210, 1080, 1390, 1390], fill="#6b4526")
    draw.ellipse([210, 1060, 1390, 1366], fill="#95683c")
    draw.ellipse([250, 1076, 1350, 1346], fill="#85592f")
    canvas.alpha_composite(layer)
    for dx, dy in ((-330, -50), (330, -50), (-180, -86), (180, -86)):
        _cup(canvas, CENTER + dx, 1200 + dy, 130, CUP, "glass")
    points = [
        (520, 96),
        (560, 70),
        (660, 62),
        (760, 78),
        (880, 170),
        (1010, 226),
        (1120, 232),
        (1200, 196),
        (1226, 170),
    ]
    layer = new_layer()
    inner = [(y, r * 0.94) for y, r in points if y > 900]
    turn(layer, CENTER, [(900, 172), *inner], "liquor")
    turn(layer, CENTER, points, "glass")
    draw = ImageDraw.Draw(layer)
    draw.ellipse([CENTER - 96, 500, CENTER + 96, 540], fill=(245, 250, 250, 150))
    draw.polygon(
        [(CENTER - 96, 522), (CENTER - 150, 498), (CENTER - 78, 560)],
        fill=(225, 236, 236, 190),
    )
    font = Fonts.serif(30)
    for index, text in enumerate(("100", "75", "50", "25")):
        y = 930 + index * 70
        draw.line(
            [(CENTER + 20, y), (CENTER + 80, y)], fill=(120, 90, 50, 200), width=5
        )
        draw.text(
            (CENTER + 92, y), text, font=font, fill=(120, 90, 50, 220), anchor="lm"
        )
    canvas.alpha_composite(layer)
    for dx in (-330, 330):
        _cup(canvas, CENTER + dx, 1312, 150, CUP, "glass", "liquor")
    return canvas


def teapot(recipe):
    """A clay warming pot with two small cups."""
    canvas = _stage(recipe)
    foot = 1270
    drop_shadow(canvas, CENTER - 300, CENTER + 250, foot, 130, 70)
    body = recipe["body"]
    dark = mix(MATERIALS[body].color, "#000000", 0.25)
    layer = new_layer()
    draw = ImageDraw.Draw(layer)
    cx = CENTER - 40
    draw.arc([cx - 250, 420, cx + 250, 1060], 158, 382, fill=dark, width=34)
    draw.arc(
        [cx - 246, 424, cx + 246, 1060],
        200,
        280,
        fill=mix(MATERIALS[body].color, "#ffffff", 0.2),
        width=8,
    )
    draw.polygon(
        [(cx + 230, 980), (cx + 420, 760), (cx + 470, 770), (cx + 280, 1090)],
        fill=mix(MATERIALS[body].color, "#000000", 0.1),
    )
    draw.ellipse([cx + 412, 744, cx + 478, 784], fill=dark)
    turn(
        layer,
        cx,
        [
            (800, 150),
            (830, 220),
            (920, 300),
            (1030, 316),
            (1150, 280),
            (1230, 220),
            (1262, 210),
        ],
        body,
    )
    turn(layer, cx, [(752, 60), (770, 128), (796, 156), (812, 160)], body)
    turn(layer, cx, [(704, 26), (722, 38), (742, 28), (756, 24)], body)
    ring(layer, cx, 806, 162, 10, Material(mix(dark, "#000000", 0.3), 0.1))
    draw = ImageDraw.Draw(layer)
    ink = (222, 190, 150, 230)
    for lean, length in ((-60, 190), (-20, 240), (30, 220), (80, 170), (110, 120)):
        draw.line(
            [
                (cx - 20, 1160),
                (cx - 20 + lean * 0.4, 1160 - length * 0.6),
                (cx - 20 + lean * 1.5, 1160 - length * 0.86),
            ],
            fill=ink,
            width=9,
            joint="curve",
        )
    for dx, dy in ((-70, -190), (50, -200)):
        draw.ellipse(
            [cx + dx - 14, 1160 + dy - 10, cx + dx + 14, 1160 + dy + 10], fill=ink
        )
    canvas.alpha_composite(layer)
    for dx, foot_y in ((330, 1330), (500, 1280)):
        _cup(canvas, CENTER + dx, foot_y, 120, CUP, body, "amber")
    return canvas


def bags(recipe):
    """Three paper bags."""
    canvas = _stage(recipe)
    for left, foot, color, ink in (
        (260, 1230, "#1c1819", "#d9b35f"),
        (900, 1250, "#efe3cc", "#8a1a1c"),
        (560, 1330, "#a9131e", "#f3d27a"),
    ):
        drop_shadow(canvas, left, left + 470, foot, 110, 60)
        layer = new_layer()
        boxes.bag(layer, left, foot, (400, 620, 150), color, recipe["title"], ink)
        canvas.alpha_composite(layer)
    return canvas


def text_mark(size, text, ground, ink):
    """Square brand mark used by the logo and the favicon."""
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle([0, 0, size - 1, size - 1], size * 0.18, fill=ground)
    edge = size * 0.07
    draw.rounded_rectangle(
        [edge, edge, size - 1 - edge, size - 1 - edge],
        size * 0.13,
        outline=ink,
        width=max(2, size // 50),
    )
    draw.text(
        (size / 2, size * 0.51),
        text,
        font=Fonts.brush(int(size * 0.72)),
        fill=ink,
        anchor="mm",
    )
    return image


def banner(bottles, width=1920, height=820):
    """Home page picture: a row of bottles before misty mountains."""
    left, right, far = "#5c1416", "#a23a2e", "#d98f5f"
    row_image = Image.new("RGB", (width * 2, 1))
    for x in range(width * 2):
        row_image.putpixel((x, 0), mix(left, right, x / (width * 1.6)))
    wide = row_image.resize((width * 2, height * 2), Image.Resampling.BICUBIC).convert(
        "RGBA"
    )
    haze = Image.new("RGBA", wide.size)
    draw = ImageDraw.Draw(haze)
    draw.ellipse(
        [width * 1.28, height * 0.16, width * 1.72, height * 0.16 + width * 0.44],
        fill=(*mix(far, "#fff0c8", 0.5), 150),
    )
    haze = haze.filter(ImageFilter.GaussianBlur(8))
    wide.alpha_composite(haze)
    for base, swing, tone, phase in (
        (1.05, 0.20, "#8a2b25", 0.3),
        (1.28, 0.16, "#6f1d1d", 1.9),
        (1.48, 0.12, "#551315", 3.3),
    ):
        ridge = Image.new("RGBA", wide.size)
        points = [(0, height * 2)]
        for step in range(161):
            x = step / 160
            rise = math.sin(x * 7 + phase) * 0.5 + math.sin(x * 17 + phase * 2) * 0.22
            rise += math.sin(x * 41 + phase) * 0.07
            points.append((x * width * 2, height * (base - swing * rise)))
        points.append((width * 2, height * 2))
        ImageDraw.Draw(ridge).polygon(points, fill=(*mix(tone, tone, 0), 225))
        wide.alpha_composite(ridge.filter(ImageFilter.GaussianBlur(3)))
    for recipe, x, size in bottles:
        layer = new_layer()
        bottle = _bottle(recipe)
        bottle.paint(layer, CENTER, SIZE - 120, size)
        shade = Image.new("RGBA", (SIZE, SIZE))
        radius = _foot_radius(bottle, size)
        drop_shadow(shade, CENTER - radius, CENTER + radius, SIZE - 112, 150)
        shade.alpha_composite(layer)
        wide.alpha_composite(shade, (int(x * 2 - CENTER), int(height * 2 - SIZE + 40)))
    return wide.resize((width, height), Image.Resampling.LANCZOS)


def write_name(image, x, y, text, size, fill):
    """The retailer's name in brush writing."""
    text_center(ImageDraw.Draw(image), x, y, text, Fonts.brush(size), fill, size * 0.06)
