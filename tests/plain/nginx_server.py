"""A real nginx with our configuration; two small servers answer for Odoo."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parents[2] / "config"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
STATIC_LIFETIME = "public, max-age=604800"


class Upstream(ThreadingHTTPServer):
    """Answers like Odoo where nginx acts on the answer; counts what reaches it."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.seen: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.server.seen.append(self.path)
        if "upgrade" in self.headers.get("Connection", "").lower():
            self._accept_websocket()
        elif "/static/" in self.path:
            self._send(
                b"body{}" * 1000,
                {
                    "Content-Type": "text/css",
                    "Cache-Control": STATIC_LIFETIME,
                    "Set-Cookie": "session_id=leaked",
                },
            )
        elif self.path.startswith("/web/content/"):
            self._send(
                b"",
                {
                    "Content-Type": "image/png",
                    "X-Accel-Redirect": "/web/filestore/o2o/ab/abcdef",
                },
            )
        else:
            told = {"server": self.server.name, "headers": dict(self.headers.items())}
            self._send(json.dumps(told).encode(), {"Content-Type": "application/json"})

    do_POST = do_GET

    def _send(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _accept_websocket(self) -> None:
        magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        key = self.headers["Sec-WebSocket-Key"] + magic
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        # one text frame, then the end
        text = self.server.name.encode()
        self.wfile.write(bytes([0x81, len(text)]) + text)
        self.close_connection = True

    def log_message(self, *_arguments: Any) -> None:
        """Keep the test's output readable."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Rendered:
    """Our configuration with places of this machine; everything else stays."""

    folder: Path
    public: int = field(default_factory=free_port)
    inside: int = field(default_factory=free_port)
    tls: int = field(default_factory=free_port)

    @property
    def config(self) -> Path:
        return self.folder / "nginx.conf"

    @property
    def filestore(self) -> Path:
        return self.folder / "filestore"

    def write(self, http: str, websocket: str) -> None:
        for name in ("filestore", "cache", "tmp", "o2o.d"):
            (self.folder / name).mkdir(exist_ok=True)
        places = {
            "listen 80;": f"listen 127.0.0.1:{self.public};",
            "listen 8080;": f"listen 127.0.0.1:{self.inside};",
            "odoo:8069": http,
            "odoo:8072": websocket,
            "/var/lib/odoo/filestore/": f"{self.filestore}/",
            "/usr/share/nginx/o2o/": f"{CONFIG}/pages/",
            "/var/cache/nginx/": f"{self.folder}/cache/",
            "/etc/nginx/o2o.d/": f"{self.folder}/o2o.d/",
            " /tmp/": f" {self.folder}/tmp/",
            "/dev/stderr": f"{self.folder}/error.log",
            "/dev/stdout": f"{self.folder}/access.log",
        }
        self.config.write_text(
            replaced((CONFIG / "nginx.conf").read_text(encoding="utf-8"), places),
            encoding="utf-8",
        )

    def write_tls(self, certificate: Path, key: Path) -> None:
        places = {
            "listen 443": f"listen 127.0.0.1:{self.tls}",
            "/run/secrets/tls_certificate": str(certificate),
            "/run/secrets/tls_key": str(key),
            "= 80)": f"= {self.public})",
        }
        text = (CONFIG / "nginx-tls.conf").read_text(encoding="utf-8")
        (self.folder / "o2o.d/tls.conf").write_text(
            replaced(text, places), encoding="utf-8"
        )

    def command(self, *arguments: str) -> list[str]:
        assert NGINX
        # root's nginx would drop to a user who cannot read the test's folder
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        log = str(self.folder / "start.log")
        return [NGINX, "-e", log, "-c", str(self.config), *user, *arguments]

    def check(self) -> str:
        """nginx -t; raises with nginx's own words."""
        done = subprocess.run(
            self.command("-t"), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    @contextlib.contextmanager
    def running(self) -> Iterator[Rendered]:
        foreground = "daemon off;"
        command = self.command()
        if "-g" in command:
            command[command.index("-g") + 1] += f" {foreground}"
        else:
            command += ["-g", foreground]
        process = subprocess.Popen(command)
        try:
            wait_for(self.inside, process)
            yield self
        finally:
            process.terminate()
            process.wait(10)


def replaced(text: str, places: dict[str, str]) -> str:
    """All replacements in one pass: what was put in is not replaced again."""
    for old in places:
        assert old in text, f"{old} is not in the configuration any more"
    pattern = "|".join(re.escape(old) for old in places)
    return re.sub(pattern, lambda match: places[match[0]], text)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        assert process.poll() is None, "nginx ended at once"
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")
