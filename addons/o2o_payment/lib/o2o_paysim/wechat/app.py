"""The app that payers use: it gets its access token with its secret."""

from __future__ import annotations

import json
import secrets

from ..web import Request, Response
from .identity import APP_ID
from .shipments import Shipments

BAD_SECRET, BAD_APP, BAD_GRANT = 40125, 40013, 40002
TOKEN_SECONDS = 7200


class App:
    """``api.weixin.qq.com`` as far as tokens go."""

    def __init__(self, shipments: Shipments) -> None:
        self._shipments = shipments
        self.secret = secrets.token_hex(16)

    def answer(self, request: Request) -> Response:
        return _reply(self._take(request))

    def _take(self, request: Request) -> dict[str, object]:
        try:
            asked = json.loads(request.body)
            app_id, secret = asked["appid"], str(asked["secret"])
            is_known_grant = asked["grant_type"] == "client_credential"
        except (ValueError, KeyError, TypeError):
            return _error(BAD_GRANT)
        if not is_known_grant:
            return _error(BAD_GRANT)
        if app_id != APP_ID:
            return _error(BAD_APP)
        if not secrets.compare_digest(secret.encode(), self.secret.encode()):
            return _error(BAD_SECRET)
        if asked.get("force_refresh") is True:
            self._shipments.access_token = secrets.token_urlsafe(48)
        return {
            "access_token": self._shipments.access_token,
            "expires_in": TOKEN_SECONDS,
        }


def _error(code: int) -> dict[str, object]:
    return {"errcode": code, "errmsg": "模拟的错误"}


def _reply(content: dict[str, object]) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, 200, "application/json")
