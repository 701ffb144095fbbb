"""kill -9 in the middle of the work: what was said stays true, nothing is half done."""

import random
import threading
import time

import requests
from lib.server import Server

PRODUCT = "坤沙大曲 2018"
PREPARED = 5
ROUNDS = 2


def test_killed_server_loses_nothing(stack):
    """Issue 4: intake, accept and timers run at once when the server is killed; after
    the restart every answer that was given holds, and the rest can be done again."""
    server = Server(stack)
    for number in range(ROUNDS):
        work = Work(stack, f"KILL-{int(time.time())}-{number}")
        work.prepare(server)
        threads = [
            threading.Thread(target=act)
            for act in (work.take_in, work.accept, work.run_timers)
        ]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.5, 2.5))
        server.kill()
        for thread in threads:
            thread.join(60)
        assert not work.failures, work.failures
        server.start()
        work.log_in()
        work.check_intake()
        work.check_accepted()
        work.check_timers()


class Work:
    """Three people at work; they write down what the server answered."""

    def __init__(self, stack, mark):
        self.stack = stack
        self.mark = mark
        self.submitted, self.accepted, self.failures = [], [], []
        self.log_in()

    def log_in(self):
        self.admin = self.stack.sign_in("admin")

    def prepare(self, server):
        """Orders to accept, and accepted ones whose time to prepare is over."""
        self.offered = self._place(PREPARED)
        self.late = self._place(PREPARED)
        for fulfillment in self.late:
            self.admin.call("o2o.fulfillment", "action_accept", [fulfillment])
        ids = ",".join(str(fulfillment) for fulfillment in self.late)
        server.sql(
            "UPDATE o2o_timer SET due_at = now() AT TIME ZONE 'utc' - interval"
            f" '1 minute' WHERE kind = 'ready' AND fulfillment_id IN ({ids})"
        )

    def _place(self, count):
        return [
            self.stack.place_order(self.admin, PRODUCT)[0] for _number in range(count)
        ]

    # === until the server dies === #

    def _until_killed(self, act):
        try:
            rpc = self.stack.sign_in("admin")
            while act(rpc):
                pass
        except requests.RequestException:
            pass  # the server is gone
        except AssertionError as error:
            self.failures.append(str(error))

    def take_in(self):
        def submit(rpc):
            order, name = self._create_order(rpc)
            rpc.call("sale.order", "action_confirm", [order])
            self.submitted.append(name)
            return True

        self._until_killed(submit)

    def _create_order(self, rpc):
        [partner] = rpc.call(
            "res.partner", "search", [("phone", "=", "13900000101")], limit=1
        )
        [product] = rpc.call(
            "product.product", "search", [("name", "ilike", PRODUCT)], limit=1
        )
        [website] = rpc.call("website", "search", [], limit=1)
        order = rpc.call(
            "sale.order",
            "create",
            {
                "partner_id": partner,
                "website_id": website,
                "client_order_ref": self.mark,
                "order_line": [(0, 0, {"product_id": product})],
            },
        )
        [row] = rpc.call("sale.order", "read", [order], ["name"])
        return order, row["name"]

    def accept(self):
        left = list(self.offered)

        def press(rpc):
            fulfillment = left.pop(0)
            rpc.call("o2o.fulfillment", "action_accept", [fulfillment])
            self.accepted.append(fulfillment)
            return left

        self._until_killed(press)

    def run_timers(self):
        def run(rpc):
            self._trigger(rpc)
            return True

        self._until_killed(run)

    def _trigger(self, rpc):
        """One run of the minute job, unless the server is at it already."""
        [row] = rpc.call(
            "ir.model.data",
            "search_read",
            [("module", "=", "o2o_order"), ("name", "=", "o2o_timer_cron")],
            ["res_id"],
        )
        try:
            rpc.call("ir.cron", "method_direct_trigger", [row["res_id"]])
        except AssertionError:
            time.sleep(0.2)

    # === afterwards === #

    def check_intake(self):
        """Each order is a quotation, or confirmed with a store and its goods."""
        orders = self.admin.call(
            "sale.order",
            "search_read",
            [("client_order_ref", "=", self.mark)],
            ["name", "state", "o2o_fulfillment_ids"],
        )
        confirmed = {row["name"] for row in orders if row["state"] == "sale"}
        assert set(self.submitted) <= confirmed, "an answered order was lost"
        for row in orders:
            if row["state"] != "sale":
                assert not row["o2o_fulfillment_ids"], row
                continue
            [part] = self.admin.call(
                "o2o.fulfillment",
                "read",
                row["o2o_fulfillment_ids"],
                ["state", "store_id", "offer_ids", "event_ids", "picking_ids"],
            )
            assert part["state"] == "offered", part
            assert part["store_id"], part
            for name in ("offer_ids", "event_ids", "picking_ids"):
                assert part[name], (name, part)

    def check_accepted(self):
        """Who was told "accepted" has it; the others can still accept."""
        for fulfillment in self.offered:
            if fulfillment not in self.accepted:
                self.admin.call("o2o.fulfillment", "action_accept", [fulfillment])
        rows = self.admin.call(
            "o2o.fulfillment", "read", self.offered, ["state", "accepted_by_id"]
        )
        assert {row["state"] for row in rows} == {"accepted"}
        assert all(row["accepted_by_id"] for row in rows)
        assert self._count_events(self.offered, "accepted") == {1}

    def check_timers(self):
        """Each timer goes off once: before the accident or after it."""
        deadline = (
            time.monotonic() + 90
        )  # a timer that failed is tried again after a minute
        while time.monotonic() < deadline:
            self._trigger(self.admin)
            if 0 not in self._count_events(self.late, "late"):
                break
            time.sleep(0.5)
        self._trigger(self.admin)
        assert self._count_events(self.late, "late") == {1}

    def _count_events(self, fulfillments, kind):
        """:return: set of how often it happened to one of them"""
        rows = self.admin.call(
            "o2o.fulfillment.event",
            "search_read",
            [("fulfillment_id", "in", fulfillments), ("kind", "=", kind)],
            ["fulfillment_id"],
        )
        happened = [row["fulfillment_id"][0] for row in rows]
        return {happened.count(fulfillment) for fulfillment in fulfillments}
