"""POS-05: what a CloudPRNT printer says is read with suspicion."""

import pytest
from o2o_pos_device.clouds.star import (
    get_status,
    is_success,
    read_code,
    read_mac,
    read_poll,
)


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("200%20OK", "200", "online"),
        ("200 OK", "200", "online"),
        ("OK", "200", "online"),
        ("211 Paper low", "211", "paper_low"),
        ("2110", "2110", "paper_low"),
        ("410%20Out%20of%20paper", "410", "paper_out"),
        ("420 Cover open", "420", "cover_open"),
        ("499", "499", "error"),
        ("520 Timeout", "520", "error"),
        ("", "", "unknown"),
        ("x" * 10_000, "", "unknown"),
        ("20000", "", "unknown"),
        ("٢٠٠", "", "unknown"),
        (None, "", "unknown"),
        ({"a": 1}, "", "unknown"),
        (200, "", "unknown"),
    ],
)
def test_codes(text, code, status):
    assert read_code(text) == code
    assert get_status(code) == status


def test_success_is_two_hundred_something():
    assert is_success("200")
    assert is_success("211")
    assert not is_success("520")
    assert not is_success("")


def test_addresses():
    assert read_mac("00:11:62:1B:b0:02") == "0011621bb002"
    assert read_mac("0011621bb002") == "0011621bb002"
    for wrong in ("", None, 5, "00:11:62", "00:11:62:1b:b0:0g", "0011621bb002\n"):
        assert read_mac(wrong) == ""


def test_poll_may_lack_everything():
    assert read_poll({}) == ("unknown", "", False)
    poll = {"statusCode": "200", "printerMAC": [], "printingInProgress": "yes"}
    assert read_poll(poll) == ("online", "", False)
    assert read_poll({"statusCode": "200", "printingInProgress": True})[2]
