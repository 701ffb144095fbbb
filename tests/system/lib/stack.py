"""The running shop, as a test sees it from outside."""

import json
import time
from pathlib import Path

import openpyxl
import requests

from lib.gateways import PROVIDERS

ROOT = Path(__file__).resolve().parents[3]
SAMPLE_FILES = ROOT / "addons" / "o2o_demo" / "sample_files"


class Stack:
    def __init__(self, status):
        self.url = status["url"]
        self.printers = status["printers"]
        self.payer = status.get("payer", "")
        #: process ids by name
        self.services = status["services"]
        self.database = status["database"]
        self.accounts = status["accounts"]
        self._signed_in = {}

    def account(self, login):
        """A demo account (see ``o2o_demo/demo_accounts.json``)."""
        return next(row for row in self.accounts if row["login"] == login)

    def rpc(self, login):
        """The session of an account: checking a password is half a second of work."""
        if login not in self._signed_in:
            self._signed_in[login] = self.sign_in(login)
        return self._signed_in[login]

    def sign_in(self, login):
        """Another session of an account."""
        return Rpc(self, login, self.account(login)["password"])

    def keep_stores_open(self):
        """All stores serve around the clock: the tests run at night as well."""
        admin = self.rpc("admin")
        stores = admin.call("o2o.store", "search", [("calendar_id", "!=", False)])
        if stores:
            admin.call("o2o.store", "write", stores, {"calendar_id": False})

    def fill_shelves(self, product, quantity=500):
        """Count an article in all stores, as head office does."""
        admin = self.rpc("admin")
        products = admin.call("product.product", "search", [("name", "ilike", product)])
        stores = admin.call("o2o.store", "search_read", [], ["warehouse_id"])
        warehouses = admin.call(
            "stock.warehouse",
            "read",
            [row["warehouse_id"][0] for row in stores],
            ["lot_stock_id"],
        )
        quants = admin.call(
            "stock.quant",
            "create",
            [
                {
                    "product_id": product_id,
                    "location_id": row["lot_stock_id"][0],
                    "inventory_quantity": quantity,
                }
                for product_id in products
                for row in warehouses
            ],
            context={"inventory_mode": True},
        )
        admin.call("stock.quant", "action_apply_inventory", quants)

    def set_simulator_ahead(self, seconds):
        """Our clients go by the time of a simulator that was moved on."""
        admin = self.rpc("admin")
        codes = list(PROVIDERS.values())
        providers = admin.call("payment.provider", "search", [("code", "in", codes)])
        admin.call(
            "payment.provider", "write", providers, {"o2o_simulator_ahead": seconds}
        )

    def till_id(self, login, number=1):
        """Database id of a till of the store a cashier works in."""
        tills = self.rpc("admin").call(
            "pos.config",
            "search",
            [("o2o_store_id.user_ids.login", "=", login)],
            order="id",
        )
        return tills[number - 1]

    def is_cash_uncounted(self, till_id):
        """Whether the session of a till waits for the count of its cash."""
        waiting = [("config_id", "=", till_id), ("state", "=", "opening_control")]
        return bool(self.rpc("admin").call("pos.session", "search_count", waiting))

    def empty_pool(self, rpc):
        """Cancel what waits to be grabbed, left by a test that broke off."""
        rows = rpc.call(
            "o2o.fulfillment", "search_read", [("state", "=", "pooled")], ["order_id"]
        )
        if rows:
            orders = [row["order_id"][0] for row in rows]
            rpc.call("sale.order", "action_cancel", orders)

    def amount(self, rpc, order):
        """What an order costs, in the shop's currency."""
        [row] = rpc.call("sale.order", "read", [order], ["amount_untaxed"])
        return row["amount_untaxed"]

    def place_order(self, rpc, product, member="13900000101", quantity=1):
        """An order of the website, submitted on the server without a browser.

        :return: tuple (fulfillment id, order number)
        """
        [partner] = rpc.call("res.partner", "search", [("phone", "=", member)], limit=1)
        [product_id] = rpc.call(
            "product.product", "search", [("name", "ilike", product)], limit=1
        )
        [website] = rpc.call("website", "search", [], limit=1)
        [carrier] = rpc.call(
            "delivery.carrier",
            "search",
            [("allow_cash_on_delivery", "=", True)],
            limit=1,
        )
        order = rpc.call(
            "sale.order",
            "create",
            {
                "partner_id": partner,
                "website_id": website,
                "carrier_id": carrier,
                "order_line": [
                    (0, 0, {"product_id": product_id, "product_uom_qty": quantity})
                ],
            },
        )
        rpc.call("sale.order", "action_confirm", [order])
        [row] = rpc.call("sale.order", "read", [order], ["name", "o2o_fulfillment_ids"])
        return row["o2o_fulfillment_ids"][0], row["name"]

    # === cards === #

    def card_rows(self, path):
        """Card number and code of each row of the demo's Excel file."""
        sheet = openpyxl.load_workbook(path).active
        return [[str(cell.value) for cell in row[:2]] for row in sheet.iter_rows(2)]

    def count_cards(self, path):
        """How many cards of a file are in the base."""
        return len(self._cards(path))

    def unused_card(self, path):
        """A card of the file that nobody has activated: number, code."""
        taken = {row["number"] for row in self._cards(path) if row["state"] != "new"}
        return next(row for row in self.card_rows(path) if row[0] not in taken)

    def _cards(self, path):
        numbers = [number for number, _code in self.card_rows(path)]
        return self.rpc("admin").call(
            "o2o.card", "search_read", [("number", "in", numbers)], ["number", "state"]
        )

    # === paper === #

    def papers(self):
        """Slips the virtual printers have printed, newest first per printer."""
        found = []
        for printer in self.printers:
            response = requests.get(f"{printer['url']}papers.json", timeout=10)
            response.raise_for_status()
            for paper in response.json():
                found.append({**paper, "page": printer["url"]})
        return found

    def paper_picture(self, paper):
        """Address of the picture of a slip."""
        return paper["page"].rstrip("/") + paper["png"]

    def wait_for_paper(self, *words, seconds=90):
        """The newest slip that holds all words.

        :raise AssertionError: when none appears in time
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for paper in self.papers():
                if all(word in paper["text"] for word in words):
                    return paper
            time.sleep(0.3)
        raise AssertionError(f"No slip with {words}; last: {self.papers()[:1]}")


class Rpc:
    """A signed-in session that calls the server as the web client does."""

    def __init__(self, stack, login, password):
        self.stack = stack
        self.session = requests.Session()
        result = self._post(
            "/web/session/authenticate",
            {"db": stack.database, "login": login, "password": password},
        )
        self.uid = result["uid"]

    def call(self, model, method, *args, **kwargs):
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _post(self, path, params):
        response = self.session.post(
            self.stack.url + path,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            raise AssertionError(answer["error"]["data"]["message"])
        return answer.get("result")  # methods that return nothing send none
