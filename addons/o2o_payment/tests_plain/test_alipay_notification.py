"""Issue 6: notifications of Alipay as anybody may send them."""

from urllib.parse import urlencode

import pytest
from alipay_helpers import NOW, Signer
from hypothesis import given
from hypothesis import strategies as st

from o2o_gateway.alipay import AlipayGateway, KeyTrust, Settings
from o2o_gateway.alipay.signing import notification_content
from o2o_gateway.keys import certificate_key, load_certificates
from o2o_gateway.outcome import INVALID, NOT_AUTHENTIC
from o2o_gateway.results import EventKind, PaymentState

APP, SELLER = "9021000122682882", "2088721003899159"


@pytest.fixture(scope="module")
def signer():
    return Signer()


def client_with(key, app_id=APP, seller_id=SELLER):
    """A client that would fail at any call: there is no such host."""
    settings = Settings(
        app_id, seller_id, Signer().key, KeyTrust(key), "https://gateway.invalid/"
    )
    return AlipayGateway(settings, clock=lambda: NOW)


@pytest.fixture(scope="module")
def client(signer):
    return client_with(signer.key.public())


def fields_of(**more):
    return {
        "notify_id": "2026112700001",
        "app_id": APP,
        "seller_id": SELLER,
        "out_trade_no": "P2611270000010000000001",
        "trade_no": "2026112722001",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "12.30",
        "gmt_payment": "2026-11-27 12:00:00",
        "charset": "utf-8",
        **more,
    }


def signed(signer, fields, encoding="utf-8", **unsigned):
    data = notification_content(fields).encode(encoding)
    form = {**fields, "sign": signer.key.sign(data), "sign_type": "RSA2", **unsigned}
    return urlencode(form, encoding=encoding).encode()


def test_published_notification(vectors):
    """Vector alipay_notify, as the bytes of a form."""
    [certificate] = load_certificates(vectors["alipay_return_url"]["public_cert_pem"])
    client = client_with(certificate_key(certificate))
    params = vectors["alipay_notify"]["params"]
    found = client.parse_notification({}, urlencode(params).encode()).value
    assert found.key == "2023122101222162644199160501632046"
    assert found.kind is EventKind.PAYMENT
    assert found.payment.state is PaymentState.PAID
    assert (found.payment.out_no, found.payment.amount_fen) == ("1703147160", 1)
    assert found.merchant["seller_id"] == SELLER
    assert "2088722003899169" not in repr(found)


def test_published_return(vectors):
    """Vector alipay_return_url: the number, and nothing more, is taken from it."""
    vector = vectors["alipay_return_url"]
    [certificate] = load_certificates(vector["public_cert_pem"])
    client = client_with(certificate_key(certificate))
    query = urlencode(vector["params"]).encode()
    assert client.read_return(query).value == "1703141270"
    other = client_with(certificate_key(certificate), app_id="1")
    assert other.read_return(query).code == INVALID


@pytest.mark.parametrize("charset", ["utf-8", "GBK", "gb2312", "gb18030"])
def test_charsets_signs_and_empty_fields(client, signer, charset):
    """FAULT-15: ``+``, ``%``, Chinese in GBK, empty fields that are not signed."""
    fields = fields_of(subject="a+b %2B & 茅台=1", charset=charset)
    body = signed(signer, fields, charset, body="", passback_params="")
    found = client.parse_notification({}, body).value
    assert found.content["subject"] == "a+b %2B & 茅台=1"


@given(subject=st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_subject(client, signer, subject):
    """FAULT-14, FAULT-15: no text of the payer's order breaks the signature."""
    outcome = client.parse_notification({}, signed(signer, fields_of(subject=subject)))
    assert outcome.value.content.get("subject", "") == subject


@given(
    name=st.sampled_from(sorted(fields_of())),
    value=st.text(st.characters(codec="utf-8"), max_size=12),
)
def test_no_field_can_be_changed(client, signer, name, value):
    """FAULT-5"""
    if fields_of()[name] == value:
        return
    body = signed(signer, fields_of(), **{name: value})
    outcome = client.parse_notification({}, body)
    assert outcome.is_rejected
    assert outcome.code in (NOT_AUTHENTIC, INVALID)


@given(body=st.binary(max_size=300))
def test_any_bytes_are_refused_without_an_error(client, body):
    """FAULT-23: not UTF-8, no form, nothing: refused."""
    assert client.parse_notification({}, body).is_rejected


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace(b"sign_type=RSA2", b"sign_type=RSA"),
        lambda body: body.replace(b"sign_type=RSA2", b"sign_type="),
        lambda body: body.replace(b"&sign=", b"&other="),
        lambda body: body + b"&total_amount=0.01",
        lambda body: b"total_amount=0.01&" + body,
        lambda body: body + b"&more=1",
        lambda body: body.replace(b"charset=utf-8", b"charset=utf-7"),
        lambda body: body.replace(b"charset=utf-8", b"charset=rot13"),
        lambda body: body + b"&subject=%ff%fe",
        lambda body: body + b"&x=" * 300,
        lambda body: body + b"&x=" + b"y" * 10_000_000,
    ],
    ids=["rsa", "no type", "no sign", "twice", "twice first", "more", "charset"]
    + ["no charset", "not utf-8", "many", "10 MB"],
)
def test_a_spoilt_notification(client, signer, spoil):
    """FAULT-5, FAULT-9, FAULT-13, FAULT-15, FAULT-23"""
    body = signed(signer, fields_of())
    assert client.parse_notification({}, body).is_ok
    assert client.parse_notification({}, spoil(body)).is_rejected


@pytest.mark.parametrize(
    "more", [{"body": "x" * 70_000}, {f"x{number}": "1" for number in range(300)}]
)
def test_a_notification_out_of_all_bounds(client, signer, more):
    """FAULT-23: refused before the work of looking at it, signed or not."""
    outcome = client.parse_notification({}, signed(signer, fields_of(**more)))
    assert outcome.is_rejected and outcome.code == INVALID


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"app_id": "1"}, "another application"),
        ({"seller_id": "2088000000000000"}, "another seller"),
        ({"notify_id": ""}, "no number"),
        ({"out_trade_no": ""}, "no number"),
        ({"trade_status": "TRADE_MAYBE"}, "cannot be read"),
        ({"total_amount": "12.345"}, "cannot be read"),
        ({"total_amount": "1e3"}, "cannot be read"),
        ({"gmt_payment": "soon"}, "cannot be read"),
    ],
)
def test_signed_but_not_for_us_or_nonsense(client, signer, wrong, why):
    """FAULT-8"""
    outcome = client.parse_notification({}, signed(signer, fields_of(**wrong)))
    assert outcome.is_rejected and outcome.code == INVALID
    assert why in outcome.reason


def test_a_closing_is_told_as_one(client, signer):
    """FAULT-25: what comes after what is for the caller to decide, by a query."""
    body = signed(signer, fields_of(trade_status="TRADE_CLOSED"))
    found = client.parse_notification({}, body).value
    assert found.payment.state is PaymentState.CLOSED


def test_what_is_answered(client):
    """Exactly ``success``; anything else brings it back."""
    assert client.acknowledge(True).body == b"success"
    assert client.acknowledge(False).body == b"fail"
