"""config/nginx.conf in a real nginx, with small servers in Odoo's place.

These tests exist where nginx is installed. Elsewhere the same file is held to the
checks of test_nginx_config.py, which need nothing.
"""

from __future__ import annotations

import base64
import datetime
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .nginx_server import NGINX, STATIC_LIFETIME, Rendered, Upstream


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


def ask(
    port: int,
    path: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=tls)
        if tls
        else http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    )
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def self_signed(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


if NGINX:

    @pytest.fixture
    def upstreams() -> Iterator[tuple[Upstream, Upstream]]:
        pair = Upstream("http"), Upstream("websocket")
        yield pair
        for server in pair:
            server.shutdown()
            server.server_close()

    @pytest.fixture
    def rendered(tmp_path: Path, upstreams: tuple[Upstream, Upstream]) -> Rendered:
        nginx = Rendered(tmp_path)
        nginx.write(*(server.address for server in upstreams))
        return nginx

    @pytest.fixture
    def nginx(rendered: Rendered) -> Iterator[Rendered]:
        with rendered.running():
            yield rendered

    def test_nginx_accepts_both_files(rendered: Rendered, tmp_path: Path) -> None:
        assert "test is successful" in rendered.check()
        rendered.write_tls(*self_signed(tmp_path))
        assert "test is successful" in rendered.check()

    def test_pages_go_to_odoo_with_its_proxy_headers(nginx: Rendered) -> None:
        told = ask(
            nginx.public,
            "/shop?page=2",
            headers={"Host": "shop.example:8088", "X-Forwarded-For": "10.9.8.7"},
        ).told
        assert told["server"] == "http"
        headers = told["headers"]
        assert headers["Host"] == headers["X-Forwarded-Host"] == "shop.example:8088"
        assert headers["X-Forwarded-Proto"] == "http"
        # what a visitor claims about the address is not believed
        assert headers["X-Forwarded-For"] == headers["X-Real-IP"] == "127.0.0.1"
        assert "Upgrade" not in headers

    def test_websocket_is_upgraded_by_the_gevent_process(
        nginx: Rendered, upstreams: tuple[Upstream, Upstream]
    ) -> None:
        request = (
            "GET /websocket?version=19.0-2 HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{nginx.public}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", nginx.public), 10) as connection:
            connection.sendall(request.encode())
            answer = b""
            while chunk := connection.recv(4096):
                answer += chunk
        head, _, frame = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"sec-websocket-accept:" in head.lower()
        assert frame == b"\x81\x09websocket"
        assert upstreams[0].seen == []
        told = ask(nginx.public, "/websocket/peek_notifications", "POST").told
        assert told["server"] == "websocket"

    def test_static_files_are_cached_compressed_and_free_of_cookies(
        nginx: Rendered, upstreams: tuple[Upstream, Upstream]
    ) -> None:
        path = "/o2o_order/static/src/style.css"
        for _round in range(3):
            answer = ask(nginx.public, path, headers={"Accept-Encoding": "gzip"})
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == STATIC_LIFETIME
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert answer.headers["Set-Cookie"] is None
            assert len(answer.body) < 1000
        assert upstreams[0].seen == [path]
        ask(nginx.public, "/shop")
        ask(nginx.public, "/shop")
        assert upstreams[0].seen.count("/shop") == 2

    def test_attachment_is_sent_by_nginx_after_odoo_allowed_it(nginx: Rendered) -> None:
        (nginx.filestore / "o2o/ab").mkdir(parents=True)
        (nginx.filestore / "o2o/ab/abcdef").write_bytes(b"picture")
        answer = ask(nginx.public, "/web/content/7")
        assert (answer.status, answer.body) == (200, b"picture")
        assert answer.headers["Content-Type"] == "image/png"
        assert ask(nginx.public, "/web/filestore/o2o/ab/abcdef").status == 404

    @pytest.mark.parametrize(
        "path",
        ["/web/login", "/en/web/signup", "/o2o/member/register", "/o2o/box/1/pair"],
    )
    def test_guessing_is_refused_after_some_tries(
        nginx: Rendered, upstreams: tuple[Upstream, Upstream], path: str
    ) -> None:
        answers = [ask(nginx.public, path, "POST", body=b"a=1") for _try in range(14)]
        assert [answer.status for answer in answers[:11]] == [200] * 11
        assert answers[-1].status == 429
        assert "操作太频繁了" in answers[-1].body.decode()
        assert upstreams[0].seen.count(path) < 14
        # looking at the form and everything else goes on
        assert ask(nginx.public, path).status == 200
        assert ask(nginx.public, "/shop/cart/add", "POST").status == 200

    def test_old_protocols_and_database_manager_are_closed(
        nginx: Rendered, upstreams: tuple[Upstream, Upstream]
    ) -> None:
        for path in (
            "/xmlrpc/2/common",
            "/jsonrpc",
            "/web/database/manager",
            "/web/database/list",
        ):
            assert ask(nginx.public, path, "POST").status == 404
        assert upstreams[0].seen == []

    def test_upload_limit(nginx: Rendered) -> None:
        too_much = {"Content-Length": str(65 * 1024 * 1024)}
        assert ask(nginx.public, "/web/binary", "POST", too_much, b"x").status == 413
        assert ask(nginx.public, "/web/binary", "POST", body=b"x" * 2**20).status == 200

    def test_members_see_a_page_while_odoo_is_down(
        nginx: Rendered, upstreams: tuple[Upstream, Upstream]
    ) -> None:
        upstreams[0].shutdown()
        upstreams[0].server_close()
        answer = ask(nginx.public, "/shop")
        assert answer.status == 502
        assert "商城正在升级" in answer.body.decode()
        assert ask(nginx.public, "/o2o-pages/updating.html").status == 404
        assert ask(nginx.inside, "/nginx-health").body == b"ok\n"

    def test_the_log_keeps_no_token(nginx: Rendered) -> None:
        ask(nginx.public, "/o2o/payment/go/secret-token")
        ask(nginx.public, "/en/o2o/payment/return/secret-token?a=1")
        ask(nginx.public, "/my/orders/5?access_token=secret-token")
        log = nginx.folder / "access.log"
        # the line is written after the answer has gone out
        deadline = time.monotonic() + 10
        while "GET /my/orders/5" not in log.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline, "the request is not logged"
            time.sleep(0.05)
        text = log.read_text(encoding="utf-8")
        assert "secret-token" not in text
        assert '"GET /o2o/payment/go/***"' in text

    def test_tls_redirects_the_public_port_only(
        rendered: Rendered, tmp_path: Path
    ) -> None:
        certificate, key = self_signed(tmp_path)
        rendered.write_tls(certificate, key)
        trusted = ssl.create_default_context(cafile=str(certificate))
        trusted.check_hostname = False
        with rendered.running() as nginx:
            moved = ask(nginx.public, "/shop?a=1", headers={"Host": "shop.example"})
            assert moved.status == 301
            assert moved.headers["Location"] == "https://shop.example/shop?a=1"
            assert ask(nginx.inside, "/shop").status == 200
            answer = ask(nginx.tls, "/shop", tls=trusted)
            assert answer.told["headers"]["X-Forwarded-Proto"] == "https"
            assert answer.headers["Strict-Transport-Security"]
