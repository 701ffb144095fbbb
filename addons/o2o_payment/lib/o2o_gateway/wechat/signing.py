"""What is signed: requests by us, answers and notifications by WeChat Pay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import requests

from ..keys import PrivateKey
from ..keyset import KeySet
from ..outcome import NOT_AUTHENTIC, UNKNOWN_KEY, Outcome, ok, rejected, unknown
from ..texts import lazy as _lt
from .trust import normal_serial

SCHEME = "WECHATPAY2-SHA256-RSA2048"
#: seconds by which the clock of a message may differ from ours
WINDOW = 300
#: WeChat Pay now and then signs wrongly on purpose, to see whether anybody looks
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
#: our word for such a probe: refused like a forgery, but nobody is alarmed
PROBE = "o2o.signature_probe"
_TIMESTAMP = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True)
class Signature:
    """The signature of an answer or a notification, from its headers."""

    timestamp: str
    nonce: str
    serial: str
    value: str
    scheme: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Signature:
        """Names of headers are the same in any case; what is missing is ""."""
        found = {name.lower(): value for name, value in headers.items()}
        return cls(
            timestamp=found.get("wechatpay-timestamp", ""),
            nonce=found.get("wechatpay-nonce", ""),
            serial=normal_serial(found.get("wechatpay-serial", "")),
            value=found.get("wechatpay-signature", ""),
            scheme=found.get("wechatpay-signature-type", SCHEME),
        )

    def check(self, body: bytes, keys: KeySet, now: datetime) -> Outcome[None]:
        """Whether WeChat Pay signed ``body`` just now.

        ``UNKNOWN``: by a key that is not known here. Makes no call: anybody can send
        headers.
        """
        if self.value.startswith(PROBE_PREFIX):
            return rejected(
                PROBE, _lt("WeChat Pay tests whether signatures are checked.")
            )
        if not (self.value and self.nonce and self.serial) or self.scheme != SCHEME:
            return rejected(NOT_AUTHENTIC, _lt("There is no signature of WeChat Pay."))
        if not _TIMESTAMP.fullmatch(self.timestamp):
            return rejected(NOT_AUTHENTIC, _lt("The signature has no time."))
        if abs(int(self.timestamp) - now.timestamp()) > WINDOW:
            return rejected(
                NOT_AUTHENTIC,
                _lt(
                    "The signature is not of now: a repetition, or the clock of this "
                    "server is wrong."
                ),
            )
        key = keys.find(self.serial, now)
        if key is None:
            return unknown(
                UNKNOWN_KEY, _lt("It is signed with a key that is not known.")
            )
        if not key.verify(answer_message(self.timestamp, self.nonce, body), self.value):
            return rejected(NOT_AUTHENTIC, _lt("The signature is wrong."))
        return ok(None)


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What WeChat Pay signs; the body is taken as it came, byte by byte."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def request_message(
    method: str, path: str, timestamp: str, nonce: str, body: bytes
) -> bytes:
    """What we sign. ``path`` is that of :func:`prepared`, with its query."""
    head = f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode()
    return head + body + b"\n"


def prepared(path: str) -> str:
    """``path`` as it travels: ``|`` becomes ``%7C``, and so it has to be signed."""
    address = requests.Request("GET", f"https://host.invalid{path}").prepare()
    return address.path_url


def authorization(
    mchid: str, serial_no: str, key: PrivateKey, message: bytes, nonce: str, moment: str
) -> str:
    """The header that names and proves us."""
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",'
        f'signature="{key.sign(message)}",timestamp="{moment}",'
        f'serial_no="{serial_no}"'
    )


def bridge_message(app_id: str, timestamp: str, nonce: str, package: str) -> bytes:
    """What is signed for the payer's own WeChat (JSAPI and mini program)."""
    return f"{app_id}\n{timestamp}\n{nonce}\n{package}\n".encode()
