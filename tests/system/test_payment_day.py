"""A store's day of payments by all ways, and the bills of the next day (PAY-07)."""

import re
import time

from lib.gateways import PROVIDERS, bill_day
from lib.people import Member
from playwright.sync_api import expect

MEMBER = "13900000101"
MEMBER_NAME = "陈晓雨"
PIN = "258036"
WINE = "坤沙大曲 2018"
PHONE = {"width": 390, "height": 844}
#: ways to pay on the website, and the gateway behind each
WEBSITE_METHODS = {
    "支付宝": "alipay",
    "微信支付": "wechat",
    "银联": "unionpay",
    "会员钱包": None,
}


def wait_for(what, seconds=60):
    """What a job makes true in a moment."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := what():
            return result
        time.sleep(0.3)
    raise AssertionError(f"after {seconds} s still not: {what()}")


def payments_of(stack, number):
    """The payments of a sale at a till, in the order of their amounts."""
    return stack.rpc("admin").call(
        "pos.payment",
        "search_read",
        [("pos_order_id.pos_reference", "like", number)],
        ["amount", "transaction_id", "payment_method_id"],
        order="amount desc",
    )


def held(stack):
    return stack.rpc("admin").call(
        "o2o.payment.quarantine", "search_count", [("state", "=", "open")]
    )


def test_every_way_to_pay_at_the_till(cashier, open_window, stack, gateways):
    """PAY-01, PAY-02, PAY-05, POS-12: each way to pay at one till, in one row; what a
    gateway has confirmed stands behind each sale, and a mixed one goes back as paid."""
    before = held(stack)
    cashier.open_till("nanming")

    for gateway in PROVIDERS:
        cashier.sell(WINE)
        cashier.pay_by("扫码收款")
        cashier.scan(gateways.payment_code(gateway))
        [payment] = payments_of(stack, cashier.expect_sold())
        trade = gateways.trade(gateway, payment["transaction_id"])
        assert trade["amount_fen"] == round(payment["amount"] * 100)
        cashier.next_sale()

    # the customer scans ours
    payer = open_window("payer", PHONE)
    for gateway in PROVIDERS:
        cashier.sell(WINE)
        cashier.pay_by("扫码收款")
        cashier.show_our_code(gateway)
        pay_the_last(payer, gateways)
        cashier.expect_sold()
        cashier.next_sale()

    for method in ("银行卡", "现金"):
        cashier.sell(WINE)
        cashier.pay_by(method)
        if method == "现金":
            cashier.validate()
        [payment] = payments_of(stack, cashier.expect_sold())
        price = payment["amount"]
        cashier.next_sale()

    # a part of it with points
    cashier.sell(WINE)
    cashier.choose_customer(MEMBER_NAME)
    worth = cashier.use_points()
    cashier.pay_by("现金")
    cashier.validate()
    [payment] = payments_of(stack, cashier.expect_sold())
    assert payment["amount"] == price - worth > 0
    cashier.next_sale()

    cashier.sell(WINE)
    cashier.choose_customer(MEMBER_NAME)
    cashier.pay_by("会员钱包")
    cashier.enter_wallet_pin(PIN)
    cashier.expect_sold()
    cashier.next_sale()

    # two ways, and back by both
    cashier.sell(WINE)
    cashier.pay_by("现金", "100")
    cashier.pay_by("扫码收款")
    cashier.scan(gateways.payment_code("alipay"))
    number = cashier.expect_sold()
    by_code, in_cash = payments_of(stack, number)
    assert in_cash["amount"] == 100
    cashier.next_sale()
    cashier.refund(number)
    shown = [re.sub(r"[^\d.]", "", amount) for _way, amount in cashier.refund_tenders()]
    assert [float(amount) for amount in shown] == [by_code["amount"], 100]
    cashier.give_back()
    cashier.expect_sold()
    trade = wait_for(
        lambda: (
            (row := gateways.trade("alipay", by_code["transaction_id"]))
            and row["refunded_fen"] == row["amount_fen"]
            and row
        )
    )
    assert trade["amount_fen"] == round(by_code["amount"] * 100)
    assert held(stack) == before


def pay_the_last(payer, gateways):
    """A customer's phone pays what was asked for last."""
    payer.goto(gateways.payer)
    payer.locator("a[href*='/phone/']").last.click()
    payer.get_by_role("button", name="确认付款").click()


def test_till_loaded_anew_while_the_customer_pays(
    cashier, open_window, stack, gateways
):
    """FAULT-52, POS-12: F5 while our code is shown. The line is there again, the
    customer pays the code of before, and the sale ends by itself, with one payment."""
    cashier.open_till("nanming")
    cashier.sell(WINE)
    cashier.pay_by("扫码收款")
    cashier.show_our_code("alipay")
    before = len(gateways.trades("alipay"))
    cashier.page.reload()
    cashier.expect_payment_waits()
    pay_the_last(open_window("payer", PHONE), gateways)
    [payment] = payments_of(stack, cashier.expect_sold())
    trade = gateways.trade("alipay", payment["transaction_id"])
    assert trade["amount_fen"] == round(payment["amount"] * 100)
    assert len(gateways.trades("alipay")) == before


def buy_on_the_website(member, method, payer, gateways):
    """An order, paid; its number."""
    member.put_in_cart(WINE)
    if method == "会员钱包":
        member.order_and_pay_with(method, pin=PIN)
        return member.expect_order_paid()
    member.order_and_pay_with(method)
    if method == "微信支付":
        # a computer shows a code
        expect(member.page.locator(".o_o2o_pay_waiting img")).to_be_visible()
        pay_the_last(payer, gateways)
    else:
        member.page.wait_for_url("**/phone/**")
        member.confirm_on_the_phone()
    return member.expect_order_paid()


def given_back(stack, order):
    """What has gone back of an order, in fen."""
    rows = stack.rpc("admin").call(
        "o2o.refund",
        "search_read",
        [("order_id.name", "=", order), ("state", "=", "done")],
        ["amount"],
    )
    return sum(round(row["amount"] * 100) for row in rows)


def test_refund_in_parts_and_the_bill_of_the_next_day(
    open_window, head_office, stack, gateways
):
    """PAY-07, SETL-05: orders of the website, one by each way to pay, go back in two
    parts each; then the bills of all gateways are fetched, and every row has its
    payment and every payment its row."""
    member = Member(open_window("desk", {"width": 1280, "height": 900}), stack)
    payer = open_window("payer", PHONE)
    member.sign_in(MEMBER)
    head_office.log_in_as("zongbu")
    for method, gateway in WEBSITE_METHODS.items():
        order = buy_on_the_website(member, method, payer, gateways)
        for part, total in (("100.00", 10000), ("48.50", 14850)):
            head_office.give_back(order, part)
            wait_for(lambda order=order, total=total: given_back(stack, order) == total)
        if gateway:
            [intent] = read_intents(
                stack, [("transaction_id.sale_order_ids.name", "=", order)]
            )
            trade = gateways.trade(gateway, intent["out_no"])
            assert trade["refunded_fen"] == 14850, (method, trade)

    days = {
        (gateway, bill_day(gateway, row["paid_at"]))
        for gateway, code in PROVIDERS.items()
        for row in read_intents(
            stack, [("provider_id.code", "=", code), ("state", "=", "paid")]
        )
    }
    assert {gateway for gateway, _day in days} == set(PROVIDERS)
    stack.set_simulator_ahead(gateways.go_to(max(day for _gateway, day in days)))
    office = stack.rpc("zongbu")
    for gateway, day in sorted(days):
        bill = fetch_bill(stack, office, gateway, day)
        assert bill["state"] == "matched", bill
        differences = office.call(
            "o2o.payment.difference",
            "search_read",
            [
                ("bill_id", "=", bill["id"]),
                ("state", "!=", "resolved"),
                # a simulator that was started again has forgotten what was before
                "|",
                ("intent_id", "=", False),
                ("intent_id.create_date", ">=", gateways.since),
            ],
            ["kind", "display_name"],
        )
        assert not differences, (gateway, day, differences)
        assert bill["line_count"] > 0
    head_office.expect_bills(len(days))


def read_intents(stack, domain):
    return stack.rpc("admin").call(
        "o2o.payment.intent", "search_read", domain, ["out_no", "paid_at"]
    )


def fetch_bill(stack, office, gateway, day):
    """Ask for the bill of a day, as a person does, and wait for the job."""
    [provider] = stack.rpc("admin").call(
        "payment.provider", "search", [("code", "=", PROVIDERS[gateway])]
    )
    bill_id = office.call("o2o.payment.bill", "fetch_day", provider, str(day))
    fields = ["state", "failure", "problems", "line_count", "is_fetch_wanted"]
    return wait_for(
        lambda: (
            (row := office.call("o2o.payment.bill", "read", [bill_id], fields)[0])
            and not row["is_fetch_wanted"]
            and row["state"] in ("matched", "problem")
            and row
        )
    )
