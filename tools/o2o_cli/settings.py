"""What one installation remembers between runs: its ports and its kind."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from .files import write_atomic


@dataclass
class Settings:
    http_port: int | None = None
    gevent_port: int | None = None
    production: bool = False

    @classmethod
    def read(cls, path: Path) -> Settings:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            known = {field.name for field in fields(cls)}
            return cls(**{key: data[key] for key in known & set(data)})
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        write_atomic(path, json.dumps(asdict(self), indent=1))
