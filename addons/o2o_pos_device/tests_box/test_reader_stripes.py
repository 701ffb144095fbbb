"""POS-14: what is on a magnetic stripe, and that a bank's is refused."""

import logging

import pytest

from o2o_box.readers import bank, swipe, tracks

#: test numbers of card schemes, no bank has given them to anybody
VISA, UNIONPAY = "4111111111111111", "6200000000000005"
UNIONPAY_19 = "6222020000000000000"


def with_lrc(track):
    return track + tracks.lrc(track)


def luhn(start, length):
    """A number of ``length`` digits whose check digit fits."""
    body = start.ljust(length - 1, "0")
    return next(
        body + digit for digit in "0123456789" if bank.is_luhn(f"{body}{digit}")
    )


@pytest.mark.parametrize(
    "text",
    [
        ";88000101?",
        ";88000101=49120000000000000000?",
        "%88000101?",
        "%B88000101^CHEN/XIAOYU^4912101000?",
        "+88000101?",
        "88000101",
        "88000101=4912",
        "%B88000101^CHEN^?\r;88000101?",
        "%E?;88000101?",
        "%E?\r\n;88000101?\r\n+E?",
        with_lrc("%B88000101^CHEN^?") + with_lrc(";88000101?") + with_lrc("+88000101?"),
    ],
)
def test_every_track_holds_the_number(text):
    """POS-14: track 1, 2, 3, bare digits, with and without check character."""
    assert tracks.read_number(text) == "88000101"


def test_check_character_of_iso_7811():
    """devices.md 4: the exclusive or over ``; .. ? LRC`` is zero."""
    track = with_lrc(";1234567890=1234?")
    check = 0
    for char in track:
        check ^= ord(char) - 0x30
    assert check & 0x0F == 0
    # an example of the standard's arithmetic, by hand: B ^ 1 ^ 2 ^ F = 7
    assert tracks.lrc(";12?") == "7"


def test_member_cards_have_letters_too():
    assert tracks.read_number("%E88000123^WANG^?") == "E88000123"


@pytest.mark.parametrize(
    "text",
    [
        ";88000101",
        "88000101?",
        ";880?",
        ";?",
        "%E?;E?+E?",
        ";88000101?x",
        with_lrc(";88000101?")[:-1] + "1",
        "%B88000101^CHEN;88000101?",
        "\x00\xff#!",
        ";" + "8" * 106 + "?",
        "8800 0101 7",
        "",
    ],
)
def test_torn_stripes_are_not_guessed(text):
    """POS-14: half a number would be somebody else's card."""
    with pytest.raises(tracks.UnreadableError) as caught:
        tracks.read_number(text)
    assert "8800" not in str(caught.value)


BANK_CARDS = [
    f";{VISA}=25121010000000000000?",
    f"%B{VISA}^CHEN/XIAOYU^2512101?",
    "%B4111 1111 1111 1111^CHEN^2512?",
    f";{VISA}?",
    VISA,
    f";{UNIONPAY}=4912?",
    f"{UNIONPAY}D4912",
    # torn: the end is missing
    f";{UNIONPAY}=49",
    # track 3 names its format first
    f"+99{UNIONPAY}=1561560000?",
    # no separators
    f"{UNIONPAY}49121010000",
    f";{luhn('6222020', 19)}=3012?",
    luhn("95588", 19),
    luhn("2221", 16),
    # an issuer we do not know, but with an expiry date
    f";{luhn('1', 16)}=3012101?",
    "%E?\r;4111111111111111=2512?\r",
]

MEMBER_CARDS = [
    ";88000101?",
    # long numbers of a shop, with a check digit, without an expiry date
    f";{luhn('8800', 16)}?",
    f";{luhn('7', 13)}=0000?",
    # the check digit does not fit
    ";4111111111111112=2512?",
    # too short and too long for a bank
    f";{luhn('4', 12)}?",
    "13800138001",
    "04A1B2C3D4E580",
]


@pytest.mark.parametrize("text", BANK_CARDS)
def test_bank_cards_are_refused(text):
    """POS-14: and nothing of them is kept, not even in the error."""
    read = swipe.understand(text, "magnetic")
    assert read == swipe.Swipe(swipe.BANK_CARD)
    assert read.value == ""
    with pytest.raises(tracks.BankCardError) as caught:
        tracks.read_number(text)
    assert not any(char.isdigit() for char in f"{caught.value!r}")


@pytest.mark.parametrize("text", MEMBER_CARDS)
def test_member_cards_are_not_taken_for_a_banks(text):
    """POS-14: one long number in ten passes the check digit by chance."""
    assert not bank.is_bank_card(text)


def test_a_scanner_that_reads_stripes_refuses_bank_cards_too():
    assert swipe.understand(BANK_CARDS[0], "barcode").kind == swipe.BANK_CARD
    # the number of a parcel may look like one
    assert swipe.understand(VISA, "barcode") == swipe.Swipe(swipe.BARCODE, VISA)


@pytest.mark.parametrize(
    "code", ["x" * 257, "a\x07b", b"\xff".decode("utf8", "replace")]
)
def test_codes_are_bounded_and_printable(code):
    assert swipe.understand(code, "barcode") == swipe.Swipe(swipe.UNREADABLE)


def test_a_log_gets_the_end_of_a_number_only(caplog):
    caplog.set_level(logging.INFO)
    logging.getLogger("x").info("%r", swipe.understand(";880012340101?", "magnetic"))
    assert "****0101" in caplog.text
    assert "1234" not in caplog.text
    assert swipe.mask("88000101") == "********"
