"""Keys of WeChat Pay: learned, replaced, in the grey week."""

import json
from datetime import timedelta

import pytest
import wechat_helpers as w
from rude_server import http
from wechat_helpers import NOW, Signer, error, gateway
from wechat_scripted_helpers import SIGNER

from o2o_gateway.outcome import BAD_ANSWER, NOT_AUTHENTIC, UNKNOWN_KEY
from o2o_gateway.results import PaymentState
from o2o_gateway.wechat.sealed import CANNOT_OPEN
from o2o_gateway.wechat.wire import NO_CERTIFICATES


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
