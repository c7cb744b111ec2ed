"""Small file habits: a write that is whole or not there, and a lock that dies with its holder."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path

from memory.private_files import private_folder, sync_folder, write_private

POLL_S = 0.02


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
