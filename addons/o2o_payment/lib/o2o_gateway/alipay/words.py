"""What Alipay's codes mean, in three values and in words for the staff."""

from __future__ import annotations

import re
from typing import Any

from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..results import PaymentState
from ..texts import lazy as _lt

#: ``code`` of an answer
SUCCESS = "10000"
WAITING = "10003"
UNKNOWN = "20000"
#: called too often: nothing was done, and the same call may do it in a moment
BUSY = "40005"
_REFUSED = ("40001", "40002", "40003", "40004", "40006")
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")

TRADE_NOT_EXIST = "ACQ.TRADE_NOT_EXIST"
#: the number was paid before: a query tells
ALREADY_PAID = ("ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_FINISHED")
#: the number belongs to another attempt, of which nothing is known here
NUMBER_IN_USE = ("ACQ.CONTEXT_INCONSISTENT", "ACQ.APPLY_PC_MERCHANT_CODE_ERROR")
#: no longer waiting for the buyer: a query tells what it is
WRONG_STATE = (
    "ACQ.TRADE_STATUS_ERROR",
    "ACQ.REASON_TRADE_STATUS_INVALID",
    "ACQ.TRADE_HAS_CLOSE",
    *ALREADY_PAID,
)

STATES = {
    "WAIT_BUYER_PAY": PaymentState.WAITING,
    "TRADE_SUCCESS": PaymentState.PAID,
    "TRADE_FINISHED": PaymentState.PAID,
    "TRADE_CLOSED": PaymentState.CLOSED,
}

_REASONS = {
    BUSY: _lt("Alipay is asked too often just now: try again in a moment."),
    "ACQ.TRADE_HAS_SUCCESS": _lt("This order has been paid already."),
    "ACQ.TRADE_HAS_FINISHED": _lt("This payment is too old to be given back."),
    "ACQ.TRADE_HAS_CLOSE": _lt("This payment is closed."),
    "ACQ.TRADE_NOT_EXIST": _lt("Alipay does not know this payment."),
    "ACQ.CONTEXT_INCONSISTENT": _lt(
        "This number is in use with another amount or text."
    ),
    "ACQ.APPLY_PC_MERCHANT_CODE_ERROR": _lt("A code was already made for this number."),
    "ACQ.PAYMENT_AUTH_CODE_INVALID": _lt("The customer's code is used up or too old."),
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": _lt("The customer has too little money in Alipay."),
    "ACQ.TOTAL_FEE_EXCEED": _lt("The amount is above Alipay's limit."),
    "ACQ.EXIST_FORBIDDEN_WORD": _lt("The text of the order holds a forbidden word."),
    "ACQ.TRADE_STATUS_ERROR": _lt("The payment is not in a state that allows this."),
    "ACQ.REASON_TRADE_STATUS_INVALID": _lt("The payment is not in a state for this."),
    "ACQ.DISCORDANT_REPEAT_REQUEST": _lt("This refund number has another amount."),
    "ACQ.REASON_TRADE_REFUND_FEE_ERR": _lt("More than is left cannot be given back."),
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": _lt("More than is left cannot be given back."),
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": _lt("Our Alipay account holds too little money."),
    "ACQ.TRADE_CANCEL_TIME_OUT": _lt(
        "Too late to cancel: give the money back instead."
    ),
    "ACQ.SYSTEM_ERROR": _lt("Alipay had an error; nobody knows yet."),
    "isv.invalid-signature": _lt("Alipay could not verify our signature: wrong key?"),
    "isv.invalid-app-id": _lt("Alipay does not know this application number."),
    "isv.invalid-timestamp": _lt("The clock of this server is wrong."),
    "isv.suspected-attack": _lt("Alipay took our request for an attack."),
}


def code_of(node: dict[str, Any]) -> str:
    """The code that says most, if it looks like one."""
    for name in ("sub_code", "code"):
        found = node.get(name)
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
    return BAD_ANSWER


def reason_of(code: str) -> str:
    return _REASONS.get(code, _lt("Alipay refused (%(code)s).", code=code))


def judge(node: dict[str, Any]) -> Outcome[dict[str, Any]]:
    """What an answer with a valid signature comes to."""
    code = node.get("code")
    told = code_of(node)
    if code in (SUCCESS, WAITING):
        return ok(node, str(code))
    if code == BUSY:
        # whoever wants something undone or given back goes on wanting it
        return unknown(BUSY, reason_of(BUSY))
    if code in _REFUSED and not is_uncertain(told):
        return rejected(told, reason_of(told))
    return unknown(
        told, _lt("Alipay does not say what became of it (%(code)s).", code=told)
    )


def is_uncertain(code: str) -> bool:
    """``ACQ.SYSTEM_ERROR``, ``isp.unknow-error`` and their kin: maybe done."""
    word = code.rpartition(".")[2].lower()
    return word in ("system_error", "system-error", "unknow-error", "unknown-error")
