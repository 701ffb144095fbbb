"""What goes wrong while people pay: gateways that fail, a shop that is killed."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from o2o_cli.postgres import literal

from .gateways import GATEWAYS, Gateways
from .server import BenchServer

#: which accidents there are, and how often
ACCIDENTS = {"Odoo killed": 3, "connections of PostgreSQL ended": 1}
#: faults for each payment or refund, and after how many those are forgotten that found
#: no call
FAULTS_EACH = 1.5
FAULTS_KEPT = 40

TRANSPORT = (
    "lost_before",
    "lost_after",
    "html",
    "truncated",
    "empty",
    "status",
    "status_after",
    "redirect",
)
ANSWERS = ("unsigned", "bad_signature", "wrong_key", "other_trade")
#: what may go wrong at each route; docs/payments.md says what each is
FAULTS: dict[str, tuple[str, ...]] = {
    "alipay.trade.pay": (
        *TRANSPORT,
        *ANSWERS,
        "ask_payer",
        "system_error_before",
        "system_error_after",
        "unknown_after",
        "error_response",
        "rate_limit",
    ),
    "alipay.trade.query": (
        *TRANSPORT,
        *ANSWERS,
        "system_error_before",
        "unknown_after",
        "error_response",
        "rate_limit",
    ),
    "alipay.trade.close": (*TRANSPORT, *ANSWERS, "system_error_after"),
    "alipay.trade.cancel": (*TRANSPORT, *ANSWERS, "retry_flag"),
    "alipay.trade.refund": (
        *TRANSPORT,
        *ANSWERS,
        "system_error_before",
        "system_error_after",
        "unknown_after",
        "no_money",
        "no_change",
        "rate_limit",
    ),
    "alipay.trade.fastpay.refund.query": (*TRANSPORT, *ANSWERS, "rate_limit"),
    "wechat.h5": (*TRANSPORT, "system_error_before", "system_error_after", "accepted"),
    "wechat.codepay": (
        *TRANSPORT,
        *ANSWERS,
        "ask_payer",
        "code_expired",
        "system_error_before",
        "system_error_after",
        "rate_limit",
        "rate_limit_after",
        "accepted",
    ),
    "wechat.query": (*TRANSPORT, *ANSWERS, "system_error_before", "rate_limit"),
    "wechat.close": (*TRANSPORT, "system_error_before", "system_error_after"),
    "wechat.reverse": (*TRANSPORT, "system_error_before", "system_error_after"),
    "wechat.refund": (
        *TRANSPORT,
        *ANSWERS,
        "system_error_before",
        "system_error_after",
        "rate_limit_after",
        "no_money",
        "processing",
        "accepted",
    ),
    "wechat.query_refund": (*TRANSPORT, *ANSWERS, "system_error_before"),
    "unionpay.pay": (
        *TRANSPORT,
        *ANSWERS,
        "ask_payer",
        "pending_before",
        "pending_after",
        "wrong_name",
        "expired",
    ),
    "unionpay.query": (
        *TRANSPORT,
        *ANSWERS,
        "still_open",
        "not_yet",
        "wrong_name",
        "expired",
    ),
    "unionpay.refund": (
        *TRANSPORT,
        *ANSWERS,
        "pending_after",
        "no_money",
        "fails_later",
    ),
    "unionpay.void": (*TRANSPORT, *ANSWERS, "no_void", "pending_after", "fails_later"),
    "unionpay.reverse": (*TRANSPORT, *ANSWERS),
    **{
        f"{gateway}.notify": (
            "drop",
            "duplicate",
            "together",
            "late",
            "tampered",
            "wrong_amount",
            "wrong_merchant",
            "wrong_key",
            "unsigned",
        )
        for gateway in GATEWAYS
    },
}
NOTIFY_WECHAT = ("probe", "old", "unknown_serial", "wrong_api_key")
#: what is held for a person, and the faults that explain it; nothing else may be held
EXPLAINED = {
    "amount": {"wrong_amount"},
    "key": {"wrong_key", "unknown_serial", "wrong_api_key"},
    "refund_abnormal": {"no_money", "fails_later", "processing", "no_void"},
    # given back in vain, or paid after the till had given up
    "till_no_sale": {"no_money", "fails_later", "rate_limit", "still_open", "late"},
}


@dataclass
class Storm:
    """Faults that wait for their calls, and accidents, until it is over."""

    server: BenchServer
    gateways: Gateways
    chance: random.Random
    #: the process that watches for us: its connections stay
    watcher: int
    #: how much is done, and how much is done between two accidents
    progress: Callable[[], int]
    between: tuple[int, int]
    faults: Counter[str] = field(default_factory=Counter)
    accidents: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.is_over = threading.Event()
        self.failures: list[str] = []
        self.threads = [
            threading.Thread(target=self._keep, args=(work,), daemon=True)
            for work in (self._spoil, self._break)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        self.gateways.command("clear")

    def _keep(self, work: Any) -> None:
        try:
            work()
        except Exception as error:
            self.failures.append(repr(error))

    def _spoil(self) -> None:
        """A fault for each route now and then: what waits too long is forgotten."""
        routes = list(FAULTS)
        while not self.is_over.wait(0.05):
            if sum(self.faults.values()) >= FAULTS_EACH * self.progress():
                continue
            route = self.chance.choice(routes)
            names = FAULTS[route] + (NOTIFY_WECHAT if route == "wechat.notify" else ())
            name = self.chance.choice(names)
            more = {"seconds": 2} if name == "late" else {}
            self.gateways.command("fault", route=route, name=name, **more)
            self.faults[name] += 1
            if sum(self.faults.values()) % FAULTS_KEPT == 0:
                self.gateways.command("clear")

    def _break(self) -> None:
        wanted = self.chance.randint(*self.between)
        while not self.is_over.wait(0.2):
            if self.progress() < wanted:
                continue
            wanted = self.progress() + self.chance.randint(*self.between)
            time.sleep(self.chance.random())
            [accident] = self.chance.choices([*ACCIDENTS], [*ACCIDENTS.values()])
            self.accidents[accident] += 1
            if accident == "Odoo killed":
                self.server.kill()
                time.sleep(self.chance.uniform(0, 1))
                self.server.start()
            else:
                self.server.postgres.psql(
                    "postgres",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    f" WHERE datname = {literal(self.server.database)}"
                    f" AND application_name <> 'odoo-{self.watcher}'"
                    " AND random() < 0.4",
                )
