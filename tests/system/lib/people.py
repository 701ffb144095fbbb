"""What each person does, in words of their work (page objects)."""

import contextlib
import re
import time
from urllib.parse import quote

from playwright.sync_api import TimeoutError, expect


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
        expect(self.page.locator(".o_o2o_pickup_place")).to_contain_text(
            place, timeout=30_000
        )

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
        expect(
            self.page.locator(f".o_o2o_progress_card[data-state={state}]")
        ).to_be_visible(timeout=30_000)

    def choose(self, order_id, answer):
        """Goods are missing: answer on the page that the order leads to (idea 9)."""
        self.page.goto(f"/my/orders/{order_id}")
        self.page.locator(".o_o2o_choice_link").first.click()
        self.page.locator(f".o_o2o_choice_option[value={answer}]").click()
        expect(self.page.locator(".o_o2o_choice_done")).to_be_visible()

    def confirm_receipt(self):
        self.page.locator(".o_o2o_progress_card form button").click()
        self.page.wait_for_url(re.compile(r"/my/orders/"))


class Cashier(Person):
    """At the till."""

    def open_till(self, login, till=1):
        """Sign in, open the register, stand at the product screen.

        :param int till: which till of the cashier's store, from 1
        """
        account = self.stack.account(login)
        self.log_in(login, account["password"], to="/odoo")
        self.page.goto(f"/pos/ui/{self.stack.till_id(login, till)}")
        opener = self.page.locator(".open-register-btn")
        counted = self.page.locator(".modal .opening-cash-control, .modal-dialog")
        ready = self.page.locator(".product-screen")
        expect(opener.or_(counted).or_(ready).first).to_be_visible(timeout=120_000)
        if opener.is_visible():
            opener.click()
            expect(counted.or_(ready).first).to_be_visible()
            # the count of the cash may come a moment after the screen
            with contextlib.suppress(TimeoutError):
                counted.first.wait_for(timeout=5_000)
        if counted.first.is_visible():
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

    def expect_payment_made(self):
        expect(self.page.locator(".payment-screen")).to_contain_text("支付成功")

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
        expect(self.page.locator(".o_o2o_navbar_button.o_o2o_ringing")).to_be_visible(
            timeout=30_000
        )
        self.open_list()
        expect(self._row(order_name)).to_be_visible()

    def expect_answered(self, order_name):
        """Nobody waits for this till's answer to the order any more."""
        self.open_list()
        self.page.locator(".o_o2o_tab_waiting").click()
        expect(self._row(order_name)).to_have_count(0, timeout=15_000)

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
        expect(mark).to_be_visible(timeout=30_000)

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
        expect(self.page.get_by_role("link", name="去收款")).not_to_contain_text(
            order_name
        )

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
