"""What a running sandbox holds that no walk over its folders shows: deleted files still open, and its scratch space."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from tools.sandbox.argv import SCRATCH
from tools.sandbox.guard import BLOCK, Usage

PROC = Path("/proc")


def measure_hidden(init_pid: int) -> Usage:
    """Bytes of deleted files that processes below `init_pid` keep open, and entries in the sandbox's scratch folder.

    Nothing where the processes are gone or may not be looked at. Deleted files that are only mapped are not seen.
    """
    usage = Usage()
    seen: set[tuple[int, int]] = set()
    for status in _open_files(init_pid):
        identity = (status.st_dev, status.st_ino)
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 0 and identity not in seen:
            seen.add(identity)
            usage.bytes += status.st_blocks * BLOCK
    with contextlib.suppress(OSError):
        usage.files += _entries(PROC / str(init_pid) / "root" / SCRATCH.lstrip("/"))
    return usage


def _entries(scratch: Path) -> int:
    """0 while the sandbox still sees the host's: its own is mounted a moment after its start. Raises OSError."""
    if scratch.stat().st_dev == Path(SCRATCH).stat().st_dev:
        return 0
    held = os.statvfs(scratch)
    return held.f_files - held.f_ffree


def _open_files(init_pid: int) -> Iterator[os.stat_result]:
    for pid in descendants(init_pid):
        with contextlib.suppress(OSError):
            for entry in os.scandir(PROC / str(pid) / "fd"):
                with contextlib.suppress(OSError):
                    yield entry.stat()


def descendants(pid: int) -> Iterator[int]:
    """All processes below `pid`, which in a process namespace is every process of it."""
    pending = [pid]
    while pending:
        parent = pending.pop()
        children = children_of(parent)
        yield from children
        pending += children


def children_of(pid: int) -> list[int]:
    """Of all threads of the process; empty where it is gone."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.scandir(PROC / str(pid) / "task"):
            with contextlib.suppress(OSError):
                found += map(int, Path(task.path, "children").read_text().split())
    return found


__all__ = ["children_of", "descendants", "measure_hidden"]
