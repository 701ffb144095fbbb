"""POS-04: whatever a slip says comes back from the paper, and no line is too long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from o2o_box import escpos_zh, test_page
from o2o_box.decoder import Decoder
from o2o_box.paper import interpret
from o2o_box.render import COLUMNS, render

#: what names, addresses and remarks are made of, and what breaks printers
TEXT = st.text(
    st.sampled_from(
        "贵州茅台酒飞天53度500ml×箱￥¥，。（）【】㐂𠮷é–… abcXYZ0189.,:/-\t\u200b"
    ),
    max_size=60,
)
CODE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)
ALIGN = st.sampled_from(["left", "center", "right"])
COLUMN = st.fixed_dictionaries(
    {"text": TEXT, "align": ALIGN, "width": st.integers(1, 120)}
)
BLOCK = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("text"),
            "text": TEXT,
            "align": ALIGN,
            "bold": st.booleans(),
            "size": st.sampled_from(["normal", "tall", "double"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("row"),
            "columns": st.lists(COLUMN, min_size=1, max_size=8),
            "size": st.sampled_from(["normal", "tall"]),
        }
    ),
    st.just({"type": "line"}),
    st.fixed_dictionaries({"type": st.just("qr"), "data": TEXT.filter(bool)}),
    st.fixed_dictionaries(
        {"type": st.just("barcode"), "data": CODE.map(lambda text: text[:40])}
    ),
)
WIDTH = st.sampled_from(sorted(COLUMNS))


def measure(data):
    """Cells of each line the printer is given, as its two fonts are set."""
    used, lines = 0, []
    latin = chinese = 1
    for command in Decoder().feed(data):
        if command.name == "GS !":
            latin = (command.args[0] >> 4) + 1
        elif command.name == "FS !":
            chinese = 2 if command.args[0] & 4 else 1
        elif command.name == "text":
            for char in command.args:
                cells = escpos_zh.cells(char)
                used += cells * (chinese if cells == 2 else latin)
        elif command.name == "LF":
            lines.append(used)
            used = 0
    return lines


def squeeze(text):
    """A text without the spaces that wrapping and columns add or take."""
    return "".join(escpos_zh.clean(text).split())


@settings(max_examples=150, deadline=None)
@given(blocks=st.lists(BLOCK, min_size=1, max_size=6), width=WIDTH)
def test_no_line_is_too_long(blocks, width):
    data = render({"version": 1, "blocks": [*blocks, {"type": "cut"}]}, width)
    assert max(measure(data), default=0) <= COLUMNS[width]


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=6), width=WIDTH, style=BLOCK)
def test_text_comes_back(texts, width, style):
    size = style.get("size", "normal")
    blocks = [{"type": "text", "text": text, "size": size} for text in texts]
    papers = interpret(
        render({"version": 1, "blocks": [*blocks, {"type": "cut"}]}, width), width
    )
    printed = "".join(paper.text() for paper in papers)
    assert squeeze(printed) == squeeze("".join(texts))


@settings(max_examples=150, deadline=None)
@given(
    columns=st.lists(COLUMN, min_size=1, max_size=8),
    width=WIDTH,
)
def test_each_column_comes_back_whole(columns, width):
    """The characters of all columns, whichever line they are on."""
    row = {"type": "row", "columns": columns}
    papers = interpret(render({"version": 1, "blocks": [row]}, width), width)
    printed = "".join(paper.text() for paper in papers)
    wanted = "".join(column["text"] for column in columns)
    assert sorted(squeeze(printed)) == sorted(squeeze(wanted))


@settings(max_examples=80, deadline=None)
@given(qr=TEXT.filter(bool), code=CODE.map(lambda text: text[:40]), width=WIDTH)
def test_codes_come_back(qr, code, width):
    blocks = [
        {"type": "qr", "data": qr},
        {"type": "barcode", "data": code},
        {"type": "cut"},
    ]
    [paper] = interpret(render({"version": 1, "blocks": blocks}, width), width)
    [symbol] = [it for it in paper.elements if it.kind == "qr"]
    assert symbol.data == qr
    bars = [it.data for it in paper.elements if it.kind == "barcode"]
    if bars:
        assert bars == [code]
    else:
        # too long for the paper: printed in letters
        lines = [it.text() for it in paper.elements if it.kind == "line"]
        assert squeeze("".join(lines)) == squeeze(code)


@pytest.mark.parametrize("width", COLUMNS)
def test_test_page_shows_what_a_printer_gets_wrong(width):
    """Chinese, both fonts in both sizes, the whole width, QR, barcode, one cut."""
    data = render(test_page.document("测试页", ["打印机: 前台"], 7), width)
    [paper] = interpret(data, width)
    text = paper.text()
    for words in ("测试页", "打印机: 前台", "￥99.50", "[CODE128 O2O-7]", "[QR O2O-7 "):
        assert words in text
    assert max(measure(data)) == COLUMNS[width]
    assert "#" * COLUMNS[width] in text.splitlines()
    sizes = {run[1:3] for it in paper.elements for run in it.runs}
    assert sizes == {(1, 1), (1, 2), (2, 2)}
