"""The main job, through three doors at once (issue: one command, end to end)."""

import time

from lib.stack import SAMPLE_FILES

CARDS = SAMPLE_FILES / "cards_2026.xlsx"
PASSWORD = "red-sorghum-2026"


def unique_phone():
    return f"1390{int(time.time()) % 10_000_000:07d}"


def test_card_to_points(head_office, member, cashier, second_cashier, stack):
    """CARD-01, CARD-03, SHOP-03, SHOP-04, ROUT-01, POS-01, POS-04, SHOP-07, PTS-01.

    Head office imports the cards, a visitor registers with one and orders, the store's
    tills ring, one cashier accepts and ships, both slips print, the member watches,
    confirms, and the points are there.
    """
    head_office.log_in_as("zongbu")
    head_office.import_cards(CARDS)
    assert stack.count_cards(CARDS) == len(stack.card_rows(CARDS)) == 100
    assert head_office.import_cards(CARDS) == 0

    number, code = stack.unused_card(CARDS)
    phone = unique_phone()
    member.register(
        name="测试会员", phone=phone, number=number, code=code, password=PASSWORD
    )
    member.expect_member_centre()
    assert member.points() == 0

    cashier.open_till("nanming")
    second_cashier.open_till("nanming2", till=2)

    member.put_in_cart("坤沙大曲 2018")
    order = member.check_out(
        name="测试会员",
        phone=phone,
        city="贵阳市南明区",
        street="甲秀南路 1 号",
        remark="请送到前台",
    )
    member.expect_progress("offered")

    cashier.expect_ringing(order)
    second_cashier.expect_ringing(order)
    cashier.open_order(order)
    cashier.expect_detail("坤沙大曲", "测试会员", phone, "甲秀南路", "请送到前台")
    cashier.accept()
    cashier.expect_state("已受理")
    second_cashier.expect_answered(order)
    member.expect_progress("accepted")
    slip = stack.wait_for_paper(order, "订单小票")
    assert "坤沙大曲" in slip["text"]
    assert "请送到前台" in slip["text"]
    assert slip["png"]

    cashier.ship("SF1234567890")
    cashier.expect_state("已发货")
    stack.wait_for_paper(order, "发货")
    member.expect_progress("shipped")

    member.confirm_receipt()
    member.expect_progress("delivered")
    assert member.points() > 0
    head_office.expect_order(order, "已收货")


def test_rejected_order_rings_at_the_next_store(member, cashier, stack):
    """ROUT-08, POS-06: reject with a reason; the next store of the city gets it."""
    member.sign_in("13900000101")
    cashier.open_till("nanming")
    member.put_in_cart("坤沙大曲 2018")
    order = member.check_out(
        name="陈晓雨",
        phone="13900000101",
        city="贵阳市南明区",
        street="花果园大街 58 号",
    )
    cashier.open_order(order)
    cashier.reject("商品缺货")
    cashier.expect_answered(order)

    next_store = stack.rpc("guanshanhu")
    board = next_store.call("o2o.fulfillment", "pos_board", stack.till_id("guanshanhu"))
    assert order in [row["order_name"] for row in board["orders"]]


def test_reload_of_the_till_loses_nothing(member, cashier, stack):
    """POS-01: the bell rings again after a reload, for the same order."""
    member.sign_in("13900000101")
    member.put_in_cart("坤沙大曲 2018")
    order = member.check_out(
        name="陈晓雨",
        phone="13900000101",
        city="贵阳市南明区",
        street="花果园大街 58 号",
    )
    cashier.open_till("nanming")
    cashier.expect_ringing(order)
    cashier.page.reload()
    cashier.expect_ringing(order)
    cashier.open_order(order)
    cashier.accept()
    cashier.expect_answered(order)


def test_wrong_card_gets_a_message_and_nothing_happens(member, stack):
    """CARD-03, CARD-05: wrong code and unknown card read alike, in Chinese."""
    number, _code = stack.unused_card(CARDS)
    messages = set()
    for wrong_number in (number, "PXL00000000"):
        messages.add(
            member.refused_registration(
                name="测试会员",
                phone=unique_phone(),
                number=wrong_number,
                code="000000",
                password=PASSWORD,
            )
        )
    assert len(messages) == 1
    assert "不匹配" in messages.pop()
    state = stack.rpc("admin").call(
        "o2o.card", "search_read", [("number", "=", number)], ["state"]
    )
    assert [row["state"] for row in state] in ([], ["new"])
