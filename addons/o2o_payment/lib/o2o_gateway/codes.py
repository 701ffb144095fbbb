"""The codes that customers show at a till: whose is it? (payments.md §2)"""

from __future__ import annotations

import re

from .secret import Secret

#: 16 to 24 digits that begin with 25 to 30
ALIPAY = re.compile(r"(2[5-9]|30)[0-9]{14,22}")
#: 18 digits that begin with 10 to 15
WECHAT = re.compile(r"1[0-5][0-9]{16}")
#: 19 digits that begin with 62
UNIONPAY = re.compile(r"62[0-9]{17}")

_BY_GATEWAY = {"alipay": ALIPAY, "wechat": WECHAT, "unionpay": UNIONPAY}


def gateway_of(code: Secret) -> str:
    """The gateway whose code this is, as :attr:`Gateway.code`; "" if it is none's."""
    for gateway, pattern in _BY_GATEWAY.items():
        if pattern.fullmatch(code.reveal()):
            return gateway
    return ""
