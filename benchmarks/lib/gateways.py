"""The payment gateways of a benchmark: the simulator as a process of its own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from o2o_cli.paysim import PaySim
from o2o_cli.processes import Service

from .bench import Bench
from .server import BenchServer
from .shop import script
from .worker import Worker

GATEWAYS = ("alipay", "wechat", "unionpay")

#: what the gateways take, before anything is booked; mails of orders are not made: each
#: is a second of wkhtmltopdf, on machines that have it. Nobody answers the bells: they
#: are another benchmark, and to send hundreds of orders from one silent store to the
#: next takes the time of all jobs
BEFORE = """
yuan = env.ref("base.CNY")
yuan.active = True
env.ref("base.main_company").currency_id = yuan
env["product.pricelist"].search([]).currency_id = yuan
env["res.company"].search([]).o2o_answer_minutes = 600
env.ref("sale.send_pending_emails_cron").code = "pass"
"""


def shop_script(scale: str) -> str:
    """The chain of the other benchmarks, with prices in yuan."""
    return f"{BEFORE}{script(scale)}"


@dataclass(frozen=True)
class Letter:
    """A signed notification of a payment."""

    out_no: str
    url: str
    headers: dict[str, str]
    body: bytes


class Gateways:
    """All three, and who pays at them."""

    def __init__(self, simulator: PaySim) -> None:
        self.simulator = simulator
        self.url = simulator.address()["url"]

    @classmethod
    @contextmanager
    def running(cls, bench: Bench) -> Iterator[Gateways]:
        folder = bench.folder
        service = Service("paysim", folder / "paysim.json", folder / "paysim.log")
        simulator = PaySim(service, folder / "paysim-ready.json")
        simulator.start(bench.stack)
        try:
            yield cls(simulator)
        finally:
            service.stop()

    def connect(self, server: BenchServer, worker: Worker) -> dict[str, Any]:
        """Let the providers of a shop speak with the simulator.

        :return: by gateway, the ids ``provider`` and ``method``
        """
        found = worker.call(
            "connect_gateways",
            base_url=server.url,
            simulator=self.url,
            kits=self.simulator.kits(),
        )
        return dict(found)

    def command(self, name: str, /, **arguments: Any) -> Any:
        return self.simulator.command(name, **arguments)

    def pay_quietly(self, gateway: str, out_no: str) -> Letter:
        """The payer pays; the notification is left to us."""
        self.command("fault", route=f"{gateway}.notify", name="drop")
        self.command("pay", out_no=out_no)
        return self.letter(out_no)

    def letter(self, out_no: str) -> Letter:
        found = self.command("letter", out_no=out_no)
        body = base64.b64decode(found["body"])
        return Letter(out_no, found["url"], found["headers"], body)
