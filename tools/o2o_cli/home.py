"""Where things are: the checkout, its state, the user's cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """All paths of one installation. State can be deleted; the cache can be shared."""

    checkout: Path
    state: Path
    cache: Path

    @classmethod
    def load(
        cls, environ: Mapping[str, str] | None = None, checkout: Path = CHECKOUT
    ) -> Home:
        environ = os.environ if environ is None else environ
        state = environ.get("O2O_HOME")
        cache = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(
            checkout=checkout,
            state=Path(state).expanduser().absolute() if state else checkout / ".o2o",
            cache=Path(cache).expanduser().absolute() / "o2o",
        )

    @property
    def key(self) -> str:
        """A short name for this installation, for places outside of it."""
        return hashlib.sha256(str(self.state).encode()).hexdigest()[:10]

    @property
    def addons(self) -> Path:
        return self.checkout / "addons"

    @property
    def requirements(self) -> Path:
        return self.checkout / "requirements"

    @property
    def config_template(self) -> Path:
        """O2O_CONFIG names another one, for example of a real server."""
        named = os.environ.get("O2O_CONFIG")
        return Path(named).absolute() if named else self.checkout / "config/odoo.conf"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def data(self) -> Path:
        """Odoo's data_dir: filestore and sessions."""
        return self.state / "data"

    @property
    def lock(self) -> Path:
        return self.state / "lock"

    @property
    def journal(self) -> Path:
        return self.state / "journal.json"

    @property
    def settings(self) -> Path:
        return self.state / "settings.json"

    @property
    def test_stack(self) -> Path:
        return self.state / "test-stack"

    def create(self) -> None:
        """The state folder stays open to pass through (for PostgreSQL's account);
        what holds people's data does not."""
        for folder in (self.state, self.cache):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.log, self.run, self.data):
            folder.mkdir(mode=0o700, exist_ok=True)
