"""Background services: started in their own session, known by pid and start time.

A pid alone can come back as another program after a reboot or a long time; together
with the boot and the start time it cannot, so a stranger is never stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .files import write_atomic


def boot_id() -> str:
    try:
        return (
            Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        )
    except OSError:
        return ""


def start_time(pid: int) -> str | None:
    """When the process began, in clock ticks since boot; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # the name in brackets may hold spaces and brackets: count from the last one
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else fields[19]


def end_strays(is_ours: Callable[[list[str]], bool]) -> int:
    """Kill this user's processes whose command line `is_ours`; how many there were.

    For what a killed run left without a record: helpers of pip that go on writing, a
    service that was started a moment before. The caller holds the lock of the place,
    so nobody else can be using it.
    """
    ended = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            is_mine = entry.stat().st_uid == os.geteuid()
            if is_mine and is_ours([os.fsdecode(word) for word in words]):
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
    return ended


@dataclass(frozen=True)
class Service:
    """One background program and the file that remembers it."""

    name: str
    record: Path
    log: Path

    def pid(self) -> int | None:
        """Pid of the very process we started, None when it is gone."""
        try:
            data = json.loads(self.record.read_text(encoding="utf-8"))
            pid, started, boot = int(data["pid"]), data["started"], data["boot"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if boot != boot_id() or start_time(pid) != started:
            return None
        return pid

    def start(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
    ) -> int:
        """Start detached from our terminal; the record is written before we go on."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        record = {
            "pid": child.pid,
            "started": start_time(child.pid),
            "boot": boot_id(),
            "command": [str(part) for part in command],
        }
        write_atomic(self.record, json.dumps(record), 0o600)
        return child.pid

    def stop(self, patience: float = 20) -> bool:
        """Ask it to end, then insist. True when something was running."""
        pid = self.pid()
        if pid is None:
            self.record.unlink(missing_ok=True)
            return False
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self.record.unlink(missing_ok=True)
            return False
        try:
            # the handle pins the process: check once more that it is ours
            if self.pid() == pid:
                signal.pidfd_send_signal(handle, signal.SIGTERM)
                if not _ended(handle, patience):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    _ended(handle, 5)
        except ProcessLookupError:
            pass
        finally:
            os.close(handle)
        # workers that outlived their parent still carry its group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        self.record.unlink(missing_ok=True)
        return True


def _ended(handle: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    deadline = time.monotonic() + seconds
    while True:
        left = deadline - time.monotonic()
        if poll.poll(max(0, int(left * 1000))):
            return True
        if left <= 0:
            return False
