"""What happens within WeChat: a reader is named, and a page calls the bridge."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from o2o_gateway.keys import PublicKey
from o2o_gateway.wechat.signing import bridge_message

from ..ledger import Ledger
from ..module import Surroundings
from ..web import Request, Response, page, redirect
from .app import App
from .identity import APP_ID

#: the one person who uses this WeChat
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
BAD_APP, BAD_SECRET, BAD_CODE, USED_CODE, BAD_GRANT = 40013, 40125, 40029, 40163, 40002
_CODE_TIME = timedelta(minutes=5)
#: the bridge as far as a payment goes: it leads to the payer's page and back
_SCRIPT = """
(() => {
    const { src, dataset } = document.currentScript;
    const back = new URL(dataset.back, location.href).href;
    window.WeixinJSBridge = {
        invoke(name, fields) {
            if (name === "getBrandWCPayRequest") {
                const query = new URLSearchParams({ ...fields, back });
                location.href = `${new URL("/wechat/bridge", src)}?${query}`;
            }
        },
    };
    document.dispatchEvent(new Event("WeixinJSBridgeReady"));
})();
"""


class Inside:
    """WeChat's own browser."""

    def __init__(
        self, around: Surroundings, app: App, ledger: Ledger, key: PublicKey
    ) -> None:
        self._around = around
        self._app = app
        self._ledger = ledger
        self._key = key
        self._codes: dict[str, datetime] = {}
        self._used: set[str] = set()

    def authorize(self, request: Request) -> Response:
        """``/connect/oauth2/authorize``: back at once, for ``snsapi_base`` asks not."""
        asked = dict(parse_qsl(request.query))
        back, state = asked.get("redirect_uri", ""), asked.get("state", "")
        if asked.get("appid") != APP_ID or asked.get("response_type") != "code":
            return page("<html>参数错误 10003</html>", 400)
        if asked.get("scope") != "snsapi_base" or urlsplit(back).scheme not in (
            "http",
            "https",
        ):
            return page("<html>redirect_uri 参数错误 10003</html>", 400)
        code = secrets.token_hex(16)
        self._codes[code] = self._around.clock() + _CODE_TIME
        sign = "&" if "?" in back else "?"
        return redirect(f"{back}{sign}{urlencode({'code': code, 'state': state})}")

    def exchange(self, request: Request) -> Response:
        """``/sns/oauth2/access_token``: each code once."""
        content = self._exchange(dict(parse_qsl(request.query)))
        return Response(json.dumps(content).encode(), 200, "text/plain")

    def _exchange(self, asked: dict[str, str]) -> dict[str, object]:
        if asked.get("grant_type") != "authorization_code":
            return _error(BAD_GRANT)
        if asked.get("appid") != APP_ID:
            return _error(BAD_APP)
        secret = asked.get("secret", "")
        if not secrets.compare_digest(secret.encode(), self._app.secret.encode()):
            return _error(BAD_SECRET)
        code = asked.get("code", "")
        if code in self._used:
            return _error(USED_CODE)
        until = self._codes.pop(code, None)
        if until is None or self._around.clock() > until:
            return _error(BAD_CODE)
        self._used.add(code)
        return {
            "access_token": secrets.token_urlsafe(48),
            "expires_in": 7200,
            "refresh_token": secrets.token_urlsafe(48),
            "openid": OPENID,
            "scope": "snsapi_base",
        }

    def script(self, _request: Request) -> Response:
        return Response(_SCRIPT.encode(), 200, "text/javascript;charset=utf-8")

    def bridge(self, request: Request) -> Response:
        """``getBrandWCPayRequest``: only what the merchant has signed."""
        asked = dict(parse_qsl(request.query))
        message = bridge_message(
            asked.get("appId", ""),
            asked.get("timeStamp", ""),
            asked.get("nonceStr", ""),
            asked.get("package", ""),
        )
        is_signed = asked.get("signType") == "RSA" and self._key.verify(
            message, asked.get("paySign", "")
        )
        if asked.get("appId") != APP_ID or not is_signed:
            return page("<html>支付验证签名失败</html>", 400)
        prepay_id = asked["package"].removeprefix("prepay_id=")
        trade = self._ledger.by_token(prepay_id.removeprefix("wx"))
        if trade is None:
            return page("<html>支付订单号不存在</html>", 404)
        trade.return_url = asked.get("back", "")
        return redirect(f"{self._around.url}/phone/{trade.token}")


def _error(code: int) -> dict[str, object]:
    return {"errcode": code, "errmsg": "模拟的错误"}
