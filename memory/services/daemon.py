"""Starting and ending server processes that outlive whoever started them."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from memory.services.folders import ServiceError, file_lock
from memory.settings import Settings

ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that an embedded server sees of our environment: PG* or REDIS* variables of the user must not steer it."""

START_TIMEOUT_S = 60.0
APPEARING_S = 10.0
"""After a launch the process may still be on its way to becoming the server."""
DYING_S = 5.0


def package_folder(name: str) -> Path:
    """Folder of an installed package, without importing it. Raises ServiceError."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"the package {name} is not installed; run ./softwright once, it sets everything up")
    return Path(spec.origin).parent


@contextmanager
def alone_on(settings: Settings, name: str) -> Iterator[int]:
    """Proof that no server works on these data, be it in another container: each holds this lock for its life.

    One that was just killed may take a moment to let go. Raises ServiceError where one holds it.
    """
    unseen = f"a server that is not in sight from here (a container?) uses the {name} data in {settings.home}"
    with file_lock(settings.home / f"{name}.lock", DYING_S, unseen) as descriptor:
        yield descriptor


def start_daemon(argv: Sequence[str], log: Path, lock: int) -> None:
    """Starts a process in a session of its own, child of nobody here, with its output at the end of `log`.

    It keeps the lock (see `alone_on`).
    """
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(ENVIRONMENT),
            cwd="/",
            pass_fds=(lock,),
            check=True,
        )


def bring_up(
    name: str, log: Path, *, answers: Callable[[], bool], lives: Callable[[], bool], launch: Callable[[], None]
) -> None:
    """Waits until a server answers, launching it once where none lives. Raises ServiceError with its log's end.

    A server that was just killed may live for another moment, so that is looked at again and again.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    look_from, launched = 0.0, False
    while not answers():
        now = time.monotonic()
        if now > look_from and not lives():
            if launched:
                break
            launch()
            look_from, launched = now + APPEARING_S, True
        if now > deadline:
            break
        time.sleep(0.02)
    else:
        return
    raise ServiceError(f"the embedded {name} did not start; its log ({log}) ends:\n{end_of(log)}")


def processes_in(folder: Path, program: str) -> Iterator[psutil.Process]:
    """Processes of that program whose working folder is `folder`: how both servers run. Safe against reused pids.

    Asks the kernel each time: psutil's process_iter() remembers what a process was before it became this program.
    """
    for pid in psutil.pids():
        with suppress(psutil.Error, OSError):
            name = Path(_link(pid, "exe")).name
            if name == program and _link(pid, "cwd") == str(folder):
                yield psutil.Process(pid)


def _link(pid: int, name: str) -> str:
    return str(Path(f"/proc/{pid}/{name}").readlink()).removesuffix(" (deleted)")


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


__all__ = [
    "START_TIMEOUT_S",
    "alone_on",
    "bring_up",
    "end_of",
    "end_processes",
    "is_alive",
    "package_folder",
    "processes_in",
    "start_daemon",
]
