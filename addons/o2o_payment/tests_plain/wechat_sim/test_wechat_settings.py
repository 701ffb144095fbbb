"""Issue 6: keys, certificates and what is set up wrongly at WeChat Pay."""

from datetime import timedelta

import pytest
from wechat_sim_helpers import client_of, new_code, new_order

from o2o_gateway.keys import load_private_key
from o2o_gateway.outcome import NOT_AUTHENTIC, UNKNOWN_KEY
from o2o_gateway.results import (
    PaymentState,
)
from o2o_gateway.wechat import platform_keys
from o2o_gateway.wechat.sealed import CANNOT_OPEN
from o2o_gateway.wechat.wire import NO_CERTIFICATES
from o2o_paysim.wechat.identity import MODES


def test_certificates_are_learned_and_rotated(sim):
    """FAULT-19: from no certificate at all, through a rotation at noon."""
    sim.wechat.identity.mode = "certificate"
    kept = []
    client = client_of(sim, platform_keys(), on_new_certificate=kept.append)
    order = new_order(sim)
    assert client.pay_by_code(order, new_code()).value.state is PaymentState.PAID
    known = len(kept)
    assert known >= 1
    sim.clock.advance(3600)
    sim.wechat.rotate()
    assert client.query(order.out_no).value.state is PaymentState.PAID
    assert len(kept) == known + 1
    assert client.refresh_certificates().value == 0


def test_a_merchant_with_the_public_key_alone(sim, client):
    """§2.2: /v3/certificates answers 404."""
    assert client.refresh_certificates().code == NO_CERTIFICATES
    with pytest.raises(ValueError, match="does not expire"):
        sim.wechat.rotate()


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"private_key": "other"}, "wrong key"),
        ({"serial_no": "1234567890ABCDEF"}, "wrong certificate number"),
        ({"clock": 10}, "clock of this server"),
        ({"clock": -8 * 60}, "clock of this server"),
    ],
    ids=str,
)
def test_what_is_set_up_wrongly_is_named(sim, order, other_texts, wrong, hint):
    """FAULT-41 and the self-test: key, certificate number, clock."""
    if "private_key" in wrong:
        wrong = {"private_key": other_texts.private().decode()}
    minutes = wrong.get("clock", 0)
    if minutes:
        wrong = {"clock": lambda: sim.clock() + timedelta(minutes=minutes)}
    client = client_of(sim, **wrong)
    outcome = client.query(order.out_no)
    assert outcome.is_rejected and outcome.code == "SIGN_ERROR"
    assert hint in outcome.reason
    assert abs(client.skew_seconds - 60 * minutes) < 5


def test_a_wrong_api_key_shows_at_the_certificates(sim):
    """FAULT-21."""
    sim.wechat.identity.mode = "certificate"
    client = client_of(sim, platform_keys(), api_key="z" * 32)
    assert client.refresh_certificates().code == CANNOT_OPEN


def findings(client, **more):
    return [one.code for one in client.self_test(**more)]


@pytest.mark.parametrize("mode", MODES)
def test_right_settings_have_no_findings(sim, mode):
    sim.wechat.identity.mode = mode
    before = len(sim.wechat.ledger.trades())
    client = client_of(sim)
    assert client.self_test() == ()
    assert len(sim.wechat.ledger.trades()) == before
    assert client.self_test("https://shop.example/notify") == ()
    trial = sim.wechat.ledger.trades()[-1]
    assert (trial.amount_fen, trial.state) == (1, "closed")


def test_mistakes_are_named(sim, key_texts):
    """Issue 6, §5: the wrong key in every place, numbers, no line."""
    url = "https://shop.example/notify"
    texts = sim.wechat.merchant()
    name = texts["public_key_id"]
    stranger = load_private_key(key_texts.private().decode())
    [ours] = client_of(sim, private_key=key_texts.private().decode()).self_test(url)
    assert ours.code == "SIGN_ERROR" and "wrong key" in ours.text
    own = load_private_key(texts["private_key"]).public()
    assert findings(client_of(sim, platform_keys({name: own})))[0] == "own_key"
    theirs = client_of(sim, platform_keys({name: stranger.public()}))
    [wrong] = theirs.self_test(url)
    assert wrong.code == NOT_AUTHENTIC and "WeChat Pay's" in wrong.text
    other = client_of(sim, platform_keys({"PUB_KEY_ID_2": stranger.public()}))
    assert UNKNOWN_KEY in findings(other, notify_url=url)
    [app] = client_of(sim, app_id="wx0").self_test(url)
    assert "app number" in app.text
    [merchant] = client_of(sim, mchid="1900000108").self_test(url)
    assert "wrong merchant number" in merchant.text
    sim.wechat.identity.mode = "certificate"
    assert findings(client_of(sim, platform_keys(), api_key="z" * 32)) == [CANNOT_OPEN]
    assert findings(client_of(sim, platform_keys())) == []


def test_a_merchant_without_any_key_of_wechat_pay(sim):
    """The public key was not pasted, and there are no certificates."""
    assert findings(client_of(sim, platform_keys())) == [NO_CERTIFICATES]


@pytest.mark.parametrize(("minutes", "count"), [(0.5, 0), (4, 1), (480, 2)])
def test_a_clock_that_is_off_is_named(sim, minutes, count):
    """FAULT-41: before WeChat Pay refuses for it."""
    found = client_of(
        sim, clock=lambda: sim.clock() - timedelta(minutes=minutes)
    ).self_test()
    assert len(found) == count
    assert all("clock" in one.text for one in found)


def test_certificates_that_have_expired_are_named(sim):
    sim.wechat.identity.mode = "certificate"
    late = client_of(sim, clock=lambda: sim.clock() + timedelta(days=3650))
    assert "expired" in findings(late)
