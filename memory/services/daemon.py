"""Starting and ending server processes that outlive whoever started them."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from memory.services.folders import ServiceError, try_lock

ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that an embedded server sees of our environment: PG* or REDIS* variables of the user must not steer it."""


def package_folder(name: str) -> Path:
    """Folder of an installed package, without importing it. Raises ServiceError."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"the package {name} is not installed; run ./softwright once, it sets everything up")
    return Path(spec.origin).parent


def start_daemon(argv: Sequence[str], log: Path, *, alone: Path) -> None:
    """Starts a process in a session of its own, child of nobody here, with its output at the end of `log`.

    It keeps the file `alone` locked for as long as it lives, so that no second server, be it in another container,
    ever works on the same data. Raises ServiceError where one does.
    """
    with alone.open("ab") as lock, log.open("ab") as output:
        if not try_lock(lock.fileno()):
            raise ServiceError(f"a server that is not in sight from here (a container?) uses {alone.parent}; stop it")
        subprocess.run(
            ["setsid", "--fork", *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(ENVIRONMENT),
            cwd="/",
            pass_fds=(lock.fileno(),),
            check=True,
        )


def processes_in(folder: Path, program: str) -> Iterator[psutil.Process]:
    """Processes of that program whose working folder is `folder`: how both servers run. Safe against reused pids."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            name = Path(process.exe().removesuffix(" (deleted)")).name
            if name == program and process.cwd().removesuffix(" (deleted)") == str(folder):
                yield process


def end_processes(processes: Sequence[psutil.Process], *, ways: Sequence[tuple[signal.Signals, float]]) -> None:
    """Sends each signal in turn to those still alive, waiting at most the given seconds after each."""
    alive = [process for process in processes if is_alive(process)]
    for how, seconds in ways:
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        deadline = time.monotonic() + seconds
        while alive and time.monotonic() < deadline:
            time.sleep(0.01)
            alive = [process for process in alive if is_alive(process)]
        if not alive:
            return


def is_alive(process: psutil.Process) -> bool:
    """Whether it still works; a zombie, which a container's init may never collect, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_of(log: Path, lines: int = 15) -> str:
    """The last lines of a log, or an empty text."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


__all__ = ["end_of", "end_processes", "is_alive", "package_folder", "processes_in", "start_daemon"]
