"""What a cashier does at a till, in the words of the tests."""

import re

from playwright.sync_api import expect

from lib.people import Person


class Cashier(Person):
    """At the till."""

    def open_till(self, login, till=1):
        """Sign in, open the register, stand at the product screen.

        :param int till: which till of the cashier's store, from 1
        """
        account = self.stack.account(login)
        self.log_in(login, account["password"], to="/odoo")
        till_id = self.stack.till_id(login, till)
        self.page.goto(f"/pos/ui/{till_id}")
        opener = self.page.locator(".open-register-btn")
        counted = self.page.locator(".modal .opening-cash-control, .modal-dialog")
        ready = self.page.locator(".product-screen")
        expect(opener.or_(counted).or_(ready).first).to_be_visible(timeout=120_000)
        if opener.is_visible():
            opener.click()
        if self.stack.is_cash_uncounted(till_id):
            # the count of the cash comes a moment after the screen
            expect(counted.first).to_be_visible()
            self.page.locator(".modal-footer .btn-primary").first.click()
        expect(ready).to_be_visible(timeout=60_000)
        expect(self.page.locator(".o_o2o_navbar_button")).to_be_visible()

    def sell(self, words):
        """One piece of goods that the till shows, on to the payment screen."""
        page = self.page
        page.locator(".product-screen article.product", has_text=words).first.click()
        page.locator(".pay-order-button:visible").first.click()
        expect(page.locator(".payment-screen")).to_be_visible()

    def pay_by(self, method, amount=None):
        """Choose a way to pay, for all that is due or for a part of it.

        :param str amount: as it is typed
        """
        page = self.page
        page.locator(".paymentmethod", has_text=method).first.click()
        for key in amount or "":
            # not as fast as a scanner, which the till would take it for
            page.wait_for_timeout(250)
            page.locator(".numpad").get_by_role("button", name=key, exact=True).click()
        if amount:
            line = page.locator(".paymentline.selected")
            expect(line).to_contain_text(re.compile(rf"\b{amount}\.\s*00"))

    def scan(self, code):
        """The scanner types a customer's payment code and ends it."""
        box = self.page.locator(".o_o2o_code_dialog input")
        box.fill(code)
        box.press("Enter")

    def show_our_code(self, gateway):
        """The customer scans ours instead."""
        self.page.locator(f".o_o2o_our_codes [data-gateway={gateway}]").click()
        expect(self.page.locator(".o_o2o_shop_code img")).to_be_visible()

    def expect_payment_waits(self):
        """The sale of before is on the screen, and its payment is looked for."""
        expect(self.page.locator(".paymentline.selected")).to_be_visible()

    def enter_wallet_pin(self, pin):
        self.page.locator(".modal .o_o2o_wallet_pin").fill(pin)
        self.page.locator(".modal .o_o2o_wallet_pay").click()

    def choose_customer(self, name):
        """The member who buys, found by name."""
        page = self.page
        page.locator(".payment-screen .partner-button").first.click()
        dialog = page.locator(".modal")
        dialog.locator("input").first.fill(name)
        dialog.locator(".partner-line", has_text=name).first.click()
        expect(dialog).to_have_count(0)

    def use_points(self):
        """As many points as the till proposes; back at the payment screen.

        :return: what they are worth, in yuan
        """
        page = self.page
        page.locator(".payment-screen .back-button").click()
        page.locator(".product-screen .o2o-use-points:visible").first.click()
        shown = page.locator(".modal .o2o-points-worth")
        worth = float(re.sub(r"[^\d.]", "", shown.inner_text()))
        page.locator(".modal .o2o-points-confirm").click()
        expect(page.locator(".modal")).to_have_count(0)
        page.locator(".pay-order-button:visible").first.click()
        expect(page.locator(".payment-screen")).to_be_visible()
        return worth

    def validate(self):
        self.page.get_by_role("button", name="验证").click()

    def expect_sold(self):
        """The sale is through; returns the number on its receipt."""
        receipt = self.page.locator(".receipt-screen")
        expect(receipt).to_be_visible()
        number = re.search(r"\d+-\d+-\d{6}", receipt.inner_text())
        return number[0]

    def next_sale(self):
        self.page.get_by_role("button", name="新建订单").click()
        expect(self.page.locator(".product-screen")).to_be_visible()

    def refund(self, number):
        """All of a sale comes back: on to the preview of its tenders."""
        page = self.page
        page.get_by_role("button", name="订单", exact=True).click()
        screen = page.locator(".ticket-screen")
        screen.locator(".filter").first.click()
        page.get_by_text("已支", exact=True).click()
        screen.locator(".order-row", has_text=number).click()
        screen.locator(".orderline").first.click()
        page.locator(".numpad button", has_text=re.compile("^1$")).click()
        page.get_by_role("button", name="退款").click()
        expect(page.locator(".o_o2o_refund_dialog")).to_be_visible()

    def refund_tenders(self):
        """What the preview gives back: pairs of a way and an amount, as shown."""
        rows = self.page.locator(".o_o2o_refund_tender")
        expect(rows.first).to_be_visible()
        return [
            (
                row.locator("td").first.inner_text().split("\n")[0].strip(),
                row.locator(".o_o2o_refund_amount").inner_text().strip(),
            )
            for row in rows.all()
        ]

    def give_back(self):
        self.page.locator(".o_o2o_refund_confirm").click()

    def open_couriers(self):
        """Money of the door: the couriers who have some."""
        self.page.locator(".pos-rightheader .fa-bars").click()
        self.page.get_by_text("送货员交款", exact=True).click()
        return self.page.locator(".o_o2o_courier")

    def take_from_courier(self, name, counted, code, reason=""):
        """Count a courier's cash; both names stand under it."""
        dialog = self.page.locator(".modal")
        self.open_couriers().filter(has_text=name).click()
        dialog.locator("#o_o2o_counted").fill(counted)
        if reason:
            dialog.locator("#o_o2o_reason").fill(reason)
        dialog.locator("#o_o2o_code").fill(code)
        dialog.locator(".o_o2o_courier_take").click()
        expect(dialog.locator(".o_o2o_courier_take")).to_have_count(0)

    def expect_ringing(self, order_name):
        """The bell stands for this order: it waits on the board of this till."""
        bell = self.page.locator(".o_o2o_navbar_button.o_o2o_ringing")
        expect(bell).to_be_visible()
        self.open_list()
        expect(self._row(order_name)).to_be_visible()

    def expect_answered(self, order_name):
        """Nobody waits for this till's answer to the order any more."""
        self.open_list()
        self.page.locator(".o_o2o_tab_waiting").click()
        expect(self._row(order_name)).to_have_count(0)

    def open_list(self):
        if not self.page.locator(".o_o2o_screen").is_visible():
            self.page.locator(".o_o2o_navbar_button").click()
        expect(self.page.locator(".o_o2o_screen")).to_be_visible()

    def open_order(self, order_name):
        self.open_list()
        self._row(order_name).first.click()
        expect(self.page.locator(".o_o2o_order_name")).to_have_text(order_name)

    def _row(self, order_name):
        return self.page.locator(".o_o2o_row", has_text=order_name)

    def expect_detail(self, *words):
        for word in words:
            expect(self.page.locator(".o_o2o_detail_body")).to_contain_text(word)

    def press(self, action):
        self.page.locator(f".o_o2o_action_{action}").click()

    def accept(self):
        self.press("accept")

    def accept_all_but_one(self):
        """One piece of the first line is not there."""
        self.press("accept_lines")
        self.page.locator(".o_o2o_accept_line .o_o2o_minus").first.click()
        self.page.locator(".o_o2o_accept_lines_confirm").click()

    def open_grabs(self):
        """Orders near stores may grab, as the till shows them."""
        self.page.locator(".o_o2o_grab_button").click()
        return self.page.locator(".o_o2o_grab_card")

    def grab(self):
        self.page.locator(".o_o2o_grab").first.click()

    def ship(self, tracking=None):
        self.press("ship")
        if tracking:
            self.page.locator(".o_o2o_tracking").fill(tracking)
        self.page.locator(".o_o2o_ship_confirm").click()

    def reject(self, reason):
        self.press("reject")
        self.page.locator(".o_o2o_reason", has_text=reason).click()
        # sold out: the count of the one article is proposed as zero
        self.page.locator(".o_o2o_reject_confirm").click()

    def pack(self, place):
        """Ready, with the place of the bag."""
        self.press("ready")
        self.page.locator(".o_o2o_pickup_place_input").fill(place)
        self.page.locator(".o_o2o_pickup_ready_confirm").click()

    def expect_outside(self, words):
        """The till shows that somebody waits at the door."""
        mark = self.page.locator(".o_o2o_outside_mark", has_text=words)
        expect(mark).to_be_visible()

    def type_code(self, code):
        self.open_list()
        self.page.locator(".o_o2o_pickup_open").click()
        self.page.locator(".o_o2o_pickup_code_input").fill(code)
        self.page.locator(".o_o2o_pickup_find").click()

    def expect_code_refused(self, words):
        expect(self.page.locator(".o_o2o_pickup_error")).to_contain_text(words)
        self.close_check()

    def close_check(self):
        self.page.locator(".modal-footer .btn-secondary").click()
        expect(self.page.locator(".modal-footer")).to_have_count(0)

    def expect_check(self, *words):
        """What the first step shows."""
        dialog = self.page.locator(".modal-body")
        for word in words:
            expect(dialog).to_contain_text(word)

    def hand_over(self):
        self.page.locator(".o_o2o_pickup_confirm").click()
        expect(self.page.locator(".o_o2o_pickup_confirm")).to_have_count(0)

    def expect_state(self, label):
        expect(self.page.locator(".o_o2o_detail .o_o2o_state")).to_have_text(label)
