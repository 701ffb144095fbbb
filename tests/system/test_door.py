"""Cash on delivery: from the till to the door, and into the till (PAY-03, POS-15)."""

from lib.people import Courier

WINE = "坤沙大曲 2018"
PHONE = {"width": 390, "height": 844}


def test_cash_of_the_door_comes_to_the_till(cashier, open_window, stack):
    """PAY-03, POS-15: a clerk ships, a clerk collects at the door with a signature, the
    till takes the money over, one yuan short, and head office sees by whom."""
    office = stack.rpc("admin")
    fulfillment, order = stack.place_order(office, WINE)
    cashier.open_till("nanming")
    cashier.open_order(order)
    cashier.accept()
    cashier.ship()
    cashier.expect_state("已发货")

    courier = Courier(
        open_window("courier", PHONE, is_mobile=True, has_touch=True), stack
    )
    courier.log_in_as("nanming")
    courier.go_to(order)
    [row] = office.call(
        "o2o.collection", "search_read", [("fulfillment_id", "=", fulfillment)]
    )
    due = row["due_fen"] / 100
    courier.collect_cash(f"{due + 50:.2f}")
    courier.let_sign()
    courier.expect_delivered(order)
    assert office.call("o2o.fulfillment", "read", [fulfillment], ["state"])[0][
        "state"
    ] in ("delivered", "completed")

    name = office.call("res.users", "read", [row["courier_id"][0]], ["name"])[0]["name"]
    carried = sum(
        it["amount_fen"]
        for it in office.call(
            "o2o.collection.payment",
            "search_read",
            [
                ("user_id", "=", row["courier_id"][0]),
                ("way", "=", "cash"),
                ("handover_id", "=", False),
            ],
        )
    )
    code = courier.code_for_the_till(f"{carried / 100:.2f}")
    cashier.take_from_courier(name, f"{carried / 100 - 1:.2f}", code, "少了一元硬币")
    [handover] = office.call(
        "o2o.collection.handover", "search_read", [], order="id desc", limit=1
    )
    assert handover["expected_fen"] == carried
    assert handover["declared_fen"] == carried
    assert handover["difference_fen"] == -100
    assert handover["cashier_id"] and handover["courier_id"]
