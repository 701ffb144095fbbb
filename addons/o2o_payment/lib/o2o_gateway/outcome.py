"""What a call to a gateway came to: done, refused, or nobody knows (issue 6)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")

#: codes of our own; anything else is the gateway's, unchanged
NOT_SENT = "o2o.not_sent"
NO_ANSWER = "o2o.no_answer"
BAD_ANSWER = "o2o.bad_answer"
NOT_AUTHENTIC = "o2o.not_authentic"
UNKNOWN_KEY = "o2o.unknown_key"
INVALID = "o2o.invalid"


class Kind(enum.Enum):
    """The three values. There is no fourth, and silence is never ``REJECTED``."""

    OK = "ok"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The outcome of one call.

    * ``OK``: the gateway answered, provably; ``value`` is what it said. For a query
      that may well be "not paid".
    * ``REJECTED``: this call has certainly done nothing. It says nothing of calls
      before it: after an ``UNKNOWN`` only a query tells.
    * ``UNKNOWN``: it may have been done. Query before anything else is tried.

    ``reason`` is plain English for a log or a screen of the staff, without secrets.
    """

    kind: Kind
    code: str = ""
    reason: str = ""
    maybe: T | None = None

    @property
    def is_ok(self) -> bool:
        return self.kind is Kind.OK

    @property
    def is_rejected(self) -> bool:
        return self.kind is Kind.REJECTED

    @property
    def is_unknown(self) -> bool:
        return self.kind is Kind.UNKNOWN

    @property
    def was_sent(self) -> bool:
        """False when the request has certainly not left this machine."""
        return self.code != NOT_SENT

    @property
    def value(self) -> T:
        """What the gateway said.

        :raise ValueError: the outcome is not ``OK``
        """
        if not self.is_ok:
            raise ValueError(f"no value: {self.kind.value} {self.code} {self.reason}")
        return cast(T, self.maybe)

    def failure(self) -> Outcome[Any]:
        """The same failure, as the outcome of a call with another kind of value."""
        if self.is_ok:
            raise ValueError("not a failure")
        return Outcome(self.kind, self.code, self.reason)


def ok(value: T, code: str = "", reason: str = "") -> Outcome[T]:
    return Outcome(Kind.OK, code, reason, value)


def rejected(code: str, reason: str) -> Outcome[Any]:
    return Outcome(Kind.REJECTED, code, reason)


def unknown(code: str, reason: str) -> Outcome[Any]:
    return Outcome(Kind.UNKNOWN, code, reason)
