"""Issue 6: whom we believe to be UnionPay, and the files it hands out."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from unionpay_helpers import NAME, NOON, THEN, House, Pair, certificate, pem, subject

from o2o_gateway.keys import KeyProblem
from o2o_gateway.outcome import NOT_AUTHENTIC, UNKNOWN_KEY
from o2o_gateway.secret import Secret
from o2o_gateway.unionpay import TEST_NAME, Trust, load_cer, load_pfx
from o2o_gateway.unionpay.trust import owner

_PFX = json.loads((Path(__file__).parent / "unionpay_pfx.json").read_text())


@pytest.fixture(scope="module")
def house():
    return House()


@pytest.fixture(scope="module")
def published(vectors):
    chain = vectors["unionpay_test_chain"]
    return Trust.of_texts(chain["middle_pem"], chain["root_pem"])


# the published chain, signed with SHA-1


@pytest.mark.parametrize("name", ["unionpay_response", "unionpay_notify"])
def test_the_published_chain_vouches_for_the_published_messages(
    vectors, published, name
):
    """payments.md §0.8: root, middle and leaf are signed with SHA-1."""
    fields = {**vectors[name]["params"]}
    fields.setdefault("signature", vectors[name].get("signature"))
    assert published.check(fields, "utf-8", THEN).is_ok
    fields["txnAmt"] = "100"
    refused = published.check(fields, "utf-8", THEN)
    assert refused.is_rejected and refused.code == NOT_AUTHENTIC


def test_the_published_certificate_has_expired_since(vectors, published):
    """FAULT-12: by the injected clock, to the second."""
    text = vectors["unionpay_notify"]["params"]["signPubKeyCert"]
    ends = load_cer(text.encode())[0].not_valid_after_utc
    starts = load_cer(text.encode())[0].not_valid_before_utc
    assert published.key(text, ends).is_ok
    assert published.key(text, starts).is_ok
    for moment in (ends + timedelta(seconds=1), starts - timedelta(seconds=1), NOON):
        assert published.key(text, moment).is_rejected


def test_a_merchant_of_the_same_authority_is_not_unionpay(vectors, published):
    """FAULT-11: right chain, wrong name, with real certificates."""
    merchant = vectors["unionpay_request"]["cert_pem"]
    refused = published.key(merchant, THEN)
    assert refused.is_rejected
    assert "not UnionPay's" in refused.reason


# our own chain, signed with SHA-256


def test_a_chain_of_sha256_is_believed(house):
    fields = house.sign({"respCode": "00"})
    assert house.trust().check(fields, "utf-8", NOON).is_ok


def test_a_self_made_certificate_with_the_right_name(house):
    """FAULT-10: names are copied easily, the authority's key is not."""
    forger = Pair()
    imitation = certificate(NAME, forger, house.middle.subject, forger)
    alone = certificate(NAME, forger, subject(NAME), forger)
    for leaf, expected in ((imitation, NOT_AUTHENTIC), (alone, UNKNOWN_KEY)):
        fields = house.sign({"respCode": "00"}, forger, leaf)
        outcome = house.trust().check(fields, "utf-8", NOON)
        assert not outcome.is_ok
        assert outcome.code == expected


def test_another_house_with_the_same_names(house):
    """FAULT-10: a whole chain in the image of the real one."""
    other = House()
    assert other.middle.subject == house.middle.subject
    outcome = house.trust().check(other.sign({"respCode": "00"}), "utf-8", NOON)
    assert outcome.is_rejected and outcome.code == NOT_AUTHENTIC


def test_an_unknown_authority_may_be_a_new_one(house):
    """Not believed, but said differently: perhaps UnionPay has moved."""
    new = House("CFCA NEW")
    fields = new.sign({"respCode": "00"})
    outcome = house.trust().check(fields, "utf-8", NOON)
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY
    both = Trust([house.middle, new.middle], [house.root, new.root])
    assert both.check(fields, "utf-8", NOON).is_ok
    assert both.check(house.sign({"respCode": "00"}), "utf-8", NOON).is_ok


@pytest.mark.parametrize(
    "name",
    [
        "041@Z2014@700000000000001:SIGN@00000003",
        "中国银联股份有限公司",
        "041@1@中国银联股份有限公司",
        "041@1@中国银联股份有限公司@2@3",
        "041@中国银联股份有限公司@1@2",
        "041@1@中国银联股份有限公司 @2",
        f"041@1@{TEST_NAME}@2",
    ],
)
def test_a_name_that_only_looks_like_unionpay(house, name):
    """FAULT-11."""
    fields = house.sign({"respCode": "00"}, leaf=house.issue(name))
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_a_name_hidden_in_another_field(house):
    """FAULT-11: the demo kit searches the whole subject for ``CN=``; we do not."""
    leaf = house.issue("041@1@Evil@2", unit=f"CN={NAME}")
    assert owner(leaf) == "Evil"
    fields = house.sign({"respCode": "00"}, leaf=leaf)
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_the_test_systems_name_only_where_it_is_allowed(house):
    leaf = house.issue(f"041@1@{TEST_NAME}@2")
    fields = house.sign({"respCode": "00"}, leaf=leaf)
    assert house.trust(names=(TEST_NAME,)).check(fields, "utf-8", NOON).is_ok


def test_a_leaf_issues_nobody(house):
    """FAULT-10: a merchant's certificate is no middle authority."""
    merchant = Pair()
    issued = house.issue("041@1@Shop@2", merchant)
    forged = certificate(NAME, merchant, issued.subject, merchant)
    fields = house.sign({"respCode": "00"}, merchant, forged)
    assert not house.trust().check(fields, "utf-8", NOON).is_ok
    with pytest.raises(ValueError, match="no authority"):
        Trust([issued], [house.root])


def test_an_authority_does_not_sign_messages(house):
    leaf = house.issue(NAME, is_authority=True)
    fields = house.sign({"respCode": "00"}, leaf=leaf)
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_an_expired_authority_vouches_for_nobody():
    """FAULT-12: the leaf is valid, who issued it no longer is."""
    house = House(days=200)
    fields = house.sign({"respCode": "00"})
    trust = house.trust()
    assert trust.check(fields, "utf-8", NOON).is_ok
    assert trust.check(fields, "utf-8", NOON + timedelta(days=101)).is_rejected
    assert trust.expires_at() == house.middle.not_valid_after_utc


def test_a_weak_key_signs_nothing(house):
    weak = Pair(1024)
    fields = house.sign({"respCode": "00"})
    fields["signPubKeyCert"] = pem(house.issue(NAME, weak))
    outcome = house.trust().check(fields, "utf-8", NOON)
    assert outcome.is_rejected and "weak" in outcome.reason


def test_a_certificate_of_another_hash_is_not_believed(house):
    """Fixed hashes in the chain too: SHA-1 and SHA-256, no others."""
    leaf = house.issue(NAME, algorithm=hashes.SHA512())
    fields = house.sign({"respCode": "00"}, leaf=leaf)
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----"])
def test_a_message_without_a_certificate(house, text):
    """FAULT-13."""
    fields = {**house.sign({"respCode": "00"}), "signPubKeyCert": text}
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_two_certificates_are_none(house):
    text = pem(house.leaf) + pem(house.middle)
    fields = house.sign({"respCode": "00", "signPubKeyCert": text})
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_a_huge_certificate_is_not_read(house):
    """FAULT-23."""
    assert house.trust().key(pem(house.leaf) + "A" * 9000, NOON).is_rejected


# signatures


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.MD5()])
def test_another_hash_is_another_signature(house, algorithm):
    """FAULT-9: right key, right text, SHA-1 or MD5."""
    from cryptography.hazmat.primitives.asymmetric import padding

    from o2o_gateway.unionpay import wire

    fields = house.sign({"respCode": "00"})
    try:
        signature = house.pair.raw.sign(
            wire.digest(fields, "utf-8"), padding.PKCS1v15(), algorithm
        )
    except Exception as error:  # noqa: BLE001 - a library that has dropped MD5
        assert type(error).__name__ == "UnsupportedAlgorithm"
        signature = b"\x00" * 256
    fields["signature"] = base64.b64encode(signature).decode()
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_signed_with_another_key(house):
    """FAULT-9: UnionPay's certificate, somebody's signature."""
    fields = house.sign({"respCode": "00"}, Pair(), house.leaf)
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


@pytest.mark.parametrize("signature", ["", "AAAA", "=", "中", "A" * 100_000])
def test_no_signature(house, signature):
    """FAULT-13."""
    fields = {**house.sign({"respCode": "00"}), "signature": signature}
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


@pytest.mark.parametrize(
    "claim",
    [{"signMethod": "11"}, {"signMethod": "12"}, {"version": "5.0.0"}, {"version": ""}],
)
def test_no_older_or_weaker_way_of_signing(house, claim):
    """FAULT-9: 5.0.0 is SHA-1, 11 and 12 are a shared key."""
    fields = house.sign({"respCode": "00", **claim})
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


def test_signed_in_gbk(house):
    """FAULT-15."""
    fields = house.sign({"respMsg": "成功"}, charset="gbk")
    assert house.trust().check(fields, "gbk", NOON).is_ok
    assert house.trust().check(fields, "utf-8", NOON).is_rejected


# what is pinned


def test_pinned_certificates_must_make_a_chain(house, vectors):
    chain = vectors["unionpay_test_chain"]
    with pytest.raises(ValueError, match="not issued by the root"):
        Trust.of_texts(pem(house.middle), chain["root_pem"])
    with pytest.raises(ValueError, match="is no root"):
        Trust.of_texts(chain["root_pem"], chain["middle_pem"])
    with pytest.raises(ValueError, match="is no root"):
        Trust([house.middle], [house.leaf])
    with pytest.raises(ValueError, match="no middle"):
        Trust([], [house.root])


# files


def as_pfx(pair, leaf, password=b"000000", key=True):
    return pkcs12.serialize_key_and_certificates(
        b"shop",
        pair.raw if key else None,
        leaf,
        None,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def shop(house):
    return house.issue("041@Z2026-11-27@777290058110048:SIGN@00000001")


def test_our_key_from_a_pfx(house, shop):
    signing = load_pfx(as_pfx(house.pair, shop), Secret("000000"))
    assert signing.cert_id == str(shop.serial_number)
    assert signing.valid_to == shop.not_valid_after_utc
    assert signing.key.public().verify(b"x", house.pair.key.sign(b"x"))
    assert "PRIVATE" not in repr(signing) and house.pair.text[40:60] not in repr(
        signing
    )


def test_a_pfx_of_the_old_kind():
    """The test kit's is encrypted with RC2 and 3DES."""
    signing = load_pfx(base64.b64decode(_PFX["pfx"]), Secret(_PFX["password"]))
    assert signing.cert_id == _PFX["cert_id"]


def test_what_is_wrong_with_a_pfx_is_named(house, shop):
    good = as_pfx(house.pair, shop)
    der = shop.public_bytes(serialization.Encoding.DER)
    cases = {
        "empty": b"",
        "too_long": b"x" * 70_000,
        "wrong_password": as_pfx(house.pair, shop, b"other"),
        "is_certificate": der,
        "no_key": as_pfx(house.pair, shop, key=False),
        "no_certificate": as_pfx(house.pair, None),
        "is_unionpay": as_pfx(house.pair, house.leaf),
        "wrong_length": as_pfx(weak := Pair(1024), house.issue("041@1@Shop@2", weak)),
    }
    for code, data in cases.items():
        with pytest.raises(KeyProblem) as raised:
            load_pfx(data, Secret("000000"))
        assert raised.value.code == code
    for data in (good[:500], b"no pfx", pem(shop).encode(), house.pair.text.encode()):
        with pytest.raises(KeyProblem) as raised:
            load_pfx(data, Secret("000000"))
        assert raised.value.code == "not_a_pfx"


def test_a_cer_is_binary_or_text(house):
    der = house.middle.public_bytes(serialization.Encoding.DER)
    bare = base64.b64encode(der)
    windows = pem(house.middle).replace("\n", "\r\n").encode()
    for data in (der, bare, windows):
        assert load_cer(data) == [house.middle]


def test_what_is_wrong_with_a_cer_is_named(house):
    cases = {
        "empty": b"",
        "too_long": b"x" * 70_000,
        "is_private": house.pair.text.encode(),
        "not_a_certificate": b"\x30\x82\xff\xff",
    }
    for code, data in cases.items():
        with pytest.raises(KeyProblem) as raised:
            load_cer(data)
        assert raised.value.code == code
