"""HTTP client of the box: pairing and sync. TLS certificates are always verified."""

import logging
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from . import __version__

_logger = logging.getLogger(__name__)

_TIMEOUT = (5, 30)
#: somebody stands there and waits
_EVENT_TIMEOUT = (2, 4)
_MAX_ANSWER = 8 * 1024 * 1024
USER_AGENT = f"o2o-box/{__version__}"


class ServerError(Exception):
    """The server cannot be reached or did not answer as agreed; try again."""


class Unauthorized(Exception):
    """The server does not know this box (any more)."""


class _Bearer(AuthBase):
    """An explicit auth object: a ``.netrc`` must not replace the header."""

    def __init__(self, token):
        self._token = token

    def __call__(self, request):
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """Talks to one server.

    :param ca_file: bundle of a private certificate authority, optional
    """

    def __init__(self, url, database="", ca_file=""):
        self.url = url
        self.database = database
        self.ca_file = ca_file
        self._session = requests.Session()
        self._session.verify = ca_file or True
        self._session.headers["User-Agent"] = USER_AGENT
        if database:
            self._session.headers["X-Odoo-Database"] = database
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
            _logger.warning("the server is reached without encryption: use https")

    def pair(self, code, name):
        """Exchange a pairing code for ``{"token", "site", ...}``.

        :raise Unauthorized: the code is wrong, used or too old
        """
        return self._post(
            "/o2o/box/1/pair", {"code": code, "name": name, "version": __version__}
        )

    def sync(self, token, payload):
        """Hand over news, get work."""
        return self._post(
            "/o2o/box/1/sync", {"version": __version__, **payload}, _Bearer(token)
        )

    def event(self, token, payload):
        """Hand over what a reader read (POS-14).

        :raise Unauthorized: the box is not paired
        :raise ServerError: the server did not take it; the same may be sent again
        """
        return self._post(
            "/o2o/box/1/event", payload, _Bearer(token), timeout=_EVENT_TIMEOUT
        )

    def _post(self, path, payload, auth=None, timeout=_TIMEOUT):
        try:
            response = self._session.post(
                self.url + path,
                json=payload,
                auth=auth or _Bearer(""),
                timeout=timeout,
                # a token is never carried to another address
                allow_redirects=False,
                verify=self.ca_file or True,
            )
        except requests.RequestException as error:
            raise ServerError(f"no connection: {type(error).__name__}") from error
        if response.status_code in (401, 403):
            raise Unauthorized(f"the server answered {response.status_code}")
        if response.status_code != 200 or len(response.content) > _MAX_ANSWER:
            raise ServerError(f"the server answered {response.status_code}")
        try:
            answer = response.json()
        except ValueError as error:
            raise ServerError("the answer is not JSON") from error
        if not isinstance(answer, dict):
            raise ServerError("the answer is not an object")
        return answer

    def websocket_cookie(self):
        """A session cookie that binds a websocket to the database.

        Odoo ends websockets that name their database in a header, because such a
        session is never stored. With one database no cookie is needed.
        """
        if not self.database:
            return None
        try:
            response = requests.get(
                f"{self.url}/web/login",
                params={"db": self.database},
                headers={"User-Agent": USER_AGENT},
                timeout=_TIMEOUT,
                allow_redirects=False,
                verify=self.ca_file or True,
            )
        except requests.RequestException as error:
            raise ServerError(f"no connection: {type(error).__name__}") from error
        session_id = response.cookies.get("session_id")
        return f"session_id={session_id}" if session_id else None

    def close(self):
        self._session.close()
