"""The ``bankall`` record and the frame around it (devices.md 5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2o_box.terminal import frame
from o2o_box.terminal.record import AnswerRecord, RecordError, RequestRecord
from o2o_box.terminal.transaction import mask_card, mask_text

ANSWER = AnswerRecord(
    code="00",
    echo="407",
    bank="0102",
    card="621700*********0018",
    trace="000123",
    amount_fen=8800,
    message="交易成功",
    mid="898310153110001",
    tid="01370158",
    batch="000007",
    date="1127",
    time="093015",
    ref="093015000123",
    auth="551200",
    clearing_date="1127",
)


def test_request_is_the_published_59_bytes():
    """UPAY-01."""
    data = RequestRecord("00", "407", "T0000001", "0012", 8800).encode()
    assert (
        data
        == (b"T00000010012    00000000008800" + b" " * 8 + b" " * 12 + b" " * 6)
        + b"407"
    )
    assert len(data) == 59


def test_refund_request_carries_date_and_reference():
    """UPAY-03."""
    data = RequestRecord(
        "02", "001", "T1", "7", 1, "20261126", "093015000123", "000123"
    ).encode()
    assert data[16:18] == b"02"
    assert data[18:30] == b"000000000001"
    assert data[30:] == b"20261126093015000123000123001"


def test_answer_is_148_bytes_of_gbk():
    data = ANSWER.encode()
    assert len(data) == 148
    assert data[:6] == b"000102"
    assert data[26:32] == b"000123"
    assert data[44:52] == "交易成功".encode("gbk")
    assert AnswerRecord.decode(data) == ANSWER


def test_long_message_ends_at_a_whole_character():
    message = "a" + "余额不足" * 6
    decoded = AnswerRecord.decode(AnswerRecord("51", "000", message=message).encode())
    assert decoded.message == message[:20]


@pytest.mark.parametrize("values", [{"pos_no": "123456789"}, {"amount_fen": 10**12}])
def test_value_too_long_for_its_field_is_refused(values):
    with pytest.raises(RecordError):
        RequestRecord("00", "000", **values).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ANSWER.encode()[:-1],
        ANSWER.encode() + b" ",
        ANSWER.encode().replace(b"000000008800", b"00000000880X"),
    ],
)
def test_bytes_that_are_no_record_are_refused(data):
    with pytest.raises(RecordError):
        AnswerRecord.decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_decode_to_a_record_or_are_refused(data):
    try:
        decoded = AnswerRecord.decode(data)
    except RecordError:
        return
    assert len(data) == 148 and decoded.amount_fen >= 0


# -- frames --


@given(
    st.lists(st.tuples(st.integers(0, 9999), st.binary(max_size=160)), max_size=4),
    st.integers(1, 50),
)
def test_frames_survive_any_cutting(items, size):
    """A line that dribbles bytes changes nothing."""
    stream = b"".join(frame.encode("R", number, data) for number, data in items)
    decoder = frame.Decoder()
    found = []
    for start in range(0, len(stream), size):
        found += decoder.feed(stream[start : start + size])
    assert [(item.sequence, item.payload) for item in found] == items
    assert not any(item.is_broken for item in found)
    assert not decoder.is_inside


@given(st.integers(0, 161), st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(place, bit):
    whole = bytearray(frame.encode("R", 12, ANSWER.encode()))
    whole[place] ^= 1 << bit
    decoder = frame.Decoder()
    found = decoder.feed(bytes(whole)) + decoder.give_up()
    assert all(item.is_broken for item in found)


@given(st.binary(max_size=100))
def test_noise_never_hides_the_next_frame_for_long(noise):
    decoder = frame.Decoder()
    decoder.feed(noise)
    while decoder.is_inside:
        decoder.give_up()
    [item] = decoder.feed(frame.encode("A", 5))
    assert (item.kind, item.sequence, item.is_broken) == ("A", 5, False)


def test_frame_after_a_broken_one_is_found():
    broken = frame.encode("R", 1, b"x" * 20).replace(b"0020", b"0030")
    decoder = frame.Decoder()
    found = decoder.feed(broken + frame.encode("R", 1, b"y" * 20) + b"\0" * 20)
    assert found[0].is_broken
    assert found[-1].payload == b"y" * 20


def test_length_beyond_the_limit_does_not_wait_for_more():
    decoder = frame.Decoder()
    [item] = decoder.feed(b"\x02R00019999")
    assert item.is_broken


# -- card numbers --


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("6217001234567890123", "621700*********0123"),
        ("621700*********0123", "621700*********0123"),
        ("6217 0012 3456 7890", "621700******7890"),
        ("123456789", "*****6789"),
        ("", ""),
    ],
)
def test_card_keeps_six_and_four_digits(number, masked):
    assert mask_card(number) == masked


@pytest.mark.parametrize(
    "text",
    ["卡号6217001234567890123已锁", "no 6217-0012-3456-7890-123", "3700123456789"],
)
def test_card_in_a_message_is_masked(text):
    masked = mask_text(text)
    assert "*" in masked
    assert sum(char.isdigit() for char in masked) == 10


def test_amounts_and_references_in_a_message_stay():
    text = "批次000123 参考号093015000123 88.00"
    assert mask_text(text) == text
