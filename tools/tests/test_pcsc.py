"""The daemon of chip card readers: from the system, else fetched once, as any user."""

import pytest

from o2o_cli import pcsc
from o2o_cli.errors import PlatformError
from o2o_cli.home import Home
from o2o_cli.steps import Progress

CLIENT = "usr/lib/x86_64-linux-gnu/libpcsclite.so.1"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "checkout", tmp_path / "state", tmp_path / "cache")


def put(root, *files):
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A system without the packages; its apt-get writes down how it is called.

    What is fetched holds the files that the file `holds` names.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    calls = tmp_path / "calls"
    calls.touch()
    holds = tmp_path / "holds"
    holds.write_text(f"{pcsc.DAEMON}\n{pcsc.DRIVER}\n{CLIENT}\n")
    for name, script in (
        (
            "apt-get",
            f"""
echo "$*" >> {calls}
for option in "$@"; do
  case "$option" in Dir::Cache=*) cache="${{option#Dir::Cache=}}" ;; esac
done
case "$*" in *--download-only*) : > "$cache/archives/pcscd_1_all.deb" ;; esac""",
        ),
        (
            "dpkg-deb",
            f'while read -r name; do mkdir -p "$3/$(dirname "$name")"; : > "$3/$name";'
            f" done < {holds}",
        ),
    ):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    return tmp_path / "system"


def test_installed_packages_are_used_as_they_are(home, machine, tmp_path):
    put(machine, pcsc.DAEMON, pcsc.DRIVER)
    assert pcsc.ensure(home, Progress(), machine) == {pcsc.VARIABLE: str(machine)}
    assert (tmp_path / "calls").read_text() == ""


def test_missing_packages_are_fetched_once_and_not_installed(home, machine, tmp_path):
    env = pcsc.ensure(home, Progress(), machine)
    tree = home.cache / "pcsc"
    assert env[pcsc.VARIABLE] == str(tree)
    assert env["LD_LIBRARY_PATH"] == str((tree / CLIENT).parent)
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert "update" in update
    assert "install --download-only" in install
    assert "Dir::State::status=/var/lib/dpkg/status" in install
    assert pcsc.ensure(home, Progress(), machine) == env
    assert len((tmp_path / "calls").read_text().splitlines()) == 2


def test_packages_without_the_daemon_leave_nothing_behind(home, machine, tmp_path):
    (tmp_path / "holds").write_text("usr/share/doc/pcscd/copyright\n")
    with pytest.raises(PlatformError, match="no daemon"):
        pcsc.ensure(home, Progress(), machine)
    assert not (home.cache / "pcsc").exists()
