"""What each person does, in words of their work (page objects)."""

import re
import time
from urllib.parse import quote

from playwright.sync_api import expect


class Person:
    def __init__(self, page, stack):
        self.page = page
        self.stack = stack

    def log_in(self, login, password, to="/my"):
        self.page.goto(f"/web/login?redirect={to}")
        self.page.locator("form.oe_login_form input[name=login]").fill(login)
        self.page.locator("form.oe_login_form input[name=password]").fill(password)
        self.page.locator("form.oe_login_form button[type=submit]").click()
        self.page.wait_for_url(re.compile(re.escape(to)))


class Member(Person):
    """At the website, on a phone."""

    def register(self, *, name, phone, number, code, password):
        page = self.page
        page.goto("/o2o/member/register")
        form = page.locator("form.o_o2o_register")
        for field, value in (
            ("name", name),
            ("phone", phone),
            ("number", number),
            ("code", code),
            ("password", password),
        ):
            form.locator(f"input[name={field}]").fill(value)
        form.locator("input[name=sms_code]").fill(self._code_on_the_page(form))
        form.locator("input[name=consent]").check()
        form.locator("button[type=submit]").click()

    def _code_on_the_page(self, form):
        """The demo shop sends no messages; it shows the code instead."""
        button = form.locator(".o_o2o_send_code_button")
        message = form.locator(".o_o2o_send_code_message")
        # a press that comes before the page has loaded its scripts may be lost
        expect(button).to_be_enabled()
        self.page.wait_for_load_state("networkidle")
        button.click()
        expect(message).to_have_text(re.compile(r"\d{6}。|\d+ 秒后可以重新获取"))
        # a second try of the same person: the next code is sent after a minute
        if early := re.search(r"(\d+) 秒后", message.inner_text()):
            time.sleep(int(early[1]) + 1)
            expect(button).to_be_enabled()
            button.click()
            expect(message).to_have_text(re.compile(r"\d{6}。"))
        return re.findall(r"\d{6}", message.inner_text())[-1]

    def expect_member_centre(self):
        self.page.wait_for_url(re.compile(r"/o2o/member$"))

    def form_error(self):
        """What the registration form complains about."""
        error = self.page.locator(
            ".o_o2o_member .invalid-feedback, .o_o2o_member .alert-danger"
        ).first
        expect(error).to_be_visible()
        return error.inner_text().strip()

    def refused_registration(self, **values):
        """Why a registration was refused; a wait after a wrong code is sat out."""
        while True:
            self.register(**values)
            message = self.form_error()
            wait = re.search(r"请在 (\d+) 秒后重试", message)
            if not wait or int(wait[1]) > 60:
                return message
            time.sleep(int(wait[1]) + 1)

    def points(self):
        """Points the member has now, and those that wait for the days for returns."""
        self.page.goto("/o2o/member")
        usable = self.page.locator(".o_o2o_points_balance")
        waiting = self.page.locator(".o_o2o_points_pending")
        texts = [usable.inner_text(), *waiting.all_inner_texts()]
        return sum(int(re.sub(r"\D", "", text)) for text in texts)

    def sign_in(self, login):
        self.log_in(login, self.stack.account(login)["password"], to="/shop")

    def put_in_cart(self, words):
        """Find goods by name as a member does, and put one piece in the cart."""
        page = self.page
        page.goto(f"/shop?search={quote(words)}")
        page.locator(".oe_product a").first.click()
        # a press that comes before the page has loaded its scripts may be lost
        page.wait_for_load_state("networkidle")
        with page.expect_response("**/shop/cart/add"):
            page.locator("#add_to_cart").click()
        expect(page.locator(".my_cart_quantity:visible").first).not_to_have_text("0")

    def check_out(self, *, name, phone, city, street, remark=None, carrier=None):
        """From the cart to the submitted order; returns the order's number."""
        page = self.page
        page.goto("/shop/checkout")
        if "/shop/address" in page.url:
            self._fill_address(name, phone, city, street)
        page.wait_for_url(re.compile(r"/shop/(checkout|payment)"))
        if "/shop/checkout" in page.url:
            if carrier:
                page.get_by_text(carrier, exact=False).first.click()
            button = page.locator("a[name=website_sale_main_button]:visible")
            expect(button).not_to_have_class(re.compile("disabled"))
            button.click()
        page.wait_for_url("**/shop/payment**")
        if remark:
            # saved at once, or when the scripts of the page are there
            with page.expect_response("**/o2o/order/checkout"):
                page.locator("#o2o_note").fill(remark)
                page.locator("#o2o_note").press("Tab")
        radio = page.locator("input[name=o_payment_radio]")
        if radio.count() and not radio.first.is_checked():
            radio.first.check(force=True)
        page.locator("button[name=o_payment_submit_button]:visible").click()
        page.wait_for_url("**/shop/confirmation**", timeout=60_000)
        return page.locator("#order_name").inner_text().split()[-1]

    def order_and_pay_with(self, method, pin=None):
        """On the one page: delivered home, paid at once; ends where one pays.

        :param str pin: of the wallet, where the method asks for it
        """
        page = self.page
        page.goto("/o2o/checkout")
        page.wait_for_load_state("networkidle")
        way = page.locator("label:has(input[name=option])", has_text=method)
        way.locator("input").check()
        page.locator(".o_o2o_submit").click()
        page.wait_for_url("**/shop/payment**")
        self._pay_with(method, pin)

    def top_up(self, amount, method):
        """Put money into the wallet; ends where one pays.

        :param str amount: as it is typed
        """
        page = self.page
        page.goto("/o2o/member/wallet/topup")
        form = page.locator("form:has(input[name=amount])").last
        form.locator("input[name=amount]").fill(amount)
        form.locator("button[type=submit]").click()
        self._pay_with(method)

    def _pay_with(self, method, pin=None):
        page = self.page
        option = page.locator("[name=o_payment_option]", has_text=method)
        # as a tap does; on a phone the page's foot covers where the radio is drawn
        option.locator("input[name=o_payment_radio]").evaluate("it => it.click()")
        if pin:
            option.locator("#o2o_wallet_pin").fill(pin)
        page.locator("button[name=o_payment_submit_button]:visible").click()

    def confirm_on_the_phone(self):
        """The gateway's page on the payer's phone: pay."""
        self.page.get_by_role("button", name="确认付款").click()

    def expect_order_paid(self):
        """The page of the order; returns its number."""
        self.page.wait_for_url("**/shop/confirmation**", timeout=60_000)
        return self.page.locator("#order_name").inner_text().split()[-1]

    def order_for_pickup(self, store):
        """On the one page: collect in a store, at the time that is proposed.

        :return: tuple (order number, time as the page says it)
        """
        page = self.page
        page.goto("/o2o/checkout")
        self._choose_on_the_page(page.locator(".o_o2o_choice", has_text="自提"))
        shop = page.locator(".o_o2o_pickup_stores label", has_text=store)
        self._choose_on_the_page(shop)
        expect(shop.locator("input")).to_be_checked()
        chosen = page.locator(".o_o2o_slot_chosen")
        expect(chosen).not_to_be_empty()
        time = chosen.inner_text().strip()
        # else the way of the last order is proposed
        way = page.locator("label:has(input[name=option])", has_text="到店付款")
        way.locator("input").check()
        page.locator(".o_o2o_submit").click()
        number = page.locator(".o_o2o_order_name")
        expect(number).to_be_visible()
        return number.inner_text().strip(), time

    def _choose_on_the_page(self, label):
        """Tap a choice; the server shows the page anew unless it was chosen already."""
        expect(label).to_be_visible()
        self.page.wait_for_load_state("networkidle")
        if not label.locator("input").is_checked():
            with self.page.expect_response("**/o2o/checkout/update"):
                label.click()
            expect(self.page.locator(".o_o2o_one_page.o_o2o_busy")).to_have_count(0)

    def follow_order(self):
        self.page.locator("a[href*='/my/orders/']").first.click()
        self.page.wait_for_url(re.compile(r"/my/orders/"))

    def pickup_code(self):
        """The digits the member shows at the counter."""
        digits = self.page.locator(".o_o2o_pickup_digits")
        expect(digits).to_have_text(re.compile(r"^\d{4} \d{4}$"))
        expect(self.page.locator(".o_o2o_pickup_qr")).to_be_visible()
        return digits.inner_text()

    def expect_pickup_place(self, place):
        expect(self.page.locator(".o_o2o_pickup_place")).to_contain_text(place)

    def say_outside(self, where):
        form = self.page.locator(".o_o2o_arrive")
        form.locator("[name=note]").fill(where)
        form.locator(".o_o2o_arrive_button").click()
        expect(self.page.locator(".o_o2o_arrived")).to_be_visible()

    def choose_store_instead(self, store):
        """The store cannot: go to the question, name another one."""
        self.page.locator(".o_o2o_choice_link").click()
        self.page.locator(".o_o2o_choice_option", has_text=store).click()
        expect(self.page.locator(".o_o2o_choice_done")).to_contain_text(store)

    def _fill_address(self, name, phone, city, street):
        page = self.page
        form = page.locator("form.address_autoformat")
        form.locator("[name=name]").fill(name)
        field = form.locator("[name=phone]")
        if field.is_editable():  # a member's own number is not changed here
            field.fill(phone)
        form.locator("[name=street]").fill(street)
        form.locator("[name=city]").fill(city)
        form.locator("select[name=state_id]").select_option(label="贵州省")
        page.locator("[name=website_sale_main_button]:visible").click()

    def progress(self):
        """The block that follows the order, on the page that is open."""
        return self.page.locator(".o_o2o_progress_card").first

    def expect_progress(self, state):
        """The open page shows a state without being loaded again."""
        card = self.page.locator(f".o_o2o_progress_card[data-state={state}]")
        expect(card).to_be_visible()

    def choose(self, order_id, answer):
        """Goods are missing: answer on the page that the order leads to (idea 9)."""
        self.page.goto(f"/my/orders/{order_id}")
        self.page.locator(".o_o2o_choice_link").first.click()
        self.page.locator(f".o_o2o_choice_option[value={answer}]").click()
        expect(self.page.locator(".o_o2o_choice_done")).to_be_visible()

    def confirm_receipt(self):
        self.page.locator(".o_o2o_progress_card form button").click()
        self.page.wait_for_url(re.compile(r"/my/orders/"))


class HeadOffice(Person):
    """In the web client."""

    def log_in_as(self, login):
        self.log_in(login, self.stack.account(login)["password"], to="/odoo")

    def import_cards(self, path):
        """Choose the file, look at the check, import; returns how many were added.

        Zero when all of them were imported before: the shop of a developer is older
        than one test.
        """
        page = self.page
        page.goto("/odoo/action-o2o_member.o2o_card_import_action")
        dialog = page.locator(".modal-dialog, .o_form_view").first
        expect(dialog).to_be_visible()
        file = page.locator(".o_field_widget[name=file]")
        file.locator("input[type=file]").set_input_files(path)
        expect(file.locator(".o_clear_file_button")).to_be_visible()
        page.locator("button[name=action_check]").click()
        imported = page.locator("button[name=action_import]:visible")
        known = page.locator(".alert-warning:visible")
        expect(imported.or_(known).first).to_be_visible()
        if known.first.is_visible():
            return 0
        count = int(
            page.locator(".o_field_widget[name=valid_count]")
            .inner_text()
            .replace(",", "")
        )
        imported.click()
        expect(imported).to_have_count(0)
        return count

    def expect_order(self, order_name, state):
        page = self.page
        page.goto("/odoo/online-orders")
        search = page.locator(".o_searchview_input")
        page.locator(".o_facet_remove").first.click()
        search.fill(order_name)
        search.press("Enter")
        row = page.locator(".o_data_row", has_text=order_name)
        expect(row).to_contain_text(state)

    def give_back(self, order_name, amount):
        """A part of what was paid for an order, as the preview splits it."""
        page = self.page
        [order] = self.stack.rpc("admin").call(
            "sale.order", "search", [("name", "=", order_name)]
        )
        page.goto(f"/odoo/sales/{order}")
        page.locator("button[name=action_o2o_give_back]").click()
        dialog = page.locator(".modal")
        field = dialog.locator("[name=amount] input").first
        field.fill(amount)
        field.press("Tab")
        dialog.locator("[name=note] input").fill("瓶身有划痕")
        split = dialog.locator(".o_data_row [name=amount]")
        expect(split).to_contain_text(amount)
        dialog.locator("button[name=action_confirm]").click()
        expect(dialog).to_have_count(0)

    def expect_bills(self, count):
        """The bills of the gateways, all of them matched."""
        page = self.page
        page.goto("/odoo/action-o2o_payment_bill.o2o_payment_bill_action")
        rows = page.locator(".o_data_row")
        expect(rows).to_have_count(count)
        for row in rows.all():
            expect(row).to_contain_text("已核对")


class Courier(Person):
    """On a phone, at the doors of members; staff of a store."""

    def log_in_as(self, login):
        self.log_in(login, self.stack.account(login)["password"], to="/my")

    def go_to(self, order_name):
        """The list of the day, on to one order."""
        self.page.goto("/o2o/door")
        card = self.page.locator(".card", has_text=order_name)
        card.get_by_role("link", name="去收款").click()
        expect(self.page.get_by_text(order_name).first).to_be_visible()

    def collect_cash(self, given):
        """:param str given: what the customer puts into the hand"""
        form = self.page.locator(".o_o2o_door_cash")
        self.page.wait_for_load_state("networkidle")
        form.locator("input").first.fill(given)
        form.get_by_role("button", name="已收现金").click()
        expect(form).to_have_count(0)

    def let_sign(self):
        """The customer signs with a finger."""
        # on a page that came anew, strokes before its scripts are lost
        finish = self.page.locator(".o_o2o_door_finish")
        expect(finish).to_be_visible()
        self.page.wait_for_load_state("networkidle")
        pad = self.page.locator("canvas").bounding_box()
        mouse = self.page.mouse
        mouse.move(pad["x"] + 20, pad["y"] + 20)
        mouse.down()
        mouse.move(pad["x"] + 120, pad["y"] + 60, steps=8)
        mouse.up()
        self.page.get_by_role("button", name="已送达").click()

    def expect_delivered(self, order_name):
        expect(self.page.locator(".o_o2o_door_finish")).to_have_count(0)
        self.page.goto("/o2o/door")
        open_cards = self.page.locator(".card", has_text=order_name).filter(
            has=self.page.get_by_role("link", name="去收款")
        )
        expect(open_cards).to_have_count(0)

    def code_for_the_till(self, counted):
        """Says how much is handed over at the till; the digits that prove it.

        :param str counted: the cash, by the courier's own count
        """
        self.page.goto("/o2o/door")
        self.page.wait_for_load_state("networkidle")
        self.page.locator(".o_o2o_door_declared").fill(counted)
        self.page.get_by_role("button", name="我要交款").click()
        code = self.page.get_by_text(re.compile(r"^\s*\d{6}\s*$"))
        expect(code).to_be_visible()
        return code.inner_text().strip()
