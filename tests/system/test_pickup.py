"""A member fetches the goods at the counter (SHOP-11, idea 24)."""

MEMBER = "13900000101"
STORE = "贵阳南明旗舰店"
# goods of their own: other tests say at the till that theirs are sold out
WINE, SOLD_OUT = "坤沙陈酿 2017", "邻里酱酒"
OTHER_STORE = "贵阳观山湖店"


def test_time_code_and_hand_over(member, cashier, stack):
    """SHOP-11, idea 24: ordered for a time, packed with a place, collected by code."""
    member.sign_in(MEMBER)
    cashier.open_till("nanming")
    member.put_in_cart(WINE)
    order, time = member.order_for_pickup(STORE)
    member.follow_order()
    member.expect_progress("offered")

    cashier.expect_ringing(order)
    cashier.open_order(order)
    cashier.expect_detail(time.split()[-1].split("–")[0])
    cashier.accept()
    cashier.expect_state("已受理")
    member.expect_progress("accepted")
    code = member.pickup_code()

    cashier.type_code(code)
    cashier.expect_check("还没备好")
    cashier.close_check()
    cashier.pack("B-12")
    member.expect_progress("ready")
    member.expect_pickup_place("B-12")
    slip = stack.wait_for_paper(order, "B-12")
    assert code.replace(" ", "") not in slip["text"].replace(" ", "")

    member.say_outside("白色轿车")
    cashier.expect_outside("白色轿车")

    cashier.type_code("00000000")
    cashier.expect_code_refused("取货码")
    cashier.type_code(code)
    cashier.expect_check(order, "B-12", "坤沙陈酿", "陈晓雨")
    cashier.hand_over()
    member.expect_progress("delivered")

    cashier.type_code(code)
    cashier.expect_check("已经交付")


def test_store_that_refuses_leaves_the_choice_to_the_member(member, cashier, stack):
    """Issue 4: no other store gets the order before its member has named it."""
    member.sign_in(MEMBER)
    cashier.open_till("nanming")
    member.put_in_cart(SOLD_OUT)
    order, _time = member.order_for_pickup(STORE)
    member.follow_order()
    cashier.open_order(order)
    cashier.reject("商品缺货")
    cashier.expect_answered(order)

    member.expect_progress("pooled")
    board = _board(stack, "guanshanhu")
    assert order not in board
    member.choose_store_instead(OTHER_STORE)
    assert order in _board(stack, "guanshanhu")


def _board(stack, login):
    rows = stack.rpc(login).call("o2o.fulfillment", "pos_board", stack.till_id(login))
    return [row["order_name"] for row in rows["orders"]]
