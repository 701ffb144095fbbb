"""POS-14: one chip card, one form, whatever its reader prints (devices.md 4)."""

import pytest

from o2o_box.readers import swipe, uid


@pytest.mark.parametrize(
    ("text", "uid_format"),
    [
        ("DEB2A104", "hex"),
        ("de:b2:a1:04", "hex"),
        ("DE B2 A1 04", "hex"),
        ("0xDEB2A104", "hex"),
        ("04A1B2DE", "hex_reversed"),
        ("3736248580", "decimal"),
        ("0077705950", "decimal_reversed"),
    ],
)
def test_four_bytes(text, uid_format):
    assert uid.from_text(text, uid_format) == "DEB2A104"


def test_seven_and_ten_bytes():
    seven, ten = "04A1B2C3D4E580", "0102030405060708090A"
    for digits in (seven, ten):
        data = bytes.fromhex(digits)
        assert uid.from_text(digits, "hex") == digits
        assert uid.from_text(data[::-1].hex(), "hex_reversed") == digits
        big = str(int.from_bytes(data, "big"))
        little = str(int.from_bytes(data, "little"))
        assert uid.from_text(little, "decimal_reversed") == digits
        assert uid.from_bytes(data, "hex") == digits
        assert uid.from_bytes(data[::-1], "hex_reversed") == digits
        # leading zeros of ten bytes are lost in a decimal number: 9 are still 10
        assert uid.from_text(big, "decimal") == digits


def test_wiegand_has_three_bytes():
    assert uid.from_text("178,41220", "wiegand26") == "B2A104"
    assert uid.from_text("178:41220\r", "wiegand26") == "B2A104"
    # the three bytes of the same card in its other forms
    assert uid.from_text("DEB2A104", "hex").endswith("B2A104")


def test_text_in_a_frame():
    assert uid.from_bytes(b"3736248580", "decimal") == "DEB2A104"
    assert uid.from_bytes(b"deb2a104", "hex") == "DEB2A104"


@pytest.mark.parametrize(
    ("text", "uid_format"),
    [
        ("DEB2A1", "hex"),
        ("DEB2A10G", "hex"),
        ("", "hex"),
        ("DEB2A104", "decimal"),
        ("٣٧٣٦", "decimal"),
        ("9" * 25, "decimal"),
        ("9" * 5000, "decimal"),
        ("256,1", "wiegand26"),
        ("1,65536", "wiegand26"),
        ("178.41220", "wiegand26"),
    ],
)
def test_garbage_is_refused(text, uid_format):
    with pytest.raises(uid.UidError) as caught:
        uid.from_text(text, uid_format)
    assert not text or text not in str(caught.value)
    read = swipe.understand(text or "x", "chip", uid_format)
    assert read == swipe.Swipe(swipe.UNREADABLE)


def test_bytes_that_are_neither_a_card_nor_text():
    with pytest.raises(uid.UidError):
        uid.from_bytes(b"\xff\xfe\xfd", "hex")
