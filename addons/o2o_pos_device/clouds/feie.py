"""Feie (飞鹅云): forms signed with sha1(user + UKEY + time).

An answer to ``Open_printMsg`` means accepted, not printed; what became of a slip is
asked by the number it gave. It knows no key of ours: a slip sent twice is printed
twice.
"""

import hashlib
import time

from .errors import Refused, Unclear
from .markup import FeieMarkup
from .transport import TIMEOUT, post_form

URL = "https://api.feieyun.cn/Api/Open/"
MAX_CONTENT = 5000
_PROBLEMS = {
    -1: "refused",
    -2: "key",
    -3: "key",
    -4: "key",
    1001: "printer",
    1002: "printer",
    1007: "content",
}


class Feie:
    """One account.

    :param str user: the account at the maker
    :param str secret: its UKEY
    """

    #: a second request with the same key prints nothing: it has no such key
    is_repeatable = False

    def __init__(self, user, secret, url=URL, timeout=TIMEOUT):
        self._user = user
        self._secret = secret
        self._url = url
        self._timeout = timeout

    def register(self, number, key, name):
        """Add the printer to the account; one that is there already is fine.

        :raise Refused: problem ``printer`` when number and key do not belong together
        """
        label = "".join(char for char in name if char not in "#\r\n")[:20]
        data = self._call(
            "Open_printerAddlist", printerContent=f"{number}#{key}#{label}"
        )
        refused = data.get("no") if isinstance(data, dict) else None
        # the maker tells the reason in words only
        if refused and not any("已被添加" in str(reason) for reason in refused):
            raise Refused("printer")

    def get_status(self, number):
        """:return: ``online``, ``paper_out`` or ``offline``"""
        data = self._call("Open_queryPrinterStatus", sn=number)
        text = data if isinstance(data, str) else ""
        if "不正常" in text:
            # no paper, as far as the maker says
            return "paper_out"
        return "online" if "在线" in text else "offline"

    def send(self, number, document, *, width, copies, key, expires_at, banner=None):
        """Hand a slip over.

        :param int expires_at: seconds since 1970; the cloud prints it no later
        :param str key: unused: this cloud knows no key of ours
        :return: the cloud's number of the slip
        :raise DocumentError: when it can be printed by nobody
        """
        content = FeieMarkup(width).slip(document, banner)
        if len(content.encode()) > MAX_CONTENT:
            raise Refused("content")
        data = self._call(
            "Open_printMsg",
            sn=number,
            content=content,
            times=copies,
            expired=int(expires_at),
        )
        if not isinstance(data, str) or not data or len(data) > 100:
            raise Unclear
        return data

    def is_printed(self, _number, reference, _key):
        """Whether the slip came out; ``False`` means not yet."""
        return self._call("Open_queryOrderState", orderid=reference) is True

    def _call(self, name, **values):
        moment = str(int(time.time()))
        signature = hashlib.sha1(
            f"{self._user}{self._secret}{moment}".encode(), usedforsecurity=False
        ).hexdigest()
        answer = post_form(
            self._url,
            {
                "user": self._user,
                "stime": moment,
                "sig": signature,
                "apiname": name,
                **values,
            },
            self._timeout,
        )
        code = answer.get("ret")
        if code == 0:
            return answer.get("data")
        if isinstance(code, int):
            raise Refused(_PROBLEMS.get(code, "refused"))
        raise Unclear
