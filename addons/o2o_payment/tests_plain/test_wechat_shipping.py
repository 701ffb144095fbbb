"""Issue 6: shipping information for mini programs."""

import json
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from wechat_helpers import MCHID, NOW, OUT_NO

from o2o_gateway.outcome import BAD_ANSWER
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Reply
from o2o_gateway.wechat import shipping
from o2o_gateway.wechat.shipping import Logistics, Parcel, Shipping, mask_phone

EXPRESS = Parcel("茅台 53 度 ×2", "SF1234567890", "SF", receiver_phone="13812345678")
OTHER = Parcel("酒杯", "YT99", "YTO")


def sent(**more):
    values = {
        "mchid": MCHID,
        "out_no": OUT_NO,
        "openid": "oUpF8u",
        "logistics": Logistics.EXPRESS,
        "parcels": (EXPRESS,),
        "sent_at": NOW,
        **more,
    }
    return Shipping(**values)


def test_a_parcel_is_told_of():
    """The text itself, not escapes; the number of the telephone is hidden."""
    path, body = shipping.request(sent(), Secret("a+b/c=="))
    parts = urlsplit(path)
    assert parts.path == "/wxa/sec/order/upload_shipping_info"
    assert parse_qs(parts.query) == {"access_token": ["a+b/c=="]}
    assert "茅台".encode() in body and b"13812345678" not in body
    assert json.loads(body) == {
        "order_key": {
            "order_number_type": 1,
            "mchid": MCHID,
            "out_trade_no": OUT_NO,
        },
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [
            {
                "item_desc": "茅台 53 度 ×2",
                "tracking_no": "SF1234567890",
                "express_company": "SF",
                "contact": {"receiver_contact": "138****5678"},
            }
        ],
        "upload_time": "2026-11-27T12:00:05.000+08:00",
        "payer": {"openid": "oUpF8u"},
    }


def test_parcels_one_after_the_other():
    more = {"parcels": (EXPRESS, OTHER), "is_split": True, "is_complete": False}
    content = json.loads(shipping.request(sent(**more), Secret("t"))[1])
    assert (content["delivery_mode"], content["is_all_delivered"]) == (2, False)
    assert [one["tracking_no"] for one in content["shipping_list"]] == [
        "SF1234567890",
        "YT99",
    ]
    assert "contact" not in content["shipping_list"][1]


@pytest.mark.parametrize("kind", [Logistics.LOCAL, Logistics.PICKUP, Logistics.VIRTUAL])
def test_goods_without_a_parcel(kind):
    told = sent(logistics=kind, parcels=(Parcel("两瓶茅台"),))
    content = json.loads(shipping.request(told, Secret("t"))[1])
    assert content["logistics_type"] == int(kind)
    assert content["shipping_list"] == [{"item_desc": "两瓶茅台"}]


@pytest.mark.parametrize(
    "changed",
    [
        {"out_no": "Shop/1"},
        {"openid": ""},
        {"parcels": ()},
        {"parcels": (EXPRESS, OTHER)},
        {"parcels": (OTHER,) * 11, "is_split": True},
        {"parcels": (Parcel("酒"),)},
        {"parcels": (Parcel("酒", "SF1", "SF"),)},
        {"parcels": (Parcel("酒", "", "YTO"),)},
        {"logistics": Logistics.PICKUP},
        {"logistics": Logistics.PICKUP, "parcels": (Parcel("酒"),), "is_split": True},
        {"sent_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - naive on purpose
    ],
    ids=str,
)
def test_what_wechat_would_refuse_is_refused_here(changed):
    with pytest.raises(ValueError):
        sent(**changed)


def test_goods_have_a_description_of_fitting_length():
    for text in ("", " ", "酒" * 121):
        with pytest.raises(ValueError):
            Parcel(text)
    assert Parcel("酒" * 120).item


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "861****5678"),
        ("021-6234567", "021****4567"),
        ("", ""),
        ("call me", ""),
        ("1234", ""),
    ],
)
def test_a_telephone_number_is_hidden(number, shown):
    assert mask_phone(number) == shown


def test_who_bought_what_is_in_no_log():
    text = repr(sent())
    assert "oUpF8u" not in text and "13812345678" not in text


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b'{"errcode":0,"errmsg":"ok"}', "ok", "0"),
        (b'{"errcode":10060023,"errmsg":"not changed"}', "ok", "10060023"),
        (b'{"errcode":40001}', "rejected", shipping.TOKEN_EXPIRED),
        (b'{"errcode":42001}', "rejected", shipping.TOKEN_EXPIRED),
        (b'{"errcode":-1}', "unknown", "-1"),
        (b'{"errcode":10060012}', "unknown", "10060012"),
        (b'{"errcode":10060001}', "rejected", "10060001"),
        (b'{"errcode":"0"}', "unknown", BAD_ANSWER),
        (b'{"errcode":false}', "unknown", BAD_ANSWER),
        (b"{}", "unknown", BAD_ANSWER),
        (b"<html>", "unknown", BAD_ANSWER),
        (b"", "unknown", BAD_ANSWER),
    ],
)
def test_each_answer_says_what_to_do_next(body, kind, code):
    """Done, done before, a new token, later again, or a person."""
    outcome = shipping.read_answer(Reply(200, {}, body))
    assert (outcome.kind.value, outcome.code) == (kind, code)
    assert shipping.read_answer(Reply(502, {}, body)).is_unknown


def test_the_moment_is_that_of_beijing():
    """§0.10."""
    told = sent(sent_at=datetime(2026, 11, 27, 16, 0, 5, 120000, timezone.utc))
    content = json.loads(shipping.request(told, Secret("t"))[1])
    assert content["upload_time"] == "2026-11-28T00:00:05.120+08:00"
