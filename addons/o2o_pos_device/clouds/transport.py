"""One signed form to a cloud, one bounded JSON answer back."""

import io
import json
import time
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import HTTPError

from .errors import Refused, Unclear, Unreached

#: an answer has a few hundred bytes; a list of orders some more
MAX_ANSWER = 256 * 1024
#: seconds for the connection, for silence in between, and for all of it
TIMEOUT = 8
DEADLINE = 15
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


class _Form(io.BytesIO):
    """Knows whether somebody began to read it, that is: to send it.

    ``requests`` connects, negotiates TLS and only then reads.
    """

    was_read = False

    def read(self, *args):
        self.was_read = True
        return super().read(*args)


def check_url(url):
    """Raise ``ValueError`` unless secrets may be sent to ``url``."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise ValueError("the address of a cloud begins with https://")


def post_form(url, values, timeout=TIMEOUT, deadline=DEADLINE):
    """Post ``values``; return the JSON object of the answer.

    Errors carry no text of the request or the answer: both may hold secrets.

    :raise Unreached: nothing was sent
    :raise Unclear: sent, but the answer is lost, late or nonsense
    :raise Refused: the server took no notice of the content
    """
    ends = time.monotonic() + deadline
    form = _Form(urlencode(values).encode())
    try:
        with requests.post(
            url,
            data=form,
            headers=_HEADERS,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            if 300 <= response.status_code < 500:
                raise Refused("limit" if response.status_code == 429 else "refused")
            if response.status_code != 200:
                raise Unclear
            answer = json.loads(_read(response, ends))
    except requests.RequestException:
        raise (Unclear if form.was_read else Unreached) from None
    except (HTTPError, ValueError):
        raise Unclear from None
    if not isinstance(answer, dict):
        raise Unclear
    return answer


def _read(response, ends):
    body = b""
    # what is there now: a full buffer may take a dripping server for ever
    while part := response.raw.read1(8192, decode_content=True):
        body += part
        if len(body) > MAX_ANSWER or time.monotonic() > ends:
            raise Unclear
    return body
