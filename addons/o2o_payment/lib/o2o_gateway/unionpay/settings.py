"""One merchant at UnionPay, and where UnionPay is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..texts import lazy as _lt
from . import wire
from .kit import SigningKey
from .trust import Trust

PRODUCTION = "https://gateway.95516.com"
TEST = "https://gateway.test.95516.com"
PRODUCTION_FILES = "https://filedownload.95516.com"
TEST_FILES = "https://filedownload.test.95516.com"

#: what the test kit sends where no notification is wanted; UnionPay asks for a value
NO_NOTIFICATION = "http://www.specialUrl.com"

TERMINAL = re.compile(r"[0-9A-Za-z]{8}")
_MERCHANT = re.compile(r"[0-9A-Za-z]{15}")


@dataclass(frozen=True)
class Settings:
    """One merchant at UnionPay.

    :raise ValueError: a number or an encoding that UnionPay refuses
    """

    merchant_no: str
    signing: SigningKey
    trust: Trust
    url: str = PRODUCTION
    files_url: str = PRODUCTION_FILES
    #: for calls; the payer's page is always UTF-8, whatever the browser thinks
    encoding: str = "UTF-8"
    #: of the till, where an order names none of eight letters and digits
    terminal_no: str = "00000001"
    #: whether a whole refund on the same day is tried as a void first: at once at most
    #: banks, and without the fee
    uses_voids: bool = True

    def __post_init__(self) -> None:
        if not _MERCHANT.fullmatch(self.merchant_no):
            raise ValueError(
                _lt("a merchant number of UnionPay has 15 letters and digits")
            )
        if not TERMINAL.fullmatch(self.terminal_no):
            raise ValueError(
                _lt("a terminal number of UnionPay has 8 letters and digits")
            )
        wire.charset_of(self.encoding)
