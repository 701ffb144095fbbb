"""Issue 6: what is set up wrongly at UnionPay, and named."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from unionpay_helpers import (
    MERCHANT,
    NOON,
    House,
    client_of,
    client_with,
)
from unionpay_sim_helpers import answers

from o2o_gateway.outcome import (
    NOT_SENT,
)
from o2o_gateway.secret import Secret
from o2o_gateway.unionpay import Settings


def test_the_phone_shows_codes_that_are_taken(sim, client, order):
    shown = requests.get(f"{sim.url}/phone", timeout=5).text
    code = re.search(r"<dt>银联</dt><dd>(\d+)</dd>", shown)[1]
    assert client.pay_by_code(order, Secret(code)).is_ok


def test_a_self_test_that_finds_nothing(sim, client):
    """payments.md §5: the settings are tried before anybody pays."""
    assert client.self_test() == ()
    # nothing is left behind, here or there
    assert client.stamps.kept == {}


def test_a_self_test_names_the_mistake(sim):
    """Issue 6: wrong key, wrong merchant, an authority that is not UnionPay's."""
    kit = client_of(sim)._settings.signing
    stranger = House()
    cases = {
        "9100004": {"signing": replace(kit, key=stranger.merchant_pair.key)},
        "验签失败": {"merchant_no": "777290058199999"},
        "do not know": {"trust": House("CFCA OTHER").trust()},
    }
    for text, more in cases.items():
        [finding] = client_of(sim, **more).self_test()
        assert text in finding.text
    old = replace(kit, valid_to=NOON - timedelta(days=1))
    [finding] = client_of(sim, signing=old).self_test()
    assert (finding.code, finding.text[:20]) == ("expired", "The certificate in t")
    codes = [one.code for one in client_of(sim, url="http://127.0.0.1:9").self_test()]
    assert codes == [NOT_SENT]


@pytest.mark.parametrize(("minutes", "is_off"), [(-10, True), (0.5, False), (10, True)])
def test_a_self_test_sees_a_clock_that_is_off(sim, minutes, is_off):
    """FAULT-41: by the date in UnionPay's answer."""
    settings = client_of(sim)._settings

    def clock():
        return sim.clock() + timedelta(minutes=minutes)

    codes = [one.code for one in client_with(settings, clock).self_test()]
    assert codes == (["clock"] if is_off else [])


def test_a_self_test_after_the_authorities_have_ended(rude, rude_server, house):
    answers(rude_server, house, {"merId": MERCHANT, "respCode": "34"})
    later = house.middle.not_valid_after_utc + timedelta(days=1)
    client = client_with(rude._settings, lambda: later)
    texts = [one.text for one in client.self_test()]
    assert any("middle or root" in text for text in texts)


@pytest.mark.parametrize(
    "more",
    [
        {"merchant_no": "77729005816715"},
        {"merchant_no": "77729005816715-"},
        {"terminal_no": "1"},
        {"encoding": "UTF-16"},
    ],
)
def test_settings_that_unionpay_refuses(house, more):
    values = {
        "merchant_no": MERCHANT,
        "signing": house.signing(),
        "trust": house.trust(),
        **more,
    }
    with pytest.raises(ValueError, match=r"UnionPay|encoding"):
        Settings(**values)


def test_a_number_that_is_not_legal(client):
    for call in (client.query, client.cancel):
        with pytest.raises(ValueError, match="letters and digits"):
            call("Shop/0001")
