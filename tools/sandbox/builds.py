"""Folders that are built once, by whichever process comes first: beside their place, under a lock, then renamed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from memory.records.execution import InstallFailed

LOCK_POLL_S = 0.1


def made(root: Path) -> Path:
    """With the folders for what installers download and for locks. Blocking."""
    for folder in (root, root / "cache", root / "locks"):
        folder.mkdir(parents=True, exist_ok=True)
    return root.resolve()


@contextlib.asynccontextmanager
async def building(final: Path, what: str) -> AsyncIterator[Path]:
    """A new folder that is at `final` once the block has ended well. Under its lock. Raises InstallFailed."""
    build = await asyncio.to_thread(_fresh, final)
    try:
        yield build
        await asyncio.to_thread(build.rename, final)
    except OSError as error:
        raise InstallFailed(f"{what} could not be kept at {final}: {error.strerror}") from error
    finally:
        await asyncio.to_thread(shutil.rmtree, build, ignore_errors=True)


def _fresh(final: Path) -> Path:
    """What earlier builders left was left by dead ones; what is at `final` now was not whole."""
    for left in (*final.parent.glob(f".build-{final.name}-*"), final):
        shutil.rmtree(left, ignore_errors=True)
    build = Path(tempfile.mkdtemp(prefix=f".build-{final.name}-", dir=final.parent))
    build.chmod(0o755)
    return build


@contextlib.asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """An exclusive lock among processes, awaited without holding up the loop; a dead holder's is free."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_POLL_S)
        yield
    finally:
        os.close(handle)


__all__ = ["building", "locked", "made"]
