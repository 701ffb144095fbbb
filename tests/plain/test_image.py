"""Dockerfile and config/container: what is in the image, and how it prepares."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from o2o_cli import addons, database, odoo_config

from .compose_files import ROOT

CONTAINER = ROOT / "config/container"
# Debian packages of the image odoo:19.0 (its own list and Odoo's dependencies), by
# their names on PyPI
IN_THE_IMAGE = frozenset(
    {
        "openpyxl",
        "pillow",
        "pyserial",
        "python-dateutil",
        "pyusb",
        "qrcode",
        "requests",
        "setuptools",
        "six",
        "urllib3",
        "xlrd",
    }
)


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CONTAINER / f"{name}.py")
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


pick_locked = module("pick_locked")
prepare = module("prepare")


def packages() -> set[str]:
    text = (CONTAINER / "packages.txt").read_text(encoding="utf-8")
    return set(pick_locked.wanted_names(text))


# what the image holds


def test_addons_are_copied_to_where_odoo_looks() -> None:
    """Trap: a folder without addons in it is skipped with a warning only."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    source, target = re.findall(r"^COPY (addons) (\S+)$", text, re.MULTILINE)[0]
    assert f"ENV ODOO_ADDONS_PATH={target}" in text
    assert addons.discover(ROOT / source), "the folder holds no addon"
    # the base image declares this one a volume: old addons would survive an update
    assert target != "/mnt/extra-addons"


def test_the_build_sees_every_file_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(
                source == path or source.startswith(f"{path}/") for path in allowed
            ), source


def test_the_image_has_the_python_packages_of_the_addons() -> None:
    wanted = {
        pick_locked.normalized(name)
        for data in addons.discover(ROOT / "addons").values()
        for name in data.get("external_dependencies", {}).get("python", [])
    }
    assert wanted <= packages() | IN_THE_IMAGE


def test_the_image_has_the_python_packages_of_the_box() -> None:
    text = (ROOT / "addons/o2o_pos_device/box/requirements-box.txt").read_text(
        encoding="utf-8"
    )
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    wanted = {pick_locked.normalized(re.split(r"[<>=~;\[]", line)[0]) for line in lines}
    assert wanted <= packages() | IN_THE_IMAGE


def test_nothing_a_package_needs_is_left_out() -> None:
    """They are installed without their dependencies, so the list must be complete."""
    for name in packages():
        for line in importlib.metadata.requires(name) or []:
            if "extra ==" in line or "python_version <" in line:
                continue
            needed = pick_locked.normalized(re.split(r"[<>=~!;\[( ]", line)[0])
            assert needed in packages() | IN_THE_IMAGE, f"{name} needs {needed}"


def test_versions_and_hashes_come_from_the_lock() -> None:
    lock = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
    listed = (CONTAINER / "packages.txt").read_text(encoding="utf-8")
    picked = pick_locked.pick(lock, listed)
    names = re.findall(r"^([\w.-]+)==\S+", picked, re.MULTILINE)
    assert {pick_locked.normalized(name) for name in names} == packages()
    for block in re.split(r"\n(?=\w)", picked):
        assert "--hash=sha256:" in block
        assert block.strip() in lock


def test_a_package_that_is_not_locked_stops_the_build() -> None:
    with pytest.raises(SystemExit, match="not in the lock file: nonsense"):
        pick_locked.pick("six==1.0 \\\n    --hash=sha256:00\n", "six\nNonsense # why\n")


# config/odoo.conf, shared with the runner

# Odoo 19.0's options that a configuration file may set and that we use
KNOWN_OPTIONS = frozenset(
    {
        "addons_path",
        "data_dir",
        "db_name",
        "list_db",
        "with_demo",
        "db_maxconn",
        "db_maxconn_gevent",
        "http_interface",
        "http_port",
        "gevent_port",
        "proxy_mode",
        "x_sendfile",
        "workers",
        "max_cron_threads",
        "limit_memory_soft",
        "limit_memory_hard",
        "limit_request",
        "limit_time_cpu",
        "limit_time_real",
        "limit_time_real_cron",
        "log_level",
        "log_handler",
        "server_wide_modules",
        "admin_passwd",
        "unaccent",
    }
)


def is_known(option: str) -> bool:
    """By Odoo's own source where it can be imported, else by the list above."""
    spec = importlib.util.find_spec("odoo")
    for folder in (spec and spec.submodule_search_locations) or []:
        source = Path(folder) / "tools/config.py"
        if source.exists():
            names = rf"--{option.replace('_', '-')}|{option}"
            return bool(re.search(rf"[\"']({names})[\"']", source.read_text("utf-8")))
    return option in KNOWN_OPTIONS


def options() -> dict[str, str]:
    text = (ROOT / "config/odoo.conf").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", text, re.MULTILINE))


def test_odoo_knows_every_option() -> None:
    assert [name for name in options() if not is_known(name)] == []
    assert not is_known("workerz")


def test_production_options() -> None:
    found = options()
    assert int(found["workers"]) > 0
    assert found["proxy_mode"] == "True"
    assert found["list_db"] == "False"
    assert found["http_port"] == "8069" and found["gevent_port"] == "8072"
    assert "admin_passwd" not in found and "db_password" not in found
    # nginx waits as long as a worker may take, and sends the filestore itself
    nginx = (ROOT / "config/nginx.conf").read_text(encoding="utf-8")
    assert f"proxy_read_timeout {found['limit_time_real']}s;" in nginx
    assert found["x_sendfile"] == "True"
    assert f"alias {found['data_dir']}/filestore/;" in nginx


def test_the_database_is_named_and_not_looked_for() -> None:
    """PAY-02: a request without a cookie, as each notification of a payment is one,
    makes Odoo list all databases when there is a filter (issue 6: 4.7 times slower).
    """
    assert options()["db_name"] == "o2o"
    rendered = odoo_config.render(
        ROOT / "config/odoo.conf",
        odoo_config.local(addons=[], data=Path(), database="shop", http_port=1),
    )
    assert "db_name = shop\n" in rendered
    files = [
        *(ROOT / "config").rglob("*"),
        *(ROOT / "tools/o2o_cli").glob("*.py"),
        *ROOT.glob("docker-compose*.yml"),
        ROOT / "Dockerfile",
    ]
    for path in files:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            # as an option, however it is spelled; comments may speak of it
            assert not re.search(
                r"--db-filter|^dbfilter|[\"']dbfilter|DB_?FILTER", text, re.MULTILINE
            ), path


def test_the_runner_renders_the_same_file() -> None:
    rendered = odoo_config.render(ROOT / "config/odoo.conf", {"http_port": "1"})
    for key, value in options().items():
        expected = "1" if key == "http_port" else value
        assert f"{key} = {expected}\n" in rendered


# prepare.py, the one-shot service


class FakeServer:
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def databases(self) -> set[str]:
        return self.names

    def psql(self, _database: str, _sql: str) -> str:
        return "ir_config_parameter"


class FakeDatabases:
    """What prepare.py asks of o2o_cli's Databases, without a server."""

    def __init__(self, names: set[str], recorded: dict[str, str]) -> None:
        self.server = FakeServer(names)
        self.odoo = FakeOdoo()
        self.home = type("Home", (), {"addons": ROOT / "addons"})()
        self.state = dict(recorded)
        self.broken: set[str] = set()

    def recorded(self, _name: str) -> dict[str, str]:
        return dict(self.state)

    def record(self, _name: str, prints: dict[str, str]) -> None:
        self.state = dict(prints)

    def installed(self, _name: str) -> set[str]:
        return set(addons.discover(ROOT / "addons")) - self.broken

    def modules(self) -> list[str]:
        return ["website_sale"]

    def outdated(self, _name: str, wanted: list[str]) -> tuple[list[str], list[str]]:
        prints = addons.fingerprints(ROOT / "addons")
        new = [name for name in wanted if name not in self.state]
        changed = [
            name
            for name in wanted
            if self.state.get(name, prints[name]) != prints[name]
        ]
        return new, changed


class FakeOdoo:
    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def run(self, _name: str, *arguments: str, **_where: Any) -> None:
        self.calls.append(arguments)

    def shell(self, _name: str, script: str, **_where: Any) -> None:
        compile(script, "shell", "exec")
        self.calls.append(("shell",))


def run_prepare(databases: FakeDatabases, is_demo: bool = False) -> None:
    prepare.Preparation(databases, name="o2o", is_demo=is_demo).run()


def test_first_start_makes_the_database_without_the_demo() -> None:
    databases = FakeDatabases({"postgres"}, {})
    run_prepare(databases)
    calls = databases.odoo.calls
    assert calls[0] == ("-i", "base", "--load-language", database.LANGUAGE)
    assert calls[1] == ("shell",)
    assert calls[2] == ("-i", "website_sale")
    ours = set(calls[3][1].split(","))
    assert ours == set(addons.discover(ROOT / "addons")) - {addons.DEMO}
    assert set(databases.state) == ours


def test_first_start_with_the_demo_shop() -> None:
    databases = FakeDatabases({"postgres"}, {})
    run_prepare(databases, is_demo=True)
    assert set(databases.state) == set(addons.discover(ROOT / "addons"))


def test_a_start_that_was_cut_off_is_repeated() -> None:
    databases = FakeDatabases({"o2o"}, {})
    run_prepare(databases)
    assert databases.odoo.calls[0][:2] == ("-i", "base")
    assert databases.state


def test_a_later_start_upgrades_what_changed_and_nothing_else() -> None:
    prints = addons.fingerprints(ROOT / "addons")
    prints.pop(addons.DEMO, None)
    databases = FakeDatabases({"o2o"}, prints)
    run_prepare(databases)
    assert databases.odoo.calls == []
    databases.state["o2o_order"] = "old"
    del databases.state["o2o_catalog"]
    run_prepare(databases)
    assert databases.odoo.calls == [
        ("-i", "o2o_catalog", "-u", "o2o_order", "--i18n-overwrite")
    ]
    assert databases.state == prints


def test_an_addon_that_odoo_left_out_is_an_error_and_not_recorded() -> None:
    databases = FakeDatabases({"postgres"}, {})
    databases.broken = {"o2o_order"}
    with pytest.raises(SystemExit, match="did not install o2o_order"):
        run_prepare(databases)
    assert databases.state == {}


@pytest.mark.parametrize(
    "missing", ["O2O_ADMIN_PASSWORD", "O2O_PUBLIC_URL", "PASSWORD"]
)
def test_prepare_says_which_setting_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in ("O2O_ADMIN_PASSWORD", "O2O_PUBLIC_URL", "PASSWORD"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv(missing, "")
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        prepare.main()
