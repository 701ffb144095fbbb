"""The bell at the till of the demo shop: not answered, and cancelled while it rings."""

import re
import time

import pytest
from playwright.sync_api import expect


@pytest.fixture
def short_answer(stack):
    """Stores of the demo have a day to answer; here two minutes: the alert comes first,
    however late the job that looks for both."""
    admin = stack.rpc("admin")
    [company] = admin.call("res.company", "search", [], limit=1)
    [before] = admin.call(
        "res.company", "read", [company], ["o2o_answer_minutes", "o2o_alert_seconds"]
    )
    admin.call(
        "res.company",
        "write",
        [company],
        {"o2o_answer_minutes": 2, "o2o_alert_seconds": 5},
    )
    yield
    before.pop("id")
    admin.call("res.company", "write", [company], before)


def test_no_answer_escalates_and_moves_on(cashier, stack, short_answer):
    """ROUT-05, ROUT-07: others are told after seconds, the next store rings after the
    limit, and the bell of the first one is silent."""
    admin = stack.rpc("admin")
    cashier.open_till("nanming")
    fulfillment_id, order = stack.place_order(admin, "坤沙大曲 2018")
    cashier.expect_ringing(order)

    def kinds():
        return [
            row["kind"]
            for row in admin.call(
                "o2o.fulfillment.event",
                "search_read",
                [("fulfillment_id", "=", fulfillment_id)],
                ["kind"],
                order="id",
            )
        ]

    deadline = time.monotonic() + 300
    while "unanswered" not in kinds() and time.monotonic() < deadline:
        time.sleep(1)
    assert kinds()[:3] == ["offered", "alerted", "unanswered"]
    cashier.expect_answered(order)
    [row] = admin.call("o2o.fulfillment", "read", [fulfillment_id], ["store_id"])
    assert row["store_id"]
    stores = admin.call(
        "o2o.offer",
        "search_read",
        [("fulfillment_id", "=", fulfillment_id)],
        ["store_id", "state"],
        order="id",
    )
    assert stores[0]["state"] == "expired"
    assert stores[-1]["store_id"] != stores[0]["store_id"]


def test_cancelled_while_the_till_rings(cashier, stack):
    """Idea 1: the member cancels; the bell stops and the till says it."""
    admin = stack.rpc("admin")
    cashier.open_till("nanming")
    fulfillment_id, order = stack.place_order(admin, "坤沙大曲 2018")
    cashier.expect_ringing(order)
    [row] = admin.call("o2o.fulfillment", "read", [fulfillment_id], ["order_id"])
    admin.call("sale.order", "action_cancel", [row["order_id"][0]])
    notice = cashier.page.locator(".o_notification", has_text=re.compile(order))
    expect(notice.first).to_be_visible()
    cashier.expect_answered(order)
