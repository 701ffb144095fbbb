"""Issue 6: who reads a page within WeChat, and the call of the page, over sockets."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from wechat_helpers import NOW

from o2o_gateway.clock import beijing
from o2o_gateway.gateway import Order
from o2o_gateway.keys import load_private_key, load_public_key
from o2o_gateway.outcome import BAD_ANSWER, ok
from o2o_gateway.results import PaymentState
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Reply
from o2o_gateway.wechat import Settings, WechatGateway, platform_keys
from o2o_gateway.wechat.login import CODE_SPENT, WechatLogin
from o2o_paysim import Simulator
from o2o_paysim.wechat.identity import APP_ID
from o2o_paysim.wechat.inside import OPENID

STATE = "0123456789abcdef"
BACK = "https://shop.example/o2o/payment/wechat/t"


@pytest.fixture
def sim():
    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


def login_of(sim, secret=None):
    kit = sim.wechat.merchant()
    return WechatLogin(
        APP_ID,
        Secret(secret or kit["app_secret"]),
        host=sim.url,
        page_host=sim.url,
    )


def visit(address):
    return requests.get(address, allow_redirects=False, timeout=5)


def code_of(sim):
    answer = visit(login_of(sim).page(BACK, STATE))
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    assert back.geturl().startswith(BACK)
    found = parse_qs(back.query)
    assert found["state"] == [STATE]
    return found["code"][0]


def test_the_address_is_as_wechat_wants_it(sim):
    page = login_of(sim).page(BACK, STATE)
    assert page.endswith("#wechat_redirect")
    names = [pair.split("=")[0] for pair in urlsplit(page).query.split("&")]
    assert names == ["appid", "redirect_uri", "response_type", "scope", "state"]
    for state in ("", "short", "0123456789abcde-", "x" * 129):
        with pytest.raises(ValueError):
            login_of(sim).page(BACK, state)


def test_a_code_is_good_once(sim):
    login, code = login_of(sim), code_of(sim)
    assert login.openid(code).value == OPENID
    assert login.openid(code).code == CODE_SPENT


def test_a_code_gets_old(sim):
    code = code_of(sim)
    sim.clock.advance(301)
    assert login_of(sim).openid(code).code == CODE_SPENT


def test_a_lost_answer_has_spent_the_code(sim):
    login, code = login_of(sim), code_of(sim)
    sim.faults.add("wechat.login", "lost_after")
    assert login.openid(code).is_unknown
    assert login.openid(code).code == CODE_SPENT


def test_wrong_secret_and_invented_codes(sim):
    assert login_of(sim, "0" * 32).openid(code_of(sim)).code == "40125"
    for code in ("invented", "", "a b", "x" * 513, "%"):
        assert login_of(sim).openid(code).code == CODE_SPENT


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"openid":""}', b'{"openid":5}', b'{"errcode":0}']
)
def test_an_answer_that_is_none_is_unknown(body):
    login = WechatLogin(APP_ID, Secret("0" * 32), transport=_Fake(body))
    assert login.openid("code").code == BAD_ANSWER


def test_the_secret_is_in_no_log(sim, caplog):
    caplog.set_level("DEBUG")
    login_of(sim).openid(code_of(sim))
    secret = sim.wechat.merchant()["app_secret"]
    # whoever wrote it: urllib3 logs addresses at this level
    written = [it.getMessage() for it in caplog.records]
    assert any("/sns/oauth2/access_token" in text for text in written)
    assert not any(secret in text for text in written)


def test_the_page_calls_and_the_payer_pays(sim):
    """Only what the merchant signed opens WeChat's own page."""
    kit = sim.wechat.merchant()
    client = WechatGateway(
        Settings(
            kit["mchid"],
            kit["app_id"],
            kit["serial_no"],
            load_private_key(kit["private_key"]),
            Secret(kit["api_key"]),
            (sim.url,),
        ),
        platform_keys({kit["public_key_id"]: load_public_key(kit["public_key"])}, []),
        clock=sim.clock,
    )
    order = Order(
        "P20261127000100000009",
        100,
        "酒",
        beijing(sim.clock()).replace(hour=23),
        notify_url="https://shop.example/notify",
    )
    fields = client.pay_in_wechat(order, OPENID).value.fields()
    bridge = f"{sim.url}/wechat/bridge"
    for changed in ({"paySign": "AAAA"}, {"package": "prepay_id=wxother"}):
        query = {**fields, **changed}
        assert requests.get(bridge, params=query, timeout=5).status_code == 400
    answer = requests.get(
        bridge, params={**fields, "back": BACK}, allow_redirects=False, timeout=5
    )
    phone = answer.headers["Location"]
    assert client.query(order.out_no).value.state is PaymentState.WAITING
    paid = requests.post(
        phone, data={"action": "pay"}, allow_redirects=False, timeout=5
    )
    assert paid.headers["Location"] == BACK
    assert client.query(order.out_no).value.payer == OPENID
    assert "WeixinJSBridge" in requests.get(f"{bridge}.js", timeout=5).text


class _Fake:
    def __init__(self, content):
        self.content = content

    def exchange(self, *_args, **_kwargs):
        return ok(Reply(200, {}, self.content))
