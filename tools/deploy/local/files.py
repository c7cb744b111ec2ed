"""Small file habits: a write that is whole or not there, and a lock that dies with its holder."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

POLL_S = 0.02


def write_private(path: Path, data: bytes) -> None:
    """Replace the file in one step, readable by its owner only, on the disk before this returns. Raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def try_lock(path: Path) -> int | None:
    """The descriptor that holds the lock, or None where another process has it. The kernel frees it at any death."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if _taken(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.asynccontextmanager
async def locked(path: Path, *, wait_s: float) -> AsyncIterator[None]:
    """Raises TimeoutError where the lock was not free within `wait_s` seconds."""
    # a file object closes itself where this is cancelled while the thread opens it
    with await asyncio.to_thread(path.open, "ab") as file:
        async with asyncio.timeout(wait_s):
            while not _taken(file.fileno()):  # noqa: ASYNC110 - the holder is another process
                await asyncio.sleep(POLL_S)
        yield


__all__ = ["POLL_S", "locked", "private_folder", "sync_folder", "try_lock", "write_private"]
