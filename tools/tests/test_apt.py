"""Mirror and keyring: read from the machine, whatever it is."""

import pytest

from o2o_cli import apt
from o2o_cli.errors import NetworkError, PlatformError


def test_plain_archive_comes_before_security():
    text = (
        "http://mirror.test/debian-security|oldstable-security\n"
        "http://mirror.test/debian/|oldstable\n"
        "http://mirror.test/debian|oldstable-updates\n"
    )
    assert apt.debian_sites(text) == ["http://mirror.test/debian"]


def test_security_alone_leads_to_its_archive():
    text = "http://mirror.test/debian-security|stable-security\n"
    assert apt.debian_sites(text) == ["http://mirror.test/debian"]


def test_no_lists_no_site():
    assert apt.debian_sites("") == []
    assert apt.debian_sites("\n|\n") == []


def test_template_of_python_apt_names_a_mirror():
    text = (
        "ChangelogURI: https://m.test/x\n\nSuite: sid\nRepositoryType: deb\n"
        "BaseURI: https://m.test/debian/\nDescription: x\n"
    )
    assert apt.template_site(text) == "https://m.test/debian"
    assert apt.template_site("Suite: sid\n") is None


def test_named_mirror_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("O2O_DEBIAN_MIRROR", "http://mine.test/debian/")
    debian = apt.Debian(tmp_path, tmp_path / "log")
    assert debian.mirror() == "http://mine.test/debian"


def fake_apt(tmp_path, monkeypatch, script):
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "apt-get"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("O2O_DEBIAN_MIRROR", raising=False)
    return apt.Debian(tmp_path / "work", tmp_path / "log")


def test_mirror_is_asked_from_apt(tmp_path, monkeypatch):
    debian = fake_apt(
        tmp_path, monkeypatch, "echo 'http://mirror.test/debian|bookworm'"
    )
    assert debian.mirror() == "http://mirror.test/debian"


def test_mirror_is_found_with_empty_lists(tmp_path, monkeypatch):
    """A fresh container has no lists: they are read privately, then asked."""
    script = """
case "$*" in
  *Dir::State=*indextargets*) echo 'http://mirror.test/debian|trixie' ;;
  *Dir::State=*update*) exit 0 ;;
esac"""
    debian = fake_apt(tmp_path, monkeypatch, script)
    assert debian.mirror() == "http://mirror.test/debian"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("E: Could not resolve the host", "Could not resolve the host"),
        ("W: GPG error: x NO_PUBKEY 1", "signature could not be checked"),
        ("", "gave no reason"),
    ],
)
def test_failed_download_is_a_network_error(tmp_path, monkeypatch, output, words):
    debian = fake_apt(tmp_path, monkeypatch, f"echo '{output}'; exit 100")
    with pytest.raises(NetworkError, match=words) as caught:
        debian.own()
    assert caught.value.exit_code == 5
    assert caught.value.remedy


def test_without_apt_the_containers_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PlatformError, match="docker compose up"):
        apt.require_apt()
