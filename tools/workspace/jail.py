"""File operations that stay below one folder: every part of a path is opened by itself, and no link is followed."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from memory.records.execution import WORKSPACE
from memory.untrusted_files import UntrustedFileError, relative_parts
from tools.workspace.interface import NotThere, OutsideWorkspace, TooLarge, WorkspaceError

LONGEST_PART = 200
"""Bytes: a temporary name has to fit beside it."""
LONGEST_PATH = 1000


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a path below the workspace; none for the workspace itself. Raises OutsideWorkspace.

    A path below /work is taken as well: so the workspace is called in what commands print.
    """
    text = path.strip()
    for prefix in (f"{WORKSPACE}/", "./"):
        text = text.removeprefix(prefix)
    if text in (WORKSPACE, ".", ""):
        return ()
    try:
        parts = relative_parts(text)
        lengths = [len(os.fsencode(part)) for part in parts]
    except (UntrustedFileError, UnicodeEncodeError) as error:
        raise OutsideWorkspace(f"{path!r}: only paths below the project's folder, such as app/main.py") from error
    if any(ord(char) < 32 or ord(char) == 127 for char in text) or "\\" in text:
        raise OutsideWorkspace(f"{path!r}: a path has no control characters and no backslash")
    if any(length > LONGEST_PART for length in lengths) or sum(lengths) > LONGEST_PATH:
        raise OutsideWorkspace(f"the path is too long: {LONGEST_PART} bytes a part, {LONGEST_PATH} in all")
    if any(part.casefold() == ".git" for part in parts):
        raise OutsideWorkspace(".git is not to be touched")
    return parts


def normal(path: str) -> str:
    """One spelling for each file. Raises OutsideWorkspace."""
    return "/".join(parts_of(path))


class Jail:
    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, limit: int) -> bytes:
        """Raises OutsideWorkspace, NotThere, TooLarge."""
        with self._parent(path) as (folder, name):
            handle = _open(name, os.O_RDONLY | os.O_NONBLOCK, folder, path)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise NotThere(f"{path} is no file")
        with os.fdopen(handle, "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(f"{path} is larger than {limit:,} bytes")
        return content

    def write(self, path: str, content: bytes, *, executable: bool | None = None) -> None:
        """All or nothing. Folders are made; what stands there has to be a file. `executable` None: as it was."""
        with self._parent(path, make=True) as (folder, name):
            before = self._status(folder, name, path)
            keep = bool(before and before.st_mode & stat.S_IXUSR)
            mode = 0o755 if (keep if executable is None else executable) else 0o644
            unfinished = f".unfinished-{secrets.token_hex(6)}"
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode, dir_fd=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    os.fchmod(handle, mode)
                os.rename(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(unfinished, dir_fd=folder)
                raise

    def delete(self, path: str) -> None:
        """A file, and the folders that become empty. Raises OutsideWorkspace, NotThere."""
        with self._parent(path) as (folder, name):
            if self._status(folder, name, path) is None:
                raise NotThere(f"{path} does not exist")
            os.unlink(name, dir_fd=folder)
        self._prune(parts_of(path)[:-1])

    def move(self, source: str, target: str) -> None:
        """A file to a place where nothing is. Raises OutsideWorkspace, NotThere."""
        with self._parent(source) as (old, old_name):
            if self._status(old, old_name, source) is None:
                raise NotThere(f"{source} does not exist")
            with self._parent(target, make=True) as (new, new_name):
                if self._status(new, new_name, target) is not None:
                    raise WorkspaceError(f"{target} exists already: delete it first")
                os.rename(old_name, new_name, src_dir_fd=old, dst_dir_fd=new)
        self._prune(parts_of(source)[:-1])

    def exists(self, path: str) -> bool:
        """Whether a regular file stands there. Raises OutsideWorkspace."""
        try:
            with self._parent(path) as (folder, name):
                return self._status(folder, name, path) is not None
        except NotThere:
            return False

    def is_folder(self, path: str) -> bool:
        try:
            os.close(self._folder(parts_of(path), path))
        except WorkspaceError:
            return False
        return True

    def walk(self, below: str = "", *, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, os.stat_result]]:
        """Regular files by path, sorted, but not in folders of these names; nor .git. Links are not shown."""
        parts = parts_of(below)
        folder = self._folder(parts, below)
        try:
            yield from _walk(folder, "".join(f"{part}/" for part in parts), without | {".git"})
        finally:
            os.close(folder)

    def _folder(self, parts: tuple[str, ...], shown: str, *, make: bool = False) -> int:
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in parts:
            try:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=folder)
                inner = _open(part, os.O_RDONLY | os.O_DIRECTORY, folder, shown)
            finally:
                os.close(folder)
            folder = inner
        return folder

    @contextmanager
    def _parent(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        parts = parts_of(path)
        if not parts:
            raise OutsideWorkspace(f"{path!r} names no file")
        folder = self._folder(parts[:-1], path, make=make)
        try:
            yield folder, parts[-1]
        finally:
            os.close(folder)

    def _status(self, folder: int, name: str, shown: str) -> os.stat_result | None:
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(status.st_mode):
            raise OutsideWorkspace(f"{shown} is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise OutsideWorkspace(f"{shown} is a link or no ordinary file")
        return status

    def _prune(self, parts: tuple[str, ...]) -> None:
        while parts:
            try:
                with self._parent("/".join(parts)) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except (OSError, WorkspaceError):
                return  # not empty, or gone
            parts = parts[:-1]


def _open(name: str, flags: int, folder: int, shown: str) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError as error:
        raise NotThere(f"{shown} does not exist") from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise OutsideWorkspace(f"{shown} goes over a link or a file") from error
        raise WorkspaceError(f"{shown} cannot be opened: {error.strerror}") from error


def _walk(folder: int, prefix: str, without: frozenset[str]) -> Iterator[tuple[str, os.stat_result]]:
    for name in sorted(os.listdir(folder)):
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            yield prefix + name, status
        elif stat.S_ISDIR(status.st_mode) and name not in without:
            inner = _open(name, os.O_RDONLY | os.O_DIRECTORY, folder, prefix + name)
            try:
                yield from _walk(inner, f"{prefix}{name}/", without)
            finally:
                os.close(inner)


def shown(path: str) -> str:
    """A file's name as text that can be printed and stored, whatever its bytes."""
    text = path.encode("utf-8", "backslashreplace").decode()
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in PurePosixPath(text).as_posix())


__all__ = ["Jail", "normal", "parts_of", "shown"]
