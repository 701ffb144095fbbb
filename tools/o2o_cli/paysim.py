"""The demo's payment gateways: a simulator beside the web server.

No money moves. Its keys are made when it starts; they go from its memory through ours
into the database, and into no file.
"""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import addons, commands, ports
from .errors import StepFailed
from .home import Home
from .processes import Service

if TYPE_CHECKING:
    from .stack import Stack

ADDON = "o2o_payment"
LIBRARY = f"{ADDON}/lib"
FIRST_PORT = 9170
READY_SECONDS = 30
GATEWAYS = ("alipay", "wechat", "unionpay")

CONNECT_SCRIPT = """
providers = env["payment.provider"]._o2o_connect_simulator(
    env["res.company"].search([], order="id", limit=1), URL, KITS
)
env.cr.commit()
"""


@dataclass(frozen=True)
class PaySim:
    """The simulator of one installation."""

    service: Service
    #: where it says its address once it listens
    ready: Path
    #: opens its switchboard to us; in no file and in no log
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)

    @classmethod
    def of(cls, home: Home) -> PaySim:
        service = Service("paysim", home.run / "paysim.json", home.log / "paysim.log")
        return cls(service, home.state / "paysim" / "ready.json")

    def address(self) -> dict[str, str]:
        """``url`` and ``phone``, the payer's page; empty when it is not there."""
        try:
            data = json.loads(self.ready.read_text(encoding="utf-8"))
            return {name: str(data[name]) for name in ("url", "phone")}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def start(self, stack: Stack) -> None:
        """Start it, on the port of the last time if that is free."""
        before = self.address().get("url", "").rpartition(":")[2]
        port = int(before) if before.isdigit() else FIRST_PORT
        port = port if ports.is_free(port) else ports.find_free()
        self.ready.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.ready.unlink(missing_ok=True)
        self.service.start(
            [
                *(stack.environment.python, "-m", "o2o_paysim"),
                *("--port", str(port), "--ready", self.ready),
            ],
            env=commands.environment(
                {
                    "PYTHONPATH": str(stack.home.addons / LIBRARY),
                    "O2O_PAYSIM_TOKEN": self.token,
                }
            ),
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.address():
            if self.service.pid() is None or time.monotonic() > deadline:
                raise StepFailed(
                    "The payment simulator did not start:"
                    f" {commands.tail(self.service.log, 1)}",
                    f"The log is {self.service.log}.",
                )
            time.sleep(0.1)

    def kits(self) -> dict[str, Any]:
        """What each gateway hands to a merchant: numbers and keys."""
        return {name: self.command("merchant", gateway=name) for name in GATEWAYS}

    def command(self, name: str, /, **arguments: Any) -> Any:
        """What its switchboard answers (docs/payments.md)."""
        request = urllib.request.Request(
            f"{self.address()['url']}/_sim/{name}",
            json.dumps(arguments).encode(),
            {"X-Sim-Token": self.token, "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            return json.loads(response.read())["result"]


def is_wanted(stack: Stack) -> bool:
    """Whether this is a demo shop with payments."""
    installed = stack.databases.installed(stack.database)
    return not stack.settings.production and {addons.DEMO, ADDON} <= set(installed)


def start(stack: Stack) -> None:
    """Start the simulator and connect the shop's providers with it."""
    if not is_wanted(stack):
        return
    with stack.progress.step("Payment simulator"):
        simulator = PaySim.of(stack.home)
        simulator.start(stack)
        script = (
            f"URL = {simulator.address()['url']!r}\nKITS = {simulator.kits()!r}\n"
            f"{CONNECT_SCRIPT}"
        )
        stack.odoo.shell(
            stack.database,
            script,
            what="Connecting the payment providers",
            log=stack.home.log / "paysim-connect.log",
        )


def phone(home: Home) -> str:
    """The payer's page, while the simulator runs."""
    simulator = PaySim.of(home)
    return simulator.address().get("phone", "") if simulator.service.pid() else ""
