"""Issue 6: the access token of an app, and what is told with it, over real sockets."""

import pytest
import requests
from wechat_helpers import NOW

from o2o_gateway.outcome import BAD_ANSWER, ok
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Reply
from o2o_gateway.wechat.app import WechatApp
from o2o_gateway.wechat.shipping import Logistics, Parcel, Shipping
from o2o_paysim import Simulator
from o2o_paysim.wechat.identity import APP_ID, MCHID

OUT_NO = "P20261127000100000001"


@pytest.fixture
def sim():
    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


def app_of(sim, secret=None):
    kit = sim.wechat.merchant()
    return WechatApp(
        APP_ID,
        Secret(secret or kit["app_secret"]),
        hosts=(sim.url,),
        clock=sim.clock,
    )


def told(sim, *numbers, is_complete=True):
    return Shipping(
        MCHID,
        OUT_NO,
        "oUpF8u",
        Logistics.EXPRESS,
        tuple(Parcel("茅台", number, "YTO") for number in numbers),
        sim.clock(),
        len(numbers) > 1 or not is_complete,
        is_complete,
    )


def paid(sim):
    ledger = sim.wechat.ledger
    ledger.open(OUT_NO, 100, "酒")
    ledger.pay(OUT_NO)


def test_one_token_until_it_ends(sim):
    app = app_of(sim)
    first = app.access_token().value.reveal()
    # another process gets the same one, and ends it for nobody
    assert app_of(sim).access_token().value.reveal() == first
    sim.faults.add("wechat.token", "status", status=500)
    assert app.access_token().is_ok
    sim.clock.advance(7200)
    assert app.access_token().is_unknown
    assert app.access_token().is_ok


def test_a_token_that_ended_early_is_renewed_once(sim):
    paid(sim)
    app = app_of(sim)
    assert app.access_token().is_ok
    sim.wechat.shipments.access_token = "another"
    assert app.tell_shipping(told(sim, "YT1")).is_ok
    renewed = app.access_token().value
    assert renewed.reveal() == sim.wechat.shipments.access_token != "another"
    # by force only once in a while, for WeChat counts it; by asking, always
    assert app.access_token(refused=renewed).value.reveal() == renewed.reveal()


def test_wrong_secret_and_wrong_app(sim):
    assert app_of(sim, "0" * 32).access_token().code == "40125"
    other = WechatApp("wx0000000000000000", Secret("0" * 32), hosts=(sim.url,))
    assert other.access_token().code == "40013"
    for app_id, secret in (("1900000109", "0" * 32), (APP_ID, ""), (APP_ID, "a b")):
        with pytest.raises(ValueError):
            WechatApp(app_id, Secret(secret))


@pytest.mark.parametrize("fault", ["lost_after", "html", "truncated", "empty"])
def test_an_answer_that_is_none_is_unknown(sim, fault):
    """§1: the same is told again, and WeChat knows it already."""
    paid(sim)
    app = app_of(sim)
    sim.faults.add("wechat.token", fault)
    assert app.tell_shipping(told(sim, "YT1")).is_unknown
    sim.faults.add("wechat.shipping", fault)
    assert app.tell_shipping(told(sim, "YT1")).is_unknown
    assert app.tell_shipping(told(sim, "YT1")).is_ok
    assert len(sim.wechat.shipments.told[OUT_NO]) == 1


def test_parcels_as_they_leave(sim):
    """Three parcels, one after the other; then once more, then it is final."""
    paid(sim)
    app = app_of(sim)
    assert app.tell_shipping(told(sim, "A", is_complete=False)).is_ok
    assert app.tell_shipping(told(sim, "A", "B", is_complete=False)).is_ok
    assert app.tell_shipping(told(sim, "A", "B", "C")).is_ok
    assert app.tell_shipping(told(sim, "A", "B", "C")).is_ok
    assert app.tell_shipping(told(sim, "A", "B", "D")).is_ok
    assert app.tell_shipping(told(sim, "A", "B", "E")).is_rejected


def test_token_answers_that_lie(sim):
    for content in (b"{}", b'{"access_token":"","expires_in":7200}', b"[1]"):
        transport = _Fake(content)
        app = WechatApp(APP_ID, Secret("0" * 32), transport=transport)
        assert app.access_token().code == BAD_ANSWER


def test_secrets_are_in_no_log(sim, caplog):
    caplog.set_level("DEBUG")
    paid(sim)
    app = app_of(sim)
    app.tell_shipping(told(sim, "YT1"))
    kit = sim.wechat.merchant()
    # whoever wrote it: urllib3 logs addresses at this level
    written = [it.getMessage() for it in caplog.records]
    assert any("/wxa/sec/order/upload_shipping_info" in it for it in written)
    for secret in (kit["app_secret"], kit["access_token"]):
        assert not any(secret in it for it in written)
    assert kit["app_secret"] not in repr(app.__dict__)


def test_the_door_takes_no_nonsense(sim):
    for body in (b"", b"[]", b'{"grant_type":"x","appid":"a","secret":"b"}'):
        answer = requests.post(f"{sim.url}/cgi-bin/stable_token", data=body, timeout=5)
        assert answer.json()["errcode"] == 40002


class _Fake:
    def __init__(self, content):
        self.content = content

    def exchange(self, *_args, **_kwargs):
        return ok(Reply(200, {}, self.content))
