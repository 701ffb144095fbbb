"""How long processes have computed."""

from __future__ import annotations

import time
from pathlib import Path

from o2o_cli.postgres import Server, literal

# clock_getcpuclockid(3): the clock of all threads of a process, those included that
# have ended, in nanoseconds, where /proc counts in hundredths of a second
CPUCLOCK_SCHED = 2


def cpu_seconds(pid: int) -> float:
    try:
        return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:  # it has ended
        return 0.0


def find_backends(postgres: Server, database: str) -> list[int]:
    """The processes of a database server on this machine that serve a database."""
    rows = postgres.psql(
        "postgres",
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        f" AND datname = {literal(database)}",
    )
    own = [int(line) for line in rows.split()]
    # a database server elsewhere has no process here
    return [pid for pid in own if Path(f"/proc/{pid}/stat").exists()]
