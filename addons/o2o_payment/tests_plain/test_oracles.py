"""Issue 6: two payment SDKs agree with us; they are test oracles, nothing else."""

import json
import os
import time
from datetime import datetime, timezone
from urllib.parse import parse_qsl

import pytest
import requests
from alipay import AliPay, AliPayConfig, DCAliPay
from alipay_helpers import client_of, new_code, new_order
from hypothesis import given
from hypothesis import strategies as st
from wechat_sim_helpers import client_of as wechat_client_of
from wechat_sim_helpers import new_order as wechat_order
from wechatpayv3 import core as wechat_core
from wechatpayv3 import utils as wechat

from o2o_gateway.alipay.signing import notification_content
from o2o_gateway.keys import load_private_key
from o2o_paysim import Simulator

NOTIFY = "https://shop.example/notify?a=1&b=茅台"


@pytest.fixture(scope="module")
def sim():
    """With the real time: the SDK has no clock to inject, and takes the local one."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Shanghai"
    time.tzset()
    simulator = Simulator().start()
    yield simulator
    simulator.stop()
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(scope="module")
def merchant(sim):
    return sim.alipay.merchant()


@pytest.fixture(scope="module")
def sdk(sim, merchant):
    found = AliPay(
        appid=merchant["app_id"],
        app_private_key_string=merchant["app_private_key"],
        alipay_public_key_string=merchant["alipay_public_key"],
        config=AliPayConfig(timeout=5),
    )
    found._gateway = merchant["url"]
    return found


@pytest.fixture(scope="module")
def certificate_sdk(merchant):
    found = DCAliPay(
        appid=merchant["app_id"],
        app_private_key_string=merchant["app_private_key"],
        app_public_key_cert_string=merchant["app_certificate"],
        alipay_public_key_cert_string=merchant["alipay_certificate"],
        alipay_root_cert_string=merchant["root_certificate"],
    )
    found._config = AliPayConfig(timeout=5)
    found._gateway = merchant["url"]
    return found


@pytest.fixture(scope="module")
def client(sim):
    return client_of(sim)


@given(
    subject=st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=20),
    amount=st.integers(1, 10**10),
)
def test_both_sign_a_request_alike(sim, sdk, client, subject, amount):
    """Whatever the order says, parameters and signature are the same to the letter."""
    order = new_order(sim, subject=f"x{subject}", amount_fen=amount, notify_url=NOTIFY)
    params, body = client._signed(
        "alipay.trade.pay", client._order_fields(order), notify_url=NOTIFY
    )
    theirs = sdk.sign_data(
        {k: v for k, v in {**params, "biz_content": body}.items() if k != "sign"}
    )
    assert dict(parse_qsl(theirs)) == {**params, "biz_content": body}


@pytest.mark.filterwarnings("ignore:X509.get_issuer:DeprecationWarning")
def test_both_name_certificates_alike(sim, certificate_sdk):
    params, _body = client_of(sim, certificates=True)._signed("alipay.trade.query", {})
    assert params["app_cert_sn"] == certificate_sdk.app_cert_sn
    assert params["alipay_root_cert_sn"] == certificate_sdk.alipay_root_cert_sn


@pytest.mark.parametrize("kind", ["sdk", "certificate_sdk"])
def test_the_sdk_and_our_client_pay_at_the_same_gateway(sim, request, kind):
    """What the simulator takes and signs, the SDK does too: no private language."""
    sdk = request.getfixturevalue(kind)
    client = client_of(sim, certificates=kind != "sdk")
    order = new_order(sim)
    paid = sdk.api_alipay_trade_pay(
        order.out_no,
        "bar_code",
        new_code().reveal(),
        "酒",
        total_amount="100.00",
        product_code="FACE_TO_FACE_PAYMENT",
    )
    assert paid["code"] == "10000"
    ours = client.query(order.out_no).value
    theirs = sdk.api_alipay_trade_query(order.out_no)
    assert theirs["trade_no"] == ours.provider_no == paid["trade_no"]
    back = sdk.api_alipay_trade_refund("30.00", order.out_no, out_request_no="R1234567")
    assert back["refund_fee"] == "30.00"
    assert client.query_refund(order.out_no, "R1234567").value.amount_fen == 3000


@pytest.mark.parametrize("kind", ["sdk", "certificate_sdk"])
def test_the_sdk_believes_our_notifications(sim, request, kind):
    """What our client takes as Alipay's, the SDK takes too, with keys and with
    certificates."""
    sdk = request.getfixturevalue(kind)
    order = new_order(sim, notify_url=NOTIFY)
    client = client_of(sim, certificates=kind != "sdk")
    client.pay_by_code(order, new_code())
    letter = sim.alipay.letter(sim.alipay.ledger.find(order.out_no), None)
    fields = dict(parse_qsl(letter.body.decode()))
    signature = fields.pop("sign")
    assert client.parse_notification({}, letter.body).is_ok
    forged = letter.body.replace(b"total_amount=100.00", b"total_amount=0.01")
    assert forged != letter.body
    assert client.parse_notification({}, forged).is_rejected
    assert sdk.verify(dict(fields), signature)
    assert not sdk.verify({**fields, "total_amount": "0.01"}, signature)


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=5),
        st.text(st.characters(codec="utf-8"), min_size=1),
        max_size=6,
    )
)
def test_what_the_sdk_signs_is_verified_here(sim, sdk, fields):
    """The other direction, for any fields: the SDK signs, our key verifies."""
    fields = {k: v for k, v in fields.items() if k not in ("sign", "sign_type")}
    text = "&".join(f"{key}={value}" for key, value in sorted(fields.items()))
    signature = sdk._sign(text)
    public = sim.alipay.identity.app.key.public()
    assert public.verify(notification_content(fields).encode(), signature)


@pytest.fixture(scope="module")
def twins(key_texts):
    """One key pair as we hold it and as the SDK of WeChat Pay does."""
    private, public = key_texts.private().decode(), key_texts.public().decode()
    theirs = wechat.load_private_key(private), wechat.load_public_key(public)
    return load_private_key(private), *theirs


@given(text=st.text(st.characters(codec="utf-8")))
def test_the_sdk_of_wechat_pay_signs_alike(twins, text):
    """The same key in another library: one signature, both ways."""
    ours, theirs, public = twins
    assert wechat.rsa_sign(theirs, text) == ours.sign(text.encode())
    stamp = str(int(datetime.now(timezone.utc).timestamp()))
    signature = ours.sign(f"{stamp}\nnonce\n{text}\n".encode())
    assert wechat.rsa_verify(stamp, "nonce", text, signature, public)


def sent_to(sim, name):
    real = getattr(requests, name)

    def send(url, **more):
        return real(url.replace("https://api.mch.weixin.qq.com", sim.url), **more)

    return send


@pytest.mark.parametrize("mode", ["public_key", "certificate"])
def test_the_sdk_of_wechat_pay_pays_at_the_simulator(monkeypatch, mode):
    """Its requests are accepted, its checks of our answers succeed."""
    sim = Simulator().start()
    for name in ("get", "post"):
        # it knows one host only
        monkeypatch.setattr(wechat_core.requests, name, sent_to(sim, name))
    try:
        sim.wechat.identity.mode = mode
        texts = sim.wechat.merchant()
        known = ("public_key", "public_key_id") if mode == "public_key" else ()
        oracle = wechat_core.Core(
            texts["mchid"],
            texts["serial_no"],
            texts["private_key"],
            texts["api_key"],
            timeout=(2, 2),
            **{name: texts[name] for name in known},
        )
        order = wechat_order(sim)
        content = {
            "appid": texts["app_id"],
            "mchid": texts["mchid"],
            "description": "茅台",
            "out_trade_no": order.out_no,
            "notify_url": order.notify_url,
            "amount": {"total": 1, "currency": "CNY"},
        }
        path, post = "/v3/pay/transactions/native", wechat_core.RequestType.POST
        status, text = oracle.request(path, post, content)
        assert status == 200 and json.loads(text)["code_url"].startswith("weixin://")
        path = f"/v3/pay/transactions/out-trade-no/{order.out_no}?mchid="
        status, text = oracle.request(path + texts["mchid"])
        assert json.loads(text)["trade_state"] == "NOTPAY"
    finally:
        sim.stop()


@pytest.mark.parametrize("mode", ["public_key", "certificate"])
def test_the_sdk_of_wechat_pay_opens_our_notifications(monkeypatch, sim, mode):
    """Signed by the public key or by a certificate: the SDK verifies and opens what
    our client does, and both refuse it when a letter is changed."""
    monkeypatch.setattr(sim.wechat.identity, "mode", mode)
    for name in ("get", "post"):
        # it knows one host only
        monkeypatch.setattr(wechat_core.requests, name, sent_to(sim, name))
    texts = sim.wechat.merchant()
    known = ("public_key", "public_key_id") if mode == "public_key" else ()
    theirs = wechat_core.Core(
        texts["mchid"],
        texts["serial_no"],
        texts["private_key"],
        texts["api_key"],
        timeout=(2, 2),
        **{name: texts[name] for name in known},
    )
    ours = wechat_client_of(sim)
    order = wechat_order(sim)
    ours.pay_by_qr(order)
    sim.wechat.pay(order.out_no)
    letter = sim.wechat.letter(sim.wechat.ledger.find(order.out_no), None)
    headers = dict(letter.headers())
    told = ours.parse_notification(headers, letter.body).value
    opened = theirs.callback(headers, letter.body)["resource"]
    assert opened["out_trade_no"] == told.payment.out_no == order.out_no
    assert opened["amount"]["total"] == told.payment.amount_fen
    forged = letter.body.replace(b"encrypt-resource", b"Encrypt-resource")
    assert forged != letter.body
    assert ours.parse_notification(headers, forged).is_rejected
    assert not theirs.callback(headers, forged)
