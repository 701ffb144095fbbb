"""Refunds at WeChat Pay, answer by answer."""

import json

import pytest
import wechat_helpers as w
from wechat_helpers import Signer, error, gateway
from wechat_scripted_helpers import SIGNER

from o2o_gateway.outcome import BAD_ANSWER, UNKNOWN_KEY
from o2o_gateway.results import RefundState
from o2o_gateway.secret import Secret
from o2o_gateway.wechat import PayerCard


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
