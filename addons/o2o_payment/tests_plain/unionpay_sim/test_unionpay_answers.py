"""Issue 6: answers that no simulator gives."""

import logging
from urllib.parse import parse_qs

import pytest
from unionpay_helpers import (
    MERCHANT,
    NOON,
    new_code,
    new_order,
)
from unionpay_sim_helpers import FIELDS, answers

from o2o_gateway.outcome import (
    BAD_ANSWER,
)
from o2o_gateway.results import (
    PaymentState,
)
from o2o_gateway.secret import Secret


@pytest.mark.parametrize(
    "more",
    [
        {"origRespCode": ""},
        {"origRespCode": "00", "queryId": ""},
        {"origRespCode": "00", "txnAmt": "1.00"},
        {"origRespCode": "00", "txnType": "04"},
        {"origRespCode": "00", "merId": "777290058199999"},
        {"origRespCode": "00", "orderId": ""},
        {"origRespCode": "00", "txnTime": "20261127120006"},
        {"origRespCode": "00", "respCode": ""},
    ],
)
def test_signed_answers_that_do_not_answer(rude, rude_server, house, more):
    """FAULT-13: old or foreign answers, signed by UnionPay, prove nothing."""
    order = new_order(rude, lambda: NOON)
    answers(rude_server, house, {**FIELDS, "orderId": order.out_no, **more})
    outcome = rude.query(order.out_no)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("10", "is_unknown"),
        ("37", "is_unknown"),
        ("03", "is_unknown"),
        ("34", "is_ok"),
        ("05", "is_unknown"),
    ],
)
def test_codes_of_a_query_itself(rude, rude_server, house, code, kind):
    """FAULT-39: a query that is refused says nothing of what it asks about."""
    order = new_order(rude, lambda: NOON)
    answers(rude_server, house, {"merId": MERCHANT, "respCode": code})
    assert getattr(rude.query(order.out_no), kind)


@pytest.mark.parametrize("code", ["01", "03", "04", "05", "12", "34", "60"])
def test_codes_that_leave_a_payment_open(rude, rude_server, house, code):
    """payments.md §2.3: of these a query tells more, later."""
    order = new_order(rude, lambda: NOON)
    fields = {**FIELDS, "orderId": order.out_no, "origRespCode": code}
    answers(rude_server, house, fields)
    assert rude.query(order.out_no).value.state is PaymentState.WAITING
    answers(rude_server, house, {"merId": MERCHANT, "respCode": code})
    assert rude.pay_by_code(order, new_code()).is_unknown


def test_what_travels(rude, rude_server, house):
    """A form in the charset that its header names, percent-encoded."""
    order = new_order(rude, lambda: NOON)
    answers(rude_server, house, {"merId": MERCHANT, "respCode": "51"})
    outcome = rude.pay_by_code(order, Secret("62" + "7" * 17))
    assert outcome.is_rejected and outcome.code == "51"
    head, _, body = rude_server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /gateway/api/backTransReq.do HTTP/1.1")
    assert b"application/x-www-form-urlencoded;charset=UTF-8" in head
    sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert sent["qrNo"] == "62" + "7" * 17
    assert sent["termId"] == "T0000001"
    assert sent["txnTime"] == "20261127120005"
    assert "payTimeout" not in sent
    assert b"+" not in sent["signature"].encode() or b"%2B" in body


def test_nothing_secret_is_logged(sim, client, order, caplog):
    """Codes of customers, keys and cards stay out of logs and of summaries."""
    caplog.set_level(logging.DEBUG)
    code = new_code()
    client.pay_by_code(order, code)
    text = caplog.text + repr(client) + repr(client._settings) + repr(order)
    assert code.reveal() not in text
    assert "PRIVATE" not in text
    assert "622609" not in text
