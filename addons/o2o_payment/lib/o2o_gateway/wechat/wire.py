"""Calls to WeChat Pay: signed by us, and believed only when signed by them."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization

from ..clock import Clock, skew_seconds
from ..keys import PrivateKey
from ..keyset import Entry, KeySet
from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..secret import Secret
from ..texts import lazy as _lt
from ..transport import Reply, Transport
from . import parsing, words
from .sealed import CANNOT_OPEN, SealProblem, check_api_key
from .signing import Signature, authorization, prepared, request_message
from .trust import (
    PUBLIC_KEY_PREFIX,
    certificate_serial,
    public_key_serial,
    read_certificates,
)

_logger = logging.getLogger(__name__)

#: the nearest access point, and two others for when it cannot be reached
HOSTS = (
    "https://api.mch.weixin.qq.com",
    "https://api2.mch.weixin.qq.com",
    "https://api2.wechatpay.cn",
)
_FILE_HOSTS = (".weixin.qq.com", ".wechatpay.cn")
_USER_AGENT = "o2o-gateway"
_MCHID = re.compile(r"[0-9]{6,32}")
_SERIAL = re.compile(r"[0-9A-Fa-f]{8,64}")
_APP_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
#: certificates are not asked for more often, whatever an answer names
_REFRESH_PAUSE = timedelta(minutes=5)
#: seconds of difference between the clocks above which somebody should look
SKEW_WARNING = 60
#: seconds above which a refused signature is rather a wrong clock
_SKEW_REFUSED = 240

#: the merchant works with the public key: there are no certificates
NO_CERTIFICATES = "o2o.no_certificates"


@dataclass(frozen=True)
class Settings:
    """One merchant account at WeChat Pay.

    :raise ValueError: a number that cannot be one
    :raise KeyProblem: the APIv3 key is not 32 characters long
    """

    mchid: str
    app_id: str
    #: number of our own certificate, which goes with ``private_key``
    serial_no: str
    private_key: PrivateKey
    api_key: Secret
    hosts: tuple[str, ...] = HOSTS

    def __post_init__(self) -> None:
        if not _MCHID.fullmatch(self.mchid):
            raise ValueError(_lt("the merchant number is made of digits"))
        if not _SERIAL.fullmatch(self.serial_no):
            raise ValueError(
                _lt("the certificate number is made of hexadecimal digits")
            )
        if not _APP_ID.fullmatch(self.app_id):
            raise ValueError(_lt("the app number is made of letters and digits"))
        check_api_key(self.api_key)


class Wire:
    """Speaks for one merchant account; knows the keys of WeChat Pay."""

    def __init__(
        self,
        settings: Settings,
        keys: KeySet,
        transport: Transport,
        clock: Clock,
        on_new_certificate: Callable[[str], None] | None,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._on_new_certificate = on_new_certificate
        self._refreshed_at: datetime | None = None
        self.keys = keys
        #: how much our clock is ahead, by the last answer; None before it
        self.skew_seconds: float | None = None

    def call(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        serial: str = "",
    ) -> Outcome[dict[str, Any]]:
        """Call a method; ``OK`` with the content of an answer that is signed.

        :param path: as it travels: nothing in it is left to be escaped
        :param serial: the key with which a part of ``content`` is encrypted
        """
        reply = self._send(method, path, content, serial)
        if not reply.is_ok:
            return reply.failure()
        if not 200 <= reply.value.status < 300:
            return _failure_of(reply.value, self.skew_seconds)
        return self.believe(reply.value)

    def _send(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None,
        serial: str = "",
    ) -> Outcome[Reply]:
        body = b""
        if content is not None:
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            body = text.encode()
        headers = self.headers(method, path, body, serial)
        reply = self._transport.exchange(
            method, path, headers=headers, body=None if content is None else body
        )
        if reply.is_ok:
            self._watch_clock(reply.value)
        return reply

    def headers(
        self, method: str, path: str, body: bytes, serial: str = ""
    ) -> dict[str, str]:
        nonce, moment = new_nonce(), self.timestamp()
        headers = {
            "Accept": "application/json",
            "User-Agent": _USER_AGENT,
            "Authorization": authorization(
                self._settings.mchid,
                self._settings.serial_no,
                self._settings.private_key,
                request_message(method, path, moment, nonce, body),
                nonce,
                moment,
            ),
        }
        if body:
            headers["Content-Type"] = "application/json"
        if serial := serial or public_key_serial(self.keys, self._clock()):
            # answers are then signed with this key, in the grey week too
            headers["Wechatpay-Serial"] = serial
        return headers

    def timestamp(self) -> str:
        return str(int(self._clock().timestamp()))

    def _watch_clock(self, reply: Reply) -> None:
        skew = skew_seconds(reply.headers.get("Date", ""), self._clock())
        self.skew_seconds = skew
        if skew is not None and abs(skew) > SKEW_WARNING:
            _logger.warning("WeChat Pay: our clock is %.0f seconds off", skew)

    def believe(self, reply: Reply) -> Outcome[dict[str, Any]]:
        """The content of an answer, if the signature is WeChat Pay's."""
        signature = Signature.of(reply.headers)
        checked = signature.check(reply.body, self.keys, self._clock())
        if checked.is_unknown and self._may_refresh(signature.serial):
            self.refresh_certificates()
            checked = signature.check(reply.body, self.keys, self._clock())
        if not checked.is_ok:
            # it was done, or not: only who said so is not certain
            return unknown(checked.code, checked.reason)
        if not reply.body:
            return (
                ok({})
                if reply.status == 204
                else unknown(BAD_ANSWER, _lt("No content."))
            )
        try:
            content = parsing.json_object(reply.body)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))
        code = words.code_of(content)
        if reply.status == 202 or words.is_uncertain(code):
            # "send the same again": not done yet
            return unknown(code or "ACCEPTED", _lt("WeChat Pay is not ready with it."))
        return ok(content, code)

    def _may_refresh(self, serial: str) -> bool:
        """Whether to ask for certificates: an answer to us names one we do not have.

        Never because of a notification: anybody can send those (FAULT-18).
        """
        if serial.startswith(PUBLIC_KEY_PREFIX):
            return False
        last = self._refreshed_at
        return last is None or self._clock() - last >= _REFRESH_PAUSE

    def fetch(self, url: str, max_bytes: int) -> Outcome[Reply]:
        """Download a bill: the request is signed, the answer is not (its hash was)."""
        parts = urlsplit(url)
        ours = {urlsplit(host).netloc for host in self._settings.hosts}
        name = parts.hostname or ""
        if parts.netloc not in ours and not name.endswith(_FILE_HOSTS):
            return unknown(BAD_ANSWER, _lt("The bill is said to be with a stranger."))
        path = prepared(url.partition(parts.netloc)[2])
        try:
            return self._transport.fetch(
                f"{parts.scheme}://{parts.netloc}{path}",
                headers=self.headers("GET", path, b""),
                max_bytes=max_bytes,
            )
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The address of the bill is not safe."))

    # keys of WeChat Pay

    def refresh_certificates(self) -> Outcome[int]:
        """See :meth:`.client.WechatGateway.refresh_certificates`."""
        self._refreshed_at = self._clock()
        reply = self._send("GET", "/v3/certificates", None)
        if not reply.is_ok:
            return reply.failure()
        if reply.value.status in (403, 404):
            return rejected(
                NO_CERTIFICATES, _lt("There are no certificates: public key.")
            )
        if reply.value.status != 200:
            return _failure_of(reply.value)
        try:
            answer = parsing.json_object(reply.value.body)
            found = read_certificates(answer, self._settings.api_key)
            entries = [Entry.of_certificate(certificate_serial(c), c) for c in found]
        except SealProblem:
            return unknown(
                CANNOT_OPEN, _lt("The APIv3 key does not open the certificates.")
            )
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer holds no certificates."))
        new = [one for one in entries if one.serial not in self.keys]
        # the first answer is signed with a key that is only in the answer itself; the
        # APIv3 key and TLS vouch for it, and it has to be of one piece
        signature = Signature.of(reply.value.headers).check(
            reply.value.body, self.keys.adding(*new), self._clock()
        )
        if not signature.is_ok:
            return unknown(signature.code, signature.reason)
        if not entries:
            return rejected(
                NO_CERTIFICATES, _lt("There are no certificates: public key.")
            )
        self.keys = self.keys.adding(*new)
        for certificate in found:
            if certificate_serial(certificate) in {one.serial for one in new}:
                self._keep(certificate.public_bytes(serialization.Encoding.PEM))
        return ok(len(new))

    def _keep(self, pem: bytes) -> None:
        _logger.info("WeChat Pay: a new certificate is in use")
        if self._on_new_certificate:
            self._on_new_certificate(pem.decode())

    def sealing_key(self) -> Entry | None:
        """The key to encrypt with: the public key, or the certificate valid longest."""
        now = self._clock()
        serial = public_key_serial(self.keys, now)
        for entry in self.keys.valid(now):
            if not serial or entry.serial == serial:
                return entry
        return None


def new_nonce() -> str:
    return secrets.token_hex(16).upper()


def _failure_of(reply: Reply, skew: float | None = None) -> Outcome[Any]:
    """What an answer of 4xx or 5xx comes to."""
    try:
        code = words.code_of(parsing.json_object(reply.body))
    except ValueError:
        code = ""
    if not code:
        # a page of something in between: nobody knows what WeChat Pay did
        return unknown(
            BAD_ANSWER,
            _lt("The answer is not WeChat's: HTTP %(status)s.", status=reply.status),
        )
    if reply.status >= 500 or reply.status == 429 or words.is_uncertain(code):
        return unknown(code, words.reason_of(code))
    reason = words.reason_of(code)
    if (
        words.is_code(code, "SIGNERROR")
        and skew is not None
        and abs(skew) > _SKEW_REFUSED
    ):
        reason = _lt(
            "The clock of this server is %(seconds)s seconds off.", seconds=round(skew)
        )
    return rejected(code, reason)
