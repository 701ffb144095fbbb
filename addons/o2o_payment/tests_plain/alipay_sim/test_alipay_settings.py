"""The self-test, certificates that change, and what is left behind."""

import logging
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from alipay_helpers import NOW, client_of, new_code, new_order, state_of

from o2o_gateway.alipay import AlipayGateway, KeyTrust
from o2o_gateway.keys import load_certificates, load_private_key
from o2o_gateway.outcome import NOT_AUTHENTIC, NOT_SENT, UNKNOWN_KEY
from o2o_gateway.results import PaymentState
from o2o_paysim import Simulator


def findings(client):
    return [one.code for one in client.self_test()]


@pytest.mark.parametrize("certificates", [False, True])
def test_right_settings_have_no_findings(sim, certificates):
    assert client_of(sim, certificates=certificates).self_test() == ()


def test_mistakes_are_named(sim, key_texts):
    """Issue 6, §5: the wrong key in every place, numbers, clock, no line."""
    right = client_of(sim)._settings
    stranger = load_private_key(key_texts.private().decode())

    def with_(**wrong):
        return AlipayGateway(replace(right, **wrong), clock=sim.clock)

    [ours] = with_(private_key=stranger).self_test()
    assert "wrong key" in ours.text
    own = with_(trust=KeyTrust(right.private_key.public()))
    assert findings(own) == ["own_key", NOT_AUTHENTIC]
    [theirs] = with_(trust=KeyTrust(stranger.public())).self_test()
    assert "is that key Alipay's" in theirs.text
    [number] = with_(app_id="2021000000000000").self_test()
    assert "application number" in number.text
    assert findings(with_(seller_id="46")) == ["seller"]
    closed = with_(url="http://127.0.0.1:9/gateway.do")
    assert findings(closed) == [NOT_SENT]


@pytest.mark.parametrize(("minutes", "count"), [(0.5, 0), (5, 1), (480, 2)])
def test_a_clock_that_is_off_is_named(sim, minutes, count):
    """FAULT-41: before Alipay refuses for it."""

    def clock():
        return sim.clock() - timedelta(minutes=minutes)

    found = client_of(sim, clock=clock).self_test()
    assert len(found) == count
    assert all("clock" in one.text for one in found)


def test_certificates_that_do_not_fit_are_named(sim, key_texts):
    client = client_of(sim, certificates=True)
    stranger = load_private_key(key_texts.private().decode())
    client._settings = replace(client._settings, private_key=stranger)
    assert "wrong_pair" in findings(client)
    late = client_of(
        sim, certificates=True, clock=lambda: sim.clock() + timedelta(days=3650)
    )
    assert findings(late)[:2] == ["expired", "expired"]


def test_a_new_certificate_in_the_middle_of_the_day(order):
    """FAULT-20: learnt from the answer to a call, kept, and used for notifications."""
    sim = Simulator(start=NOW).start()
    try:
        kept = []
        client = client_of(sim, certificates=True, on_new_certificate=kept.append)
        order = new_order(sim)
        assert client.pay_by_code(order, new_code()).is_ok
        letter = sim.alipay.letter
        sim.alipay.rotate()
        told = letter(sim.alipay.ledger.find(order.out_no), None)
        assert client.parse_notification({}, told.body).is_rejected
        assert state_of(client, order) is PaymentState.PAID
        assert len(kept) == 1 and len(load_certificates(kept[0])) == 2
        assert state_of(client, order) is PaymentState.PAID
        assert len(kept) == 1
        assert client.parse_notification({}, told.body).is_ok
    finally:
        sim.stop()


@pytest.mark.parametrize("fault", ["lost_after", "wrong_key", "bad_signature"])
def test_a_certificate_that_cannot_be_had(sim, order, fault):
    """FAULT-20: without the new certificate an answer proves nothing."""
    sim.alipay.rotate()
    client = client_of(sim, certificates=True)
    sim.alipay.rotate()
    sim.faults.add("alipay.open.app.alipaycert.download", fault)
    outcome = client.query(order.out_no)
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY
    assert state_of(client, order) is PaymentState.ABSENT


def test_a_thousand_unknown_serials_cause_no_call(sim):
    """FAULT-18: who sends a notification makes us call nobody."""
    client = client_of(sim, certificates=True)
    calls = []
    client._transport.exchange = lambda *a, **b: calls.append(a)
    order = new_order(sim, notify_url="https://shop.example/")
    sim.alipay.ledger.open(order.out_no, 1, "x")
    body = sim.alipay.letter(sim.alipay.ledger.find(order.out_no), None).body
    for number in range(1000):
        serial = f"&alipay_cert_sn={number:032x}".encode()
        outcome = client.parse_notification({}, body + serial)
        assert outcome.is_unknown and outcome.code == UNKNOWN_KEY
    assert calls == []


def test_nothing_secret_in_logs_and_addresses(sim, client, order, caplog):
    """Issue 6: no key, no payer's code, no payer in any log or representation."""
    caplog.set_level(logging.DEBUG)
    code = new_code()
    outcome = client.pay_by_code(order, code)
    page = client.pay_by_page(new_order(sim)).value
    shown = f"{caplog.text} {outcome!r} {client!r} {client._settings!r} {page!r}"
    key = sim.alipay.merchant()["app_private_key"].splitlines()[1]
    for secret in (code.reveal(), key, outcome.value.payer):
        assert secret and secret not in shown
    assert "biz_content" not in parse_qs(urlsplit(page.url).query)


def test_the_body_is_a_form(client, order):
    """The address holds no amount and no number of a payment."""
    page = client.pay_by_page(order).value
    assert order.out_no not in page.url
    assert order.out_no in urlencode(page.fields)
