"""POS-04: Chinese text reaches the paper as it was written (devices.md 3.2)."""

import pytest

from o2o_box import escpos_zh


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("合计 99.50", "合计 99.50".encode("gbk")),
        ("：，。【】", "：，。【】".encode("gbk")),
        ("￥99.50", b"\xa3\xa499.50"),
        ("合计¥99.50", "合计".encode("gbk") + b"\xa3\xa499.50"),
        ("㐂", "〓".encode("gbk")),
        ("𠮷", "〓".encode("gbk")),
        ("🍷", "〓".encode("gbk")),
        ("かな", "かな".encode("gbk")),
        ("Café 咖啡", "Café 咖啡".encode("gbk")),
        ("Cafe\u0301", "Café".encode("gbk")),
        ("12\u00a0345,00\u202f元", "12 345,00 元".encode("gbk")),
        ("零\u200b宽\ufeff", "零宽".encode("gbk")),
        ("€", "〓".encode("gbk")),
    ],
)
def test_encoding_table(text, expected):
    assert escpos_zh.encode(text) == expected


def test_no_four_byte_code_is_ever_sent():
    """Every character of the planes a remark may hold: one or two bytes."""
    for code in [*range(0x20, 0x3100), *range(0x4E00, 0xA000), *range(0xF900, 0x11000)]:
        char = chr(code)
        if 0xD800 <= code < 0xE000:
            continue
        assert len(escpos_zh.encode(char)) <= 2 * len(escpos_zh.clean(char))


def test_a_remark_cannot_send_printer_commands():
    evil = "请\x1bp\x00\x19\xfa快\x1dV\x00点\x10\x04\x01\x1c.\r\n\x7f"
    encoded = escpos_zh.encode(evil)
    controls = set(range(0x20)) | {0x7F}
    # bytes of two-byte characters are never control codes in GBK
    assert not controls & set(encoded.replace(b"\x40", b""))


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("中文", 4), ("¥1", 3), ("é", 2), ("", 0)]
)
def test_cells(text, cells):
    assert escpos_zh.cells(text) == cells


def test_pad_and_cut_count_cells_not_characters():
    assert escpos_zh.pad("中文", 6, "right") == "  中文"
    assert escpos_zh.pad("中文", 7, "center") == " 中文  "
    assert escpos_zh.cut("中文字", 5) == "中文"


def test_wrap_keeps_numbers_together_and_never_overflows():
    text = "贵州茅台酒 飞天53度 500ml 2021年份 礼盒装 S00012345678"
    for width in (8, 16, 24, 32, 48):
        lines = escpos_zh.wrap(text, width)
        assert all(escpos_zh.cells(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert "S00012345678" in escpos_zh.wrap(text, 16)


def test_wrap_breaks_a_word_longer_than_the_line():
    assert escpos_zh.wrap("ABCDEFGHIJ", 4) == ["ABCD", "EFGH", "IJ"]


def test_wrap_takes_no_command_byte_for_a_line_break():
    assert escpos_zh.wrap("a\x1dV\x1c\x1e\x85b\r\nc\n", 8) == ["aVb", "c"]
    assert escpos_zh.wrap("", 8) == [""]


def test_wrap_keeps_line_breaks():
    assert escpos_zh.wrap("一\n\n二", 8) == ["一", "", "二"]
