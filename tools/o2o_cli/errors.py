"""What can go wrong, each with its exit code and its remedy.

The codes are part of the runner's contract (docs/runner.md): scripts may test them.
"""

from __future__ import annotations


class O2oError(Exception):
    """A problem that the user can act on: one clear line and what to do about it."""

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        end = "" if self.message.endswith((".", "?", "!")) else "."
        return f"{self.message}{end} {self.remedy}".strip()


class ChecksFailed(O2oError):
    """Tests, lint, benchmarks or the doctor found something wrong."""

    exit_code = 1


class UsageError(O2oError):
    """The command line asks for something that does not exist (same as argparse)."""

    exit_code = 2


class PlatformError(O2oError):
    """This system or its Python lacks something the runner builds on."""

    exit_code = 3


class PortTaken(O2oError):
    exit_code = 4


class NetworkError(O2oError):
    """A download failed, or its signature or hash did not match."""

    exit_code = 5


class DiskError(O2oError):
    exit_code = 6


class DatabaseError(O2oError):
    """The database server cannot be reached or refuses."""

    exit_code = 7


class BrowserMissing(O2oError):
    exit_code = 8


class StepFailed(O2oError):
    """A program that the runner started failed; its log says why."""

    exit_code = 9


class Busy(O2oError):
    """Another o2o command is changing the same state."""

    exit_code = 10


class NotRunning(O2oError):
    exit_code = 11


class ArchiveError(O2oError):
    """A backup file is damaged, incomplete, or not a backup of this suite."""

    exit_code = 12


EXIT_INTERRUPTED = 130
