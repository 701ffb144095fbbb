"""Who is reading a page within WeChat, as an official account knows them (OAuth).

The page sends the reader to WeChat, which sends them back with a code; the code is
exchanged for the openid, once, from here (developers.weixin.qq.com, "Web page
authorization"). ``snsapi_base`` asks the reader nothing and tells nothing but the
openid.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..secret import Secret
from ..texts import lazy as _lt
from ..transport import Reply, Transport
from . import parsing
from .shipping import HOST

#: where readers are sent
PAGE_HOST = "https://open.weixin.qq.com"
PAGE_PATH = "/connect/oauth2/authorize"
EXCHANGE_PATH = "/sns/oauth2/access_token"
#: the code is no longer, or was never, good: send the reader to WeChat again
CODE_SPENT = "o2o.code_spent"
_SCOPE = "snsapi_base"
_SPENT = (40029, 40163, 42003)
_BUSY = (-1, 45011)
_MAX_ANSWER = 64 * 1024
_CODE = re.compile(r"[A-Za-z0-9_-]{1,512}")
_STATE = re.compile(r"[A-Za-z0-9]{16,128}")
_OPENID = re.compile(r"[A-Za-z0-9_-]{6,128}")


class WechatLogin:
    """The pages of one official account. Keeps nothing."""

    def __init__(
        self,
        app_id: str,
        secret: Secret,
        *,
        host: str = HOST,
        page_host: str = PAGE_HOST,
        transport: Transport | None = None,
    ) -> None:
        self._app_id = app_id
        self._secret = secret
        self._page_host = page_host.rstrip("/")
        self._transport = transport or Transport((host,))

    def page(self, back: str, state: str) -> str:
        """The address to which the reader is sent.

        :param back: where WeChat sends the reader back to, with ``code`` and ``state``
        :param state: letters and digits that only this reader's session has
        :raise ValueError: a state that can be guessed, or that WeChat would not take
        """
        if not _STATE.fullmatch(state):
            raise ValueError(_lt("a state has 16 to 128 letters and digits"))
        # in the order of WeChat's document, which says that the order counts
        query = urlencode(
            {
                "appid": self._app_id,
                "redirect_uri": back,
                "response_type": "code",
                "scope": _SCOPE,
                "state": state,
            }
        )
        return f"{self._page_host}{PAGE_PATH}?{query}#wechat_redirect"

    def openid(self, code: str) -> Outcome[str]:
        """Exchange a code, which is good once and for five minutes.

        ``UNKNOWN`` may have spent it. The path holds the secret: never log it.
        """
        if not _CODE.fullmatch(code):
            return rejected(CODE_SPENT, _lt("This is no code of WeChat."))
        query = urlencode(
            {
                "appid": self._app_id,
                "secret": self._secret.reveal(),
                "code": code,
                "grant_type": "authorization_code",
            }
        )
        reply = self._transport.exchange(
            "GET", f"{EXCHANGE_PATH}?{query}", max_bytes=_MAX_ANSWER
        )
        return _read(reply.value) if reply.is_ok else reply.failure()


def _read(reply: Reply) -> Outcome[str]:
    bad: Outcome[str] = unknown(
        BAD_ANSWER,
        _lt("The answer is not WeChat's: HTTP %(status)s.", status=reply.status),
    )
    try:
        answer = parsing.json_object(reply.body)
    except ValueError:
        return bad
    if reply.status != 200:
        return bad
    openid = answer.get("openid")
    if isinstance(openid, str) and _OPENID.fullmatch(openid):
        return ok(openid)
    code = answer.get("errcode")
    if type(code) is not int or code == 0:
        return bad
    if code in _SPENT:
        return rejected(CODE_SPENT, _lt("The code is spent or too old."))
    if code in _BUSY:
        return unknown(str(code), _lt("WeChat is busy."))
    return rejected(
        str(code),
        _lt("WeChat refused number or secret of the app (%(code)s).", code=code),
    )
