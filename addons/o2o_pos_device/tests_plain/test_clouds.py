"""POS-05: the clients of the clouds, against servers that check and misbehave."""

import time

import pytest
from o2o_pos_device.clouds.errors import CloudError, Refused, Unclear, Unreached
from o2o_pos_device.clouds.feie import Feie
from o2o_pos_device.clouds.transport import check_url, post_form
from o2o_pos_device.clouds.yilianyun import Yilianyun

SN = "460012345"
SLIP = {
    "version": 1,
    "blocks": [
        {"type": "text", "text": "订单小票 S00012", "align": "center"},
        {"type": "cut"},
    ],
}


def client_of(cloud, **more):
    kind = Feie if cloud.path else Yilianyun
    given = {"user": cloud.user, "secret": cloud.secret, "url": cloud.url, **more}
    return kind(**given)


@pytest.fixture(params=["feie", "yilianyun"])
def cloud(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def client(cloud):
    return client_of(cloud)


def send(client, key="a" * 32, **more):
    options = {"width": 80, "copies": 1, "expires_at": time.time() + 600, **more}
    return client.send(SN, SLIP, key=key, **options)


def test_sent_asked_printed(cloud, client):
    """Accepted is not printed: the paper is known when the cloud says so."""
    cloud.set_state("paper_out")
    reference = send(client)
    assert not client.is_printed(SN, reference, "a" * 32)
    assert cloud.papers() == []
    cloud.set_state("online")
    assert client.is_printed(SN, reference, "a" * 32)
    assert len(cloud.papers()) == 1
    assert "S00012" in cloud.papers()[0]


def test_copies_are_printed_by_the_cloud(cloud, client):
    send(client, copies=3)
    assert len(cloud.papers()) == 3


@pytest.mark.parametrize("state", ["online", "paper_out", "offline"])
def test_state_of_the_printer(cloud, client, state):
    cloud.set_state(state)
    assert client.get_status(SN) == state


def test_wrong_secret_is_a_problem_of_the_key(cloud):
    for wrong in ({"secret": "wrong"}, {"user": "nobody"}):
        with pytest.raises(Refused) as caught:
            client_of(cloud, **wrong).get_status(SN)
        assert caught.value.problem == "key"
    assert cloud.papers() == []


def test_printer_of_somebody_else(client):
    with pytest.raises(Refused) as caught:
        client.get_status("000000000")
    assert caught.value.problem == "printer"


def test_printer_is_added_once_and_again(cloud, client):
    cloud.add_printer("460099999", "k3y")
    client.register("460099999", "k3y", "Counter #1\n2")
    client.register("460099999", "k3y", "Counter")
    assert client.get_status("460099999") == "online"
    cloud.add_printer("460088888", "k3y")
    with pytest.raises(Refused) as caught:
        client.register("460088888", "other", "Counter")
    assert caught.value.problem == "printer"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("lost", Unclear),
        ("refuse", Unclear),
        ("error", Unclear),
        ("garbage", Unclear),
        ("huge", Unclear),
        ("redirect", Refused),
        ("busy", Refused),
    ],
)
def test_what_an_answer_means(cloud, client, fault, error):
    """Only a plain no means that nothing is printed."""
    client.get_status(SN)
    cloud.faults.append(fault)
    with pytest.raises(error):
        send(client)


def test_slow_answer_is_unclear_and_printed(cloud):
    client = client_of(cloud, timeout=2)
    client.get_status(SN)
    cloud.delay = 4.0
    cloud.faults.append("slow")
    with pytest.raises(Unclear):
        send(client)
    assert len(cloud.papers()) == 1


def test_dripping_answer_has_an_end(cloud):
    """A server that goes on and on holds nobody up."""
    cloud.faults.append("drip")
    started = time.monotonic()
    with pytest.raises(Unclear):
        post_form(cloud.url, {}, deadline=0.4)
    assert time.monotonic() - started < 3


def test_no_server_means_nothing_was_sent(cloud):
    client = client_of(cloud, timeout=1)
    cloud.stop()
    with pytest.raises(Unreached):
        send(client)


def test_errors_hold_no_secret(cloud, client):
    cloud.faults += ["lost", "error"]
    for _attempt in range(2):
        with pytest.raises(CloudError) as caught:
            send(client)
        error = caught.value
        # what caused it knows the whole request
        assert error.__context__ is None or error.__suppress_context__
        assert repr(error) == "Unclear('silent')"


def test_address_of_a_cloud_is_encrypted():
    check_url("https://api.feieyun.cn/Api/Open/")
    check_url("http://127.0.0.1:8000/")
    for wrong in ("http://api.feieyun.cn/", "ftp://x.cn", "https://", "", "x"):
        with pytest.raises(ValueError, match="https"):
            check_url(wrong)


def test_too_long_a_slip_is_not_sent(cloud, client):
    long = {"version": 1, "blocks": [{"type": "text", "text": "字" * 3999}] * 2}
    with pytest.raises(Refused) as caught:
        client.send(SN, long, width=80, copies=1, key="b" * 32, expires_at=0)
    assert caught.value.problem == "content"
    assert cloud.papers() == []


def test_feie_prints_twice_what_is_sent_twice(feie):
    """Why a lost answer is not simply repeated: it has no key of ours."""
    client = client_of(feie)
    assert not client.is_repeatable
    send(client)
    send(client)
    assert len(feie.papers()) == 2


def test_feie_throws_away_what_is_too_late(feie):
    feie.set_state("offline")
    send(client_of(feie), expires_at=time.time() - 1)
    feie.set_state("online")
    assert feie.papers() == []


def test_yilianyun_same_key_is_the_same_slip(yilianyun):
    client = client_of(yilianyun)
    assert client.is_repeatable
    client.get_status(SN)
    yilianyun.faults.append("lost")
    with pytest.raises(Unclear):
        send(client, key="c" * 32)
    reference = send(client, key="c" * 32)
    assert client.is_printed(SN, reference, "c" * 32)
    assert len(yilianyun.papers()) == 1


def test_yilianyun_token_is_kept(yilianyun):
    """Twenty a day and no more: one is enough for good."""
    client = client_of(yilianyun)
    for number in range(5):
        send(client, key=f"{number:032}")
    again = client_of(yilianyun, token=client.token)
    again.get_status(SN)
    assert len(yilianyun.tokens) == 1


def test_yilianyun_expired_token_is_renewed_once(yilianyun):
    client = client_of(yilianyun)
    client.get_status(SN)
    yilianyun.expire_token()
    send(client)
    assert len(yilianyun.tokens) == 2
    assert len(yilianyun.papers()) == 1


def test_yilianyun_tokens_of_a_day_run_out(yilianyun):
    def refuse():
        raise Refused("limit")

    with pytest.raises(Refused) as caught:
        client_of(yilianyun, on_token=refuse).get_status(SN)
    assert caught.value.problem == "limit"
    assert yilianyun.tokens == []
