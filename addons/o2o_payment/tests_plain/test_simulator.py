"""Issue 6: the simulator as a program, its switchboard, its pages and its books."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from alipay_helpers import NOW, client_of, new_code, new_order, refund_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
)

from o2o_gateway.alipay import AlipayGateway, KeyTrust, Settings
from o2o_gateway.keys import load_private_key, load_public_key
from o2o_gateway.results import PaymentState
from o2o_gateway.secret import Secret
from o2o_paysim import Simulator
from o2o_paysim.clock import SimClock
from o2o_paysim.ledger import Ledger, Refused

LIB = Path(__file__).parent.parent / "lib"


@pytest.fixture(scope="module")
def sim():
    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


class Switchboard:
    """The control interface, as another process uses it."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def __call__(self, command, **arguments):
        response = requests.post(
            f"{self.url}/_sim/{command}",
            json=arguments,
            headers={"X-Sim-Token": self.token},
            timeout=5,
        )
        return response.status_code, response.json()


@pytest.fixture
def control(sim):
    return Switchboard(sim.url, sim.token)


# the switchboard


def test_a_payment_by_remote_control(sim, control):
    """Merchant, fault, pay, trades, books: all that a demonstration needs."""
    client = client_of(sim)
    order = new_order(sim)
    assert control("fault", route="alipay.trade.pay", name="ask_payer")[0] == 200
    assert client.pay_by_code(order, new_code()).value.state is PaymentState.WAITING
    status, answer = control("pay", out_no=order.out_no)
    assert (status, answer["result"]["state"]) == (200, "paid")
    assert client.query(order.out_no).value.state is PaymentState.PAID
    assert control("pay", out_no=order.out_no) == (409, {"error": "paid"})
    assert control("pay", out_no="P0") == (409, {"error": "absent"})
    _status, answer = control("trades", gateway="alipay")
    assert order.out_no in [one["out_no"] for one in answer["result"]]
    _status, answer = control("books", gateway="alipay")
    assert answer["result"] == sim.alipay.ledger.books()


def test_a_notification_to_be_delivered_by_hand(sim, control):
    """PAY-02: signed as the gateway signs, and not sent by it."""
    client = client_of(sim)
    order = new_order(sim)
    client.pay_by_code(order, new_code())
    _status, answer = control("letter", out_no=order.out_no)
    letter = answer["result"]
    told = client.parse_notification(
        letter["headers"], base64.b64decode(letter["body"])
    ).value
    assert told.payment.out_no == order.out_no
    assert letter["url"] == order.notify_url
    assert control("letter", out_no="P0")[0] == 409


def test_time_by_remote_control(sim, control):
    before = sim.clock()
    control("advance", seconds=3600)
    assert sim.clock() - before >= timedelta(hours=1)


@pytest.mark.parametrize(
    ("command", "arguments", "status"),
    [
        ("nothing", {}, 404),
        ("pay", {}, 400),
        ("fault", {"route": "*", "name": "earthquake"}, 400),
        ("books", {"gateway": "paypal"}, 400),
        ("spoil_bill", {"gateway": "alipay", "how": "burn"}, 400),
        ("clear", {}, 200),
        ("rotate", {"gateway": "alipay"}, 200),
    ],
)
def test_what_the_switchboard_answers(control, command, arguments, status):
    assert control(command, **arguments)[0] == status


def test_the_switchboard_is_locked(sim):
    """Keys are handed out there: not without the token, which no page knows."""
    for token in ("", "x", f"{sim.token}x"):
        status, _answer = Switchboard(sim.url, token)("merchant", gateway="alipay")
        assert status == 403
    ok = Switchboard(sim.url, sim.token)("merchant", gateway="alipay")
    assert ok[1]["result"]["app_id"]


# pages


def test_what_the_payer_reads_is_escaped(sim):
    order = new_order(sim, subject="<script>alert(1)</script>$amount")
    page = client_of(sim).pay_by_page(order).value
    text = requests.post(page.url, page.fields, timeout=5).text
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert "<script>" not in requests.get(f"{sim.url}/phone", timeout=5).text


def test_the_phone_shows_a_code_that_a_till_can_charge(sim):
    text = requests.get(f"{sim.url}/phone", timeout=5).text
    code = re.search(r"<dt>支付宝</dt><dd>([0-9]+)</dd>", text)[1]
    assert client_of(sim).pay_by_code(new_order(sim), Secret(code)).is_ok


def test_pages_that_are_not_there(sim):
    for path in ("/", "/phone/unknown", "/alipay/bill/unknown", "/etc/passwd"):
        assert requests.get(f"{sim.url}{path}", timeout=5).status_code in (403, 404)


def test_an_error_of_a_page_is_gbk(sim):
    """Alipay shows the buyer a page in GBK; nobody is sent on."""
    client = client_of(sim)
    order = new_order(sim)
    client.pay_by_code(order, new_code())
    page = client.pay_by_page(order).value
    answer = requests.post(page.url, page.fields, timeout=5)
    assert "系统错误" in answer.content.decode("gbk")


def test_a_request_that_is_too_long(sim):
    answer = requests.post(
        f"{sim.url}/gateway.do", headers={"Content-Length": "99999999"}, timeout=5
    )
    assert answer.status_code == 413


# the program


def test_the_program_says_where_it_is_and_ends():
    """``python -m o2o_paysim``: one line, real payments, an orderly end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "o2o_paysim"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(LIB)},
        text=True,
    )
    try:
        line = json.loads(process.stdout.readline())
        control = Switchboard(line["url"], line["token"])
        texts = control("merchant", gateway="alipay")[1]["result"]
        client = AlipayGateway(
            Settings(
                texts["app_id"],
                texts["seller_id"],
                load_private_key(texts["app_private_key"]),
                KeyTrust(load_public_key(texts["alipay_public_key"])),
                texts["url"],
            )
        )
        clock = SimClock()
        order = new_order(type("Now", (), {"clock": clock}))
        paid = client.pay_by_code(order, new_code()).value
        assert paid.state is PaymentState.PAID
        assert requests.get(line["phone"], timeout=5).ok
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


# books


def test_many_tills_at_once_agree_with_the_books():
    """Issue 6: random faults, repeated calls; to the cent, nobody pays twice."""
    sim = Simulator(start=NOW).start()
    try:
        client = client_of(sim)
        names = ["lost_after", "lost_before", "truncated", "system_error_after"]
        for route in ("alipay.trade.pay", "alipay.trade.refund"):
            for name in names:
                sim.faults.add(route, name, times=8)
        results = []

        def sell():
            for _ in range(8):
                order = new_order(sim)
                code = new_code()
                while not (paid := client.pay_by_code(order, code)).is_ok:
                    assert paid.is_unknown
                    found = client.query(order.out_no)
                    if found.value.state is PaymentState.PAID:
                        break
                refund = refund_of(order, 3333)
                while not client.refund(refund).is_ok:
                    pass
                results.append(order)

        threads = [threading.Thread(target=sell) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(results) == 64
        books = sim.alipay.ledger.books()
        assert (books["payments"], books["paid_fen"]) == (64, 640_000)
        assert (books["refunds"], books["refunded_fen"]) == (64, 64 * 3333)
    finally:
        sim.stop()


class BooksMachine(RuleBasedStateMachine):
    """Whatever is asked for in whatever order, the books hold together."""

    numbers = Bundle("numbers")

    def __init__(self):
        super().__init__()
        self.clock = SimClock(NOW)
        self.ledger = Ledger(self.clock)
        self.taken = 0
        self.returned = 0

    @rule(target=numbers, number=st.integers(0, 5), amount=st.integers(1, 500))
    def open(self, number, amount):
        try:
            ends = self.clock() + timedelta(seconds=90)
            self.ledger.open(str(number), amount, "x", expires_at=ends)
        except Refused as refused:
            assert refused.why == "exists"
        return str(number)

    @rule(number=numbers)
    def pay(self, number):
        trade = self.ledger.find(number)
        was = trade.state
        try:
            self.ledger.pay(number)
            assert was == "waiting"
            self.taken += trade.amount_fen
        except Refused as refused:
            assert refused.why == was

    @rule(number=numbers)
    def close(self, number):
        was = self.ledger.find(number).state
        try:
            self.ledger.close(number)
            assert was == "waiting"
        except Refused as refused:
            assert refused.why == was

    @rule(number=numbers, refund=st.integers(0, 3), amount=st.integers(1, 500))
    def refund(self, number, refund, amount):
        try:
            _trade, has_moved = self.ledger.refund(number, str(refund), amount)
            self.returned += amount * has_moved
        except Refused:
            return

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds):
        self.clock.advance(seconds)

    @invariant()
    def the_sums_are_right(self):
        books = self.ledger.books()
        assert books["paid_fen"] == self.taken
        assert books["refunded_fen"] == self.returned <= self.taken
        for trade in self.ledger.trades():
            assert trade.refunded_fen <= trade.amount_fen
            assert (trade.refunded_fen > 0) <= (trade.paid_at is not None)


TestBooks = BooksMachine.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
