"""The ./o2o script itself, as a user starts it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def o2o(*arguments, **env):
    return subprocess.run(
        [sys.executable, ROOT / "o2o", *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_of_each_command_explains_itself():
    top = o2o("--help")
    assert top.returncode == 0
    assert "exit codes:" in top.stdout
    commands = (
        "up stop status logs shell psql reset backup restore doctor update test lint"
        " bench"
    )
    for command in commands.split():
        answer = o2o(command, "--help")
        assert answer.returncode == 0, command
        assert f"./o2o {command}" in answer.stdout


def test_unknown_command_is_a_usage_error():
    assert o2o("upp").returncode == 2


def test_unknown_addon_is_named_with_the_known_ones(tmp_path):
    answer = o2o("test", "o2o_nothing", O2O_HOME=str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith("o2o: There is no addon o2o_nothing.")


def test_unsupported_python_is_one_clear_line(tmp_path):
    script = (ROOT / "o2o").read_text(encoding="utf-8")
    fake = tmp_path / "o2o"
    fake.write_text(script.replace("[(3, 13), (3, 12), (3, 11), (3, 10)]", "[(3, 1)]"))
    answer = subprocess.run(
        [sys.executable, fake, "up"], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 3
    assert "is not supported" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_unsupported_python_hands_over_to_a_supported_one(tmp_path):
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / f"python{version}").symlink_to(sys.executable)
    script = (ROOT / "o2o").read_text(encoding="utf-8")
    fake = tmp_path / "o2o"
    # the first start believes it is too old, the second one is told it is fine
    fake.write_text(
        script.replace(
            "if sys.version_info[:2] not in SUPPORTED:",
            "if not os.environ.get('SECOND'):\n        os.environ['SECOND'] = '1'",
        ).replace(
            'sys.path.insert(0, os.path.join(here, "tools"))',
            f"sys.path.insert(0, {str(ROOT / 'tools')!r})",
        )
    )
    answer = subprocess.run(
        [sys.executable, fake, "--help"],
        env={**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0
    assert "exit codes:" in answer.stdout


def test_psql_without_a_shop_says_what_to_do(tmp_path):
    answer = o2o(
        "psql", "-c", "select 1", O2O_HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path)
    )
    assert answer.returncode == 11
    assert "Run ./o2o up first." in answer.stderr


def test_reset_without_a_terminal_needs_yes(tmp_path):
    keep = tmp_path / "precious.txt"
    keep.write_text("mine")
    env = {"O2O_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    refused = subprocess.run(
        [sys.executable, ROOT / "o2o", "reset"],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    done = o2o("reset", "--yes", **env)
    assert done.returncode == 0, done.stderr
    assert keep.read_text() == "mine"
