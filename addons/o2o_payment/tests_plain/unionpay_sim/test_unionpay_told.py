"""Issue 6: what UnionPay tells a shop."""

import pytest
from unionpay_helpers import (
    MERCHANT,
    NOON,
    House,
    client_of,
    client_with,
    new_code,
    new_order,
    refund_of,
)
from unionpay_sim_helpers import FIELDS

from o2o_gateway.outcome import (
    INVALID,
    NOT_AUTHENTIC,
    UNKNOWN_KEY,
)
from o2o_gateway.results import (
    EventKind,
    PaymentState,
    RefundState,
)
from o2o_gateway.unionpay import Settings
from o2o_gateway.unionpay.parsing import original_number


def notified(sim, client, shop, fault=None, **more):
    shop.gateway = client
    order = new_order(client, sim.clock, notify_url=shop.url)
    if fault:
        sim.faults.add("unionpay.notify", fault, **more)
    assert client.pay_by_code(order, new_code()).is_ok
    return order


def test_a_refund_is_told_with_our_numbers(sim, client, shop):
    """Its own notification names the refund only; the rest is our note in it."""
    order = notified(sim, client, shop)
    shop.wait(1)
    part = refund_of(order, 3000, notify_url=shop.url)
    client.refund(part)
    told = shop.wait(2)[1].value
    assert told.kind is EventKind.REFUND and told.payment is None
    refund = told.refund
    assert (refund.state, refund.amount_fen) == (RefundState.DONE, 3000)
    assert (refund.out_no, refund.refund_no) == (order.out_no, part.refund_no)
    whole = notified(sim, client, shop)
    sim.faults.add("unionpay.void", "no_void")
    back = refund_of(whole, 10000, notify_url=shop.url)
    client.refund(back)
    told = shop.wait(4)[3].value.refund
    assert (told.out_no, told.refund_no) == (whole.out_no, back.refund_no)


@pytest.mark.parametrize(
    ("fault", "more"), [("duplicate", {"times": 5}), ("together", {"times": 8})]
)
def test_a_notification_many_times_is_one(sim, client, shop, fault, more):
    """FAULT-1, FAULT-2: one key."""
    notified(sim, client, shop, fault, **more)
    outcomes = shop.wait(more["times"])
    assert all(one.is_ok for one in outcomes)
    assert len(shop.taken) == 1


def test_a_notification_that_was_not_taken_comes_again(own_sim, shop):
    """FAULT-3: after 1, 2, 4, 5 minutes, with the same key."""
    client = client_of(own_sim)
    shop.refusals = 4
    notified(own_sim, client, shop)
    for count, minutes in enumerate((1, 2, 4, 5), 1):
        shop.wait(count)
        own_sim.clock.advance(minutes * 60 + 1)
    outcomes = shop.wait(5)
    assert len({one.value.key for one in outcomes}) == 1
    assert len(shop.taken) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("tampered", NOT_AUTHENTIC),
        ("unsigned", NOT_AUTHENTIC),
        ("wrong_key", NOT_AUTHENTIC),
        ("wrong_name", NOT_AUTHENTIC),
        ("expired", NOT_AUTHENTIC),
        ("wrong_merchant", INVALID),
    ],
)
def test_a_forged_notification_is_refused(sim, client, shop, fault, code):
    """FAULT-5, FAULT-8, FAULT-9, FAULT-10, FAULT-11, FAULT-12, FAULT-13."""
    notified(sim, client, shop, fault)
    outcome = shop.wait(1)[0]
    assert outcome.is_rejected and outcome.code == code
    assert shop.taken == {}


def test_a_wrong_amount_is_told_as_it_is(sim, client, shop):
    """FAULT-6: signed by UnionPay; who acts compares, each time anew."""
    order = notified(sim, client, shop, "wrong_amount")
    told = shop.wait(1)[0].value.payment
    assert (told.out_no, told.amount_fen) == (order.out_no, 10100)
    assert client.query(order.out_no).value.amount_fen == 10000


def test_signing_changes_from_one_day_to_the_next(own_sim, shop):
    """FAULT-19: each message brings its certificate; nobody has to do anything."""
    client = client_of(own_sim)
    notified(own_sim, client, shop)
    own_sim.unionpay.rotate()
    notified(own_sim, client, shop)
    outcomes = shop.wait(2)
    certificates = {one.value.content["signPubKeyCert"] for one in outcomes}
    assert len(certificates) == 2


@pytest.fixture
def reader(house):
    """A client that trusts the house; nothing is called."""
    settings = Settings(MERCHANT, house.signing(), house.trust())
    return client_with(settings, lambda: NOON)


def letter(house, charset="utf-8", **more):
    from o2o_gateway.unionpay import wire

    fields = house.sign({**FIELDS, **more}, charset=charset)
    return wire.form(fields, charset)


def read(reader, body):
    return reader.parse_notification({}, body)


def test_a_published_notification_is_read(vectors, house):
    """Two years before its certificate ended, under the published authorities."""
    from unionpay_helpers import THEN

    from o2o_gateway.unionpay import Trust, wire

    chain = vectors["unionpay_test_chain"]
    trust = Trust.of_texts(chain["middle_pem"], chain["root_pem"])
    client = client_with(Settings(MERCHANT, house.signing(), trust), lambda: THEN)
    body = wire.form(vectors["unionpay_notify"]["params"], "utf-8")
    payment = read(client, body).value.payment
    assert (payment.state, payment.amount_fen) == (PaymentState.PAID, 1)
    assert payment.out_no == "yansongda20220908132206"
    assert payment.paid_at.isoformat() == "2022-09-08T13:22:06+08:00"
    assert payment.payer == ""


def test_a_notification_in_gbk(house, reader):
    """FAULT-15."""
    body = letter(house, "gbk", respMsg="成功 +%&")
    assert read(reader, body).value.content["respMsg"] == "成功 +%&"
    assert not read(reader, body.replace(b"encoding=GBK", b"encoding=UTF-8")).is_ok


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00", PaymentState.PAID),
        ("A6", PaymentState.PAID),
        ("05", PaymentState.WAITING),
        ("51", PaymentState.FAILED),
    ],
)
def test_codes_of_a_notification(house, reader, code, state):
    """payments.md §2.3: 00 and A6 are success."""
    payment = read(reader, letter(house, respCode=code)).value.payment
    assert payment.state is state
    assert (payment.paid_at is not None) is (state is PaymentState.PAID)


def test_another_currency_is_told_as_it_is(house, reader):
    """FAULT-7: who acts compares; 840 equals nothing of ours."""
    assert read(reader, letter(house, currencyCode="840")).value.payment.currency == (
        "840"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"txnType": "99"},
        {"txnAmt": "1.00"},
        {"txnAmt": "-1"},
        {"txnTime": "now"},
        {"orderId": ""},
        {"traceTime": "9999999999"},
    ],
)
def test_a_signed_notification_that_makes_no_sense(house, reader, more):
    outcome = read(reader, letter(house, **more))
    assert outcome.is_rejected and outcome.code == INVALID


def test_a_notification_under_a_new_authority_is_kept_for_later(reader):
    """Answered with "again", told apart from a forgery."""
    outcome = read(reader, letter(House("CFCA NEW")))
    assert outcome.is_unknown and outcome.code == UNKNOWN_KEY


def test_unknown_authorities_cause_no_calls(rude, rude_server):
    """FAULT-18: whatever strangers send, nothing goes out."""
    body = letter(House("CFCA NEW"))
    for _ in range(200):
        assert rude.parse_notification({}, body).is_unknown
    assert rude_server.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"{}", b"a=1&a=2", b"x" * 10_000_000, b"&" * 5000],
    ids=["empty", "bytes", "json", "twice", "10 MB", "ampersands"],
)
def test_what_is_no_notification(reader, body):
    """FAULT-23."""
    outcome = read(reader, body)
    assert outcome.is_rejected and outcome.code == INVALID


def test_a_signed_notification_that_is_far_too_long(house, reader):
    """FAULT-23: not even looked at."""
    assert read(reader, letter(house, respMsg="x" * 50_000)).is_ok
    outcome = read(reader, letter(house, respMsg="x" * 70_000))
    assert outcome.is_rejected and outcome.code == INVALID


@pytest.mark.parametrize(
    ("reserved", "number", "expected"),
    [
        ("ABCD1234|REFUND01", "REFUND01", ("ABCD1234", "REFUND01")),
        ("ABCD1234|REFUND01", "REFUND01R", ("ABCD1234", "REFUND01")),
        # a number of its own that ends in R
        ("ABCD1234|REFUNDER", "REFUNDER", ("ABCD1234", "REFUNDER")),
        ("", "REFUNDER", ("", "REFUNDER")),
        ("", "REFUND01R", ("", "REFUND01R")),
    ],
)
def test_numbers_that_a_refund_carries(reserved, number, expected):
    """Numbers that are not of our own form are told apart by our note."""
    assert original_number(reserved, number) == expected


def test_a_field_twice_is_refused(house, reader):
    """FAULT-5: which of the two amounts would be signed?"""
    assert read(reader, letter(house)).is_ok
    outcome = read(reader, letter(house) + b"&txnAmt=1")
    assert outcome.is_rejected and outcome.code == INVALID


def test_acknowledgements(reader):
    assert reader.acknowledge(True).status == 200
    assert reader.acknowledge(False).status == 500
