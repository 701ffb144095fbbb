"""Issue 6: keys as people paste them, signatures, rotation."""

import base64
import pickle
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from key_texts import KeyTexts

from o2o_gateway import keys
from o2o_gateway.keys import (
    KeyProblem,
    check_pair,
    load_certificates,
    load_private_key,
    load_public_key,
)
from o2o_gateway.keyset import Entry, KeySet

NOW = datetime(2026, 11, 27, 4, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def bare(der, width=0):
    text = base64.b64encode(der).decode()
    if not width:
        return text
    return "\r\n".join(text[at : at + width] for at in range(0, len(text), width))


def certificate_of(texts, begins=NOW - DAY, ends=NOW + DAY):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(texts.raw.public_key())
        .serial_number(4711)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(texts.raw, hashes.SHA256())
    )


def pem_of(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def problem(load, text):
    with pytest.raises(KeyProblem) as caught:
        load(text)
    return caught.value.code


def shapes(texts, load, forms, kind):
    for form in forms:
        pem = getattr(texts, kind)(form).decode()
        der = getattr(texts, kind)(form, "DER")
        yield from (pem, pem.replace("\n", "\r\n"), f"\n  {pem}\n", bare(der))
        # a browser's field of one line takes the breaks out
        yield pem.replace("\n", "")
        yield from (bare(der, 64), f" {bare(der)}\n")


# what is right


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_a_private_key_in_every_shape(key_texts, form):
    """PKCS#8 and PKCS#1, PEM and bare base64, with any line ends."""
    for text in shapes(key_texts, load_private_key, [form], "private"):
        signature = load_private_key(text).sign(b"data")
        assert load_public_key(key_texts.public().decode()).verify(b"data", signature)


@pytest.mark.parametrize("form", ["SubjectPublicKeyInfo", "PKCS1"])
def test_a_public_key_in_every_shape(key_texts, form):
    signature = load_private_key(key_texts.private().decode()).sign(b"data")
    for text in shapes(key_texts, load_public_key, [form], "public"):
        assert load_public_key(text).verify(b"data", signature)


def test_a_pair_belongs_together(key_texts, other_texts):
    private = load_private_key(key_texts.private().decode())
    assert check_pair(private, load_public_key(key_texts.public().decode()))
    assert not check_pair(private, load_public_key(other_texts.public().decode()))


def test_certificates_of_a_bundle(key_texts, other_texts):
    """§0.9: one that cannot be parsed hides none of the others."""
    first, second = certificate_of(key_texts), certificate_of(other_texts)
    broken = (
        "-----BEGIN CERTIFICATE-----\n"
        + bare(b"\x30\x03\x02\x01\x01")
        + "\n-----END CERTIFICATE-----\n"
    )
    bundle = f"# roots\n{pem_of(first)}{broken}\r\n{pem_of(second)}"
    assert load_certificates(bundle) == [first, second]
    der = first.public_bytes(serialization.Encoding.DER)
    assert load_certificates(bare(der)) == [first]


# what is wrong, and named


def test_the_wrong_thing_pasted_is_named(key_texts):
    """§5: the most frequent trouble of all is a key in the place of another."""
    private, public = key_texts.private().decode(), key_texts.public().decode()
    certificate = pem_of(certificate_of(key_texts))
    locked = key_texts.private(password=b"x").decode()
    old = key_texts.private("TraditionalOpenSSL", password=b"x").decode()
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key_texts.raw, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )
    assert problem(load_private_key, public) == "is_public"
    assert problem(load_private_key, bare(key_texts.public(encoding="DER"))) == (
        "is_public"
    )
    assert problem(load_private_key, certificate) == "is_certificate"
    assert problem(load_private_key, request) == "is_request"
    assert problem(load_private_key, locked) == "is_encrypted"
    assert problem(load_private_key, old) == "is_encrypted"
    assert problem(load_public_key, private) == "is_private"
    assert problem(load_public_key, locked) == "is_private"
    assert problem(load_public_key, certificate) == "is_certificate"
    assert problem(load_certificates, private) == "is_private"
    assert problem(load_certificates, public) == "is_public"
    assert problem(load_certificates, request) == "not_a_certificate"


@pytest.mark.parametrize("load", [load_private_key, load_public_key, load_certificates])
def test_nonsense_is_named(key_texts, load):
    assert problem(load, "") == "empty"
    assert problem(load, " \n ") == "empty"
    assert problem(load, "密钥") == "not_a_key"
    assert problem(load, "hello world!") == "not_a_key"
    assert problem(load, "A" * 200_000) == "too_long"
    assert problem(load, "-----BEGIN PUBLIC KEY-----\nMIIB") == "not_a_key"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_key_is_named(key_texts, share):
    for load, text in (
        (load_private_key, bare(key_texts.private(encoding="DER"))),
        (load_public_key, bare(key_texts.public(encoding="DER"))),
    ):
        cut = text[: int(len(text) * share) // 4 * 4]
        assert problem(load, cut) == "not_a_key"


def test_keys_of_another_length_or_kind():
    short = KeyTexts(1024)
    assert problem(load_private_key, short.private().decode()) == "wrong_length"
    assert problem(load_public_key, short.public().decode()) == "wrong_length"
    curve = ec.generate_private_key(ec.SECP256R1())
    text = curve.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    assert problem(load_private_key, text) == "not_rsa"


def test_no_part_of_a_key_is_ever_shown(key_texts):
    text = key_texts.private().decode()
    body = "".join(text.splitlines()[1:-1])
    key = load_private_key(text)
    with pytest.raises(KeyProblem) as caught:
        load_public_key(text)
    shown = f"{key!r} {key} {caught.value!r}"
    assert not any(body[at : at + 12] in shown for at in range(len(body) - 12))
    with pytest.raises(TypeError):
        pickle.dumps(key)


# signatures


@pytest.fixture(scope="module")
def pair():
    texts = KeyTexts()
    return texts, load_private_key(texts.private().decode())


@given(data=st.binary(max_size=2000))
@settings(deadline=None)
def test_what_is_signed_is_verified(pair, data):
    _texts, key = pair
    assert key.public().verify(data, key.sign(data))


@given(
    data=st.binary(min_size=1, max_size=200),
    place=st.integers(0),
    bit=st.integers(0, 7),
)
@settings(deadline=None)
def test_one_changed_bit_is_found(pair, data, place, bit):
    """FAULT-5: whatever is changed, the signature does not fit."""
    _texts, key = pair
    signature = key.sign(data)
    at = place % len(data)
    changed = data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]
    assert not key.public().verify(changed, signature)


@given(nonsense=st.text(max_size=400))
def test_nonsense_is_no_signature_and_no_error(pair, nonsense):
    _texts, key = pair
    assert key.public().verify(b"data", nonsense) is False


@pytest.mark.parametrize("sign", ["\n", "!", " ", "=", "\u00e9"])
def test_a_signature_is_base64_and_nothing_else(pair, sign):
    _texts, key = pair
    signature = key.sign(b"data")
    assert not key.public().verify(b"data", f"{signature[:10]}{sign}{signature[10:]}")


@pytest.mark.parametrize("hash_", [hashes.SHA1(), hashes.MD5(), hashes.SHA512()])
def test_only_one_hash_counts(pair, hash_):
    """FAULT-9: a signature over SHA-1 or MD5 by the right key is refused."""
    texts, key = pair
    try:
        raw = texts.raw.sign(b"data", padding.PKCS1v15(), hash_)
    except Exception:
        pytest.fail("this machine cannot sign so")
    assert not key.public().verify(b"data", base64.b64encode(raw).decode())


def test_another_key_is_refused(pair, other_texts):
    """FAULT-9: signed rightly, by somebody else."""
    _texts, key = pair
    other = load_private_key(other_texts.private().decode())
    assert not key.public().verify(b"data", other.sign(b"data"))


def test_published_signature(vectors):
    """Vector wechat_rsa."""
    vector = vectors["wechat_rsa"]
    [certificate] = load_certificates(vector["certificate_pem"])
    key = keys.certificate_key(certificate)
    assert key.verify(vector["message"].encode(), vector["signature_b64"])
    assert not key.verify(b"massage", vector["signature_b64"])


# rotation


def test_old_and_new_key_take_turns(key_texts, other_texts):
    """FAULT-19: during the grey week each message names its key."""
    old = Entry.of_certificate("OLD", certificate_of(key_texts, NOW - DAY, NOW + DAY))
    new = Entry("PUB_KEY_ID_1", load_public_key(other_texts.public().decode()))
    both = KeySet([old]).adding(new)
    for serial, texts in [("OLD", key_texts), ("PUB_KEY_ID_1", other_texts)] * 3:
        signature = load_private_key(texts.private().decode()).sign(b"data")
        assert both.find(serial, NOW).verify(b"data", signature)
    assert both.find("ELSE", NOW) is None
    assert [one.serial for one in both.valid(NOW)] == ["PUB_KEY_ID_1", "OLD"]


def test_a_key_counts_in_its_time_only(key_texts):
    entry = Entry.of_certificate("A", certificate_of(key_texts, NOW - DAY, NOW + DAY))
    known = KeySet([entry])
    assert known.find("A", NOW)
    for moment in (NOW - 2 * DAY, NOW + 2 * DAY):
        assert known.find("A", moment) is None
        assert known.valid(moment) == []
    assert len(known.without_expired(NOW)) == 1
    assert len(known.without_expired(NOW + 2 * DAY)) == 0
    assert "A" in known and "B" not in known


def test_a_set_of_keys_does_not_change(key_texts):
    one = KeySet()
    two = one.adding(Entry("A", load_public_key(key_texts.public().decode())))
    assert (len(one), len(two)) == (0, 1)
    assert [entry.serial for entry in two] == ["A"]


def test_what_is_encrypted_is_for_the_owner_of_the_key_alone(key_texts):
    """WeChat Pay's abnormal refund: names and cards travel encrypted."""
    text = "张三 6222021234567890123"
    sealed = load_public_key(key_texts.public().decode()).encrypt(text)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    assert key_texts.raw.decrypt(base64.b64decode(sealed), oaep).decode() == text
    assert sealed != load_public_key(key_texts.public().decode()).encrypt(text)
