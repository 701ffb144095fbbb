"""config/nginx.conf as text: holds on machines without nginx too.

test_nginx.py runs the same file in a real nginx.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .nginx_config import Directive, parse

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def http() -> Directive:
    return parse((CONFIG / "nginx.conf").read_text(encoding="utf-8")).one("http")


@pytest.fixture(scope="module")
def server(http: Directive) -> Directive:
    return http.one("server")


def location(server: Directive, *arguments: str) -> Directive:
    found = [
        child for child in server.all("location") if child.arguments == list(arguments)
    ]
    assert len(found) == 1, f"location {arguments} stands {len(found)} times"
    return found[0]


def guarded(http: Directive, request: str) -> bool:
    """Whether the map of guessable requests gives `request` a key."""
    rules = next(x for x in http.all("map") if x.arguments[1] == "$o2o_guarded")
    return any(
        re.search(rule.name[1:], request) and rule.arguments == ["$binary_remote_addr"]
        for rule in rules.children
        if rule.name.startswith("~")
    )


def test_reader_refuses_what_nginx_refuses() -> None:
    for wrong in ("http {", "}", "http { listen 80 }", "; a b;", 'a "b;'):
        with pytest.raises(ValueError):
            parse(wrong)
    parsed = parse('a "b c" d; # not; {this}\ne { f; }')
    assert parsed.children == [
        Directive("a", ["b c", "d"]),
        Directive("e", [], [Directive("f", [])]),
    ]


def test_websocket_goes_to_the_gevent_process(server: Directive) -> None:
    targets = dict(child.arguments for child in server.all("set"))
    assert targets["$odoo_http"] == "odoo:8069"
    assert targets["$odoo_websocket"] == "odoo:8072"
    websocket = location(server, "/websocket")
    assert websocket.one("proxy_pass").arguments == ["http://$odoo_websocket"]
    rest = location(server, "/")
    assert rest.one("proxy_pass").arguments == ["http://$odoo_http"]


def test_headers_are_inherited_by_every_location(server: Directive) -> None:
    """A proxy_set_header inside a location would drop all those of the server."""
    headers = {
        child.arguments[0]: child.arguments[1]
        for child in server.children
        if child.name == "proxy_set_header"
    }
    assert headers == {
        "Host": "$http_host",
        "X-Forwarded-Host": "$http_host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$o2o_scheme",
        "X-Real-IP": "$remote_addr",
        "Upgrade": "$http_upgrade",
        "Connection": "$o2o_connection",
    }
    for place in server.all("location"):
        assert not list(place.all("proxy_set_header"))
        assert not list(place.all("add_header"))


@pytest.mark.parametrize(
    "request_line",
    [
        "POST /web/login",
        "POST /en/web/login",
        "POST /zh_CN/web/login",
        "POST /web/login/totp",
        "POST /web/signup",
        "POST /web/reset_password",
        "POST /web/session/authenticate",
        "POST /o2o/member/register",
        "POST /en/o2o/member/activate",
        "POST /o2o/box/1/pair",
    ],
)
def test_guessable_requests_are_counted(http: Directive, request_line: str) -> None:
    assert guarded(http, request_line)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /web/login",
        "GET /o2o/member/register",
        "POST /shop/cart/add",
        "POST /o2o/box/1/sync",
        "POST /web/dataset/call_kw/res.users/login",
        "POST /web/login_successful",
    ],
)
def test_other_requests_are_not_counted(http: Directive, request_line: str) -> None:
    assert not guarded(http, request_line)


def test_the_guarded_routes_exist_in_our_controllers() -> None:
    """A renamed route must not lose its limit unnoticed."""
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in (CONFIG.parent / "addons").glob("*/controllers/*.py")
    )
    for route in ("/o2o/member/register", "/o2o/member/activate", "/o2o/box/1/pair"):
        assert f'"{route}"' in sources, route


def test_limit_and_size(http: Directive, server: Directive) -> None:
    zone = http.one("limit_req_zone")
    assert zone.arguments[0] == "$o2o_guarded"
    assert server.one("limit_req").arguments[0] == "zone=guarded"
    assert http.one("limit_req_status").arguments == ["429"]
    assert http.one("client_max_body_size").arguments == ["64m"]
    assert http.one("gzip").arguments == ["on"]


def test_attachments_and_pages_cannot_be_asked_for_directly(server: Directive) -> None:
    for path in ("/web/filestore/", "/o2o-pages/"):
        location(server, path).one("internal")
    assert location(server, "/web/filestore/").one("alias").arguments == [
        "/var/lib/odoo/filestore/"
    ]


def test_an_access_log_holds_no_query_string(http: Directive) -> None:
    """Portal links carry access tokens."""
    text = " ".join(http.one("log_format").arguments)
    for leaking in ("$request ", "$request_uri", "$args", "$query_string", "$http_ref"):
        assert leaking not in text + " "
    assert "$o2o_logged_uri" in text


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/o2o/payment/go/pTkAVu-2Wc_x", "/o2o/payment/go/***"),
        ("/zh_CN/o2o/payment/return/pTkAVu", "/zh_CN/o2o/payment/return/***"),
        ("/o2o/payment/state/pTkAVu", "/o2o/payment/state/***"),
        ("/o2o/payment/wechat/pTkAVu", "/o2o/payment/wechat/***"),
        ("/o2o/payment/notify/3", "/o2o/payment/notify/3"),
        ("/shop/payment", "/shop/payment"),
    ],
)
def test_an_access_log_holds_no_address_of_a_payment(
    http: Directive, path: str, logged: str
) -> None:
    """Who knows it sees what is to be paid; docs/payments.md."""
    [found] = [it for it in http.all("map") if it.arguments[1] == "$o2o_logged_uri"]
    [rule] = [it for it in found.children if it.name.startswith("~")]
    match = re.search(rule.name[1:].replace("(?<", "(?P<"), path)
    shown = f"{match['o2o_known']}***" if match else path
    assert (shown, rule.arguments) == (logged, ["$o2o_known***"])


def test_tls_file_fits_into_the_server() -> None:
    tls = parse((CONFIG / "nginx-tls.conf").read_text(encoding="utf-8"))
    assert tls.one("listen").arguments[:2] == ["443", "ssl"]
    assert tls.one("ssl_protocols").arguments == ["TLSv1.2", "TLSv1.3"]
    assert tls.one("ssl_certificate_key").arguments == ["/run/secrets/tls_key"]


def test_error_pages_exist(http: Directive) -> None:
    pages = {rule.arguments[-1] for rule in http.all("error_page")}
    names = {Path(page).name for page in pages}
    assert names == {path.name for path in (CONFIG / "pages").glob("*.html")}
    for path in (CONFIG / "pages").glob("*.html"):
        assert 'lang="zh-CN"' in path.read_text(encoding="utf-8")
