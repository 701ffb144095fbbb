"""Reading the compose files as docker compose does: variables, merge keys, defaults."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<bare>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?])(?P<word>[^}]*))?\})"
)


class MissingVariable(ValueError):
    """`${NAME:?message}` and NAME is not set."""


def interpolate(text: str, values: Mapping[str, str]) -> str:
    def substitute(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        value = values.get(match["bare"] or match["name"])
        how = match["how"] or ""
        if value is None or (how.startswith(":") and not value):
            if how.endswith("?"):
                raise MissingVariable(match["word"])
            return match["word"] if how.endswith("-") else ""
        return value

    return VARIABLE.sub(substitute, text)


def variables(text: str) -> dict[str, str]:
    """Names used, with how they are used (`:?`, `:-`, or nothing)."""
    return {
        match["bare"] or match["name"]: match["how"] or ""
        for match in VARIABLE.finditer(text)
        if not match["escaped"]
    }


def load(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """The file with variables put into its values (never into its comments)."""
    raw = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return dict(_walk(raw, values))


def _walk(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _walk(child, values) for key, child in node.items()}
    if isinstance(node, list):
        return [_walk(child, values) for child in node]
    return interpolate(node, values) if isinstance(node, str) else node


def client() -> list[str] | None:
    """A docker compose (version 2) on this machine, or None."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if not shutil.which(command[0]):
            continue
        done = subprocess.run(
            [*command, "version", "--short"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and not done.stdout.startswith("1."):
            return command
    return None
