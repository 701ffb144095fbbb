"""A visitor, a buyer and a till of the chain that shop_data.py makes."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from functools import cached_property
from pathlib import Path
from typing import Any

from .client import Client, ServerError
from .server import BenchServer

SCALES = {"small": {"products": 40}, "full": {"products": 210}}


def script(scale: str) -> str:
    """shop_data.py as input of `odoo shell`, for one scale."""
    data = Path(__file__).with_name("shop_data.py").read_text(encoding="utf-8")
    # the shell reads standard input as one program: nothing to escape
    return f"SCALE = {SCALES[scale]!r}\n{data}"


class Shop:
    """Both doors of one database, driven over HTTP as browsers do."""

    def __init__(self, server: BenchServer) -> None:
        self.server = server
        self.visitor = Client(server.url)
        self.buyer = Client(server.url)
        self.cashier = Client(server.url)
        self._turn = 0
        self._counted = 0

    @cached_property
    def facts(self) -> dict[str, Any]:
        value = self.server.postgres.psql(
            self.server.database,
            "SELECT value FROM ir_config_parameter WHERE key = 'o2o_bench.facts'",
        )
        return dict(json.loads(value))

    # counting

    def _requests(self) -> int:
        return self.visitor.requests + self.buyer.requests + self.cashier.requests

    def queries(self) -> int:
        """SQL statements of all requests since this was last asked."""
        requests = self._requests() - self._counted
        self._counted += requests
        return self.server.queries(requests) if requests else 0

    def next_turn(self) -> None:
        """The next product; both systems walk through the catalogue alike."""
        self._turn = (self._turn + 1) % len(self.facts["products"])

    @property
    def product(self) -> int:
        return int(self.facts["products"][self._turn])

    @property
    def page(self) -> str:
        return str(self.facts["pages"][self._turn])

    # the member's door

    def open_shop(self) -> None:
        _expect("oe_product_cart", self.visitor.get("/shop"), "/shop")

    def open_product(self) -> None:
        _expect("add_to_cart", self.visitor.get(self.page), self.page)

    def log_in_buyer(self) -> None:
        self.buyer.log_in("bench_buyer", "bench_buyer")

    def log_in(self) -> None:
        self.log_in_buyer()
        self.cashier.log_in("bench_cashier", "bench_cashier")

    def empty_cart(self) -> None:
        self.next_turn()
        self.buyer.rpc("/shop/cart/clear")

    def add_to_cart(self) -> None:
        template = int(self.page.rsplit("-", 1)[1])
        answer = self.buyer.rpc(
            "/shop/cart/add",
            product_template_id=template,
            product_id=self.product,
            quantity=1,
        )
        if not answer.get("cart_quantity"):
            raise ServerError(f"nothing was put into the cart: {answer}")

    def check_out(self) -> None:
        """From an empty cart to the page that thanks for a confirmed order."""
        self.add_to_cart()
        self.pay_cart()

    def pay_cart(self) -> None:
        """Odoo's own steps for what is in the cart, cash on delivery."""
        page = self.buyer.get("/shop/checkout")
        carrier = _found(r'name="o_delivery_radio"[^>]*?data-dm-id="(\d+)"', page)
        self.buyer.rpc("/shop/set_delivery_method", dm_id=carrier)
        page = self.buyer.get("/shop/payment")
        token = _found(r'data-access-token="([^"]+)"', page)
        route = _found(r'data-transaction-route="([^"]+)"', page)
        landing = _found(r'data-landing-route="([^"]+)"', page)
        answer = self.buyer.rpc(
            route,
            access_token=token,
            provider_id=self.facts["provider"],
            payment_method_id=self.facts["method"],
            token_id=None,
            flow="redirect",
            tokenization_requested=False,
            landing_route=landing,
        )
        form = answer["redirect_form_html"]
        inputs = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
        self.buyer.post("/payment/custom/process", inputs)
        status = self.buyer.rpc("/payment/status/poll")
        if status["state"] != "pending":
            raise ServerError(f"the payment is {status['state']}")
        thanks = self.buyer.get(status["landing_route"])
        _expect("oe_website_sale", thanks, "/shop/confirmation")

    def confirmed_orders(self) -> int:
        rows = self.server.postgres.psql(
            self.server.database,
            "SELECT count(*) FROM sale_order"
            " WHERE state = 'sale' AND website_id IS NOT NULL",
        )
        return int(rows)

    # the till's door

    @cached_property
    def session(self) -> int:
        """The till's open session, opened on the first start."""
        till = self.facts["till"]
        page = self.cashier.get(f"/pos/ui/{till}")
        session = int(_found(r'"?pos_session_id"?\s*[:=]\s*(\d+)', page))
        self.cashier.call("pos.session", "set_opening_control", [session], 0, "")
        return session

    @cached_property
    def has_board(self) -> bool:
        rows = self.server.postgres.psql(
            self.server.database, "SELECT to_regclass('o2o_fulfillment')"
        )
        return bool(rows)

    def start_till(self) -> dict[str, Any]:
        """What a till asks for until it can sell, our order board included."""
        self.cashier.get(f"/pos/ui/{self.facts['till']}")
        self.cashier.call("pos.session", "load_data_params", [self.session])
        data = self.cashier.call("pos.session", "load_data", [self.session], [])
        if self.has_board:
            till = self.facts["till"]
            self.cashier.call("o2o.fulfillment", "pos_board", till)
        return dict(data)

    @cached_property
    def cash_method(self) -> int:
        data = self.start_till()
        methods = data["pos.payment.method"]
        return int(next(method["id"] for method in methods if method["is_cash_count"]))

    @cached_property
    def cashier_id(self) -> int:
        return int(self.cashier.rpc("/web/session/get_session_info")["uid"])

    def sell(self) -> None:
        """Two bottles, paid in cash, one call: what a till sends after a sale."""
        turns = [self._turn, (self._turn + 1) % len(self.facts["products"])]
        lines = [
            (self.facts["products"][turn], self.facts["prices"][turn]) for turn in turns
        ]
        total = sum(price for _product, price in lines)
        now = datetime.datetime.now(datetime.timezone.utc)
        moment = now.strftime("%Y-%m-%d %H:%M:%S")
        order = {
            "uuid": str(uuid.uuid4()),
            "name": f"Order {now.timestamp()}",
            "session_id": self.session,
            "user_id": self.cashier_id,
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
                        "qty": 1,
                        "price_unit": price,
                        "price_subtotal": price,
                        "price_subtotal_incl": price,
                        "discount": 0,
                        "pack_lot_ids": [],
                        "tax_ids": [(6, 0, [])],
                    },
                )
                for product, price in lines
            ],
            "payment_ids": [
                (
                    0,
                    0,
                    {
                        "uuid": str(uuid.uuid4()),
                        "name": moment,
                        "amount": total,
                        "payment_method_id": self.cash_method,
                    },
                )
            ],
        }
        answer = self.cashier.call("pos.order", "sync_from_ui", [order])
        states = [row["state"] for row in answer["pos.order"]]
        if states != ["paid"]:
            raise ServerError(f"the sale is {states}")


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if not match:
        raise ServerError(f"{pattern} is not on the page")
    return match[1]


def _expect(mark: str, page: str, where: str) -> None:
    if mark not in page:
        raise ServerError(f"{where} does not hold {mark}")
