"""Folders that only we may enter, and locks between processes."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory.settings import Settings


class ServiceError(Exception):
    """A service that Softwright needs is not there; the message names it, the reason and the remedy."""


def make_folders(settings: Settings) -> None:
    """Makes home, run, logs and the socket folder, for their owner alone. Raises ServiceError."""
    for folder in (settings.home, settings.run, settings.logs, settings.sockets):
        _private(folder)


def _private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise ServiceError(
            f"cannot make the folder {folder} ({error.strerror}); free or allow it, or set SOFTWRIGHT_HOME"
        ) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ServiceError(f"{folder} is not a folder of this user; remove it, or set SOFTWRIGHT_HOME to another place")
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)


@contextmanager
def file_lock(
    path: Path, timeout_s: float, otherwise: str = "another process does not let go of {path}"
) -> Iterator[int]:
    """Holds an exclusive lock on a file and gives its descriptor; the kernel frees it when the last holder dies.

    Raises ServiceError with `otherwise` on time-out.
    """
    with path.open("ab") as file:
        deadline = time.monotonic() + timeout_s
        while not try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise ServiceError(f"{otherwise.format(path=path)}; end it and try again")
            time.sleep(0.02)
        yield file.fileno()


def try_lock(descriptor: int) -> bool:
    """Takes an exclusive flock at once, or answers False."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ["ServiceError", "file_lock", "make_folders", "try_lock"]
