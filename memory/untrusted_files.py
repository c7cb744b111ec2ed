"""Files that someone else's code could have put there: no link is followed, no size is believed."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path, PurePosixPath


class UntrustedFileError(Exception):
    """The file is missing, a link, no regular file, too large, or named by a path that leaves the folder."""


def relative_parts(relative: str) -> tuple[str, ...]:
    """Parts of a path that stays below its root and cannot be taken for an option; raises UntrustedFileError."""
    path = PurePosixPath(relative)
    parts = path.parts
    if path.is_absolute() or ".." in parts or "\0" in relative or any(part.startswith("-") for part in parts):
        raise UntrustedFileError(f"{relative!r} is no path below the project's root")
    return parts


def read_untrusted(root: Path, relative: str, limit: int) -> bytes:
    """The content of `relative` below `root`, of at most `limit` bytes; raises UntrustedFileError."""
    parts = relative_parts(relative)
    if not parts:
        raise UntrustedFileError("a file's name is missing")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = _open(part, os.O_DIRECTORY, folder, relative)
            os.close(folder)
            folder = inner
        # O_NONBLOCK: opening a named pipe would wait for its writer for ever.
        file = _open(parts[-1], os.O_NONBLOCK, folder, relative)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise UntrustedFileError(f"{relative} is no regular file")
    with os.fdopen(file, "rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise UntrustedFileError(f"{relative} is larger than {limit:,} bytes")
    return content


def _open(name: str, flags: int, folder: int, shown: str) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    except OSError as error:
        raise UntrustedFileError(f"{shown} cannot be read: {error.strerror}") from error


def regular_files(root: Path, below: str, suffix: str) -> list[str]:
    """Paths below `root`, as text, of the regular files in `below` that end in `suffix`; links are not entered."""
    parts = relative_parts(below)
    start = root.joinpath(*parts)
    if any(root.joinpath(*parts[: n + 1]).is_symlink() for n in range(len(parts))):
        raise UntrustedFileError(f"{below} is a link")
    if start.is_file():
        return [below] if below.endswith(suffix) else []
    found = [
        path
        for folder, _, names in os.walk(start, followlinks=False)
        for name in names
        if name.endswith(suffix) and stat.S_ISREG((path := Path(folder, name)).lstat().st_mode)
    ]
    return sorted(path.relative_to(root).as_posix() for path in found)


def remove_tree(folder: Path) -> None:
    """Removes the folder, also where code closed some of it to their owner; no link is followed."""
    open_up(str(folder), None)
    for _, folders, _, parent in os.fwalk(folder, follow_symlinks=False):
        for name in folders:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
                open_up(name, parent)
    shutil.rmtree(folder)


def open_up(name: str, parent: int | None) -> None:
    """Gives a folder's owner his rights back; raises OSError where a link or a file was put in its place."""
    handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
    try:
        Path(f"/proc/self/fd/{handle}").chmod(0o700)
    finally:
        os.close(handle)


__all__ = ["UntrustedFileError", "open_up", "read_untrusted", "regular_files", "relative_parts", "remove_tree"]
