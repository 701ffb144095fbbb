"""Payers, cashiers and an office while everything around them breaks.

Each does what a person does who gets no answer: wait, and press again.
"""

from __future__ import annotations

import random
import re
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import requests

from .client import Client, ServerError
from .gateways import Gateways
from .till import Till

PHONE = "Mozilla/5.0 (iPhone) Mobile"
TIMEOUT = 20
#: how long somebody presses again
PATIENCE = 120
CODES = {"alipay": ("28", 16), "wechat": ("13", 16), "unionpay": ("62", 17)}
ERRORS = (ServerError, requests.RequestException, ValueError, KeyError)


def persist(act: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Again and again until there is an answer.

    :raise ServerError: there was none for too long
    """
    end = time.monotonic() + patience
    while True:
        try:
            return act()
        except ERRORS:
            if time.monotonic() > end:
                raise
            time.sleep(random.uniform(0.3, 1.5))


@dataclass
class Habits:
    """What payers do, by chance; and what was done, counted."""

    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    def is_so(self, share: float) -> bool:
        return self.chance.random() < share

    def count(self, what: str) -> None:
        self.counts[what] += 1


class Payer:
    """Pays orders and top-ups on the website."""

    def __init__(
        self,
        url: str,
        gateways: Gateways,
        ways: dict[str, Any],
        habits: Habits,
        login: str = "",
    ) -> None:
        self.url = url
        self.gateways = gateways
        self.ways = ways
        self.habits = habits
        self.login = login
        self.client = Client(url)
        self.phone = requests.Session()
        self.phone.trust_env = False

    def sign_in(self) -> None:
        def act() -> None:
            self.client = Client(self.url)
            self.client.log_in(self.login, self.login)

        persist(act)

    def pay_order(self, order: dict[str, Any], gateway: str) -> None:
        """Choose a way to pay, go to the gateway, pay or not."""
        self._pay(
            f"/shop/payment/transaction/{order['order']}", order["token"], gateway
        )
        if self.habits.is_so(0.05):
            # a second tab: both may be paid
            self.habits.count("second attempts")
            other = self.habits.chance.choice(list(CODES))
            self._pay(
                f"/shop/payment/transaction/{order['order']}", order["token"], other
            )

    def top_up(self, amount: int, gateway: str) -> None:
        def begin() -> str:
            page = self.client.get("/o2o/member/wallet/topup")
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            if not token:
                raise ServerError("no form for a top-up")
            values = {"csrf_token": token[1], "amount": str(amount)}
            response = self.client.session.post(
                f"{self.url}/o2o/member/wallet/topup", values, timeout=TIMEOUT
            )
            found = re.search(r"/o2o/member/wallet/topup/(\d+)", response.url)
            if not found:
                raise ServerError(f"no top-up: {response.status_code}")
            return found[1]

        topup = persist(begin)
        self._pay(f"/o2o/wallet/topup/{topup}/transaction", "", gateway)

    def spend(self, order: dict[str, Any]) -> None:
        """Pay an order with the own wallet; a lost answer is asked for again."""
        way = self.ways["wallet"]
        answer = self._begin(
            f"/shop/payment/transaction/{order['order']}", order["token"], way, "direct"
        )
        if not answer:
            return

        def press(pin: str) -> Any:
            return persist(
                lambda: self.client.rpc(
                    "/o2o/wallet/pay", reference=answer["reference"], pin=pin
                )
            )

        self.habits.count(f"wallet: {press('258036')['status']}")
        if self.habits.is_so(0.3):
            press("x")

    def _begin(
        self, route: str, token: str, way: dict[str, int], flow: str
    ) -> dict[str, Any]:
        def act() -> dict[str, Any]:
            try:
                return dict(
                    self.client.rpc(
                        route,
                        access_token=token,
                        provider_id=way["provider"],
                        payment_method_id=way["method"],
                        token_id=None,
                        flow=flow,
                        tokenization_requested=False,
                        landing_route="/shop/payment/validate",
                    )
                )
            except ServerError as error:
                # paid or over already, by an earlier press whose answer was lost
                if "ValidationError" in str(error) or "UserError" in str(error):
                    self.habits.count("refused by the shop")
                    return {}
                raise

        return dict(persist(act))

    def _pay(self, route: str, token: str, gateway: str) -> None:
        answer = self._begin(route, token, self.ways[gateway], "redirect")
        found = re.search(
            r"/o2o/payment/go/([\w-]+)", answer.get("redirect_form_html", "")
        )
        if not found:
            return
        on_phone = gateway == "wechat" or self.habits.is_so(0.5)
        page = self._go(found[0], PHONE if on_phone else "Mozilla/5.0")
        if not page:
            self.habits.count("never reached the gateway")
            return
        if self.habits.is_so(0.06):
            self.habits.count("left without paying")
            return
        action = "refuse" if self.habits.is_so(0.06) else "pay"
        time.sleep(self.habits.chance.uniform(0, 0.5))
        back = self.phone.post(
            page, {"action": action}, timeout=TIMEOUT, allow_redirects=False
        )
        self.habits.count(f"website: {action}")
        if self.habits.is_so(0.5) and (where := back.headers.get("Location")):
            # the browser comes back, or not
            try:
                self.client.session.get(where, timeout=TIMEOUT)
            except requests.RequestException:
                self.habits.count("came back to a server that was away")

    def _go(self, path: str, agent: str) -> str:
        """To the gateway's page, loaded anew as often as it takes.

        :return: its address; "" when the payment is over
        """

        def act() -> str:
            response = self.client.session.get(
                f"{self.url}{path}", headers={"User-Agent": agent}, timeout=TIMEOUT
            )
            if "/phone/" in response.url:
                return response.url
            form = re.search(r'<form[^>]*action="([^"]+)"', response.text)
            if form and self.gateways.url in form[1]:
                values = dict(
                    re.findall(r'name="([^"]+)"\s+value="([^"]*)"', response.text)
                )
                answer = self.phone.post(
                    unescape(form[1]),
                    {name: unescape(value) for name, value in values.items()},
                    timeout=TIMEOUT,
                )
                if "/phone/" in answer.url:
                    return answer.url
            if response.ok and self.habits.is_so(0.2):
                return ""
            raise ServerError("no page of the gateway")

        try:
            return str(persist(act, patience=15))
        except ERRORS:
            return ""


class CodeCashier(Till):
    """Sells one bottle after the other, each for a code on a customer's phone."""

    def __init__(
        self, url: str, login: str, config: int, device: int, method: int
    ) -> None:
        super().__init__(url, login, config, device, method)
        self.url = url
        self.login = login

    def sell_for_code(
        self, gateways: Gateways, habits: Habits, product: int, price: float
    ) -> None:
        gateway = habits.chance.choice(list(CODES))
        first, rest = CODES[gateway]
        code = f"{first}{secrets.randbelow(10**rest):0{rest}d}"
        order, line = str(uuid.uuid4()), str(uuid.uuid4())
        planned = self._ask("pos_plan", order, line, price, code)
        if planned["status"] != "ok":
            habits.count(f"till: {planned['status']}")
            return
        out_no = planned["payment"]["out_no"]
        try:
            self.client.call(
                "o2o.payment.till", "pos_charge", self.config, out_no, code
            )
        except ERRORS:
            # the look tells
            habits.count("till: a charge without an answer")
        state = self._wait(gateways, habits, gateway, out_no, line)
        habits.count(f"till: {state}")
        if state != "paid":
            return
        if habits.is_so(0.1):
            self._ask("pos_reverse", out_no)
            habits.count("till: given back at once")
            return
        sale = self._prepare(order, [(product, price, 1)])
        sale["payment_ids"][0][2]["uuid"] = line
        persist(lambda: self.client.call("pos.order", "sync_from_ui", [sale]))

    def _wait(
        self,
        gateways: Gateways,
        habits: Habits,
        gateway: str,
        out_no: str,
        line: str,
    ) -> str:
        """Look until there is a final word; the customer confirms, or does not."""
        begin = time.monotonic()
        is_asked = False
        while True:
            [found] = self._ask("pos_look", [line])
            if found["state"] not in ("new", "waiting", "unknown"):
                return str(found["state"])
            if not is_asked and time.monotonic() - begin > 1:
                is_asked = True
                if habits.is_so(0.75):
                    try:
                        gateways.command("pay", out_no=out_no)
                        habits.count("till: confirmed on the phone")
                    except OSError:
                        # nothing waits on the phone
                        habits.count("till: nothing to confirm")
                elif habits.is_so(0.7):
                    self._ask("pos_cancel", out_no)
                    habits.count("till: cancelled")
            time.sleep(0.5)

    def _ask(self, method: str, *arguments: Any) -> Any:
        return persist(
            lambda: self.client.call(
                "o2o.payment.till", method, self.config, *arguments
            )
        )
