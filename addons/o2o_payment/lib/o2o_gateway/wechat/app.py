"""A mini program or an official account, as ``api.weixin.qq.com`` knows it.

It is authorised by an access token, which is got with the app's secret and kept for
nearly as long as it is good. The *stable* token is asked for: every process gets the
same one, and none ends that of another (developers.weixin.qq.com,
``getStableAccessToken``).
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta

from ..clock import Clock, system_clock
from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..secret import Secret
from ..texts import lazy as _lt
from ..transport import Reply, Transport
from . import parsing, shipping

TOKEN_PATH = "/cgi-bin/stable_token"
#: before a token ends a new one is got, which then is good together with the old one
_EARLY = timedelta(minutes=5)
#: a token is renewed by force no more often: WeChat allows twenty a day
_FORCE_PAUSE = timedelta(minutes=5)
_MAX_ANSWER = 64 * 1024
_APP_ID = re.compile(r"wx[0-9A-Za-z]{4,62}")
_SECRET = re.compile(r"[0-9A-Za-z]{16,64}")
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
#: WeChat is busy, or asked too often
_BUSY = (-1, 45009, 45011)


class WechatApp:
    """Calls in the name of one app. Safe for threads."""

    def __init__(
        self,
        app_id: str,
        secret: Secret,
        *,
        hosts: tuple[str, ...] = (shipping.HOST,),
        clock: Clock = system_clock,
        transport: Transport | None = None,
    ) -> None:
        """:raise ValueError: a number or a secret that cannot be one"""
        if not _APP_ID.fullmatch(app_id):
            raise ValueError(_lt("the number of an app begins with wx"))
        if not _SECRET.fullmatch(secret.reveal()):
            raise ValueError(_lt("the secret of an app has 32 letters and digits"))
        self._app_id = app_id
        self._secret = secret
        self._transport = transport or Transport(hosts)
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Secret | None = None
        self._good_until: datetime | None = None
        self._forced_at: datetime | None = None

    def tell_shipping(self, told: shipping.Shipping) -> Outcome[None]:
        """Tell WeChat what was sent. The same may be told again.

        A token that has ended before its time is renewed once.
        """
        token = self.access_token()
        if not token.is_ok:
            return token.failure()
        outcome = self._send(told, token.value)
        if outcome.code != shipping.TOKEN_EXPIRED:
            return outcome
        token = self.access_token(refused=token.value)
        if not token.is_ok:
            return token.failure()
        return self._send(told, token.value)

    def _send(self, told: shipping.Shipping, token: Secret) -> Outcome[None]:
        path, body = shipping.request(told, token)
        reply = self._transport.exchange(
            "POST", path, headers=_HEADERS, body=body, max_bytes=_MAX_ANSWER
        )
        return shipping.read_answer(reply.value) if reply.is_ok else reply.failure()

    def access_token(self, refused: Secret | None = None) -> Outcome[Secret]:
        """The token of the app.

        :param refused: a token that WeChat has just refused
        """
        with self._lock:
            now = self._clock()
            is_good = self._good_until is not None and now < self._good_until
            if self._token and is_good and not self._is_same(refused):
                return ok(self._token)
            may_force = self._forced_at is None or now - self._forced_at >= _FORCE_PAUSE
            is_forced = self._is_same(refused) and may_force
            if is_forced:
                self._forced_at = now
            return self._renew(now, is_forced)

    def _is_same(self, refused: Secret | None) -> bool:
        return bool(
            refused and self._token and refused.reveal() == self._token.reveal()
        )

    def _renew(self, now: datetime, is_forced: bool) -> Outcome[Secret]:
        body = json.dumps(
            {
                "grant_type": "client_credential",
                "appid": self._app_id,
                "secret": self._secret.reveal(),
                "force_refresh": is_forced,
            }
        ).encode()
        reply = self._transport.exchange(
            "POST", TOKEN_PATH, headers=_HEADERS, body=body, max_bytes=_MAX_ANSWER
        )
        if not reply.is_ok:
            return reply.failure()
        outcome = _read_token(reply.value)
        if not outcome.is_ok:
            return outcome.failure()
        text, seconds = outcome.value
        self._token = Secret(text)
        self._good_until = now + timedelta(seconds=seconds) - _EARLY
        return ok(self._token)


def _read_token(reply: Reply) -> Outcome[tuple[str, int]]:
    bad: Outcome[tuple[str, int]] = unknown(
        BAD_ANSWER,
        _lt("The answer is not WeChat's: HTTP %(status)s.", status=reply.status),
    )
    try:
        answer = parsing.json_object(reply.body)
    except ValueError:
        return bad
    if reply.status != 200:
        return bad
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if isinstance(text, str) and text and type(seconds) is int and seconds > 0:
        return ok((text, seconds))
    code = answer.get("errcode")
    if type(code) is not int:
        return bad
    if code in _BUSY:
        return unknown(str(code), _lt("WeChat is busy."))
    return rejected(
        str(code),
        _lt("WeChat refused number or secret of the app (%(code)s).", code=code),
    )
