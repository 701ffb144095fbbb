"""A browser's conversation with Odoo, as far as a server notices it."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import requests

TIMEOUT = 120


class ServerError(RuntimeError):
    """The server answered, and the answer is an error."""


class Client:
    """One visitor: cookies, form tokens, JSON-RPC. Every error raises."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self._ids = count(1)
        self.requests = 0

    def get(self, path: str) -> str:
        return self._checked(self._send("GET", path))

    def post(self, path: str, data: dict[str, Any]) -> str:
        return self._checked(self._send("POST", path, data=data))

    def rpc(self, path: str, **params: Any) -> Any:
        """A JSON-RPC route, such as the shop's."""
        payload = {"jsonrpc": "2.0", "id": next(self._ids), "params": params}
        response = self._send("POST", path, json=payload)
        self._checked(response)
        answer = response.json()
        if "error" in answer:
            data = answer["error"].get("data") or {}
            raise ServerError(f"{path}: {data.get('debug') or answer['error']}")
        return answer.get("result")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """A method of a model, as the web client and the till call it."""
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs=kwargs,
        )

    def log_in(self, login: str, password: str) -> None:
        page = self.get("/web/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if not token:
            raise ServerError("the login page has no form")
        values = {"login": login, "password": password, "csrf_token": token[1]}
        self.post("/web/login", values)
        info = self.rpc("/web/session/get_session_info")
        if info.get("username") != login:
            raise ServerError(f"{login} could not log in")

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        address = path if path.startswith("http") else f"{self.url}{path}"
        response = self.session.request(method, address, timeout=TIMEOUT, **options)
        self.requests += 1 + len(response.history)
        return response

    @staticmethod
    def _checked(response: requests.Response) -> str:
        if not response.ok:
            raise ServerError(f"{response.url}: HTTP {response.status_code}")
        return response.text
