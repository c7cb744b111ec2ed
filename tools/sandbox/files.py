"""Reading and removing what sandboxed code left behind: its links are never followed, its folders never trusted."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path, PurePosixPath

from memory.records.execution import SandboxError
from tools.sandbox.guard import open_all

MAX_BYTES = 16 << 20


def safe_read(workspace: Path, relative: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Content of a regular file below `workspace`, whatever links, pipes or devices were put in its way.

    Raises SandboxError where the path leads out or over a link, the file is no regular one, or is too long;
    FileNotFoundError where there is none.
    """
    parts = PurePosixPath(relative).parts
    if not parts or any(part in ("/", "..") for part in parts) or "\0" in relative:
        raise SandboxError(f"{relative!r} is not a path below the workspace")
    folder = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = _open(part, folder, os.O_DIRECTORY, relative)
            os.close(folder)
            folder = inner
        handle = _open(parts[-1], folder, os.O_NONBLOCK, relative)
    finally:
        os.close(folder)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SandboxError(f"{relative!r} is not a regular file")
        if status.st_size > max_bytes:
            raise SandboxError(f"{relative!r} has {status.st_size} bytes, more than {max_bytes}")
        return file.read(max_bytes)


def _open(name: str, folder: int, flags: int, relative: str) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SandboxError(f"{relative!r} cannot be read safely: {error.strerror}") from error


def remove_tree(folder: Path) -> None:
    """Removes a workspace with all in it, also folders that sandboxed code closed to their owner."""
    with contextlib.suppress(FileNotFoundError):
        open_all(folder)
    shutil.rmtree(folder)


__all__ = ["remove_tree", "safe_read"]
