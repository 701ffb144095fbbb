"""What WeChat Pay's words mean, in three values and in words for the staff."""

from __future__ import annotations

import re
from typing import Any

from ..outcome import BAD_ANSWER
from ..results import PaymentState, RefundState
from ..texts import lazy as _lt

STATES = {
    "SUCCESS": PaymentState.PAID,
    # said as soon as any part was given back
    "REFUND": PaymentState.PAID,
    "NOTPAY": PaymentState.WAITING,
    "USERPAYING": PaymentState.WAITING,
    "ACCEPT": PaymentState.WAITING,
    "CLOSED": PaymentState.CLOSED,
    "REVOKED": PaymentState.CLOSED,
    "PAYERROR": PaymentState.FAILED,
}
REFUND_STATES = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.PENDING,
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.ABNORMAL,
}
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_UNCERTAIN = ("SYSTEMERROR", "BANKERROR", "FREQUENCYLIMITED", "RATELIMITEXCEEDED")

_REASONS = {
    "APPIDMCHIDNOTMATCH": _lt(
        "This app number does not belong to the merchant number."
    ),
    "AUTHCODEERROR": _lt("The customer's code is not valid: show a new one."),
    "AUTHCODEEXPIRE": _lt("The customer's code is too old: show a new one."),
    "AUTHCODEEXPIRED": _lt("The customer's code is too old: show a new one."),
    "AUTHCODEINVALID": _lt("This is not a payment code of WeChat."),
    "INVALIDREQUEST": _lt("WeChat Pay does not allow this for this order."),
    "MCHNOTEXISTS": _lt("WeChat Pay does not know this merchant number."),
    "NOAUTH": _lt("The merchant account is not allowed to do this."),
    "NOSTATEMENTEXIST": _lt("There is no bill for this day."),
    "NOTENOUGH": _lt("There is too little money: the payer's, or ours for a refund."),
    "ORDERCLOSED": _lt("This order is closed."),
    "ORDERNOTEXIST": _lt("WeChat Pay does not know this order."),
    "ORDERPAID": _lt("This order has been paid already."),
    "OUTTRADENOUSED": _lt("This number is in use for another attempt."),
    "PARAMERROR": _lt("WeChat Pay does not like a field of the request."),
    "REQUESTBLOCKED": _lt("WeChat Pay has blocked this merchant."),
    "RESOURCENOTEXISTS": _lt("WeChat Pay does not know this number."),
    "RULELIMIT": _lt("A rule of WeChat Pay forbids this payment."),
    "SIGNERROR": _lt(
        "WeChat Pay could not verify our signature: "
        "wrong key, wrong certificate number or wrong merchant number."
    ),
    "STATEMENTCREATING": _lt("The bill is being made."),
    "SYSTEMERROR": _lt("WeChat Pay had an error; nobody knows yet."),
    "FREQUENCYLIMITED": _lt("Too many calls; nobody knows whether this one counted."),
    "TRADEERROR": _lt("The payment failed."),
    "TRADEOVERDUE": _lt("This payment is too old to be cancelled."),
    "USERACCOUNTABNORMAL": _lt("The payer's account cannot be used."),
}


def plain(code: str) -> str:
    """A code without its underscores: v2 wrote ``ORDERPAID``, v3 ``ORDER_PAID``."""
    return code.replace("_", "").upper()


def code_of(answer: Any) -> str:
    """The code of an error, if the answer looks like WeChat Pay's; otherwise ""."""
    found = answer.get("code") if isinstance(answer, dict) else None
    return found if isinstance(found, str) and _CODE.fullmatch(found) else ""


def reason_of(code: str) -> str:
    return _REASONS.get(
        plain(code), _lt("WeChat Pay refused (%(code)s).", code=code or BAD_ANSWER)
    )


def is_code(told: str, *codes: str) -> bool:
    """Whether ``told`` is one of ``codes`` in either spelling."""
    return plain(told) in codes


def is_uncertain(code: str) -> bool:
    """Maybe done: neither a refusal nor a yes."""
    return plain(code) in _UNCERTAIN
