"""Answers that prove nothing, and hosts that give none."""

import json
import logging
import socket
from datetime import timedelta

import pytest
import wechat_helpers as w
from rude_server import RudeServer, http
from wechat_helpers import NOW, Signer, error, gateway
from wechat_scripted_helpers import CODE, SIGNER, ways

from o2o_gateway.outcome import NO_ANSWER, NOT_SENT
from o2o_gateway.results import PaymentState


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
