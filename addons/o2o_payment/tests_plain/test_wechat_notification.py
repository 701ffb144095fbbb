"""Issue 6, payments.md §2.2: what WeChat Pay, and anybody else, sends us unasked."""

import json
import logging

import pytest
import wechat_helpers as w
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_helpers import Signer, gateway

from o2o_gateway.outcome import INVALID, NOT_AUTHENTIC, UNKNOWN_KEY
from o2o_gateway.results import EventKind, PaymentState, RefundState
from o2o_gateway.wechat.sealed import CANNOT_OPEN
from o2o_gateway.wechat.signing import PROBE

SIGNER = Signer()


@pytest.fixture
def client(rude_server):
    return gateway(rude_server.url, SIGNER)


def test_a_notification_tells_of_a_payment(rude_server, client):
    told = client.parse_notification(*SIGNER.notification(w.transaction())).value
    assert told.kind is EventKind.PAYMENT and told.refund is None
    assert told.key == "EV-2026112712000500001"
    assert told.merchant == {"mchid": w.MCHID, "appid": w.APP}
    assert told.payment.out_no == w.OUT_NO
    assert (told.payment.amount_fen, told.payment.state) == (1230, PaymentState.PAID)
    assert json.loads(told.content["resource"]) == w.transaction()
    assert rude_server.requests == []


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("REFUND.SUCCESS", RefundState.DONE),
        ("REFUND.ABNORMAL", RefundState.ABNORMAL),
        ("REFUND.CLOSED", RefundState.FAILED),
    ],
)
def test_a_notification_tells_of_a_refund(client, event, state):
    """FAULT-24, FAULT-48: the field is ``refund_status`` here."""
    content = w.refunded(mchid=w.MCHID, refund_status=event.split(".")[1])
    del content["status"], content["amount"]["currency"]
    told = client.parse_notification(*SIGNER.notification(content, event)).value
    assert told.kind is EventKind.REFUND and told.payment is None
    assert (told.refund.state, told.refund.refund_no) == (state, w.REFUND_NO)
    assert (told.refund.amount_fen, told.refund.currency) == (230, "CNY")


def test_each_delivery_of_one_event_has_the_same_key(client):
    """FAULT-1, FAULT-2: the inbox stores it once."""
    body = json.dumps(w.envelope(w.transaction())).encode()
    keys = {
        client.parse_notification(SIGNER.headers(body, nonce=nonce), body).value.key
        for nonce in ("a1", "b2", "c3")
    }
    assert len(keys) == 1


def test_a_changed_amount_is_refused(client):
    """FAULT-5."""
    headers, body = SIGNER.notification(w.transaction())
    forged = json.dumps(w.envelope(w.transaction(amount={"total": 1}))).encode()
    outcome = client.parse_notification(headers, forged)
    assert outcome.is_rejected and outcome.code == NOT_AUTHENTIC
    assert client.acknowledge(False).status == 500


def test_a_wrong_amount_is_told_as_it_is_each_time(client):
    """FAULT-6, FAULT-7: signed by WeChat Pay; comparing is the caller's, twice too."""
    content = w.transaction(amount={"total": 1, "currency": "USD"})
    for _ in range(2):
        told = client.parse_notification(*SIGNER.notification(content)).value
        assert (told.payment.amount_fen, told.payment.currency) == (1, "USD")


@pytest.mark.parametrize(
    "changed",
    [{"mchid": "1900000108"}, {"mchid": None}, {"appid": "wx2"}, {"appid": None}],
    ids=str,
)
def test_a_notification_for_somebody_else_is_refused(client, changed):
    """FAULT-8."""
    content = w.transaction(**changed)
    outcome = client.parse_notification(*SIGNER.notification(content))
    assert outcome.is_rejected and outcome.code == INVALID


def test_a_decrypted_notification_without_a_signature_is_a_forgery(client):
    """§2.2: that the APIv3 key opens it proves nothing."""
    _headers, body = SIGNER.notification(w.transaction())
    assert client.parse_notification({}, body).code == NOT_AUTHENTIC


def test_a_probe_is_answered_with_an_error(client, caplog):
    """FAULT-16: refused like a forgery, and nobody is woken up."""
    headers, body = SIGNER.notification(w.transaction())
    value = headers["Wechatpay-Signature"]
    headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{value}"
    with caplog.at_level(logging.WARNING):
        outcome = client.parse_notification(headers, body)
    assert outcome.is_rejected and outcome.code == PROBE
    assert caplog.records == []


def test_a_thousand_unknown_numbers_cause_no_call(rude_server, client):
    """FAULT-18: whatever strangers send, nothing goes out."""
    body = b"{}"
    for number in range(1000):
        headers = SIGNER.headers(body, signature="AAAA", serial=f"{number:X}FF")
        assert client.parse_notification(headers, body).code == UNKNOWN_KEY
    assert rude_server.requests == []


def test_a_wrong_api_key_is_an_alarm_and_not_the_end(client, caplog):
    """FAULT-21: WeChat Pay sends it again; by then the key can be right."""
    headers, body = SIGNER.notification(w.transaction(), key="z" * 32)
    with caplog.at_level(logging.ERROR):
        outcome = client.parse_notification(headers, body)
    assert outcome.is_unknown and outcome.code == CANNOT_OPEN
    assert "APIv3" in caplog.text
    answer = client.acknowledge(False)
    assert answer.status == 500 and json.loads(answer.body)["code"] == "FAIL"


def test_a_notification_of_version_2_is_named(client):
    """FAULT-22: a console with an old address sends XML for refunds."""
    outcome = client.parse_notification({}, b"<xml><return_code>SUCCESS</xml>")
    assert outcome.is_rejected and outcome.code == INVALID
    assert "API v2" in outcome.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x" * (10 * 1024 * 1024),
        json.dumps({**w.envelope(w.transaction()), "summary": "x" * 65536}).encode(),
        b"\xff\xfe",
        b"[" * 60_000,
        b"[]",
        b'"text"',
        b"{}",
        json.dumps({**w.envelope(w.transaction()), "resource": None}).encode(),
        json.dumps({**w.envelope(w.transaction()), "id": None}).encode(),
        json.dumps({**w.envelope(w.transaction()), "id": 7}).encode(),
        json.dumps({**w.envelope(w.transaction()), "event_type": "X.Y"}).encode(),
        json.dumps(w.envelope(b"not json")).encode(),
        json.dumps(w.envelope(b"\xff")).encode(),
        json.dumps(w.envelope([1])).encode(),
        json.dumps(w.envelope(w.transaction(out_trade_no=""))).encode(),
        json.dumps(w.envelope(w.transaction(trade_state="?"))).encode(),
        json.dumps(w.envelope(w.transaction(), "REFUND.SUCCESS")).encode(),
        json.dumps(
            w.envelope(w.refunded(mchid=w.MCHID, out_refund_no=""), "REFUND.SUCCESS")
        ).encode(),
    ],
    ids=lambda body: f"{len(body)} {body[:20]!r}",
)
def test_nonsense_with_a_right_signature_is_refused(client, body):
    """FAULT-23: too long, not UTF-8, not JSON, without a number."""
    outcome = client.parse_notification(SIGNER.headers(body), body)
    assert outcome.is_rejected and outcome.code == INVALID


@given(st.binary(max_size=200), st.dictionaries(st.text(), st.text(), max_size=4))
@settings(max_examples=50, deadline=None)
def test_nothing_from_outside_trips_the_inbox_up(body, headers):
    """FAULT-23."""
    client = gateway("http://127.0.0.1:9", SIGNER)
    assert not client.parse_notification(headers, body).is_ok


def test_a_stored_notification_is_acknowledged(client):
    answer = client.acknowledge(True)
    assert (answer.status, answer.body) == (204, b"")
