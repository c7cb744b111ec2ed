"""Which server runs on a home: a lock that its supervisor holds for life, and a file that says where it listens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from memory.services.folders import ServiceError, make_folders, try_lock
from memory.settings import Settings

PROBE_S = 0.3
"""Far longer than any is_locked() of another process holds the lock."""


@dataclass(frozen=True)
class ServerState:
    pid: int
    port: int
    url: str
    ready: bool


class AlreadyRunning(Exception):
    """Another supervisor holds this home."""


class StartFailed(Exception):
    """The server did not come up; nothing of it runs. The message has the reason and, where one helps, a log's end."""


@contextmanager
def server_lock(settings: Settings) -> Iterator[None]:
    """Holds the home for one supervisor. Raises AlreadyRunning."""
    make_folders(settings)
    with _lock_file(settings).open("ab") as file:
        deadline = time.monotonic() + PROBE_S
        while not try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise AlreadyRunning
            time.sleep(0.02)
        _state_file(settings).unlink(missing_ok=True)
        try:
            yield
        finally:
            _state_file(settings).unlink(missing_ok=True)


def write_state(settings: Settings, *, ready: bool) -> None:
    """Only for the holder of the lock."""
    state = ServerState(os.getpid(), settings.port, settings.url, ready)
    new = _state_file(settings).with_suffix(".new")
    new.write_text(json.dumps(asdict(state)))
    new.replace(_state_file(settings))


def running_server(settings: Settings) -> ServerState | None:
    """The server that runs on this home, or None. One that has just begun is waited for until it says where it is."""
    deadline = time.monotonic() + 5.0
    while is_locked(settings):
        try:
            return ServerState(**json.loads(_state_file(settings).read_text()))
        except FileNotFoundError:
            time.sleep(0.02)
        if time.monotonic() > deadline:
            raise ServiceError(f"a process holds {_lock_file(settings)} but is no server; end it and try again")
    return None


def is_locked(settings: Settings) -> bool:
    """Whether a supervisor lives."""
    if not _lock_file(settings).exists():
        return False
    with _lock_file(settings).open("ab") as file:
        return not try_lock(file.fileno())


def _lock_file(settings: Settings) -> Path:
    return settings.run / "server.lock"


def _state_file(settings: Settings) -> Path:
    return settings.run / "server.json"


__all__ = ["AlreadyRunning", "ServerState", "StartFailed", "is_locked", "running_server", "server_lock", "write_state"]
