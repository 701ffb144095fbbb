#!/usr/bin/env python3
"""Take the README's pictures again, from a shop that ``./o2o up`` has brought up.

Run it with a Python that has the packages of ``requirements/dev.txt``; ``./o2o test``
has made such an environment in the cache. It places one order, sells
a bottle, and stops before that goes back.
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

from lib.cashier import Cashier  # noqa: E402
from lib.people import Courier, HeadOffice, Member  # noqa: E402
from lib.stack import Stack  # noqa: E402

PHONE = {"width": 390, "height": 844}
TILL = {"width": 1280, "height": 800}
WINE = "坤沙大曲 2018"


def main():
    status = subprocess.check_output([sys.executable, ROOT / "o2o", "status", "--json"])
    stack = Stack(json.loads(status))
    stack.keep_stores_open()
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

        cashier.ship()
        courier = window(Courier, PHONE, is_mobile=True, has_touch=True)
        courier.log_in_as("nanming")
        courier.go_to(order)
        courier.page.wait_for_load_state("networkidle")
        shoot(courier, "door")
        seller = window(Cashier, TILL)
        seller.open_till("nanming")
        seller.sell(WINE)
        seller.pay_by("扫码收款")
        seller.show_our_code("wechat")
        shoot(seller, "till-code")
        payer = window(Member, PHONE)
        payer.page.goto(stack.payer)
        payer.page.locator("a[href*='/phone/']").last.click()
        payer.confirm_on_the_phone()
        sale = seller.expect_sold()
        seller.next_sale()
        seller.refund(sale)
        seller.refund_tenders()
        shoot(seller, "till-refund")
        browser.close()


def shoot(person, name):
    person.page.wait_for_timeout(1500)
    person.page.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    main()
