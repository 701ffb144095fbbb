"""POS-04: a receipt document becomes the same paper on every printer."""

import pytest
from box_helpers import slip

from o2o_box.decoder import Decoder
from o2o_box.document import DocumentError
from o2o_box.paper import PaperFeed, interpret
from o2o_box.render import COLUMNS, render

FULL = {
    "version": 1,
    "blocks": [
        {
            "type": "text",
            "text": "订单小票",
            "align": "center",
            "bold": True,
            "size": "double",
        },
        {"type": "text", "text": "观山湖旗舰店", "align": "center"},
        {"type": "line"},
        {
            "type": "row",
            "bold": True,
            "columns": [
                {"text": "商品", "width": 6},
                {"text": "数量", "width": 2, "align": "right"},
                {"text": "金额", "width": 4, "align": "right"},
            ],
        },
        {
            "type": "row",
            "columns": [
                {"text": "贵州茅台酒 飞天 53度 500ml 礼盒", "width": 6},
                {"text": "2", "width": 2, "align": "right"},
                {"text": "¥2998.00", "width": 4, "align": "right"},
            ],
        },
        {"type": "line", "char": "="},
        {"type": "text", "text": "合计 ¥5996.00", "align": "right", "size": "tall"},
        {"type": "barcode", "data": "S00012{x"},
        {"type": "qr", "data": "https://shop.example.cn/订单?a=1"},
        {"type": "feed", "lines": 2},
        {"type": "cut"},
    ],
}


def papers_in_packets(data, size, width=80):
    """What ``data`` prints when it arrives in packets of ``size`` bytes."""
    papers = []
    decoder, feed = Decoder(), PaperFeed(width, papers.append)
    for start in range(0, len(data), size):
        for command in decoder.feed(data[start : start + size]):
            feed.execute(command)
    return [paper.text() for paper in papers]


@pytest.mark.parametrize("width", [58, 80])
def test_paper_says_what_the_document_says(width):
    [paper] = interpret(render(FULL, width), width)
    text = paper.text()
    for words in ("订单小票", "观山湖旗舰店", "￥2998.00", "合计 ￥5996.00"):
        assert words in text
    assert "[CODE128 S00012{x]" in text
    assert "[QR https://shop.example.cn/订单?a=1]" in text
    assert "-" * COLUMNS[width] in text


@pytest.mark.parametrize("width", [58, 80])
def test_every_split_of_the_stream_prints_the_same(width):
    data = render(FULL, width)
    whole = papers_in_packets(data, len(data), width)
    assert len(whole) == 1
    for size in range(1, 65):
        assert papers_in_packets(data, size, width) == whole
    # every single cutting point, not only regular ones
    for cut in range(1, len(data) if width == 58 else 1):
        papers = []
        decoder, feed = Decoder(), PaperFeed(width, papers.append)
        for part in (data[:cut], data[cut:]):
            for command in decoder.feed(part):
                feed.execute(command)
        assert [paper.text() for paper in papers] == whole


def test_columns_line_up_in_cells():
    from o2o_box.escpos_zh import cells

    [paper] = interpret(render(FULL, 80), 80)
    lines = paper.text().splitlines()
    header = next(line for line in lines if line.startswith("商品"))
    first = next(line for line in lines if line.startswith("贵州"))
    assert cells(header) == cells(first) == 48


def test_double_size_sets_both_fonts():
    """Clones size Chinese and Latin apart: both commands, or the width is wrong."""
    document = {
        "version": 1,
        "blocks": [{"type": "text", "text": "订A", "size": "double"}, {"type": "cut"}],
    }
    [paper] = interpret(render(document), 80)
    assert {(run.width, run.height) for run in paper.elements[0].runs} == {(2, 2)}
    assert b"\x1d!\x11\x1c!\x0c" in render(document)


def test_stream_starts_in_chinese_mode_and_never_selects_a_code_page():
    data = render(FULL)
    assert data.startswith(b"\x1b@\x1c&")
    assert b"\x1bt" not in data


def test_copies_and_banner():
    data = render(slip("好"), copies=3, banner="补打 可能重复")
    papers = interpret(data)
    assert [paper.text() for paper in papers] == ["补打 可能重复\n好"] * 3


def test_long_barcode_becomes_text_instead_of_being_cut_off():
    document = {
        "version": 1,
        "blocks": [{"type": "barcode", "data": "X" * 40}, {"type": "cut"}],
    }
    [paper] = interpret(render(document, 58), 58)
    assert "".join(paper.text().split()) == "X" * 40


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"version": 2, "blocks": [{"type": "cut"}]},
        {"version": 1, "blocks": []},
        {"version": 1, "blocks": [{"type": "explode"}]},
        {"version": 1, "blocks": ["cut"]},
        {"version": 1, "blocks": [{"type": "text"}]},
        {"version": 1, "blocks": [{"type": "text", "text": "a", "size": 2}]},
        {"version": 1, "blocks": [{"type": "row", "columns": []}]},
        {
            "version": 1,
            "blocks": [{"type": "row", "columns": [{"text": "a", "width": 0}]}],
        },
        {"version": 1, "blocks": [{"type": "line", "char": "\n"}]},
        {"version": 1, "blocks": [{"type": "barcode", "data": "中"}]},
        {"version": 1, "blocks": [{"type": "feed", "lines": 1000}]},
    ],
)
def test_bad_documents_are_refused(document):
    with pytest.raises(DocumentError):
        render(document)


def test_unknown_paper_width_is_refused():
    with pytest.raises(DocumentError):
        render(slip("a"), 76)


def test_picture_is_as_wide_as_the_paper_and_black_on_white():
    import io

    from PIL import Image

    for width, dots in ((58, 384), (80, 576)):
        [paper] = interpret(render(FULL, width), width)
        image = Image.open(io.BytesIO(paper.png()))
        assert image.width == dots + 32
        assert image.height > 500
        assert image.getextrema() == (0, 255)


@pytest.fixture
def without_fonts(monkeypatch):
    """A machine on which no font knows Chinese."""
    from o2o_box import fonts, glyphs

    caches = [
        fonts.find_cjk_font,
        fonts._all_fonts,
        fonts._find_font_for,
        glyphs.is_known,
        glyphs.draw,
        glyphs._inline_char,
    ]
    for cache in caches:
        cache.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(fonts, "_candidates", lambda: iter(()))
        yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("without_fonts")
def test_missing_font_is_told_clearly():
    from o2o_box import fonts

    [paper] = interpret(render(slip("好")))
    with pytest.raises(fonts.FontMissing, match="fonts-noto-cjk"):
        paper.png()
    assert paper.text() == "好"


@pytest.mark.usefixtures("without_fonts")
@pytest.mark.parametrize("size", ["normal", "tall", "double"])
def test_without_a_font_a_mark_is_printed(size):
    """POS-04: a slip with a rare name comes out on every machine."""
    block = {"type": "text", "text": "王㐂 Niño", "size": size}
    [paper] = interpret(render({"version": 1, "blocks": [block]}))
    assert paper.text() == "王〓 Ni?o"
