"""What WeChat Pay's words mean, in three values and in words for the staff."""

from __future__ import annotations

import re
from typing import Any

from ..outcome import BAD_ANSWER
from ..results import PaymentState, RefundState

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
    "APPIDMCHIDNOTMATCH": "This app number does not belong to the merchant number.",
    "AUTHCODEERROR": "The customer's code is not valid: show a new one.",
    "AUTHCODEEXPIRE": "The customer's code is too old: show a new one.",
    "AUTHCODEEXPIRED": "The customer's code is too old: show a new one.",
    "AUTHCODEINVALID": "This is not a payment code of WeChat.",
    "INVALIDREQUEST": "WeChat Pay does not allow this for this order.",
    "MCHNOTEXISTS": "WeChat Pay does not know this merchant number.",
    "NOAUTH": "The merchant account is not allowed to do this.",
    "NOSTATEMENTEXIST": "There is no bill for this day.",
    "NOTENOUGH": "There is too little money: the payer's, or ours for a refund.",
    "ORDERCLOSED": "This order is closed.",
    "ORDERNOTEXIST": "WeChat Pay does not know this order.",
    "ORDERPAID": "This order has been paid already.",
    "OUTTRADENOUSED": "This number is in use for another attempt.",
    "PARAMERROR": "WeChat Pay does not like a field of the request.",
    "REQUESTBLOCKED": "WeChat Pay has blocked this merchant.",
    "RESOURCENOTEXISTS": "WeChat Pay does not know this number.",
    "RULELIMIT": "A rule of WeChat Pay forbids this payment.",
    "SIGNERROR": "WeChat Pay could not verify our signature: "
    "wrong key, wrong certificate number or wrong merchant number.",
    "STATEMENTCREATING": "The bill is being made.",
    "SYSTEMERROR": "WeChat Pay had an error; nobody knows yet.",
    "FREQUENCYLIMITED": "Too many calls; nobody knows whether this one counted.",
    "TRADEERROR": "The payment failed.",
    "TRADEOVERDUE": "This payment is too old to be cancelled.",
    "USERACCOUNTABNORMAL": "The payer's account cannot be used.",
}


def plain(code: str) -> str:
    """A code without its underscores: v2 wrote ``ORDERPAID``, v3 ``ORDER_PAID``."""
    return code.replace("_", "").upper()


def code_of(answer: Any) -> str:
    """The code of an error, if the answer looks like WeChat Pay's; otherwise ""."""
    found = answer.get("code") if isinstance(answer, dict) else None
    return found if isinstance(found, str) and _CODE.fullmatch(found) else ""


def reason_of(code: str) -> str:
    return _REASONS.get(plain(code), f"WeChat Pay refused ({code or BAD_ANSWER}).")


def is_code(told: str, *codes: str) -> bool:
    """Whether ``told`` is one of ``codes`` in either spelling."""
    return plain(told) in codes


def is_uncertain(code: str) -> bool:
    """Maybe done: neither a refusal nor a yes."""
    return plain(code) in _UNCERTAIN
