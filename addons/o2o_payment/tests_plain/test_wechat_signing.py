"""Issue 6, payments.md §2.2: what WeChat Pay signs and encrypts, and what we sign."""

import base64
import json
import re
from datetime import timedelta

import pytest
import wechat_helpers as w
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_helpers import API_KEY, KEY, MCHID, NOW, Signer, gateway
from wechatpayv3 import core as oracle_core
from wechatpayv3 import utils as oracle

from o2o_gateway.keys import KeyProblem, certificate_key, load_certificates
from o2o_gateway.keyset import KeySet
from o2o_gateway.outcome import NOT_AUTHENTIC, UNKNOWN_KEY
from o2o_gateway.secret import Secret
from o2o_gateway.wechat import Settings, platform_keys
from o2o_gateway.wechat.sealed import SealProblem, check_api_key, unseal
from o2o_gateway.wechat.signing import PROBE, Signature, prepared, request_message
from o2o_gateway.wechat.trust import (
    certificate_serial,
    normal_serial,
    public_key_serial,
    read_certificates,
)

SIGNER = Signer()
AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="(\w+)",'
    r'signature="([\w+/=]+)",timestamp="(\d+)",serial_no="(\w+)"'
)


# published vectors


def test_vector_aead(vectors):
    v = vectors["wechat_aead"]
    box = {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": v["nonce"],
        "associated_data": v["associated_data"],
        "ciphertext": v["ciphertext_b64"],
    }
    assert unseal(box, Secret(v["api_v3_key"])).decode() == v["plaintext"]


def test_vector_certificates(vectors):
    v = vectors["wechat_certificates_response"]
    key = Secret(vectors["wechat_aead"]["api_v3_key"])
    (found,) = read_certificates(v["response"], key)
    assert certificate_serial(found) == v["decrypted_serial"]
    with pytest.raises(SealProblem):
        read_certificates(v["response"], Secret("x" * 32))


def test_vector_rsa(vectors):
    v = vectors["wechat_rsa"]
    (certificate,) = load_certificates(v["certificate_pem"])
    assert certificate_serial(certificate) == v["serial"]
    key = certificate_key(certificate)
    assert key.verify(v["message"].encode(), v["signature_b64"])
    assert not key.verify(b"massage", v["signature_b64"])


# the other implementation, as an oracle


def oracle_of(signer):
    """The core of wechatpayv3 in public-key mode: it makes no call by itself."""
    return oracle_core.Core(
        MCHID,
        w.SERIAL,
        KEY.texts.private().decode(),
        API_KEY,
        public_key=signer.texts.public().decode(),
        public_key_id=signer.serial,
    )


def test_the_oracle_takes_what_we_sign(rude_server):
    """Its verification accepts our request: same message, same key, same form."""
    rude_server.answers = [SIGNER.answer({"code_url": "weixin://wxpay/bizpayurl?pr=1"})]
    assert gateway(rude_server.url, SIGNER).pay_by_qr(w.order()).is_ok
    method, path, headers, body = w.sent(rude_server)
    mchid, nonce, signature, stamp, serial = AUTHORIZATION.fullmatch(
        headers["Authorization"]
    ).groups()
    assert (mchid, serial) == (MCHID, w.SERIAL)
    assert abs(int(stamp) - NOW.timestamp()) < 1
    # rsa_verify() joins three parts with line ends: four and three make our five
    public = KEY.texts.raw.public_key()
    head = f"{method}\n{path}\n{stamp}"
    assert oracle.rsa_verify(head, nonce, body.decode(), signature, public)
    assert not oracle.rsa_verify(head, nonce, body.decode() + " ", signature, public)


def test_we_take_what_the_oracle_signs():
    """A request that it builds is one that our message explains."""
    private = oracle.load_private_key(KEY.texts.private().decode())
    header = oracle.build_authorization(
        "/v3/x?a=1", "POST", MCHID, w.SERIAL, private, data={"a": "茅台"}
    )
    _mchid, nonce, signature, stamp, _serial = AUTHORIZATION.fullmatch(header).groups()
    body = json.dumps({"a": "茅台"}).encode()
    message = request_message("POST", "/v3/x?a=1", stamp, nonce, body)
    assert KEY.key.public().verify(message, signature)


def test_the_oracle_reads_the_notifications_of_our_tests():
    """What the tests sign is what it accepts; so is what the simulator signs."""
    headers, body = SIGNER.notification(w.transaction())
    found = oracle_of(SIGNER).callback(headers, body)
    assert found["resource"]["out_trade_no"] == w.OUT_NO
    spoilt = body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCES5")
    assert oracle_of(SIGNER).callback(headers, spoilt) is None


def test_we_decrypt_what_the_oracle_decrypts_and_it_what_we_encrypt():
    box = w.seal("张三", associated="")
    assert oracle.aes_decrypt(box["nonce"], box["ciphertext"], "", API_KEY) == "张三"
    assert unseal(box, Secret(API_KEY)).decode() == "张三"
    sealed = KEY.key.public().encrypt("6222021234567890123")
    private = oracle.load_private_key(KEY.texts.private().decode())
    assert oracle.rsa_decrypt(sealed, private) == "6222021234567890123"


def test_what_the_payer_gets_is_signed_as_the_oracle_signs(rude_server):
    """JSAPI and mini program: four lines."""
    rude_server.answers = [SIGNER.answer({"prepay_id": "wx27120005"})]
    call = gateway(rude_server.url, SIGNER).pay_in_wechat(w.order(), "oUpF8u").value
    fields = call.fields()
    assert fields["signType"] == "RSA" and fields["package"] == "prepay_id=wx27120005"
    lines = [fields[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
    assert oracle_of(SIGNER).sign(lines) == fields["paySign"]
    _method, path, _headers, body = w.sent(rude_server)
    assert path == "/v3/pay/transactions/jsapi"
    assert json.loads(body)["payer"] == {"openid": "oUpF8u"}


# signatures


def check(headers, body, *signers, keys=None, now=NOW):
    if keys is None:
        keys = platform_keys({s.serial: s.key.public() for s in signers})
    return Signature.of(headers).check(body, keys, now)


@given(st.binary(max_size=300))
@settings(max_examples=30, deadline=None)
def test_the_body_counts_byte_by_byte(body):
    """FAULT-14: braces, slashes, emoji, anything: nothing is parsed before."""
    headers = SIGNER.headers(body)
    assert check(headers, body, SIGNER).is_ok
    assert check(headers, body + b" ", SIGNER).code == NOT_AUTHENTIC


def test_names_of_headers_are_taken_in_any_case():
    headers = {k.lower(): v for k, v in SIGNER.headers(b"{}").items()}
    assert check(headers, b"{}", SIGNER).is_ok
    headers = {k.upper(): v for k, v in SIGNER.headers(b"{}").items()}
    assert check(headers, b"{}", SIGNER).is_ok


@pytest.mark.parametrize(
    "minutes", [-6, 6, -8 * 60, 8 * 60, -525600], ids=lambda m: f"{m} min"
)
def test_what_is_not_of_now_is_refused(minutes):
    """FAULT-17, FAULT-41: six minutes, eight hours, a year, each way."""
    headers = SIGNER.headers(b"{}", at=NOW + timedelta(minutes=minutes))
    outcome = check(headers, b"{}", SIGNER)
    assert outcome.is_rejected and outcome.code == NOT_AUTHENTIC
    assert "clock" in outcome.reason


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_a_little_late_is_taken(minutes):
    headers = SIGNER.headers(b"{}", at=NOW + timedelta(minutes=minutes))
    assert check(headers, b"{}", SIGNER).is_ok


def test_a_probe_fails_and_is_known_as_one():
    """FAULT-16: WeChat Pay signs wrongly on purpose; nobody is alarmed for that."""
    signature = "WECHATPAY/SIGNTEST/" + SIGNER.headers(b"{}")["Wechatpay-Signature"]
    outcome = check(SIGNER.headers(b"{}", signature=signature), b"{}", SIGNER)
    assert outcome.is_rejected and outcome.code == PROBE


@pytest.mark.parametrize(
    "changed",
    [
        {"Wechatpay-Signature": "AAAA"},
        {"Wechatpay-Signature": "not base64 ¶"},
        {"Wechatpay-Signature": ""},
        {"Wechatpay-Nonce": "other"},
        {"Wechatpay-Nonce": ""},
        {"Wechatpay-Timestamp": ""},
        {"Wechatpay-Timestamp": "soon"},
        {"Wechatpay-Timestamp": "٠"},
        {"Wechatpay-Timestamp": "9" * 5000},
        {"Wechatpay-Timestamp": "-1"},
        {"Wechatpay-Serial": ""},
        {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"},
    ],
    ids=lambda one: f"{next(iter(one.items()))}"[:50],
)
def test_a_signature_that_is_none(changed):
    """FAULT-5, FAULT-13: any nonsense is refused, none is tripped over."""
    headers = {**SIGNER.headers(b"{}"), **changed}
    outcome = check(headers, b"{}", SIGNER)
    assert outcome.is_rejected and outcome.code == NOT_AUTHENTIC


def test_no_headers_at_all():
    assert check({}, b"{}", SIGNER).code == NOT_AUTHENTIC


def test_another_key_under_a_known_number():
    """FAULT-9."""
    forger = Signer(SIGNER.serial)
    outcome = check(forger.headers(b"{}"), b"{}", SIGNER)
    assert outcome.is_rejected and outcome.code == NOT_AUTHENTIC


@pytest.mark.parametrize("hash_name", ["SHA1", "MD5"])
def test_another_hash_is_refused(hash_name):
    """FAULT-9: SHA-1 and MD5 by the right key are wrong."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    stamp = str(int(NOW.timestamp()))
    raw = SIGNER.texts.raw.sign(
        f"{stamp}\nabc123\n{{}}\n".encode(),
        padding.PKCS1v15(),
        getattr(hashes, hash_name)(),
    )
    headers = SIGNER.headers(b"{}", signature=base64.b64encode(raw).decode())
    assert check(headers, b"{}", SIGNER).code == NOT_AUTHENTIC


# keys of WeChat Pay


def test_old_and_new_key_take_turns():
    """FAULT-19, §0.7: the grey week, message by message."""
    old, new = Signer.by_certificate(), SIGNER
    keys = platform_keys({new.serial: new.key.public()}, [old.certificate])
    for signer in [old, new] * 4:
        assert check(signer.headers(b"{}"), b"{}", keys=keys).is_ok
    assert public_key_serial(keys, NOW) == new.serial
    assert public_key_serial(platform_keys({}, [old.certificate]), NOW) == ""


def test_a_number_with_zeros_before_it_is_the_same_number():
    signer = Signer.by_certificate()
    assert signer.serial.startswith("00")
    keys = platform_keys({}, [signer.certificate])
    for serial in (
        signer.serial,
        signer.serial.lower(),
        signer.serial.lstrip("0"),
    ):
        headers = signer.headers(b"{}", serial=serial)
        assert check(headers, b"{}", keys=keys).is_ok
    assert normal_serial("PUB_KEY_ID_00aB") == "PUB_KEY_ID_00aB"


def test_an_expired_certificate_signs_no_more():
    signer = Signer.by_certificate(ends=NOW - timedelta(seconds=1))
    keys = platform_keys({}, [signer.certificate])
    outcome = check(signer.headers(b"{}"), b"{}", keys=keys)
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY


def test_a_key_that_is_not_known_is_unknown():
    """FAULT-18: no guess with the keys that are there."""
    outcome = check(Signer("PUB_KEY_ID_2").headers(b"{}"), b"{}", SIGNER)
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY
    odd = check(SIGNER.headers(b"{}", serial="not-hex"), b"{}", SIGNER)
    assert odd.code == UNKNOWN_KEY
    assert check(SIGNER.headers(b"{}"), b"{}", keys=KeySet()).code == UNKNOWN_KEY


def test_the_number_of_a_public_key_is_checked_when_it_is_pasted():
    with pytest.raises(KeyProblem, match="PUB_KEY_ID_"):
        platform_keys({"5F1C72E2": SIGNER.key.public()})


# what is encrypted for us


@pytest.mark.parametrize("associated", ["", "transaction", "证书"])
def test_associated_data_may_be_empty_or_missing(associated):
    box = w.seal("hello", associated=associated)
    assert unseal(box, Secret(API_KEY)) == b"hello"
    if not associated:
        assert unseal({**box, "associated_data": None}, Secret(API_KEY)) == b"hello"
        assert unseal({**box, "associated_data": ""}, Secret(API_KEY)) == b"hello"


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=50, deadline=None)
def test_a_changed_byte_opens_nothing(content, place, change):
    box = w.seal(content)
    data = bytearray(base64.b64decode(box["ciphertext"]))
    data[place % len(data)] ^= change
    box["ciphertext"] = base64.b64encode(bytes(data)).decode()
    with pytest.raises(SealProblem):
        unseal(box, Secret(API_KEY))


@pytest.mark.parametrize(
    "changed",
    [
        {"algorithm": "AEAD_SM4_GCM"},
        {"algorithm": None},
        {"nonce": ""},
        {"nonce": 7},
        {"nonce": "x" * 500},
        {"ciphertext": "%%%"},
        {"ciphertext": None},
        {"ciphertext": "AAAA"},
        {"associated_data": ["x"]},
    ],
    ids=str,
)
def test_a_box_that_is_none(changed):
    with pytest.raises(ValueError):
        unseal({**w.seal("hello"), **changed}, Secret(API_KEY))
    for nonsense in (None, [], "box", 1):
        with pytest.raises(ValueError):
            unseal(nonsense, Secret(API_KEY))


@pytest.mark.parametrize("text", ["", "x" * 31, "x" * 33, "密" * 32])
def test_an_api_key_has_32_characters(text):
    with pytest.raises(KeyProblem) as caught:
        check_api_key(Secret(text))
    assert caught.value.code == "wrong_length"
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        [{}],
        [1],
        [{"encrypt_certificate": w.seal("no pem", associated="certificate")}],
        [{"encrypt_certificate": w.seal("密", associated="certificate")}],
        [{}] * 21,
    ],
    ids=lambda rows: str(rows)[:40],
)
def test_a_list_of_certificates_that_is_none(rows):
    with pytest.raises(ValueError):
        read_certificates({"data": rows}, Secret(API_KEY))


def test_a_certificate_under_another_number_is_refused():
    signer = Signer.by_certificate()
    row = {
        "serial_no": "1234",
        "encrypt_certificate": w.seal(signer.pem(), associated="certificate"),
    }
    with pytest.raises(ValueError, match="another number"):
        read_certificates({"data": [row]}, Secret(API_KEY))
    row["serial_no"] = signer.serial
    assert read_certificates({"data": [row]}, Secret(API_KEY)) == [signer.certificate]


# settings and addresses


@pytest.mark.parametrize(
    "changed",
    [
        {"mchid": "mch-1"},
        {"mchid": ""},
        {"serial_no": 'x"y'},
        {"app_id": 'wx",mchid="1'},
        {"api_key": Secret("short")},
    ],
    ids=str,
)
def test_settings_that_cannot_be_right(changed):
    values = {
        "mchid": MCHID,
        "app_id": w.APP,
        "serial_no": w.SERIAL,
        "private_key": KEY.key,
        "api_key": Secret(API_KEY),
    }
    assert API_KEY not in repr(Settings(**values))
    with pytest.raises(ValueError):
        Settings(**{**values, **changed})


def test_the_address_is_signed_as_it_travels():
    """§2.2: ``|`` is legal in a number and becomes ``%7C`` on the way."""
    assert prepared("/v3/x/a|b?c=d|e") == "/v3/x/a%7Cb?c=d%7Ce"
    assert prepared("/v3/x?c=d%7Ce") == "/v3/x?c=d%7Ce"
