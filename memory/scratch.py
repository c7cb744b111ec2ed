"""Folders for one piece of work, gone afterwards, or when its process has died. What blocks runs in threads."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def scratch_folder(root: Path) -> AsyncIterator[Path]:
    """A new folder below `root`, readable by the sandbox's user. Raises OSError."""
    making = asyncio.create_task(asyncio.to_thread(_make, root))
    try:
        folder, lock = await asyncio.shield(making)
    except asyncio.CancelledError:
        await asyncio.to_thread(_remove, *await making)
        raise
    try:
        yield folder
    finally:
        await asyncio.to_thread(_remove, folder, lock)


def remove_forsaken(root: Path) -> None:
    """Removes the folders below `root` whose process has died. Safe beside processes that make and use theirs."""
    for folder in root.iterdir() if root.is_dir() else ():
        lock = _lock(folder)
        if lock is not None:
            _remove(folder, lock)


def _make(root: Path) -> tuple[Path, int]:
    """The folder, and the descriptor that keeps it from remove_forsaken() for as long as this process lives."""
    root.mkdir(parents=True, exist_ok=True)
    while True:
        folder = Path(tempfile.mkdtemp(dir=root))
        lock = _lock(folder)
        if lock is not None:
            folder.chmod(0o755)
            return folder, lock


def _lock(folder: Path) -> int | None:
    """None where another one has it, or has just removed the folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
    os.close(descriptor)
    return None


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


__all__ = ["remove_forsaken", "scratch_folder"]
