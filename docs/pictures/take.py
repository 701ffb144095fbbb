#!/usr/bin/env python3
"""Take the README's pictures again, from a shop that ``./o2o up`` has brought up.

Run it with a Python that has the packages of ``requirements/dev.txt``; ``./o2o test``
has made such an environment in the cache. It places one order, sells twice
at the till and moves the simulator of the gateways to tomorrow and back.
"""

import json
import subprocess
import sys
from pathlib import Path
from shutil import which

import requests
from playwright.sync_api import expect, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from lib.gateways import PROVIDERS, Gateways, bill_day  # noqa: E402
from lib.people import Cashier, Courier, HeadOffice, Member  # noqa: E402
from lib.stack import Stack  # noqa: E402

WINE = "坤沙大曲 2018"
PHONE = {"width": 390, "height": 844}
TILL = {"width": 1280, "height": 800}


def main():
    status = subprocess.check_output([sys.executable, ROOT / "o2o", "status", "--json"])
    stack = Stack(json.loads(status))
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )

        def window(person, viewport, **options):
            context = browser.new_context(
                base_url=stack.url,
                viewport=viewport,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                **options,
            )
            context.set_default_timeout(60_000)
            return person(context.new_page(), stack)

        member = window(Member, PHONE, is_mobile=True, has_touch=True)
        cashier = window(Cashier, TILL)
        office = window(HeadOffice, TILL)

        member.page.goto("/shop")
        shoot(member, "shop")
        cashier.open_till("nanming")
        member.sign_in("13900000101")
        member.put_in_cart(WINE)
        order = member.check_out(
            name="陈晓雨",
            phone="13900000101",
            city="贵阳市南明区",
            street="花果园大街 58 号",
            remark="请送到前台",
        )
        expect(cashier.page.locator(".o_o2o_card, .o_o2o_card_folded")).to_be_visible()
        shoot(cashier, "till-bell")
        cashier.open_order(order)
        shoot(cashier, "till-order")
        cashier.accept()
        member.expect_progress("accepted")
        shoot(member, "order-progress")
        slip = stack.wait_for_paper(order, "订单小票")
        picture = requests.get(stack.paper_picture(slip), timeout=10)
        (HERE / "slip.png").write_bytes(picture.content)
        office.log_in_as("zongbu")
        office.page.goto("/odoo/online-orders")
        expect(office.page.locator(".o_data_row").first).to_be_visible()
        shoot(office, "head-office")
        shoot_money(stack, cashier, office, window(Courier, PHONE, is_mobile=True))
        browser.close()


def shoot_money(stack, cashier, office, courier):
    """A refund by two ways, the courier at the door, the bills of the gateways."""
    gateways = Gateways(stack.payer, stack.services["paysim"])
    cashier.page.goto(f"/pos/ui/{stack.till_id('nanming')}")
    for gateway in ("wechat", "alipay"):
        cashier.sell(WINE)
        cashier.pay_by("现金", "100")
        cashier.pay_by("扫码收款")
        cashier.scan(gateways.payment_code(gateway))
        number = cashier.expect_sold()
        cashier.next_sale()
    cashier.refund(number)
    cashier.refund_tenders()
    shoot(cashier, "till-refund")

    courier.log_in_as("nanming")
    courier.page.goto("/o2o/door")
    courier.page.get_by_role("link", name="去收款").first.click()
    shoot(courier, "door")

    admin = stack.rpc("admin")
    [sale] = admin.call(
        "o2o.payment.intent", "search_read", [], ["paid_at"], order="id desc", limit=1
    )
    day = bill_day("alipay", sale["paid_at"])
    try:
        stack.set_simulator_ahead(gateways.go_to(day))
        for gateway in ("alipay", "wechat"):
            [provider] = admin.call(
                "payment.provider", "search", [("code", "=", PROVIDERS[gateway])]
            )
            admin.call("o2o.payment.bill", "fetch_day", provider, str(day))
        office.page.goto("/odoo/payment-bills")
        expect(office.page.get_by_text("已核对").nth(1)).to_be_visible()
        office.page.locator(".o_data_row", has_text="支付宝").click()
        shoot(office, "bill")
    finally:
        gateways.come_back()
        stack.set_simulator_ahead(0)


def shoot(person, name):
    person.page.wait_for_timeout(1500)
    person.page.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    main()
