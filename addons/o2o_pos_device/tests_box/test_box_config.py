"""The configuration file is read strictly and explained."""

from pathlib import Path

import pytest

from o2o_box import config
from o2o_box.cli import EXIT_CONFIG, main

EXAMPLE = Path(__file__).parent.parent / "box" / "box.ini.example"


def write(tmp_path, text):
    path = tmp_path / "box.ini"
    path.write_text(text)
    return path


def test_example_file_is_valid():
    settings = config.load(EXAMPLE)
    assert settings.server_url == "https://shop.example.com"
    assert settings.virtual == config.VirtualConfig()


def test_several_virtual_printers(tmp_path):
    path = write(tmp_path, "[virtual_printer]\nports = 9101, 9102\nwidths = 58\n")
    assert config.load(path).virtual.ports == (9101, 9102)
    assert config.load(path).virtual.widths == (58, 58)


@pytest.mark.parametrize(
    "text",
    [
        "[server]\nurl = ftp://x\n",
        "[server]\nurl = https://user:pw@x\n",
        "[server]\nca_file = /nowhere.pem\n",
        "[box]\npoll_seconds = 0\n",
        "[box]\npoll_seconds = soon\n",
        "[virtual_printer]\nwidths = 76\n",
        "[scale]\n",
        "[scale]\ndevice = /dev/ttyS0\nhttp_port = x\n",
        "[scale]\nconnection = usb\ndevice = x\n",
        "[scale]\nconnection = virtual\norigin = file:///x\n",
        "no section\n",
    ],
)
def test_mistakes_are_named(tmp_path, text):
    with pytest.raises(config.ConfigError):
        config.load(write(tmp_path, text))


def test_command_line_without_server_explains_itself(tmp_path, capsys):
    assert main(["--state-dir", str(tmp_path)]) == EXIT_CONFIG
    assert "[server] url" in capsys.readouterr().err
    assert main(["--config", str(tmp_path / "none.ini")]) == EXIT_CONFIG
