"""A member pays with a phone; a simulator stands for the gateways (PAY-02)."""

import time

import pytest
from lib.people import Member
from playwright.sync_api import expect

MEMBER = "13900000101"
WINE = "坤沙大曲 2018"


def wait_for_order(stack, number, seconds=90):
    """The order as head office sees it, once it is confirmed."""
    rpc = stack.rpc("admin")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        [row] = rpc.call(
            "sale.order",
            "search_read",
            [("name", "=", number)],
            ["state", "amount_paid"],
        )
        if row["state"] == "sale":
            return row
        time.sleep(0.3)
    raise AssertionError(f"{number} is not confirmed: {row}")


@pytest.mark.parametrize("method", ["支付宝", "银联"])
def test_paid_on_the_gateways_page(member, stack, method):
    """PAY-02, PAY-10: to the gateway's page and back; the order is confirmed."""
    member.sign_in(MEMBER)
    member.put_in_cart(WINE)
    member.order_and_pay_with(method)
    member.page.wait_for_url("**/phone/**")
    member.confirm_on_the_phone()
    number = member.expect_order_paid()
    assert wait_for_order(stack, number)["amount_paid"] > 0


def test_paid_with_the_wallet(member, stack):
    """PAY-05: the member's own money, with the payment PIN."""
    member.sign_in(MEMBER)
    member.put_in_cart(WINE)
    member.order_and_pay_with("会员钱包", pin="258036")
    number = member.expect_order_paid()
    assert wait_for_order(stack, number)["amount_paid"] > 0


def test_wallet_topped_up(member, stack):
    """PAY-05: the member's own money, on a phone; it is in the wallet at once."""

    def principal():
        [row] = stack.rpc("admin").call(
            "o2o.wallet",
            "search_read",
            [("partner_id.phone_mobile_search", "like", MEMBER)],
            ["principal"],
        )
        return row["principal"]

    member.sign_in(MEMBER)
    before = principal()
    member.top_up("120", "支付宝")
    member.page.wait_for_url("**/phone/**")
    member.confirm_on_the_phone()
    member.page.wait_for_url("**/o2o/member/wallet/**")
    deadline = time.monotonic() + 90
    while principal() == before and time.monotonic() < deadline:
        time.sleep(0.3)
    assert principal() == before + 120


def test_paid_with_a_code_on_the_screen(open_window, stack):
    """PAY-02: a computer shows a code, a phone pays it, the page moves on by itself."""
    shop = Member(open_window("desk", {"width": 1280, "height": 900}), stack)
    shop.sign_in(MEMBER)
    shop.put_in_cart(WINE)
    shop.order_and_pay_with("微信支付")
    waiting = shop.page.locator(".o_o2o_pay_waiting img")
    expect(waiting).to_be_visible()
    phone = open_window("phone", {"width": 390, "height": 844})
    phone.goto(stack.payer)
    phone.locator("a[href*='/phone/']").last.click()
    phone.get_by_role("button", name="确认付款").click()
    number = shop.expect_order_paid()
    wait_for_order(stack, number)


def test_browser_that_never_comes_back(member, stack):
    """PAY-10: paid, and the browser is gone: the order is confirmed all the same."""
    member.sign_in(MEMBER)
    member.put_in_cart(WINE)
    member.order_and_pay_with("支付宝")
    member.page.wait_for_url("**/phone/**")
    subject = member.page.locator("dd").first.inner_text()
    address = member.page.url
    member.page.goto("about:blank")
    member.page.request.post(address, form={"action": "pay"}, max_redirects=0)
    wait_for_order(stack, subject.split()[-1])
