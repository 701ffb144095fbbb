"""The order room through the doors: half accepted, grabbed, and a cut line."""

import pytest
from playwright.sync_api import expect

GOODS = "坤沙大曲 2018"
MEMBER = "13900000101"


@pytest.fixture
def grab_rules(stack):
    """Near stores grab first, as head office may decide."""
    admin = stack.rpc("admin")
    [rules] = admin.call(
        "o2o.sourcing.rule.set",
        "create",
        [{"name": "先抢单", "method": "pool", "pool_radius_km": 15}],
    )
    admin.call("o2o.sourcing.rule.set", "action_publish", [rules])
    stack.empty_pool(admin)
    yield
    admin.call("o2o.sourcing.rule.set", "action_roll_back", [rules])


def test_half_an_order_and_the_member_chooses(member, cashier, stack):
    """POS-05, idea 9: two of three are there; the member takes and pays for two."""
    admin = stack.rpc("admin")
    member.sign_in(MEMBER)
    cashier.open_till("nanming")
    fulfillment_id, order = stack.place_order(admin, GOODS, quantity=3)
    [before] = admin.call("o2o.fulfillment", "read", [fulfillment_id], ["order_id"])
    order_id = before["order_id"][0]
    full = stack.amount(admin, order_id)

    cashier.expect_ringing(order)
    cashier.open_order(order)
    cashier.accept_all_but_one()
    expect(cashier.page.locator(".o_o2o_choice_state")).to_be_visible()

    member.choose(order_id, "part")
    expect(cashier.page.locator(".o_o2o_line_qty")).to_contain_text("2")
    [row] = admin.call("o2o.fulfillment", "read", [fulfillment_id], ["state"])
    assert row["state"] == "accepted"
    assert stack.amount(admin, order_id) == pytest.approx(full * 2 / 3, abs=0.01)


def test_one_of_two_stores_grabs(cashier, second_cashier, stack, grab_rules):
    """ROUT-03, idea 11: both see the order, one tap wins, the other one sees it go."""
    cashier.open_till("nanming")
    second_cashier.open_till("guanshanhu")
    fulfillment_id, order = stack.place_order(stack.rpc("admin"), GOODS)
    first = cashier.open_grabs()
    expect(first).to_have_count(1)
    other = second_cashier.open_grabs()
    expect(other).to_have_count(1)

    second_cashier.grab()
    expect(first).to_have_count(0)
    second_cashier.open_order(order)
    [row] = stack.rpc("admin").call(
        "o2o.fulfillment", "read", [fulfillment_id], ["store_id", "state"]
    )
    assert "观山湖" in row["store_id"][1]


def test_the_line_is_cut_while_the_till_accepts(cashier, stack):
    """Idea 17: what is on the till is accepted without a line, and sent once after."""
    admin = stack.rpc("admin")
    cashier.open_till("nanming")
    fulfillment_id, order = stack.place_order(admin, GOODS)
    cashier.expect_ringing(order)
    cashier.open_order(order)
    cashier.page.context.set_offline(True)
    cashier.accept()
    expect(cashier.page.locator(".o_o2o_queue")).to_be_visible()
    [row] = admin.call("o2o.fulfillment", "read", [fulfillment_id], ["state"])
    assert row["state"] == "offered"

    cashier.page.context.set_offline(False)
    expect(cashier.page.locator(".o_o2o_queue")).to_have_count(0)
    cashier.expect_state("已受理")
    events = admin.call(
        "o2o.fulfillment.event",
        "search_count",
        [("fulfillment_id", "=", fulfillment_id), ("kind", "=", "accepted")],
    )
    assert events == 1
    stack.wait_for_paper(order, "订单小票")
