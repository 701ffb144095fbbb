#!/usr/bin/env python3
"""Draw the pictures of the demo shop.

    python tools/make_pictures.py [--brush FONT.ttf] [CODE ...]

Reads ``recipes.json`` next to this file, writes ``static/img/products/CODE.jpg``
and, without codes, the logo, the favicon and the home page banner. Needs Pillow
and an installed Chinese font; a brush font makes the labels look written.
"""

import argparse
import json
from pathlib import Path

from pictures import scenes
from pictures.canvas import Fonts, frame, save, text_center
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
IMG = HERE.parent / "static" / "img"
# Per arrangement: the centre and the side of the square that is shown.
FRAMES = {
    "single": ((800, 830), 1250),
    "jar": ((800, 830), 1250),
    "with_box": ((885, 820), 1290),
    "wooden": ((885, 820), 1290),
    "pair": ((800, 890), 1290),
    "row": ((800, 880), 1440),
    "case": ((830, 930), 1330),
    "cups": ((800, 990), 1290),
    "tasting": ((800, 860), 1220),
    "decanter": ((800, 930), 1350),
    "teapot": ((820, 930), 1290),
    "bags": ((860, 930), 1340),
}


def draw_product(code, recipe):
    """Draw one product; returns the size of the file in bytes."""
    path = IMG / "products" / f"{code}.jpg"
    name = recipe["scene"]
    canvas = getattr(scenes, name)(recipe)
    center, side = recipe.get("frame") or FRAMES[name]
    save(frame(canvas, center, side), path)
    return path.stat().st_size


def draw_brand(recipes, brand):
    """Logo, favicon, module icon and banner."""
    mark = scenes.text_mark(512, brand["mark"], "#8a1a1c", "#f3d27a")
    mark.resize((256, 256), Image.Resampling.LANCZOS).save(IMG / "favicon.png")
    icon = HERE.parent / "static" / "description" / "icon.png"
    mark.resize((140, 140), Image.Resampling.LANCZOS).save(icon)
    logo = Image.new("RGBA", (1080, 300))
    logo.alpha_composite(mark.resize((260, 260), Image.Resampling.LANCZOS), (10, 20))
    scenes.write_name(logo, 660, 118, brand["name"], 210, "#6d1416")
    text_center(
        ImageDraw.Draw(logo), 664, 254, brand["slogan"], Fonts.serif(44), "#8f6a26", 12
    )
    logo.resize((540, 150), Image.Resampling.LANCZOS).save(IMG / "logo.png")
    shelf = [
        (recipes[item["code"]], item["x"], item["height"]) for item in brand["banner"]
    ]
    banner = scenes.banner(shelf).convert("RGB")
    banner.save(IMG / "banner.jpg", "JPEG", quality=84, optimize=True, progressive=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--brush", help="font file for the writing on labels")
    parser.add_argument("codes", nargs="*", help="only these products")
    args = parser.parse_args()
    Fonts.setup(args.brush)
    book = json.loads((HERE / "recipes.json").read_text(encoding="utf-8"))
    recipes = book["products"]
    (IMG / "products").mkdir(parents=True, exist_ok=True)
    for code in args.codes or recipes:
        print(code, draw_product(code, recipes[code]), flush=True)
    if not args.codes:
        draw_brand(recipes, book["brand"])


if __name__ == "__main__":
    main()
