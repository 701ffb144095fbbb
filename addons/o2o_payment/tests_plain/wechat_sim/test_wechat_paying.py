"""Issue 6: paid at WeChat Pay, by code, page and phone, with faults in between."""

import pytest
import requests
from wechat_sim_helpers import UNPROVEN, client_of, new_code, new_order, refund_of

from o2o_gateway.outcome import BAD_ANSWER
from o2o_gateway.results import (
    CancelAction,
    PaymentState,
    RefundState,
)
from o2o_gateway.till import UNRESOLVED, charge
from o2o_paysim.wechat.identity import MODES


def state_of(client, order):
    return client.query(order.out_no).value.state


@pytest.mark.parametrize("mode", MODES)
def test_a_code_is_charged_asked_and_given_back(sim, mode):
    """PAY-02, FAULT-19: with the public key, certificates, and both in turn."""
    sim.wechat.identity.mode = mode
    client = client_of(sim)
    for _turn in range(2):
        order = new_order(sim)
        assert state_of(client, order) is PaymentState.ABSENT
        paid = client.pay_by_code(order, new_code()).value
        assert (paid.state, paid.amount_fen) == (PaymentState.PAID, 10000)
        asked = client.query(order.out_no).value
        assert asked.provider_no == paid.provider_no
        part = refund_of(order, 3000)
        assert client.refund(part).value.state is RefundState.DONE
        again = client.query_refund(order.out_no, part.refund_no).value
        assert (again.state, again.amount_fen) == (RefundState.DONE, 3000)
        assert client.query(order.out_no).value.word == "REFUND"
        assert client.refund(refund_of(order, 7000)).is_ok
        assert state_of(client, order) is PaymentState.PAID


def test_a_qr_code_is_paid_on_the_phone(sim, client, order):
    """PAY-01: native; the payer confirms on a page for a phone."""
    found = client.pay_by_qr(order).value
    token = found.text.removeprefix("weixin://wxpay/bizpayurl?pr=")
    assert state_of(client, order) is PaymentState.WAITING
    listed = requests.get(f"{sim.url}/phone", timeout=5).text
    assert f"/phone/{token}" in listed
    page = f"{sim.url}/phone/{token}"
    shown = requests.get(page, timeout=5).text
    assert "100.00" in shown and "微信支付" in shown
    requests.post(page, data={"action": "pay"}, timeout=5)
    assert state_of(client, order) is PaymentState.PAID


def test_a_page_on_a_phone_leads_back_to_the_shop(sim, client):
    """PAY-01: H5; five minutes, then the link is dead."""
    order = new_order(sim, return_url="https://shop.example/back?order=1&x=2")
    page = client.pay_by_page(order, on_phone=True).value
    payer = requests.get(page.url, timeout=5)
    assert "/phone/" in payer.url and "100.00" in payer.text
    done = requests.post(
        payer.url, data={"action": "pay"}, timeout=5, allow_redirects=False
    )
    assert done.headers["Location"] == "https://shop.example/back?order=1&x=2"
    assert state_of(client, order) is PaymentState.PAID
    late = client.pay_by_page(new_order(sim), on_phone=True).value
    sim.clock.advance(301)
    assert requests.get(late.url, timeout=5).status_code == 404


def test_a_payment_within_wechat(sim, client, order):
    """PAY-01: JSAPI; what the page hands over is signed by the merchant."""
    call = client.pay_in_wechat(order, "oUpF8u").value
    trade = sim.wechat.ledger.find(order.out_no)
    assert call.package == f"prepay_id=wx{trade.token}"
    lines = [call.app_id, call.timestamp, call.nonce, call.package, ""]
    key = sim.wechat.identity.merchant.key.public()
    assert key.verify("\n".join(lines).encode(), call.signature)


def test_the_same_order_is_one_payment(sim, client, order):
    """FAULT-37: asked for twice, it is one; with another amount, it is nobody knows."""
    assert client.pay_by_qr(order).value.text == client.pay_by_qr(order).value.text
    changed = new_order(sim, out_no=order.out_no, amount_fen=9999)
    outcome = client.pay_by_qr(changed)
    assert outcome.is_unknown and outcome.code == "OUT_TRADE_NO_USED"
    sim.wechat.pay(order.out_no)
    assert client.pay_by_qr(order).is_unknown
    assert len([t for t in sim.wechat.ledger.trades() if t.out_no == order.out_no]) == 1


def test_closing(sim, client, order):
    """FAULT-26, FAULT-37: what is paid is not closed, what is closed is not paid."""
    assert client.close(order.out_no).value.state is PaymentState.ABSENT
    client.pay_by_qr(order)
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    assert client.close(order.out_no).value.state is PaymentState.CLOSED
    assert state_of(client, order) is PaymentState.CLOSED
    assert client.pay_by_qr(order).code == "ORDER_CLOSED"
    late = new_order(sim)
    client.pay_by_qr(late)
    sim.wechat.pay(late.out_no)
    assert client.close(late.out_no).value.state is PaymentState.PAID


def test_nothing_is_paid_after_its_time(sim, client, order):
    client.pay_by_qr(order)
    sim.clock.advance(15 * 60 + 1)
    assert state_of(client, order) is PaymentState.CLOSED


class Waiting:
    """Time that passes by sleeping; and what happens meanwhile."""

    def __init__(self, sim, at=None, do=None):
        self.sim, self.at, self.do, self.slept = sim, at, do, 0

    def __call__(self, seconds):
        self.slept += seconds
        self.sim.clock.advance(seconds)
        if self.at is not None and self.slept >= self.at:
            self.at = None
            self.do()


def test_a_password_that_is_entered(sim, client, order):
    """FAULT-31: USERPAYING, paid at 29 seconds."""
    sim.faults.add("wechat.codepay", "ask_payer")
    waiting = Waiting(sim, 29, lambda: sim.wechat.pay(order.out_no))
    paid = charge(client, order, new_code(), sleep=waiting, clock=sim.clock).value
    assert paid.state is PaymentState.PAID
    assert 29 <= waiting.slept < 40


def test_a_password_that_is_never_entered(sim, client, order):
    """FAULT-32: reversed at the end; the code cannot be paid afterwards."""
    sim.faults.add("wechat.codepay", "ask_payer")
    waiting = Waiting(sim)
    ended = charge(client, order, new_code(), sleep=waiting, clock=sim.clock).value
    assert ended.state is PaymentState.CLOSED
    assert 30 <= waiting.slept <= 60
    assert client.query(order.out_no).value.word == "REVOKED"


def test_a_password_that_is_refused(sim, client, order):
    sim.faults.add("wechat.codepay", "ask_payer")
    waiting = Waiting(sim, 5, lambda: sim.wechat.ledger.close(order.out_no))
    ended = charge(client, order, new_code(), sleep=waiting, clock=sim.clock).value
    assert (ended.state, ended.word) == (PaymentState.FAILED, "PAYERROR")


@pytest.mark.parametrize("fault", UNPROVEN)
def test_a_charge_whose_answer_proves_nothing(sim, client, order, fault):
    """FAULT-29, FAULT-34: done, and the answer is lost: the query finds it paid."""
    sim.faults.add("wechat.codepay", fault)
    assert client.pay_by_code(order, new_code()).is_unknown
    assert state_of(client, order) is PaymentState.PAID
    assert sim.wechat.ledger.find(order.out_no).paid_at


@pytest.mark.parametrize(
    "fault", ["lost_before", "status", "redirect", "rate_limit", "system_error_before"]
)
def test_a_charge_that_never_arrived(sim, client, order, fault):
    """FAULT-30, FAULT-39: not done; the same number is tried again."""
    sim.faults.add("wechat.codepay", fault)
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert state_of(client, order) is PaymentState.ABSENT
    assert client.pay_by_code(order, code).value.state is PaymentState.PAID


def test_the_same_again_finds_what_was_paid(sim, client, order):
    """FAULT-35: the retry after a lost answer is told ORDERPAID, and asks."""
    sim.faults.add("wechat.codepay", "lost_after")
    code = new_code()
    assert client.pay_by_code(order, code).is_unknown
    assert client.pay_by_code(order, code).value.state is PaymentState.PAID
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 0


def test_the_same_again_is_told_in_202(sim, client, order):
    """§2.2: 202 means the same request again."""
    sim.faults.add("wechat.codepay", "accepted")
    assert client.pay_by_code(order, new_code()).code == "ACCEPTED"
    assert client.pay_by_code(order, new_code()).is_ok


def test_a_code_is_good_once(sim, client, order):
    """FAULT-38."""
    code = new_code()
    assert client.pay_by_code(order, code).is_ok
    second = client.pay_by_code(new_order(sim), code)
    assert second.is_rejected and second.code == "AUTH_CODE_INVALID"
    sim.faults.add("wechat.codepay", "code_expired")
    late = client.pay_by_code(new_order(sim), new_code())
    assert late.is_rejected and late.code == "AUTH_CODE_EXPIRED"


@pytest.mark.parametrize("fault", UNPROVEN)
def test_a_reversal_whose_answer_is_lost(sim, client, order, fault):
    """FAULT-33: call it again until it is certain; the money goes back once."""
    client.pay_by_code(order, new_code())
    sim.faults.add("wechat.reverse", fault)
    assert client.cancel(order.out_no).is_unknown
    assert client.cancel(order.out_no).value.action is CancelAction.REFUNDED
    assert sim.wechat.ledger.find(order.out_no).refunded_fen == 10000


def test_a_till_that_cannot_undo_says_so(sim, client, order):
    """FAULT-33: nothing gets through; nobody charges again before somebody knows."""
    sim.faults.add("wechat.codepay", "lost_after")
    sim.faults.add("*", "lost_before", times=200)
    outcome = charge(client, order, new_code(), sleep=Waiting(sim), clock=sim.clock)
    assert outcome.is_unknown and outcome.code == UNRESOLVED


def test_what_cannot_be_reversed(sim, client, order):
    client.pay_by_qr(order)
    assert client.cancel(order.out_no).code == "INVALID_REQUEST"
    assert client.cancel(new_order(sim).out_no).value.action is CancelAction.NOTHING
    old = new_order(sim)
    client.pay_by_code(old, new_code())
    sim.clock.advance(8 * 86400)
    assert client.cancel(old.out_no).code == "TRADE_OVERDUE"


def test_an_answer_about_another_payment_is_not_believed(sim, client, order):
    """FAULT-8: signed, and about somebody else."""
    sim.faults.add("wechat.codepay", "other_trade")
    outcome = client.pay_by_code(order, new_code())
    assert outcome.is_unknown and outcome.code == BAD_ANSWER
