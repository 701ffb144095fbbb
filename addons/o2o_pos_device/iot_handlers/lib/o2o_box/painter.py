"""Draw a paper with Pillow, dot for dot as the printer would."""

from PIL import Image, ImageDraw

from . import fonts, glyphs
from .escpos_zh import DOTS_PER_CELL

_LINE_SPACING = 30
_MARGIN = 16
_QUIET_DOTS = 8


def paint(paper, margin=_MARGIN):
    """Return ``paper`` as a black and white Pillow image.

    :param int margin: dots of white around it; none when a printer prints it
    """
    width = paper.columns * DOTS_PER_CELL
    strips = [_PAINTERS[element.kind](element, width) for element in paper.elements]
    height = sum(strip.height for strip in strips) + 2 * margin
    image = Image.new("L", (width + 2 * margin, max(height, 1)), 255)
    top = margin
    for element, strip in zip(paper.elements, strips, strict=True):
        room = max(width - strip.width, 0)
        left = {"left": 0, "center": room // 2, "right": room}[element.align]
        image.paste(strip, (margin + left, top))
        top += strip.height
    return image


def _paint_line(element, _width):
    tallest = max((run.height for run in element.runs), default=1)
    height = max(_LINE_SPACING, tallest * glyphs.CELL_HEIGHT + 6)
    pictures = [(run, it) for run in element.runs for it in _paint_run(run)]
    width = sum(picture.width for _run, picture in pictures)
    strip = Image.new("L", (max(width, 1), height), 255)
    left = 0
    for run, picture in pictures:
        # characters of one line stand on a common base line
        strip.paste(picture, (left, (tallest - run.height) * glyphs.CELL_HEIGHT))
        left += picture.width
    return strip


def _paint_run(run):
    """The pictures of a run: of each character, or the dots it was sent as."""
    if not run.dots:
        return [glyphs.draw(it, run.width, run.height, run.bold) for it in run.text]
    columns = len(run.dots) // 3
    bits = Image.frombytes("1", (glyphs.CELL_HEIGHT, columns), run.dots)
    upright = bits.transpose(Image.Transpose.TRANSPOSE)
    return [upright.convert("L").point(lambda value: 255 - value)]


def _paint_gap(element, _width):
    return Image.new("L", (1, element.options["height"]), 255)


def _paint_qr(element, width):
    import qrcode

    code = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        box_size=element.options["module"],
        border=0,
    )
    code.add_data(element.data.encode())
    code.make(fit=True)
    matrix = code.get_matrix()
    module = element.options["module"]
    image = Image.new("L", (len(matrix), len(matrix)), 255)
    image.putdata([0 if dark else 255 for row in matrix for dark in row])
    size = min(len(matrix) * module, width)
    strip = Image.new("L", (size, size + 2 * _QUIET_DOTS), 255)
    strip.paste(image.resize((size, size), Image.Resampling.NEAREST), (0, _QUIET_DOTS))
    return strip


def _paint_barcode(element, width):
    from barcode import Code128

    options = element.options
    if options["label"] != "CODE128":
        return _paint_caption(element.text(), width)
    modules = Code128(element.data).build()[0]
    bars = Image.new("L", (len(modules), 1), 255)
    bars.putdata([0 if module == "1" else 255 for module in modules])
    size = (min(len(modules) * options["module"], width), options["height"])
    bars = bars.resize(size, Image.Resampling.NEAREST)
    caption = _paint_caption(element.data, width) if options["hri"] & 2 else None
    height = bars.height + 2 * _QUIET_DOTS + (caption.height if caption else 0)
    strip_width = max(bars.width, caption.width if caption else 0)
    strip = Image.new("L", (strip_width, height), 255)
    strip.paste(bars, ((strip_width - bars.width) // 2, _QUIET_DOTS))
    if caption:
        left = (strip_width - caption.width) // 2
        strip.paste(caption, (left, bars.height + _QUIET_DOTS + 2))
    return strip


def _paint_caption(text, width):
    font = fonts.load(int(glyphs.CELL_HEIGHT * 0.92))
    length = min(int(font.getlength(text)) + 2, width)
    strip = Image.new("L", (length, _LINE_SPACING), 255)
    ImageDraw.Draw(strip).text((0, 0), text, font=font, fill=0)
    return strip


def _paint_raster(element, _width):
    columns = element.options["bytes"]
    rows = len(element.data) // columns if columns else 0
    if not rows:
        return Image.new("L", (1, 1), 255)
    bits = Image.frombytes("1", (columns * 8, rows), element.data)
    return bits.convert("L").point(lambda value: 255 - value)


_PAINTERS = {
    "line": _paint_line,
    "gap": _paint_gap,
    "qr": _paint_qr,
    "barcode": _paint_barcode,
    "raster": _paint_raster,
}
