"""POS-04: a name outside GBK is read on the paper as it was written."""

import time

import pytest
from rare_reader import read_back

from o2o_box import escpos_zh
from o2o_box.decoder import Decoder
from o2o_box.paper import interpret
from o2o_box.render import COLUMNS, render

NAMES = "王㐂 𠮷野 Château Viña €20 陈䶮"


def page(*blocks):
    return {"version": 1, "blocks": [*blocks, {"type": "cut"}]}


@pytest.mark.parametrize("width", COLUMNS)
@pytest.mark.parametrize("size", ["normal", "tall", "double"])
@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_rare_names_are_read_on_the_paper(width, size, align):
    block = {"type": "text", "text": NAMES, "size": size, "align": align}
    [paper] = interpret(render(page(block), width), width)
    assert not paper.overflows
    printed = read_back(paper, NAMES + " ")
    assert "".join(printed.split()) == "".join(NAMES.split())


def test_only_the_rare_run_is_a_picture():
    """A name costs a name: the rest of its line stays text."""
    data = render(page({"type": "text", "text": "收货人：王㐂先生 13800000000"}))
    commands = Decoder().feed(data)
    texts = [command.args for command in commands if command.name == "text"]
    assert texts == ["收货人：王", "先生 13800000000"]
    assert [command.name for command in commands].count("ESC *") == 1
    plain = render(page({"type": "text", "text": "收货人：王先先生 13800000000"}))
    assert len(data) - len(plain) <= 80


def test_lines_without_rare_characters_are_never_drawn():
    line = {"type": "text", "text": "合计 ￥99.50 Café", "size": "double"}
    rare = {"type": "text", "text": "𠮷", "size": "double"}
    drawn = [
        command.name
        for command in Decoder().feed(render(page(line, rare, line)))
        if command.name in ("text", "GS v", "ESC *")
    ]
    assert drawn == ["text", "GS v", "text"]


@pytest.mark.parametrize("width", COLUMNS)
def test_columns_with_rare_characters_line_up(width):
    rows = [
        {
            "type": "row",
            "columns": [
                {"text": name, "width": 3},
                {"text": "￥9.50", "width": 2, "align": "right"},
            ],
        }
        for name in ("王先生", "王㐂㐂", "Viñaña")
    ]
    [paper] = interpret(render(page(*rows), width), width)
    assert [
        sum(
            len(run.dots) // 36 if run.dots else escpos_zh.cells(run.text)
            for run in element.runs
        )
        for element in paper.elements
        if element.runs
    ] == [COLUMNS[width]] * 3


def test_narrow_letters_take_one_cell_and_ideographs_two():
    assert [escpos_zh.cells(it) for it in ("ñ", "â", "é", "€", "㐂", "𠮷")] == [
        1,
        1,
        2,
        2,
        2,
        2,
    ]


def test_words_with_accents_stay_in_one_piece():
    assert escpos_zh.wrap("Vin Château", 8) == ["Vin", "Château"]


def test_a_character_younger_than_python_is_not_lost():
    """U+31350 came with Unicode 15: a mark stands for it where no font knows it."""
    assert escpos_zh.clean("王\U00031350") == "王\U00031350"
    [paper] = interpret(render(page({"type": "text", "text": "王\U0003fff0"})))
    assert paper.text() == "王〓"


def test_a_space_of_any_kind_is_a_space():
    assert escpos_zh.clean("a\u2003b\u2028c\u00a0d") == "a b c d"


def test_bold_rare_characters_are_bold():
    def ink(is_bold):
        block = {"type": "text", "text": "㐂", "bold": is_bold}
        [paper] = interpret(render(page(block)))
        dots = b"".join(run.dots for it in paper.elements for run in it.runs)
        return sum(byte.bit_count() for byte in dots)

    assert ink(True) > ink(False) > 50


def test_the_picture_of_the_paper_shows_the_same_dots():
    """What the back office shows is what came out."""
    import io

    from PIL import Image

    def picture(text):
        [paper] = interpret(render(page({"type": "text", "text": text})))
        return Image.open(io.BytesIO(paper.png()))

    # 30 dots from the top margin: one line; 24 columns: one character
    box = (16, 16, 40, 40)
    rare, mark = (picture(text).crop(box) for text in ("㐂", "〓"))
    assert rare.tobytes() != mark.tobytes()
    assert 50 < sum(rare.histogram()[:128]) < 400


def test_a_remark_full_of_rare_characters_is_quick():
    """Drawn once, then remembered; an attacker finds no slow slip."""
    text = "".join(chr(0x3400 + index) for index in range(4000))
    block = {"type": "text", "text": text}
    begin = time.perf_counter()
    render(page(block))
    assert time.perf_counter() - begin < 8
