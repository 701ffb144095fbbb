"""POS-05: a document in the words of each cloud."""

import io
import re

import pytest
from o2o_pos_device.clouds.markup import FeieMarkup, YilianyunMarkup
from o2o_pos_device.clouds.star import picture
from o2o_pos_device.iot_handlers.lib.o2o_box import escpos_zh
from o2o_pos_device.iot_handlers.lib.o2o_box.document import DocumentError
from PIL import Image

SLIP = {
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
        {"type": "text", "text": "送货上门" * 9, "size": "double"},
        {"type": "line", "char": "="},
        {
            "type": "row",
            "columns": [
                {"text": "贵州茅台酒 飞天 53度 500ml 礼盒", "width": 6},
                {"text": "2", "width": 2, "align": "right"},
                {"text": "¥2998.00", "width": 4, "align": "right"},
            ],
        },
        {"type": "text", "text": "合计 ¥5996.00", "align": "right", "size": "tall"},
        {"type": "text", "text": "谢谢", "bold": True},
        {"type": "barcode", "data": "S00012"},
        {"type": "qr", "data": "https://shop.example.cn/?a=1"},
        {"type": "feed", "lines": 2},
        {"type": "cut"},
    ],
}


def lines_of(dialect, text):
    """The printed lines: (text without tags, how many times as wide)."""
    plain = re.sub(r"<(QR|BC128_A)>.*?</\1>", "", text).replace("<CUT>", "")
    found = []
    for line in plain.split(dialect.NEWLINE):
        wide = bool(re.search(r"<(CB|B|FS2)>|@@2", line))
        found.append((re.sub(r"<[^>]+>|@@2", "", line), 2 if wide else 1))
    return found


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("kind", [FeieMarkup, YilianyunMarkup])
def test_no_line_is_too_long_and_nothing_is_lost(kind, width):
    dialect = kind(width)
    lines = lines_of(dialect, dialect.slip(SLIP))
    for text, factor in lines:
        assert escpos_zh.cells(text) * factor <= dialect.columns
    whole = "".join("".join(text.split()) for text, _factor in lines)
    for word in ("订单小票", "观山湖旗舰店", "￥2998.00", "合计￥5996.00", "S00012"):
        assert word in whole


def test_words_of_feie():
    text = FeieMarkup(80).slip(SLIP)
    assert "<CB><BOLD>订单小票</BOLD></CB><BR>" in text
    assert "<C>观山湖旗舰店</C><BR>" in text
    assert "<RIGHT><L>合计 ￥5996.00</L></RIGHT><BR>" in text
    assert "<BC128_A>S00012</BC128_A><C>S00012</C><BR>" in text
    assert "<QR>https://shop.example.cn/?a=1</QR>" in text
    assert text.endswith("<BR><BR><CUT>")


def test_words_of_yilianyun():
    text = YilianyunMarkup(80).slip(SLIP, copies=2)
    assert text.startswith("<MN>2</MN><FS2><center>订单小票</center></FS2>\n")
    assert "@@2<right>合计 ￥5996.00</right>\n" in text
    assert "<FB>谢谢</FB>\n" in text
    # every model prints a QR code
    assert "<QR>S00012</QR><center>S00012</center>\n" in text
    assert not YilianyunMarkup(80).slip(SLIP).startswith("<MN>")


@pytest.mark.parametrize("kind", [FeieMarkup, YilianyunMarkup])
def test_remark_of_a_customer_is_no_command(kind):
    """It cuts no paper, opens no drawer and makes no copies."""
    remark = "<CUT><PLUGIN></CB><MN>9</MN>@@2<BR>\x1bi"
    document = {
        "version": 1,
        "blocks": [
            {"type": "text", "text": remark, "align": "center", "size": "double"},
            {"type": "row", "columns": [{"text": remark}]},
            {"type": "qr", "data": "</QR><CUT>"},
            {"type": "line", "char": "<"},
        ],
    }
    text = kind(80).slip(document)
    for command in ("<CUT>", "<PLUGIN>", "<MN>", "\x1b"):
        assert command not in text
    assert text.count("</QR>") == 1
    if kind is YilianyunMarkup:
        assert "@@" not in text
    assert "＜CUT＞" in text


@pytest.mark.parametrize("kind", [FeieMarkup, YilianyunMarkup])
def test_warning_stands_on_top_in_large_letters(kind):
    first = kind(58).slip(SLIP, "可能重复").split(kind.NEWLINE)[0]
    assert "可能重复" in first
    assert re.search(r"<(CB|FS2)>", first)


@pytest.mark.parametrize("kind", [FeieMarkup, YilianyunMarkup])
def test_what_cannot_be_printed_is_told(kind):
    for wrong in ({}, {"version": 1, "blocks": [{"type": "dance"}]}):
        with pytest.raises(DocumentError):
            kind(80).slip(wrong)
    with pytest.raises(DocumentError):
        kind(44)


@pytest.mark.parametrize(("width", "dots"), [(58, 384), (80, 576)])
def test_picture_has_the_dots_of_the_paper(width, dots):
    with Image.open(io.BytesIO(picture(SLIP, width))) as image:
        assert image.width == dots
        assert image.mode == "1"
        plain_height = image.height
        assert image.getextrema() == (0, 255)
    with Image.open(io.BytesIO(picture(SLIP, width, "可能重复"))) as image:
        assert image.height > plain_height


def test_empty_paper_is_told():
    with pytest.raises(DocumentError):
        picture({"version": 1, "blocks": [{"type": "feed", "lines": 1}]}, 80)
