"""The virtual printer reads what other programs send, too."""

import pytest

from o2o_box.decoder import Command, Decoder
from o2o_box.paper import PaperFeed, interpret

STREAMS = [
    (b"\x1b@", [Command("ESC @", b"")]),
    (b"\x1ba\x01", [Command("ESC a", b"\x01")]),
    (b"\x1d!\x11", [Command("GS !", b"\x11")]),
    (b"\x1c!\x0c", [Command("FS !", b"\x0c")]),
    (b"\x1dV\x00", [Command("GS V", b"\x00")]),
    (b"\x1dVB\x10", [Command("GS V", b"B\x10")]),
    (b"\x1bp\x00\x19\xfa", [Command("ESC p", b"\x00\x19\xfa")]),
    (b"\x10\x04\x01", [Command("DLE EOT", b"\x01")]),
    (b"\x10\x04\x07\x01", [Command("DLE EOT", b"\x07\x01")]),
    (b"\x10\x14\x01\x00\x05", [Command("DLE DC4", b"\x01\x00\x05")]),
    (b"\x1dr\x01", [Command("GS r", b"\x01")]),
    (b"\x1dk\x04ABC\x00", [Command("GS k", b"\x04ABC\x00")]),
    (b"\x1dkI\x05{BABC", [Command("GS k", b"I\x05{BABC")]),
    (b"\x1d(k\x03\x001C\x05", [Command("GS (", b"k\x03\x001C\x05")]),
    (b"\x1dv0\x00\x02\x00\x01\x00\xff\x0f", [Command("GS v", b"0\0\2\0\1\0\xff\x0f")]),
    (b"\x1b*\x21\x01\x00abc", [Command("ESC *", b"\x21\x01\x00abc")]),
    (b"\x1bD\x08\x10\x00", [Command("ESC D", b"\x08\x10\x00")]),
    ("订A".encode("gbk"), [Command("text", "订A")]),
    (b"a\r\n", [Command("text", "a"), Command("CR", b""), Command("LF", b"")]),
]


@pytest.mark.parametrize(("data", "expected"), STREAMS)
def test_command_whole_and_byte_by_byte(data, expected):
    assert Decoder().feed(data) == expected
    decoder = Decoder()
    one_by_one = [c for byte in data for c in decoder.feed(bytes([byte]))]
    text = "".join(c.args for c in one_by_one if c.name == "text")
    assert [c for c in one_by_one if c.name != "text"] == [
        c for c in expected if c.name != "text"
    ]
    assert text == "".join(c.args for c in expected if c.name == "text")


def test_chinese_only_in_chinese_mode():
    data = b"\x1c." + "订".encode("gbk") + b"\x1c&" + "订".encode("gbk") + b"\n"
    text = interpret(data)[0].text()
    assert text.endswith("订") and text != "订订"


def test_raster_image_of_other_programs_is_drawn():
    data = b"\x1dv0\x00\x02\x00\x08\x00" + b"\xff\x00" * 8 + b"\x1dV\x00"
    papers = []
    feed = PaperFeed(58, papers.append)
    for command in Decoder().feed(data):
        feed.execute(command)
    [paper] = papers
    assert paper.elements[0].kind == "raster"
    assert paper.png().startswith(b"\x89PNG")


def test_long_line_wraps_at_the_paper_edge():
    data = "中".encode("gbk") * 30 + b"\n\x1dV\x00"
    assert [len(line) for line in interpret(data, 58)[0].text().split("\n")] == [16, 14]


def test_junk_never_stops_the_printer():
    junk = bytes(range(256)) * 3
    papers = interpret(junk + b"\x00" * 3000 + b"\x1b@\x1c&" + "好\n".encode("gbk"))
    assert papers
