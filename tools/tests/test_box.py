"""The demo's device box: its configuration and what is known about it."""

import configparser
import socket

from o2o_cli import box


def demo_box(home, number=3):
    state = home.state / "box" / str(number)
    return box.DemoBox(number, "柜台盒子", "NM", state, box.service(home, number))


def test_configuration_names_server_code_and_ports(home):
    text = box.render(
        demo_box(home),
        url="http://127.0.0.1:1",
        code="ABCD",
        page=91,
        printer=92,
        till=93,
    )
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    assert parser["server"]["url"] == "http://127.0.0.1:1"
    assert parser["box"]["name"] == "柜台盒子"
    assert parser["box"]["pairing_code"] == "ABCD"
    assert parser["virtual_printer"]["http_port"] == "91"
    assert parser["virtual_printer"]["ports"] == "92"
    assert parser["till"]["http_port"] == "93"
    assert "listen" not in parser["till"]
    assert parser["reader counter"]["connection"] == "virtual"


def test_ports_are_remembered(home):
    found = demo_box(home)
    assert found.page_port() is None
    assert found.till_port() is None
    found.state.mkdir(parents=True)
    found.config.write_text(
        box.render(found, url="http://x", code="", page=91, printer=92, till=93),
        encoding="utf-8",
    )
    assert found.page_port() == 91
    assert found.till_port() == 93


def test_wished_port_is_used_once():
    taken = set()
    with socket.create_server(("127.0.0.1", 0)) as held:
        busy = held.getsockname()[1]
        other = box.choose_port(busy, taken)
        assert other != busy
    assert box.choose_port(other, taken) != other
    assert len(taken) == 2


def test_services_are_the_boxes_started_here(home):
    for name in ("box-3.json", "box-x.json", "odoo.json"):
        (home.run / name).write_text("{}")
    assert [service.name for service in box.services(home)] == ["box-3"]
