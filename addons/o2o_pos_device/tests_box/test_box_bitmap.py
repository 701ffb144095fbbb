"""POS-05: a logo reaches the paper dot by dot; nothing else is drawn."""

import base64
import io
import time

import pytest
from PIL import Image, ImageDraw

from o2o_box import bitmap
from o2o_box.document import DocumentError
from o2o_box.paper import interpret
from o2o_box.render import render


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def logo(width=120, height=300):
    """A frame and a diagonal: every slice is different."""
    image = Image.new("1", (width, height), 1)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), outline=0)
    draw.line((0, 0, width - 1, height - 1), fill=0, width=3)
    return image


def page(data):
    return {"version": 1, "blocks": [{"type": "image", "data": data}, {"type": "cut"}]}


def printed(data, width=80):
    """The dots on the paper, slices put together."""
    [paper] = interpret(render(page(data), width), width)
    slices = [it for it in paper.elements if it.kind == "raster"]
    [columns] = {it.options["bytes"] for it in slices}
    body = b"".join(it.data for it in slices)
    return Image.frombytes("1", (columns * 8, len(body) // columns), body)


def test_every_dot_is_printed():
    image = logo()
    result = printed(base64.b64encode(png(image)).decode())
    inverted = image.convert("L").point(lambda value: 255 - value).convert("1")
    assert result.size == image.size
    assert result.tobytes() == inverted.tobytes()


@pytest.mark.parametrize(("paper", "dots"), [(58, 384), (80, 576)])
def test_picture_is_never_wider_than_the_paper(paper, dots):
    result = printed(base64.b64encode(png(logo(800, 400))).decode(), paper)
    assert result.size == (dots, dots // 2)


def test_any_upload_becomes_a_small_logo():
    """Transparent is white; colours are dots."""
    upload = Image.new("RGBA", (2000, 1500), (0, 0, 0, 0))
    ImageDraw.Draw(upload).rectangle((0, 0, 999, 1499), fill=(200, 0, 0, 255))
    small = bitmap.shrink(png(upload))
    assert len(small) < 20_000
    result = printed(small, 58)
    assert max(result.size) <= 384 and result.height <= 200
    left, right = (
        result.crop(box).convert("L").resize((1, 1)).getpixel((0, 0))
        for box in ((0, 0, 100, 100), (180, 0, result.width, 100))
    )
    assert left > 100 and right == 0


def test_slip_with_a_logo_is_quick():
    data = bitmap.shrink(png(logo(384, 200)))
    render(page(data))
    begin = time.perf_counter()
    for _round in range(10):
        render(page(data))
    assert (time.perf_counter() - begin) / 10 < 0.05


@pytest.mark.parametrize(
    "data",
    [
        "",
        None,
        "no base64!",
        base64.b64encode(b"GIF89a").decode(),
        base64.b64encode(png(logo())[:200]).decode(),
        base64.b64encode(png(Image.new("1", (2000, 1)))).decode(),
        "A" * 100_000,
    ],
    ids=["empty", "nothing", "text", "broken", "half", "huge", "long"],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(DocumentError):
        render(page(data))
