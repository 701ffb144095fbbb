"""POS-14: bytes of a cable become messages, whatever the pauses between them."""

import pytest

from o2o_box.readers import msr605
from o2o_box.readers.protocols import (
    GAP_SECONDS,
    MAX_BYTES,
    SETTLE_SECONDS,
    TORN,
    Frames,
    Lines,
    Swipes,
)

SOON, LATE = SETTLE_SECONDS + 0.01, GAP_SECONDS + 0.01


def frame(data):
    check = len(data)
    for byte in data:
        check ^= byte
    return bytes([2, len(data), *data, check, 3])


def dribble(protocol, data, step=0.01):
    """Feed one byte at a time; the messages, and the time after the last byte."""
    messages, now = [], 100.0
    for byte in data:
        now += step
        messages += protocol.tick(now - step / 2)
        messages += protocol.feed(bytes([byte]), now)
    return messages, now


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\n\x00"])
def test_tracks_of_one_swipe_stay_together(end):
    protocol = Swipes()
    messages, now = dribble(protocol, b"%88000101?" + end + b";88000101?" + end)
    assert messages == []
    assert protocol.tick(now + SOON / 2) == []
    [message] = protocol.tick(now + SOON)
    assert message.split() == ["%88000101?", ";88000101?"]
    assert protocol.tick(now + LATE) == []


def test_reader_without_end_character_is_a_second_slower():
    protocol = Swipes()
    _messages, now = dribble(protocol, b";88000101?")
    assert protocol.tick(now + SOON) == []
    assert protocol.tick(now + LATE) == [";88000101?"]


def test_half_a_swipe_is_not_glued_to_the_next():
    protocol = Swipes()
    _messages, now = dribble(protocol, b";8800")
    assert protocol.feed(b";88000101?\r", now + LATE) == [";8800"]
    assert protocol.tick(now + LATE + SOON) == [";88000101?"]


def test_empty_lines_are_nothing():
    protocol = Swipes()
    protocol.feed(b"\r\n\r\n", 1.0)
    assert protocol.tick(1.0 + LATE) == []
    assert Lines().feed(b"\r\n\r\n", 1.0) == []


def test_codes_come_one_by_one():
    protocol = Lines()
    assert protocol.feed(b"6901234567892\r\n690", 1.0) == ["6901234567892"]
    assert protocol.feed("1234\n会员码\r".encode(), 1.1) == ["6901234", "会员码"]
    protocol.feed(b"no end", 2.0)
    assert protocol.tick(2.0 + LATE) == ["no end"]


@pytest.mark.parametrize("protocol", [Lines(), Swipes(), Frames(), msr605.Msr605()])
def test_noise_without_end_is_bounded(protocol):
    assert TORN in protocol.feed(b"\x02" * (MAX_BYTES + 1), 1.0)
    assert not protocol._buffer


def test_frames_dribble():
    """devices.md 4: ``02 len data bcc 03``."""
    card = bytes.fromhex("DEB2A104")
    messages, _now = dribble(Frames(), frame(card) + frame(card))
    assert messages == [card, card]


def test_frame_with_control_bytes_inside():
    card = bytes.fromhex("02030203040203")
    assert Frames().feed(frame(card), 1.0) == [card]


def test_wrong_check_byte_is_torn_and_the_next_frame_is_read():
    bad = bytearray(frame(b"\xde\xb2\xa1\x04"))
    bad[-2] ^= 1
    protocol = Frames()
    assert protocol.feed(bytes(bad), 1.0) == [TORN]
    assert protocol.feed(frame(b"\x01\x02\x03\x04"), 1.1) == [b"\x01\x02\x03\x04"]


def test_noise_before_a_frame_costs_nothing():
    card = b"\xde\xb2\xa1\x04"
    assert Frames().feed(b"\x00\xff\x03" + frame(card), 1.0) == [card]


def test_half_a_frame_is_given_up():
    protocol = Frames()
    assert protocol.feed(b"\x02\x04\xde\xb2", 1.0) == []
    assert protocol.tick(1.0 + LATE) == [TORN]
    assert protocol.feed(frame(b"\x01\x02\x03\x04"), 5.0) == [b"\x01\x02\x03\x04"]


def answer(one=b"", two=b"", three=b"", status=b"0"):
    return (
        b"\x1bs\x1b\x01" + one + b"\x1b\x02" + two + b"\x1b\x03" + three
        + b"?\x1c\x1b" + status
    )  # fmt: skip


def test_msr605_answer():
    """devices.md 4: the three tracks, then the status."""
    data = answer(b"%B88000101^CHEN^?", b";88000101?", b"")
    messages, _now = dribble(msr605.Msr605(), data)
    assert messages == ["%B88000101^CHEN^?;88000101?"]
    # the end sentinel of track 3 and the one before FS are the same
    assert msr605.Msr605().feed(answer(three=b"+88000101"), 1.0) == ["+88000101?"]


@pytest.mark.parametrize(
    "data",
    [
        answer(b"%88000101?", status=b"1"),
        answer(),
        answer(b"\x1b+", b"\x1b*", b"\x1b+"),
    ],
)
def test_msr605_says_that_it_read_nothing(data):
    assert msr605.Msr605().feed(data, 1.0) == [TORN]


def test_msr605_torn_answer_is_not_mixed_with_the_next():
    torn = answer(b"%B11111111^X^?")[:12]
    data = torn + answer(two=b";88000101?")
    assert msr605.Msr605().feed(data, 1.0) == [";88000101?"]


def test_msr605x_packets():
    """devices.md 4: 0x80 first, 0x40 last, six bits of length."""
    [packet] = msr605.to_packets(b"\x1br")
    assert packet == b"\xc2\x1br" + b"\0" * 61
    data = bytes(range(130))
    packets = msr605.to_packets(data)
    assert [packet[0] for packet in packets] == [0x80 | 63, 63, 0x40 | 4]
    assert b"".join(map(msr605.from_packet, packets)) == data
    assert {len(packet) for packet in packets} == {64}
    assert msr605.from_packet(b"") == b""
