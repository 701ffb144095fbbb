"""Issue 6, payments.md §2.2: the client of WeChat Pay against scripted answers."""

import json
import logging
import socket
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import wechat_helpers as w
from hypothesis import given, settings
from hypothesis import strategies as st
from rude_server import RudeServer, http
from wechat_helpers import NOW, Signer, error, gateway

from o2o_gateway.outcome import (
    BAD_ANSWER,
    INVALID,
    NO_ANSWER,
    NOT_AUTHENTIC,
    NOT_SENT,
    UNKNOWN_KEY,
)
from o2o_gateway.results import (
    CancelAction,
    PaymentState,
    RefundState,
)
from o2o_gateway.secret import Secret
from o2o_gateway.wechat import PayerCard
from o2o_gateway.wechat.sealed import CANNOT_OPEN
from o2o_gateway.wechat.wire import NO_CERTIFICATES

SIGNER = Signer()
CODE = Secret("134567890123456789")
DAY = date(2026, 11, 26)


@pytest.fixture
def client(rude_server):
    return gateway(rude_server.url, SIGNER)


def ways(client):
    """Everything that moves money or decides about it."""
    return {
        "qr": lambda: client.pay_by_qr(w.order()),
        "page": lambda: client.pay_by_page(w.order(), on_phone=True),
        "jsapi": lambda: client.pay_in_wechat(w.order(), "oUpF8u"),
        "code": lambda: client.pay_by_code(w.order(), CODE),
        "query": lambda: client.query(w.OUT_NO),
        "close": lambda: client.close(w.OUT_NO),
        "cancel": lambda: client.cancel(w.OUT_NO),
        "refund": lambda: client.refund(w.refund_order()),
        "query_refund": lambda: client.query_refund(w.OUT_NO, w.REFUND_NO),
        "bill": lambda: client.bill(DAY),
    }


# payments


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


# close and cancel


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


# refunds


def test_a_part_is_given_back(rude_server, client):
    """PAY-04."""
    rude_server.answers = [SIGNER.answer(w.refunded())]
    order = w.refund_order(reason="坏了", notify_url="https://shop.example/r")
    found = client.refund(order).value
    assert found.state is RefundState.DONE
    assert (found.refund_no, found.amount_fen) == (w.REFUND_NO, 230)
    _method, path, _headers, body = w.sent(rude_server)
    assert path == "/v3/refund/domestic/refunds"
    assert json.loads(body) == {
        "out_trade_no": w.OUT_NO,
        "out_refund_no": w.REFUND_NO,
        "reason": "坏了",
        "notify_url": "https://shop.example/r",
        "amount": {"refund": 230, "total": 1230, "currency": "CNY"},
    }


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUCCESS", RefundState.DONE),
        ("PROCESSING", RefundState.PENDING),
        ("CLOSED", RefundState.FAILED),
        ("ABNORMAL", RefundState.ABNORMAL),
    ],
)
def test_each_state_of_a_refund_has_its_meaning(rude_server, client, word, state):
    """FAULT-48."""
    rude_server.answers = [SIGNER.answer(w.refunded(status=word))]
    assert client.query_refund(w.OUT_NO, w.REFUND_NO).value.state is state
    assert w.sent(rude_server)[1] == f"/v3/refund/domestic/refunds/{w.REFUND_NO}"


def test_a_refund_that_wechat_does_not_know_is_absent(rude_server, client):
    rude_server.answers = [error("RESOURCE_NOT_EXISTS", 404)]
    found = client.query_refund(w.OUT_NO, w.REFUND_NO).value
    assert found.state is RefundState.ABSENT


@pytest.mark.parametrize(
    "changed",
    [
        {"out_refund_no": "R9999999999999999999999999"},
        {"out_trade_no": "P9999999999999999999999999"},
        {"status": "MAYBE"},
        {"amount": {"refund": "230"}},
    ],
    ids=str,
)
def test_an_answer_about_another_refund_is_not_believed(rude_server, client, changed):
    rude_server.answers = [SIGNER.answer(w.refunded(**changed))]
    assert client.refund(w.refund_order()).code == BAD_ANSWER
    assert client.query_refund(w.OUT_NO, w.REFUND_NO).is_unknown


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("FREQUENCY_LIMITED", 429),
        ("SYSTEM_ERROR", 500),
        ("FREQUENCY_LIMITED", 400),
        ("PARAM_ERROR", 429),
        ("PARAM_ERROR", 503),
    ],
)
def test_a_refund_in_a_storm_is_unknown(rude_server, client, code, status):
    """FAULT-44, FAULT-47: 429 and 5xx are no refusal; same number again."""
    rude_server.answers = [error(code, status), SIGNER.answer(w.refunded())]
    outcome = client.refund(w.refund_order())
    assert outcome.is_unknown and outcome.code == code
    assert client.refund(w.refund_order()).value.state is RefundState.DONE
    assert w.sent(rude_server, 0)[3] == w.sent(rude_server, 1)[3]


@pytest.mark.parametrize("code", ["NOT_ENOUGH", "INVALID_REQUEST", "USER_ACCOUNT_X"])
def test_a_refund_that_is_refused(rude_server, client, code):
    """FAULT-50: the account is empty, or there is not so much left."""
    rude_server.answers = [error(code, 403)]
    outcome = client.refund(w.refund_order())
    assert outcome.is_rejected and outcome.code == code and outcome.reason


def test_an_abnormal_refund_goes_to_a_card(rude_server, client):
    """FAULT-48: name and number travel encrypted, under the key that is named."""
    rude_server.answers = [SIGNER.answer(w.refunded(status="ABNORMAL"))]
    refund = client.query_refund(w.OUT_NO, w.REFUND_NO).value
    rude_server.answers = [SIGNER.answer(w.refunded(status="PROCESSING"))]
    card = PayerCard("ICBC_DEBIT", Secret("6222021234567890123"), Secret("张三"))
    assert client.settle_abnormal_refund(refund, card).value.state is (
        RefundState.PENDING
    )
    _method, path, headers, body = w.sent(rude_server)
    content = json.loads(body)
    assert path.endswith(f"/{refund.provider_no}/apply-abnormal-refund")
    assert headers["Wechatpay-Serial"] == SIGNER.serial
    assert (content["type"], content["bank_type"]) == ("USER_BANK_CARD", "ICBC_DEBIT")
    from wechatpayv3.utils import rsa_decrypt

    assert (
        rsa_decrypt(content["bank_account"], SIGNER.texts.raw) == card.number.reveal()
    )
    assert rsa_decrypt(content["real_name"], SIGNER.texts.raw) == "张三"
    assert "6222" not in repr(card)


def test_an_abnormal_refund_comes_back_to_us(rude_server):
    signer = Signer.by_certificate()
    client = gateway(rude_server.url, signer)
    rude_server.answers = [signer.answer(w.refunded(status="ABNORMAL"))]
    refund = client.query_refund(w.OUT_NO, w.REFUND_NO).value
    assert client.settle_abnormal_refund(refund).is_ok
    assert json.loads(w.sent(rude_server)[3])["type"] == "MERCHANT_BANK_CARD"
    card = PayerCard("ICBC_DEBIT", Secret("6222"), Secret("张三"))
    assert client.settle_abnormal_refund(refund, card).is_ok
    assert w.sent(rude_server)[2]["Wechatpay-Serial"] == signer.serial
    assert len(signer.serial) == 40 and signer.serial.startswith("00")
    nobody = gateway(rude_server.url)
    assert nobody.settle_abnormal_refund(refund, card).code == UNKNOWN_KEY


# answers that prove nothing


@pytest.mark.parametrize("name", list(ways(None)))
@pytest.mark.parametrize(
    "answer",
    [
        http(b"<html>busy</html>", "502 Bad Gateway"),
        http(b"<html>login</html>", "200 OK"),
        http(b"<html>no</html>", "403 Forbidden"),
        http(b"", "302 Found", Location="https://elsewhere.invalid/"),
        http(b'{"code":"SUCC', "200 OK"),
        http(b'{"code":"PARAM', "400 Bad"),
        http(b'{"code":""}', "400 Bad"),
        http(b'{"code":["PARAM_ERROR"]}', "400 Bad"),
        http(b"[]", "404 Not Found"),
        http(b"\xff\xfe", "400 Bad"),
        http(b"[" * 100_000, "400 Bad"),
        http(b"", "200 OK"),
        error("SYSTEM_ERROR", 500),
        error("FREQUENCY_LIMITED", 429),
        error("SYSTEMERROR", 403),
        http(json.dumps(w.transaction()).encode()),
        SIGNER.answer(w.transaction(), signature="AAAA"),
        SIGNER.answer(w.transaction(), signature="WECHATPAY/SIGNTEST/AAAA"),
        SIGNER.answer(w.transaction(), at=NOW - timedelta(minutes=6)),
        SIGNER.answer(w.transaction(), serial="PUB_KEY_ID_OTHER"),
        Signer(SIGNER.serial).answer(w.transaction()),
        SIGNER.answer({}, "202 Accepted"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    ],
    ids=[
        "502 html",
        "200 html",
        "403 html",
        "302",
        "cut off",
        "400 cut off",
        "400 without code",
        "400 with a list",
        "404 list",
        "400 not utf8",
        "400 nested",
        "200 empty",
        "500",
        "429",
        "403 system error",
        "unsigned",
        "wrong signature",
        "probe",
        "old",
        "unknown key",
        "forged",
        "202",
        "half",
    ],
)
def test_what_proves_nothing_is_unknown(rude_server, client, answer, name):
    """FAULT-13, 16, 29, 34, 39: never "failed", never "paid"; the caller asks."""
    rude_server.answers = [answer]
    outcome = ways(client)[name]()
    assert outcome.is_unknown, outcome
    assert outcome.was_sent


def test_whatever_is_asked_is_signed_as_it_travels(rude_server, client):
    """Method, address, body: one sign differs and WeChat Pay answers 401."""
    rude_server.answers = [error("PARAM_ERROR", 400)]
    for name, call in ways(client).items():
        call()
        method, path, headers, body = w.sent(rude_server)
        assert w.is_signed((method, path, headers, body)), name
        assert not w.is_signed((method, f"{path}x", headers, body))
        assert not w.is_signed((method, path, headers, body + b" "))


def test_a_self_test_stops_where_nothing_works(rude_server, client):
    """One refused question is enough: no order is made with a wrong key."""
    rude_server.answers = [error("SIGN_ERROR", 401)]
    [finding] = client.self_test("https://shop.example/notify")
    assert finding.code == "SIGN_ERROR" and len(rude_server.requests) == 1


def test_a_refusal_is_believed(rude_server, client):
    """§2.2: errors have no signature, TLS vouches for them."""
    rude_server.answers = [error("PARAM_ERROR", 400)]
    for name, call in ways(client).items():
        outcome = call()
        assert outcome.is_rejected and outcome.code == "PARAM_ERROR", name


def test_the_reason_names_the_clock_when_it_is_the_clock(rude_server, client):
    """FAULT-41: SIGN_ERROR is either a key or a clock; say which."""
    late = http(
        b'{"code":"SIGN_ERROR"}', "401 No", Date="Fri, 27 Nov 2026 03:50:05 GMT"
    )
    exact = http(
        b'{"code":"SIGN_ERROR"}', "401 No", Date="Fri, 27 Nov 2026 04:00:05 GMT"
    )
    rude_server.answers = [late, exact]
    assert "600 seconds off" in client.query(w.OUT_NO).reason
    assert client.skew_seconds == 600
    assert "wrong key" in client.query(w.OUT_NO).reason
    assert client.skew_seconds == 0


def test_a_clock_that_runs_away_is_reported(rude_server, client, caplog):
    rude_server.answers = [
        SIGNER.answer(w.transaction()).replace(
            b"\r\n\r\n", b"\r\nDate: Fri, 27 Nov 2026 04:01:35 GMT\r\n\r\n", 1
        )
    ]
    with caplog.at_level(logging.WARNING):
        assert client.query(w.OUT_NO).is_ok
    assert "90 seconds off" in caplog.text


# hosts


@pytest.fixture
def second():
    server = RudeServer().start()
    server.answers = [SIGNER.answer(w.transaction())]
    yield server
    server.stop()


def test_another_host_where_nothing_was_sent(second):
    """FAULT-40: the same signed request goes to the next host."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = gateway([closed, second.url], SIGNER)
    assert client.pay_by_code(w.order(), CODE).value.state is PaymentState.PAID
    assert len(second.requests) == 1
    assert gateway([closed], SIGNER).query(w.OUT_NO).code == NOT_SENT


def test_no_other_host_once_it_was_sent(rude_server, second):
    """FAULT-29: a second host could charge the code a second time."""
    rude_server.answers = [b""]
    client = gateway([rude_server.url, second.url], SIGNER)
    outcome = client.pay_by_code(w.order(), CODE)
    assert outcome.is_unknown and outcome.code == NO_ANSWER
    assert second.requests == []


def test_nothing_secret_is_logged_or_shown(rude_server, client, caplog):
    """Codes, keys, payers and signatures stay out of logs and tracebacks."""
    rude_server.answers = [SIGNER.answer(w.transaction())]
    with caplog.at_level(logging.DEBUG):
        outcome = client.pay_by_code(w.order(), CODE)
        headers, body = SIGNER.notification(w.transaction())
        told = client.parse_notification(headers, body)
    shown = caplog.text + repr(client) + repr(outcome) + repr(told) + repr(CODE)
    signature = w.sent(rude_server)[2]["Authorization"].split("signature=")[1][:40]
    for secret in (CODE.reveal(), w.API_KEY, "oUpF8u", signature, "10.0.0.7"):
        assert secret not in shown
    assert "127.0.0.1" in caplog.text


# keys of WeChat Pay


def certificates(*signers, key=w.API_KEY):
    return {
        "data": [
            {
                "serial_no": signer.serial,
                "effective_time": "2026-11-26T12:00:05+08:00",
                "expire_time": "2027-11-27T12:00:05+08:00",
                "encrypt_certificate": w.seal(signer.pem(), key, "certificate"),
            }
            for signer in signers
        ]
    }


def test_the_first_certificate_is_learned(rude_server):
    """Certificate mode begins with no key at all; the answer has to be of one piece."""
    signer, kept = Signer.by_certificate(), []
    client = gateway(rude_server.url, on_new_certificate=kept.append)
    rude_server.answers = [signer.answer(certificates(signer))]
    assert client.refresh_certificates().value == 1
    assert kept == [signer.pem()] and len(client.keys) == 1
    assert "Wechatpay-Serial" not in w.sent(rude_server)[2]
    assert client.refresh_certificates().value == 0
    assert len(kept) == 1


def test_certificates_that_nobody_vouches_for_are_not_learned(rude_server):
    signer, other = Signer.by_certificate(), Signer.by_certificate()
    client = gateway(rude_server.url)
    for answer, code in [
        (other.answer(certificates(signer)), UNKNOWN_KEY),
        (signer.answer(certificates(signer), signature="AAAA"), NOT_AUTHENTIC),
        (signer.answer(certificates(signer, key="y" * 32)), CANNOT_OPEN),
        (signer.answer({"data": "x"}), BAD_ANSWER),
        (http(json.dumps(certificates(signer)).encode()), NOT_AUTHENTIC),
        (error("SYSTEM_ERROR", 500), "SYSTEM_ERROR"),
    ]:
        rude_server.answers = [answer]
        outcome = client.refresh_certificates()
        assert outcome.is_unknown and outcome.code == code
        assert len(client.keys) == 0


def test_a_known_certificate_is_not_replaced_by_an_answer(rude_server):
    """Another key under a number that is known vouches for nothing."""
    right = Signer.by_certificate()
    forger = Signer.by_certificate(number=right.certificate.serial_number)
    client = gateway(rude_server.url, right)
    rude_server.answers = [forger.answer(certificates(forger))]
    assert client.refresh_certificates().code == NOT_AUTHENTIC
    rude_server.answers = [forger.answer(w.transaction()), right.answer({})]
    assert client.query(w.OUT_NO).code == NOT_AUTHENTIC
    assert client.close(w.OUT_NO).is_ok


@pytest.mark.parametrize(
    "answer",
    [
        error("RESOURCE_NOT_EXISTS", 404),
        error("NO_AUTH", 403),
        SIGNER.answer({"data": []}),
    ],
    ids=["404", "403", "empty"],
)
def test_a_merchant_with_the_public_key_has_no_certificates(
    rude_server, client, answer
):
    """§2.2: three ways to say it; the keys stay as they are."""
    rude_server.answers = [answer]
    outcome = client.refresh_certificates()
    assert outcome.is_rejected and outcome.code == NO_CERTIFICATES
    assert SIGNER.serial in client.keys


def test_an_answer_with_a_new_certificate_teaches_it(rude_server):
    """FAULT-19, FAULT-20: a rotation in the middle of the day costs no payment."""
    old, new, kept = Signer.by_certificate(), Signer.by_certificate(), []
    client = gateway(rude_server.url, old, on_new_certificate=kept.append)
    rude_server.answers = [
        new.answer(w.transaction()),
        new.answer(certificates(old, new)),
        old.answer(w.transaction()),
    ]
    assert client.query(w.OUT_NO).value.state is PaymentState.PAID
    assert client.query(w.OUT_NO).value.state is PaymentState.PAID
    assert kept == [new.pem()] and len(rude_server.requests) == 3


def test_the_grey_week_answer_by_answer(rude_server):
    """FAULT-19: certificate and public key take turns in answers and notifications."""
    old = Signer.by_certificate()
    client = gateway(rude_server.url, old, SIGNER)
    for signer in [old, SIGNER] * 3:
        rude_server.answers = [signer.answer(w.transaction())]
        assert client.query(w.OUT_NO).is_ok
        assert client.parse_notification(*signer.notification(w.transaction())).is_ok
    assert w.sent(rude_server)[2]["Wechatpay-Serial"] == SIGNER.serial


def test_answers_with_unknown_keys_do_not_cause_a_storm(rude_server):
    """FAULT-18: one look at the certificates in five minutes."""
    stranger, now = Signer.by_certificate(), [NOW]
    client = gateway(rude_server.url, SIGNER, clock=lambda: now[0])
    rude_server.answers = [stranger.answer(w.transaction())]
    for _ in range(5):
        assert client.query(w.OUT_NO).code == UNKNOWN_KEY
    assert len(rude_server.requests) == 6
    now[0] += timedelta(minutes=4)
    assert client.query(w.OUT_NO).code == UNKNOWN_KEY
    assert len(rude_server.requests) == 7
    now[0] += timedelta(minutes=1)
    rude_server.answers = [stranger.answer(w.transaction(), at=now[0])]
    assert client.query(w.OUT_NO).code == UNKNOWN_KEY
    assert len(rude_server.requests) == 9
