"""Issue 6: what Alipay signs, against published examples and at random."""

import base64
import json

import pytest
from alipay_helpers import DAY, NOW, Authority, Signer, pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from key_texts import KeyTexts

from o2o_gateway.alipay.certificates import certificate_sn, is_trusted, root_sn
from o2o_gateway.alipay.signing import (
    members,
    notification_content,
    request_content,
)
from o2o_gateway.alipay.trust import CertificateTrust
from o2o_gateway.keys import KeyProblem, certificate_key, load_certificates

ALIPAY = "支付宝(中国)网络技术有限公司-2088721003899159"


# published examples


@pytest.fixture(scope="module")
def published(vectors):
    [certificate] = load_certificates(vectors["alipay_return_url"]["public_cert_pem"])
    return certificate_key(certificate)


@pytest.mark.parametrize("name", ["alipay_return_url", "alipay_notify"])
def test_published_forms(vectors, published, name):
    """Vectors: sorted, without ``sign`` and ``sign_type``, ``+`` and ``测试`` as is."""
    params = vectors[name]["params"]
    data = notification_content(params).encode()
    assert published.verify(data, params["sign"])
    with_type = request_content(params).encode()
    assert not published.verify(with_type, params["sign"])


def test_published_answer(vectors, published):
    """Vector: the raw text of the node is signed, and taken out of the answer so."""
    vector = vectors["alipay_sync_response"]
    body = f'{{"x_response":{vector["raw_json"]},"sign":"{vector["sign"]}"}}'
    found = members(body)
    assert found["x_response"] == vector["raw_json"]
    assert published.verify(found["x_response"].encode(), json.loads(found["sign"]))


def test_published_request(vectors):
    """Vector: what a merchant signs keeps ``sign_type``."""
    vector = vectors["alipay_request"]
    [certificate] = load_certificates(vector["app_public_cert_pem"])
    key = certificate_key(certificate)
    assert key.verify(request_content(vector["params"]).encode(), vector["sign"])
    assert certificate_sn(certificate) == vector["app_cert_sn"]


# the raw text of a node

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(max_size=8), json_values, max_size=6),
    st.booleans(),
    st.sampled_from([None, 0, 2, "\t"]),
)
def test_every_member_is_taken_as_it_stands(value, is_ascii, indent):
    """Whatever is written, each member's text is a slice of it and means the same."""
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    found = members(text)
    assert {name: json.loads(raw) for name, raw in found.items()} == value
    assert all(raw in text for raw in found.values())


@given(json_values, st.text(), st.text())
def test_a_node_is_cut_out_exactly(node, before, after):
    """No text around or inside of it moves the borders of the node."""
    raw = json.dumps(node, ensure_ascii=False)
    parts = [json.dumps(one, ensure_ascii=False) for one in (before, after)]
    body = f' {{"a" : {parts[0]} ,"n_response":  {raw} ,\n"sign":{parts[1]} }} '
    assert members(body)["n_response"] == raw


@pytest.mark.parametrize(
    "raw",
    [
        '{"msg":"}"}',
        '{"msg":"{\\"sign\\":\\"x\\"}"}',
        '{"url":"https:\\/\\/qr.alipay.com\\/x"}',
        '{"subject":"🍷\\ud83c\\udf77 茅台","a":[{"}":"]"}]}',
        '{"b":"\\\\","a":1}',
        "{}",
    ],
)
def test_braces_and_escapes_inside_of_strings(raw):
    """FAULT-14: a brace in a text is no end, ``\\/`` stays what it is."""
    assert members(f'{{"x_response":{raw},"sign":"s"}}')["x_response"] == raw


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    """Nothing but a ValueError comes of nonsense."""
    try:
        members(text)
    except ValueError:
        return
    assert isinstance(json.loads(text), dict)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{", '{"a":1', '{"a":1}}', '{"a":1,}', '{"a"}', '{"a":1}x']
    + ['{"a":1,"a":2}', "{'a':1}", "<html></html>", '{"a":' + "[" * 100_000],
)
def test_what_is_no_answer(text):
    """FAULT-39: cut short, doubled or something else. A name twice is an attack."""
    with pytest.raises(ValueError):
        members(text)


# parameters

params = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="&="), min_size=1),
    st.text(st.characters(codec="utf-8")),
    max_size=8,
)


@given(params)
def test_empty_values_and_order_do_not_count(values):
    """FAULT-15: empty parameters are not signed, whoever sends them."""
    backwards = dict(reversed([*values.items(), ("empty", "")]))
    assert notification_content(values) == notification_content(backwards)


@given(params, st.data())
def test_a_changed_parameter_is_found(signer, values, data):
    """FAULT-5: with any parameter changed the signature is wrong."""
    values = {k: v for k, v in values.items() if v and k not in ("sign", "sign_type")}
    signature = signer.key.sign(request_content(values).encode())
    public = signer.key.public()
    assert public.verify(request_content(values).encode(), signature)
    name = data.draw(st.sampled_from([*values, "more"]))
    values[name] = values.get(name, "") + "1"
    assert not public.verify(request_content(values).encode(), signature)


@pytest.fixture(scope="module")
def signer():
    return Signer()


# certificates


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def texts():
    return KeyTexts()


def test_a_root_bundle_with_roots_that_do_not_count(authority, texts):
    """§0.9: only roots signed with RSA are named, in their order."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "E1")])
    curve = ec.generate_private_key(ec.SECP384R1())
    other = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(curve.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
        .sign(curve, hashes.SHA384())
    )
    one, two = authority.root, authority.middle
    bundle = load_certificates(pem(other, one, other, two))
    assert root_sn(bundle) == f"{certificate_sn(one)}_{certificate_sn(two)}"


def test_a_chain_to_a_root(authority, texts):
    leaf = authority.issue(ALIPAY, texts)
    roots = [authority.root]
    assert is_trusted(leaf, [authority.middle], roots, NOW)
    assert is_trusted(leaf, [leaf, authority.root, authority.middle], roots, NOW)


def test_chains_that_lead_nowhere(authority, texts):
    """No chain, another root with the same name, a leaf as an authority, too old."""
    leaf = authority.issue(ALIPAY, texts)
    roots, middle = [authority.root], [authority.middle]
    assert not is_trusted(leaf, [], roots, NOW)
    assert not is_trusted(leaf, middle, [], NOW)
    assert not is_trusted(leaf, middle, roots, NOW + 366 * DAY)
    assert not is_trusted(leaf, middle, roots, NOW - 2 * DAY)
    false = Authority()
    forged = false.issue(ALIPAY, texts)
    assert not is_trusted(forged, [false.middle, authority.middle], roots, NOW)
    assert not is_trusted(forged, [false.middle, false.root], roots, NOW)
    by_root = (authority.root, authority.root_key)
    long = authority.issue(ALIPAY, texts, ends=NOW + 5000 * DAY, by=by_root)
    assert is_trusted(long, [], roots, NOW)
    assert not is_trusted(long, [], roots, NOW + 4000 * DAY)
    below = authority.issue("x", KeyTexts(), by=(leaf, texts))
    assert not is_trusted(below, [leaf, authority.middle], roots, NOW)


def test_the_certificate_of_a_merchant_is_not_alipays(authority, texts):
    """The same authority issues both: a valid chain is not enough."""
    leaf = authority.issue(ALIPAY, texts)
    trust = CertificateTrust(leaf, [authority.root], [leaf])
    merchant = authority.issue("2088721003899159-9021000122682882", KeyTexts())
    new = authority.issue(ALIPAY, KeyTexts())
    for one, is_taken in ((merchant, False), (new, True)):
        text = pem(one, authority.middle)
        found = trust.adding(text, certificate_sn(one), NOW)
        assert (found is not None) is is_taken
    assert trust.adding(pem(new), certificate_sn(new), NOW) is None
    assert trust.adding(pem(new, authority.middle), "another", NOW) is None
    assert trust.adding("nonsense", certificate_sn(new), NOW) is None


def test_without_a_certificate_of_alipay_there_is_no_trust(authority):
    with pytest.raises(KeyProblem):
        CertificateTrust(authority.root, [authority.root], [authority.root])


def test_old_and_new_certificate_take_turns(authority, texts):
    """FAULT-19: each answer names its certificate, both are good."""
    other = KeyTexts()
    old, new = authority.issue(ALIPAY, texts), authority.issue(ALIPAY, other)
    trust = CertificateTrust(old, [authority.root], [old, authority.middle, new])
    for certificate, key in [(old, texts), (new, other)] * 2:
        signature = Signer(key).key.sign(b"data")
        serial = certificate_sn(certificate)
        assert trust.verify(b"data", signature, serial, NOW)
        assert trust.verify(b"data", signature, "", NOW)
        assert not trust.verify(b"data", signature, "0" * 32, NOW)
    wrong = Signer(texts).key.sign(b"data")
    assert not trust.verify(b"data", wrong, certificate_sn(new), NOW)
    assert not trust.verify(b"data", base64.b64encode(b"x").decode(), "", NOW)
