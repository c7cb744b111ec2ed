"""How much a sandbox has written where it may write: counted while it runs, for no limit of the kernel covers it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from memory.records.execution import Limits
from memory.untrusted_files import open_up

BLOCK = 512


@dataclass
class Usage:
    bytes: int = 0
    """Allocated on the disk, so that a sparse file counts for what it takes."""
    files: int = 0
    """Entries of any kind."""

    def excess(self, limits: Limits) -> str:
        """Which limit is passed, as a sentence; empty where none is."""
        if self.bytes > limits.workspace_bytes:
            held, limit = self.bytes / 2**20, limits.workspace_bytes / 2**20
            return f"what it may write to holds {held:.0f} MiB, the limit is {limit:.0f} MiB"
        if self.files > limits.workspace_files:
            return f"what it may write to holds {self.files} files or more, the limit is {limits.workspace_files}"
        return ""


def measure(folders: Sequence[Path], limits: Limits) -> Usage:
    """What the folders hold, counted until a limit is passed. Never follows a link."""
    usage = Usage()
    linked: set[tuple[int, int]] = set()
    for folder in folders:
        for status in _statuses(folder):
            usage.files += 1
            identity = (status.st_dev, status.st_ino)
            if status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
                if identity in linked:
                    continue
                linked.add(identity)
            usage.bytes += status.st_blocks * BLOCK
            if usage.bytes > limits.workspace_bytes or usage.files > limits.workspace_files:
                return usage
    return usage


def _statuses(folder: Path) -> Iterator[os.stat_result]:
    """Of everything below; a folder that its owner made unreadable is opened up first, or it would hide its content."""
    walk = os.fwalk(folder, follow_symlinks=False)
    with contextlib.suppress(OSError):  # the folder itself went away
        for _, folders, files, parent in walk:
            for name in (*folders, *files):
                with contextlib.suppress(OSError):
                    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
                        open_up(name, parent)
                    yield status


__all__ = ["Usage", "measure"]
