"""Whose files a workspace holds. Root's sandboxes run as an unprivileged user, who must own what it may write."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from memory.records.execution import SandboxError

FIRST_UID = 0x7000_0000
"""65,536 ids from here. systemd's table of user ids lists 0x70000000 to 0x7FFDFFFF as unused: above system and login
users, subordinate ids (useradd: up to 600,100,000) and containers, below the ids that some tools read as negative."""
UIDS = 1 << 16


def uid_for(workspace: Path) -> int:
    """The same for the same workspace, so that two projects' sandboxes never share a user."""
    digest = hashlib.sha256(os.fsencode(workspace)).digest()
    return FIRST_UID + int.from_bytes(digest[:2], "big")


class Lease:
    """Folders that belong to the sandbox's user while sandboxes run in them, and to us again after the last one.

    Several may run in one folder at a time, from several processes: each holds a shared lock on the folder itself.
    """

    def __init__(self, folders: Sequence[Path], uid: int) -> None:
        self._uid = uid
        self._held: list[int] = []
        try:
            for folder in folders:
                self._take(folder)
        except OSError as error:
            self.release()
            raise SandboxError(f"the workspace cannot be given to the sandbox's user: {error}") from error

    def _take(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._held.append(handle)
        with contextlib.suppress(BlockingIOError):  # a program inside that locks the folder hurts only itself
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        _hand_over(handle, os.geteuid(), self._uid)

    def release(self) -> None:
        while self._held:
            handle = self._held.pop()
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _hand_over(handle, self._uid, os.geteuid())
            except BlockingIOError:
                continue  # another sandbox runs here; the last one gives the files back
            finally:
                os.close(handle)


def _hand_over(folder: int, old: int, new: int) -> None:
    """Gives what `old` owns in the folder to `new`, never following a link.

    Files with a second name are left alone where they are ours: the other name may lie outside (git clone --local).
    """
    for parent, name, status in _entries(folder):
        if status.st_uid != old or (old < FIRST_UID and stat.S_ISREG(status.st_mode) and status.st_nlink > 1):
            continue
        with contextlib.suppress(FileNotFoundError):
            if old >= FIRST_UID and status.st_mode & (stat.S_ISUID | stat.S_ISGID) and stat.S_ISREG(status.st_mode):
                os.chmod(name, stat.S_IMODE(status.st_mode) & 0o777, dir_fd=parent)
            os.chown(name, new, new, dir_fd=parent, follow_symlinks=False)
    if os.fstat(folder).st_uid == old:
        os.fchown(folder, new, new)


def _entries(folder: int) -> Iterator[tuple[int, str, os.stat_result]]:
    for _, folders, files, parent in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):
                yield parent, name, os.stat(name, dir_fd=parent, follow_symlinks=False)


__all__ = ["FIRST_UID", "Lease", "uid_for"]
