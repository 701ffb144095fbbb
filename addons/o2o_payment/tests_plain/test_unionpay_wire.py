"""Issue 6: what UnionPay signs and how it writes, against published examples."""

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unionpay_helpers import raw

from o2o_gateway.keys import certificate_key, load_certificates
from o2o_gateway.unionpay import wire


def published_key(text):
    return certificate_key(load_certificates(text)[0])


# published examples


@pytest.mark.parametrize("name", ["unionpay_response", "unionpay_notify"])
def test_published_messages_are_verified(vectors, name):
    fields = {**vectors[name]["params"]}
    signature = vectors[name].get("signature") or fields["signature"]
    key = published_key(fields["signPubKeyCert"])
    assert key.verify(wire.digest(fields, "utf-8"), signature)
    fields["txnAmt"] = "2"
    assert not key.verify(wire.digest(fields, "utf-8"), signature)


def test_the_published_request_is_verified(vectors):
    vector = vectors["unionpay_request"]
    key = published_key(vector["cert_pem"])
    assert key.verify(wire.digest(vector["params"], "utf-8"), vector["signature"])
    certificate = load_certificates(vector["cert_pem"])[0]
    assert str(certificate.serial_number) == vector["cert_id"]


def test_a_published_answer_is_read_as_it_travels(vectors):
    """Line ends of the certificate, + and / of base64 and [ ] stand there bare."""
    vector = vectors["unionpay_response"]
    sent = {**vector["params"], "signature": vector["params"].get("signature", "x")}
    fields, charset = wire.parse_answer(raw(sent), "gbk")
    assert fields == sent
    assert charset == "utf-8"


# what is signed


def test_the_digest_is_lower_case_hex_of_sorted_fields():
    """Names sorted, empty values and the signature left out, nothing encoded."""
    fields = {"b": "2&c=3", "a": "中 +", "empty": "", "signature": "old"}
    again = {"signature": "new", "a": "中 +", "b": "2&c=3"}
    assert wire.digest(fields, "utf-8") == wire.digest(again, "utf-8")
    assert wire.digest(fields, "utf-8") != wire.digest(fields, "gbk")
    assert (
        wire.digest({"b": "2", "a": "1"}, "utf-8")
        == b"8e85be58c1c372ac29fe7bfa80d8ddcbd04a4032c7b51c1c026d67c55b1ab23f"
    )


# answers


def test_brackets_hold_signs_together():
    """FAULT-14: & and = inside { } or [ ] are content, up to the first end."""
    body = b"a={x=1&y=2}&b=[p&q]&c={[&}&d=1"
    fields, _charset = wire.parse_answer(body, "utf-8")
    assert fields == {"a": "{x=1&y=2}", "b": "[p&q]", "c": "{[&}", "d": "1"}


def test_an_answer_in_gbk():
    """FAULT-15: the answer says its charset itself."""
    body = raw({"encoding": "GBK", "respMsg": "成功"}, "gbk")
    fields, charset = wire.parse_answer(body, "utf-8")
    assert fields["respMsg"] == "成功"
    assert charset == "gbk"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502</body></html>",
        b"a=1&a=2",
        b"a=1&=2",
        b"encoding=UTF-16&a=1",
        b"encoding=UTF-8&a=\xff",
        "encoding=GBK&a=中".encode(),
        b"&".join(b"a%d=1" % number for number in range(201)),
    ],
)
def test_what_is_no_answer_is_refused(body):
    """FAULT-39, FAULT-23: pages of proxies, halves, doubles, other charsets."""
    with pytest.raises(ValueError, match=r".*"):
        wire.parse_answer(body, "utf-8")


def test_an_answer_that_ends_in_a_bracket_has_no_signature():
    """FAULT-39: half of it; the rest of the text is the value."""
    fields, _charset = wire.parse_answer(b"a=1&b={x&signature=y", "utf-8")
    assert fields == {"a": "1", "b": "{x&signature=y"}


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True)
calm = st.text(
    st.characters(codec="gbk", exclude_characters="&{}[]", exclude_categories=["Cs"]),
    max_size=30,
)


@given(st.dictionaries(names, calm, min_size=1), st.sampled_from(["utf-8", "gbk"]))
def test_every_calm_answer_comes_back(fields, charset):
    assume("encoding" not in fields)
    sent = {"encoding": charset.upper(), **fields}
    assert wire.parse_answer(raw(sent, charset), "utf-8") == (sent, charset)


# forms


@given(
    st.dictionaries(names, st.text(st.characters(codec="gbk"), max_size=30)),
    st.sampled_from(["utf-8", "gbk"]),
)
def test_every_form_comes_back(fields, charset):
    """FAULT-15: +, %, &, line ends, Chinese, in both charsets."""
    assume("encoding" not in fields)
    sent = {"encoding": charset.upper(), **fields}
    assert wire.parse_form(wire.form(sent, charset)) == (sent, charset)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(body):
    """FAULT-23: a ValueError at most."""
    for read in (wire.parse_form, lambda one: wire.parse_answer(one, "utf-8")):
        try:
            fields, charset = read(body)
        except ValueError:
            continue
        assert charset in ("utf-8", "gbk")
        assert all(fields)


def test_a_form_is_signed_text_in_its_charset():
    body = wire.form({"encoding": "GBK", "subject": "奶茶 +1"}, "gbk")
    assert body == b"encoding=GBK&subject=%C4%CC%B2%E8+%2B1"


# texts that are passed on


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_a_subject_holds_no_syntax(charset):
    """payments.md §2.3: &={}[]\"' break those who read the field after us."""
    text = wire.plain("A&B={1}[2]\"'\n茶🧋", charset, 100)
    assert not set(text) & set("&={}[]\"'\n")
    assert text.startswith("A＆B＝｛1｝【2】")
    assert ("🧋" in text) == (charset == "utf-8")


@given(st.text(), st.integers(0, 20), st.sampled_from(["utf-8", "gbk"]))
def test_a_subject_fits_and_is_whole(text, size, charset):
    assert len(wire.plain(text, charset, size).encode(charset)) <= size


def test_base64_of_a_file_is_split_in_no_time():
    """A bill of 100,000 rows is one field of megabytes."""
    content = base64.b64encode(b"\x00\xff" * 2_000_000).decode()
    fields, _charset = wire.parse_answer(
        raw({"respCode": "00", "fileContent": content, "signature": "x"}), "utf-8"
    )
    assert fields["fileContent"] == content
