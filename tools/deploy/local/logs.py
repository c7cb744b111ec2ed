"""An application's log: kept to a bounded size, read from its end, followed while it grows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

CHUNK = 64 << 10
FOLLOW_S = 0.2
MAX_LINE = 1 << 20


class RotatingLog:
    """`app.log`, `app.log.1`, ... : at most `files` of about `max_bytes` each, the oldest goes first."""

    def __init__(self, path: Path, *, max_bytes: int, files: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._files = files
        self._file = self._open()
        self._size = self._path.stat().st_size

    def write(self, data: bytes) -> None:
        """Never raises: a full disk costs log lines, not the application."""
        try:
            if self._size + len(data) > self._max_bytes and self._size:
                self._rotate()
            self._file.write(data)
            self._size += len(data)
        except OSError:
            self._size = self._max_bytes

    def note(self, text: str) -> None:
        """A line of the keeper's own between the application's."""
        self.write(f"softwright: {text}\n".encode(errors="replace"))

    def close(self) -> None:
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._files - 1, 0, -1):
            older = rotated(self._path, number - 1)
            if older.exists():
                older.replace(rotated(self._path, number))
        self._file = self._open()
        self._size = 0

    def _open(self) -> BinaryIO:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "ab", buffering=0)


def rotated(path: Path, number: int) -> Path:
    return path if number == 0 else path.with_name(f"{path.name}.{number}")


def last_lines(path: Path, lines: int) -> str:
    """The end of the log over all of its files; empty where there is none."""
    found = b""
    number = 0
    while lines > 0 and found.count(b"\n") <= lines:
        try:
            found = rotated(path, number).read_bytes() + found
        except FileNotFoundError:
            break
        number += 1
    return b"".join(found.splitlines(keepends=True)[-lines:] if lines > 0 else []).decode(errors="replace")


async def follow(path: Path) -> AsyncGenerator[str]:
    """What is written from now on, whole lines at a time; goes on with the new file after a rotation."""
    file = await asyncio.to_thread(_open_at_end, path)
    rest = b""
    try:
        while True:
            replaced = file is None or _is_other(file, path)  # asked before the read: what it still holds comes first
            data = file.read(CHUNK) if file else b""
            if data:
                head, newline, rest = (rest + data).rpartition(b"\n")
                if len(rest) > MAX_LINE:
                    head, newline, rest = head + newline + rest, b"", b""
                if head or newline:
                    yield (head + newline).decode(errors="replace")
            elif replaced:
                file = await asyncio.to_thread(_reopen, file, path)
                await asyncio.sleep(0 if file else FOLLOW_S)
            else:
                await asyncio.sleep(FOLLOW_S)
    finally:
        if file:
            file.close()


def _open_at_end(path: Path) -> BinaryIO | None:
    file = _reopen(None, path)
    if file:
        file.seek(0, os.SEEK_END)
    return file


def _reopen(old: BinaryIO | None, path: Path) -> BinaryIO | None:
    if old:
        old.close()
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        return None


def _is_other(file: BinaryIO, path: Path) -> bool:
    try:
        return os.fstat(file.fileno()).st_ino != path.stat().st_ino
    except FileNotFoundError:
        return False


__all__ = ["RotatingLog", "follow", "last_lines", "rotated"]
