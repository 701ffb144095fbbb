"""payments.md §2.2: paying and undoing it, answer by answer."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import wechat_helpers as w
from hypothesis import given, settings
from hypothesis import strategies as st
from rude_server import http
from wechat_helpers import NOW, error, gateway
from wechat_scripted_helpers import CODE, DAY, SIGNER, ways

from o2o_gateway.outcome import BAD_ANSWER, INVALID
from o2o_gateway.results import CancelAction, PaymentState
from o2o_gateway.secret import Secret


def test_a_qr_code_is_made(rude_server, client):
    """PAY-01: native."""
    rude_server.answers = [SIGNER.answer({"code_url": "weixin://wxpay/bizpayurl?pr=x"})]
    found = client.pay_by_qr(w.order()).value
    assert found.text == "weixin://wxpay/bizpayurl?pr=x"
    assert found.expires_at == NOW + timedelta(minutes=15)
    method, path, headers, body = w.sent(rude_server)
    assert (method, path) == ("POST", "/v3/pay/transactions/native")
    assert headers["Wechatpay-Serial"] == SIGNER.serial
    assert headers["Accept"] == "application/json" and headers["User-Agent"]
    assert json.loads(body) == {
        "appid": w.APP,
        "mchid": w.MCHID,
        "description": "茅台 53 度",
        "out_trade_no": w.OUT_NO,
        "amount": {"total": 1230, "currency": "CNY"},
        "time_expire": "2026-11-27T12:15:05+08:00",
        "notify_url": "https://shop.example/notify",
    }


def test_a_qr_code_lives_two_hours_at_most(rude_server, client):
    """FAULT-37: nobody is shown a code that cannot be paid any more."""
    rude_server.answers = [SIGNER.answer({"code_url": "weixin://x"})]
    order = w.order(expires_at=NOW + timedelta(days=1))
    assert client.pay_by_qr(order).value.expires_at == NOW + timedelta(hours=2)


def test_a_page_for_a_phone_comes_back_to_the_shop(rude_server, client):
    """PAY-01: H5."""
    url = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1"
    rude_server.answers = [SIGNER.answer({"h5_url": url})]
    order = w.order(return_url="https://shop.example/back?a=1&b=2")
    page = client.pay_by_page(order, on_phone=True).value
    assert page.method == "GET" and page.url.startswith(url)
    query = parse_qs(urlsplit(page.url).query)
    assert query["redirect_url"] == ["https://shop.example/back?a=1&b=2"]
    _method, path, _headers, body = w.sent(rude_server)
    assert path == "/v3/pay/transactions/h5"
    assert json.loads(body)["scene_info"]["payer_client_ip"] == "10.0.0.7"


def test_what_wechat_would_refuse_is_not_sent(rude_server, client):
    refused = [
        client.pay_by_page(w.order()),
        client.pay_by_page(w.order(client_ip=""), on_phone=True),
        client.pay_by_qr(w.order(notify_url="")),
        client.pay_by_code(w.order(store_no=""), CODE),
        client.pay_by_code(w.order(client_ip=""), CODE),
        client.fund_flow(DAY, "OTHER"),
    ]
    refused += [
        client.pay_by_code(w.order(), Secret(text))
        for text in (
            "28" + "0" * 16,
            "16" + "0" * 16,
            "1" * 17,
            "1" * 19,
            "1" * 17 + "¹",
        )
    ]
    assert {one.code for one in refused} == {INVALID}
    assert all(one.is_rejected for one in refused)
    for call in (client.query, client.close, client.cancel):
        with pytest.raises(ValueError):
            call("Shop/0001")
    assert rude_server.requests == []


def test_a_code_is_charged(rude_server, client):
    """PAY-02: codepay."""
    rude_server.answers = [SIGNER.answer(w.transaction(trade_type="MICROPAY"))]
    paid = client.pay_by_code(w.order(), CODE).value
    assert paid.state is PaymentState.PAID
    assert (paid.amount_fen, paid.currency) == (1230, "CNY")
    assert paid.paid_at.isoformat() == "2026-11-27T12:00:04+08:00"
    assert paid.payer == "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    assert paid.payer not in repr(paid)
    _method, path, _headers, body = w.sent(rude_server)
    content = json.loads(body)
    assert path == "/v3/pay/transactions/codepay"
    assert content["payer"] == {"auth_code": CODE.reveal()}
    assert content["scene_info"] == {
        "device_id": "T1",
        "device_ip": "10.0.0.7",
        "store_info": {"out_id": "S046"},
    }


@pytest.mark.parametrize(
    "answer",
    [
        SIGNER.answer({"code": "USERPAYING", "message": "需要密码"}, "202 Accepted"),
        error("USERPAYING", 400),
        error("USER_PAYING", 403),
    ],
    ids=["202", "400", "other spelling"],
)
def test_the_customer_enters_a_password(rude_server, client, answer):
    """FAULT-31: waiting is neither paid nor failed."""
    rude_server.answers = [answer]
    outcome = client.pay_by_code(w.order(), CODE)
    assert outcome.value.state is PaymentState.WAITING


@pytest.mark.parametrize("code", ["AUTH_CODE_EXPIRED", "AUTHCODEEXPIRE"])
def test_a_code_that_is_too_old_takes_nothing(rude_server, client, code):
    """FAULT-38."""
    rude_server.answers = [error(code, 403)]
    outcome = client.pay_by_code(w.order(), CODE)
    assert outcome.is_rejected and outcome.code == code
    assert "show a new one" in outcome.reason


@pytest.mark.parametrize("code", ["ORDERPAID", "ORDER_PAID"])
def test_an_order_that_was_paid_before_is_asked_about(rude_server, client, code):
    """FAULT-35: after a lost answer the second try finds the first."""
    rude_server.answers = [error(code, 400), SIGNER.answer(w.transaction())]
    assert client.pay_by_code(w.order(), CODE).value.state is PaymentState.PAID
    assert w.sent(rude_server)[0] == "GET"


@pytest.mark.parametrize("name", ["qr", "page", "jsapi", "code"])
def test_a_number_in_use_is_unknown(rude_server, client, name):
    """FAULT-36: another attempt has it, which may have been paid."""
    rude_server.answers = [error("OUT_TRADE_NO_USED", 403)]
    outcome = ways(client)[name]()
    assert outcome.is_unknown and outcome.code == "OUT_TRADE_NO_USED"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUCCESS", PaymentState.PAID),
        ("REFUND", PaymentState.PAID),
        ("NOTPAY", PaymentState.WAITING),
        ("USERPAYING", PaymentState.WAITING),
        ("CLOSED", PaymentState.CLOSED),
        ("REVOKED", PaymentState.CLOSED),
        ("PAYERROR", PaymentState.FAILED),
    ],
)
def test_each_state_has_its_meaning(rude_server, client, word, state):
    rude_server.answers = [SIGNER.answer(w.transaction(trade_state=word))]
    found = client.query(w.OUT_NO).value
    assert (found.state, found.word) == (state, word)
    assert w.sent(rude_server)[1] == (
        f"/v3/pay/transactions/out-trade-no/{w.OUT_NO}?mchid={w.MCHID}"
    )


def test_a_number_that_wechat_does_not_know_is_absent(rude_server, client):
    """FAULT-30."""
    rude_server.answers = [error("ORDER_NOT_EXIST", 404)]
    assert client.query(w.OUT_NO).value.state is PaymentState.ABSENT
    assert client.close(w.OUT_NO).value.state is PaymentState.ABSENT
    assert client.cancel(w.OUT_NO).value.action is CancelAction.NOTHING


@pytest.mark.parametrize(
    "changed",
    [
        {"out_trade_no": "P9999999999999999999999999"},
        {"mchid": "1900000108"},
        {"mchid": None},
        {"trade_state": "PARTLY"},
        {"trade_state": None},
        {"amount": {"total": 12.3}},
        {"amount": {"total": "1230"}},
        {"amount": {"total": True}},
        {"amount": {"total": -1}},
        {"amount": [1230]},
        {"success_time": "2026-11-27T12:00:04"},
        {"success_time": "noon"},
        {"success_time": 7},
        {"payer": "me"},
    ],
    ids=str,
)
def test_a_signed_answer_about_something_else_is_not_believed(
    rude_server, client, changed
):
    """FAULT-8, FAULT-14: signed is not enough, it has to be about this payment."""
    rude_server.answers = [SIGNER.answer(w.transaction(**changed))]
    outcome = client.query(w.OUT_NO)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["amount", "mchid", "trade_state", "payer", "total", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_json_trips_the_client_up(content):
    """FAULT-39: whatever is signed, the answer is one of three."""
    from o2o_gateway.transport import Reply

    client = gateway("http://127.0.0.1:9", SIGNER)
    body = json.dumps(content).encode()
    reply = Reply(200, SIGNER.headers(body), body)
    answer = client._wire.believe(reply)
    assert not client._payment(answer, w.OUT_NO).is_ok
    assert not client._refund(answer, w.OUT_NO, w.REFUND_NO).is_ok


def test_closing_is_answered_without_content(rude_server, client):
    """204 is signed too: over an empty body."""
    rude_server.answers = [SIGNER.answer(b"", "204 No Content")]
    assert client.close(w.OUT_NO).value.state is PaymentState.CLOSED
    method, path, _headers, body = w.sent(rude_server)
    assert (method, json.loads(body)) == ("POST", {"mchid": w.MCHID})
    assert path.endswith(f"{w.OUT_NO}/close")


@pytest.mark.parametrize("more", [{"signature": "AAAA"}, {"serial": "PUB_KEY_ID_X"}])
def test_an_empty_answer_of_anybody_closes_nothing(rude_server, client, more):
    """FAULT-13."""
    rude_server.answers = [SIGNER.answer(b"", "204 No Content", **more)]
    assert client.close(w.OUT_NO).is_unknown
    rude_server.answers = [http(b"", "204 No Content")]
    assert client.close(w.OUT_NO).is_unknown


def test_an_empty_200_is_no_answer(rude_server, client):
    """FAULT-39: even with a signature."""
    rude_server.answers = [SIGNER.answer(b"")]
    for name, call in ways(client).items():
        assert call().is_unknown, name


@pytest.mark.parametrize(
    ("code", "word", "state"),
    [
        ("ORDERPAID", "SUCCESS", PaymentState.PAID),
        ("INVALID_REQUEST", "SUCCESS", PaymentState.PAID),
        ("INVALID_REQUEST", "NOTPAY", PaymentState.WAITING),
        ("ORDER_CLOSED", "CLOSED", PaymentState.CLOSED),
    ],
)
def test_what_was_paid_in_the_last_second_is_not_closed(
    rude_server, client, code, word, state
):
    """FAULT-26, FAULT-37: who closes learns of the payment that came first."""
    answer = SIGNER.answer(w.transaction(trade_state=word))
    rude_server.answers = [error(code, 400), answer]
    assert client.close(w.OUT_NO).value.state is state


@pytest.mark.parametrize(
    ("found", "action"),
    [
        (w.transaction(trade_state="REVOKED"), CancelAction.REFUNDED),
        (w.transaction(trade_state="REVOKED", success_time=None), CancelAction.CLOSED),
        (w.transaction(trade_state="PAYERROR", success_time=None), CancelAction.CLOSED),
    ],
    ids=["given back", "never paid", "failed"],
)
def test_reversing_says_what_it_did(rude_server, client, found, action):
    """FAULT-32."""
    rude_server.answers = [SIGNER.answer(b"", "204 No Content"), SIGNER.answer(found)]
    assert client.cancel(w.OUT_NO).value.action is action
    method, path, _headers, body = w.sent(rude_server, 0)
    assert path.endswith(f"{w.OUT_NO}/reverse")
    assert json.loads(body) == {"appid": w.APP, "mchid": w.MCHID}


@pytest.mark.parametrize("word", ["SUCCESS", "REFUND", "USERPAYING", "NOTPAY"])
def test_what_is_not_reversed_yet_is_reversed_again(rude_server, client, word):
    """FAULT-33: an answer that nothing shows of is no end."""
    found = SIGNER.answer(w.transaction(trade_state=word))
    rude_server.answers = [SIGNER.answer(b"", "204 No Content"), found]
    outcome = client.cancel(w.OUT_NO)
    assert outcome.is_unknown and outcome.code == "RETRY"


def test_reversing_twice_is_reversing_once(rude_server, client):
    """FAULT-33: the first answer was lost."""
    found = SIGNER.answer(w.transaction(trade_state="REVOKED"))
    rude_server.answers = [error("ORDER_REVERSED", 400), found]
    assert client.cancel(w.OUT_NO).value.action is CancelAction.REFUNDED
    rude_server.answers = [error("TRADE_OVERDUE", 400)]
    outcome = client.cancel(w.OUT_NO)
    assert outcome.is_rejected and outcome.code == "TRADE_OVERDUE"
    rude_server.answers = [SIGNER.answer({}), error("SYSTEM_ERROR", 500)]
    assert client.cancel(w.OUT_NO).is_unknown
