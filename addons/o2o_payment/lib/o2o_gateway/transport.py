"""One request, one bounded answer, and certainty about whether it was sent.

Rules of payments.md §1: own time limits, no redirect, TLS verified, a cap on the size.
Nothing of a request or an answer is logged but its host, status and duration.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    SSLError,
)

from .outcome import BAD_ANSWER, NO_ANSWER, NOT_SENT, Outcome, ok, rejected, unknown
from .texts import lazy as _lt

_logger = logging.getLogger(__name__)

#: seconds to connect, and of silence in between
TIMEOUT = (3.0, 10.0)
#: seconds for everything, so that a dripping server holds nobody
DEADLINE = 20.0
#: bytes of an ordinary answer
MAX_ANSWER = 1024 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_is_ours: ContextVar[bool] = ContextVar("_is_ours", default=False)


class _WithoutQuery(logging.Filter):
    """urllib3 writes whole addresses at DEBUG; WeChat wants secrets and tokens in some.

    Requests of others in this process are logged as ever.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if _is_ours.get() and isinstance(record.args, tuple):
            record.args = tuple(
                arg.partition("?")[0] if isinstance(arg, str) else arg
                for arg in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQuery())


@contextmanager
def _without_query() -> Iterator[None]:
    token = _is_ours.set(True)
    try:
        yield
    finally:
        _is_ours.reset(token)


@dataclass(frozen=True)
class Reply:
    """An answer of HTTP, whatever its status. Its body may hold personal data."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _Body(io.BytesIO):
    """Knows whether somebody began to read it, that is: to send it.

    ``requests`` connects, negotiates TLS and then reads. As long as nothing was read,
    the other side has at most headers, which no gateway acts upon.
    """

    was_read = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.was_read = True
        return super().read(size)


def check_url(url: str) -> str:
    """``url`` itself, if money may be talked about with it.

    Plain HTTP is for the simulator on this machine.

    :raise ValueError: not https, or not a URL
    """
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise ValueError(_lt("the address of a gateway begins with https://"))
    if parts.username or parts.password:
        raise ValueError(_lt("the address of a gateway holds no password"))
    return url


class Transport:
    """Speaks HTTP with the hosts of one gateway, the first of them first.

    Another host is tried only when nothing was sent to the one before: the same request
    on two hosts could be done twice.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        timeout: tuple[float, float] = TIMEOUT,
        deadline: float = DEADLINE,
    ) -> None:
        """
        :param hosts: addresses as ``https://api.mch.weixin.qq.com``, or with a path
        :raise ValueError: no host, or an address that is not safe
        """
        if not hosts:
            raise ValueError(_lt("a gateway needs a host"))
        self._hosts = [check_url(host).rstrip("/") for host in hosts]
        self._timeout = timeout
        self._deadline = deadline

    def exchange(
        self,
        method: str,
        path: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int = MAX_ANSWER,
    ) -> Outcome[Reply]:
        """Send a request.

        ``OK`` is an answer of any status below 300 or from 400 on, ``REJECTED`` (code
        :data:`~.outcome.NOT_SENT`) only what has certainly not left, ``UNKNOWN`` the
        rest.

        :param path: what is put behind the host, with its query
        """
        outcome: Outcome[Reply] = rejected(NOT_SENT, _lt("no host"))
        for host in self._hosts:
            outcome = self._once(method, host + path, headers or {}, body, max_bytes)
            if outcome.was_sent:
                break
        return outcome

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int
    ) -> Outcome[Reply]:
        """GET an address that the gateway gave us, a bill for instance.

        :raise ValueError: the address is not safe
        """
        return self._once("GET", check_url(url), headers or {}, None, max_bytes)

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int,
    ) -> Outcome[Reply]:
        content = None if body is None else _Body(body)
        started = time.monotonic()
        outcome = self._send(method, url, headers, content, max_bytes, started)
        _logger.info(
            "%s %s: %s in %.0f ms",
            method,
            urlsplit(url).hostname,
            outcome.maybe.status if outcome.maybe else outcome.code,
            (time.monotonic() - started) * 1000,
        )
        return outcome

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: _Body | None,
        max_bytes: int,
        started: float,
    ) -> Outcome[Reply]:
        session = requests.Session()
        # without it, a .netrc of the machine replaces our Authorization header
        session.auth = _no_auth
        try:
            with (
                _without_query(),
                session,
                session.request(
                    method,
                    url,
                    data=content,
                    headers={"Accept-Encoding": "identity", **headers},
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                received = _read(response, max_bytes, started + self._deadline)
        except (requests.RequestException, HTTPError, OSError) as error:
            return _lost(error, content)
        if received is None:
            return unknown(BAD_ANSWER, _lt("The answer is too long or too slow."))
        if 300 <= response.status_code < 400:
            return unknown(BAD_ANSWER, _lt("The answer sends us elsewhere."))
        return ok(Reply(response.status_code, response.headers, received))


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read(response: requests.Response, limit: int, ends: float) -> bytes | None:
    """The body; None when it is longer than ``limit`` or not there in time."""
    parts = []
    size = 0
    # what is there now: a full buffer may take a dripping server for ever
    while part := response.raw.read1(64 * 1024, decode_content=True):
        size += len(part)
        if size > limit or time.monotonic() > ends:
            return None
        parts.append(part)
    return b"".join(parts)


def _lost(error: Exception, content: _Body | None) -> Outcome[Reply]:
    """What a request that failed has done: nothing, if it was not sent."""
    # the name of the error only: its text may hold the address with its query
    name = type(error).__name__
    # without a body nothing moves: to ask twice is harmless, a guess is good enough
    was_sent = content.was_read if content else not _did_not_connect(error)
    if was_sent:
        return unknown(NO_ANSWER, _lt("The answer was lost (%(error)s).", error=name))
    return rejected(
        NOT_SENT, _lt("The gateway cannot be reached (%(error)s).", error=name)
    )


def _did_not_connect(error: Exception) -> bool:
    if isinstance(
        error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError
    ):
        return True
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NewConnectionError | SSLError)
