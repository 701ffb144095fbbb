"""Yilianyun (易联云): forms signed with md5(client + time + secret), and a token.

It knows our key of a slip (``origin_id``): the same one within two hours is the same
slip, so a lost answer is fetched by sending again.
"""

import hashlib
import time
import uuid

from .errors import Refused, Unclear
from .markup import YilianyunMarkup
from .transport import TIMEOUT, post_form

URL = "https://open-api.10ss.net"
#: so long the same key is the same slip, less a margin
REPEAT_SECONDS = 110 * 60
MAX_CONTENT = 12_000
_PAGE_SIZE = 100
_PAGES = 3
_TOKEN_OVER = ("18", "14")
_PROBLEMS = {
    "8": "printer",
    "10": "printer",
    "11": "key",
    "14": "key",
    "18": "key",
    "19": "key",
}
_STATES = {"0": "offline", "1": "online", "2": "paper_out"}


class Yilianyun:
    """One application of the owner (自有应用).

    :param str user: client_id
    :param str secret: client_secret
    :param token: the access token, if one is known; a new one costs one of 20 a day
    :param on_token: called before a token is fetched; raises ``Refused`` when the
        day has had enough
    """

    is_repeatable = True

    def __init__(
        self, user, secret, url=URL, timeout=TIMEOUT, token=None, on_token=None
    ):
        self._user = user
        self._secret = secret
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._on_token = on_token
        self.token = token

    def register(self, number, key, name):
        """Let the application use the printer; may be repeated.

        :raise Refused: problem ``printer`` when number and key do not belong together
        """
        label = "".join(char for char in name if char.isprintable())[:20]
        self._call(
            "printer/addprinter", machine_code=number, msign=key, print_name=label
        )

    def get_status(self, number):
        """:return: ``online``, ``paper_out`` or ``offline``"""
        body = self._call("printer/getprintstatus", machine_code=number)
        state = body.get("state") if isinstance(body, dict) else None
        return _STATES.get(str(state), "unknown")

    def send(self, number, document, *, width, copies, key, expires_at, banner=None):
        """Hand a slip over; again with the same ``key`` changes nothing.

        :param str key: of the slip: up to 32 letters and digits
        :param expires_at: unused: this cloud keeps a slip until it is printed
        :return: the cloud's number of the slip
        :raise DocumentError: when it can be printed by nobody
        """
        content = YilianyunMarkup(width).slip(document, banner, copies)
        if len(content.encode()) > MAX_CONTENT:
            raise Refused("content")
        body = self._call(
            "print/index",
            machine_code=number,
            content=content,
            origin_id=key,
            idempotence=1,
        )
        reference = str(body.get("id") or "") if isinstance(body, dict) else ""
        if not reference or len(reference) > 100:
            raise Unclear
        return reference

    def is_printed(self, number, reference, key):
        """Whether the slip came out; ``False`` means not yet, or not listed."""
        for page in range(1, _PAGES + 1):
            orders = self._call(
                "printer/getorderpaginglist",
                machine_code=number,
                page_index=page,
                page_size=_PAGE_SIZE,
            )
            if not isinstance(orders, list):
                raise Unclear
            for order in orders:
                if isinstance(order, dict) and (
                    str(order.get("id")) == reference or order.get("origin_id") == key
                ):
                    return str(order.get("status")) == "1"
            if len(orders) < _PAGE_SIZE:
                break
        return False

    def _call(self, path, **values):
        if not self.token:
            self._fetch_token()
        answer = self._post(path, access_token=self.token, **values)
        if str(answer.get("error")) in _TOKEN_OVER:
            # refused before anything was done: once more with a new one
            self._fetch_token()
            answer = self._post(path, access_token=self.token, **values)
        return self._get_body(answer)

    def _fetch_token(self):
        self.token = None
        if self._on_token:
            self._on_token()
        body = self._get_body(
            self._post("oauth/oauth", grant_type="client_credentials", scope="all")
        )
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not 0 < len(token) <= 200:
            raise Unclear
        self.token = token

    def _post(self, path, **values):
        moment = str(int(time.time()))
        signature = hashlib.md5(
            f"{self._user}{moment}{self._secret}".encode(), usedforsecurity=False
        ).hexdigest()
        return post_form(
            f"{self._url}/{path}",
            {
                "client_id": self._user,
                "timestamp": moment,
                "sign": signature,
                "id": str(uuid.uuid4()),
                **values,
            },
            self._timeout,
        )

    def _get_body(self, answer):
        code = str(answer.get("error"))
        if code == "0":
            return answer.get("body")
        if code.lstrip("-").isdigit():
            raise Refused(_PROBLEMS.get(code, "refused"))
        raise Unclear
