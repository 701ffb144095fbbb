"""A till's sale over HTTP: hold the goods, then send the sale, as the browser does."""

from __future__ import annotations

import datetime
import re
import uuid
from typing import Any

from .client import Client, ServerError


class Till:
    """One device: its own browser session, maybe a register shared with others."""

    def __init__(
        self, url: str, login: str, config: int, device: int, method: int
    ) -> None:
        self.client = Client(url)
        self.client.log_in(login, login)
        self.config = config
        self.device = device
        self.user = int(self.client.rpc("/web/session/get_session_info")["uid"])
        self.session = 0
        self.method = method
        self.number = 0

    def open(self) -> None:
        """Open the register, or join the open one."""
        page = self.client.get(f"/pos/ui/{self.config}")
        found = re.search(r'"?pos_session_id"?\s*[:=]\s*(\d+)', page)
        if not found:
            raise ServerError("the till does not open")
        self.session = int(found[1])
        state = self.client.call("pos.session", "read", [self.session], ["state"])
        if state[0]["state"] == "opening_control":
            self.client.call(
                "pos.session", "set_opening_control", [self.session], 0, ""
            )

    def sell(
        self, lines: list[tuple[int, float, int]], *, ask: bool = True
    ) -> dict[str, Any]:
        """A sale from the payment button to the receipt.

        :param lines: product, price, quantity
        :param ask: hold the goods first; the answer "held" ends the sale
        :return: dict ``status``: ``paid`` or ``held``
        """
        number = str(uuid.uuid4())
        if ask:
            answer = self.client.call(
                "o2o.stock.till",
                "claim",
                self.config,
                number,
                [[product, quantity] for product, _price, quantity in lines],
            )
            if answer["status"] == "held":
                return {"status": "held"}
        answer = self.client.call(
            "pos.order", "sync_from_ui", [self._prepare(number, lines)]
        )
        states = [row["state"] for row in answer["pos.order"]]
        if states != ["paid"]:
            raise ServerError(f"the sale is {states}")
        return {"status": "paid"}

    def _prepare(
        self, number: str, lines: list[tuple[int, float, int]]
    ) -> dict[str, Any]:
        self.number += 1
        now = datetime.datetime.now(datetime.timezone.utc)
        moment = now.strftime("%Y-%m-%d %H:%M:%S")
        total = sum(price * quantity for _product, price, quantity in lines)
        return {
            "uuid": number,
            "name": f"Order {self.config}-{self.device}-{self.number}",
            "pos_reference": f"26{self.device}-{self.config}-{self.number:06}",
            "sequence_number": self.number,
            "tracking_number": f"{self.number % 1000:03}",
            "session_id": self.session,
            "user_id": self.user,
            "partner_id": False,
            "fiscal_position_id": False,
            "pricelist_id": False,
            "date_order": moment,
            "to_invoice": False,
            "last_order_preparation_change": "{}",
            "state": "paid",
            "amount_total": total,
            "amount_paid": total,
            "amount_tax": 0,
            "amount_return": 0,
            "lines": [
                (
                    0,
                    0,
                    {
                        "uuid": str(uuid.uuid4()),
                        "product_id": product,
                        "qty": quantity,
                        "price_unit": price,
                        "price_subtotal": price * quantity,
                        "price_subtotal_incl": price * quantity,
                        "discount": 0,
                        "pack_lot_ids": [],
                        "tax_ids": [(6, 0, [])],
                    },
                )
                for product, price, quantity in lines
            ],
            "payment_ids": [
                (
                    0,
                    0,
                    {
                        "uuid": str(uuid.uuid4()),
                        "name": moment,
                        "amount": total,
                        "payment_method_id": self.method,
                    },
                )
            ],
        }
