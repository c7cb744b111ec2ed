"""Unpacking a zip or tar(.gz) that anybody may have made. Blocking.

No member is extracted by the libraries' own functions: names are judged first, bytes are counted while they are read.
"""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from tools.importing.interface import BOUNDS, Bounds, ImportRefused
from tools.importing.names import Names, refuse

CHUNK = 1 << 16
HEADER_BYTES = 1 << 16
"""Of a tar header that goes on in blocks of its own: it is read into memory whole."""
ENCRYPTED, UTF8 = 0x1, 0x800
BROKEN = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


def unpack(archive: Path, target: Path, bounds: Bounds = BOUNDS) -> Path:
    """The archive's files in `target`, a new folder; the project's root in it. Raises ImportRefused."""
    target.mkdir(parents=True)
    writer = _Writer(target, bounds, archive.stat().st_size)
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, writer)
        else:
            _untar(archive, writer, bounds)
    except UnicodeDecodeError as error:
        raise refuse(repr(error.object)[:200], "its name is not UTF-8") from error
    except (*BROKEN, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(f"the archive cannot be read as a zip or tar.gz: {error}") from error
    if not writer.files:
        raise ImportRefused("the archive holds no file")
    return _root(target)


def _root(target: Path) -> Path:
    """An archive mostly holds one folder, which is the project."""
    inside = list(target.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else target


class _Writer:
    def __init__(self, target: Path, bounds: Bounds, packed: int) -> None:
        self._target, self._bounds, self._packed = target, bounds, max(1, packed)
        self._names = Names(bounds)
        self._total = 0
        self.files = 0

    def folder(self, name: str) -> None:
        self._target.joinpath(*self._names.take(name, folder=True)).mkdir(parents=True, exist_ok=True)

    def file(self, name: str, size: int, executable: bool, content: IO[bytes]) -> None:
        if size > self._bounds.file_bytes:
            raise refuse(name, f"{size:,} bytes, more than {self._bounds.file_bytes:,}")
        path = self._target.joinpath(*self._names.take(name, folder=False))
        path.parent.mkdir(parents=True, exist_ok=True)
        written = 0
        with path.open("xb") as stream:
            while chunk := content.read(CHUNK):
                written += len(chunk)
                self._count(name, len(chunk))
                if written > self._bounds.file_bytes:
                    raise refuse(name, f"more than {self._bounds.file_bytes:,} bytes, and it says {size:,}")
                stream.write(chunk)
        path.chmod(0o755 if executable else 0o644)
        self.files += 1

    def _count(self, name: str, more: int) -> None:
        self._total += more
        if self._total > self._bounds.total_bytes:
            raise refuse(name, f"the archive unpacks to more than {self._bounds.total_bytes:,} bytes")
        if self._total > self._bounds.ratio_from and self._total > self._bounds.ratio * self._packed:
            raise refuse(name, f"a bomb: the archive unpacks to more than {self._bounds.ratio} times its size")


def _unzip(archive: Path, writer: _Writer) -> None:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            name, mode = _zip_name(info), info.external_attr >> 16
            kind = stat.S_IFMT(mode)
            if info.flag_bits & ENCRYPTED:
                raise refuse(name, "encrypted")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise refuse(name, f"{_kind(mode)}; only files and folders are taken")
            if info.is_dir() or kind == stat.S_IFDIR:
                writer.folder(name)
                continue
            with packed.open(info) as content:
                writer.file(name, info.file_size, bool(mode & 0o111), content)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """`orig_filename`: zipfile cuts a name at its first NUL."""
    name = info.orig_filename
    if info.flag_bits & UTF8 or name.isascii():
        return name
    return name.encode("cp437").decode("utf-8")


def _kind(mode: int) -> str:
    return "a symbolic link" if stat.S_ISLNK(mode) else "a device or other special file"


class _Header(tarfile.TarInfo):
    def _proc_member(self, tar: tarfile.TarFile) -> Any:
        if not self.isreg() and self.size > HEADER_BYTES:
            raise refuse(self.name, f"a header of {self.size:,} bytes")
        return super()._proc_member(tar)  # type: ignore[misc]


class _Counted:
    """What the tar reader sees: it skips no more than the bounds allow, also between entries."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._left, self._limit = stream, limit, limit

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ImportRefused(f"the archive unpacks to more than {self._limit:,} bytes")
        return data


def _untar(archive: Path, writer: _Writer, bounds: Bounds) -> None:
    with archive.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with gzip.open(archive) if zipped else archive.open("rb") as stream:
        counted: Any = _Counted(cast("IO[bytes]", stream), bounds.total_bytes + (64 << 20))
        with tarfile.open(fileobj=counted, mode="r|", tarinfo=_Header, encoding="utf-8") as packed:
            for member in _members(packed):
                _untar_one(packed, member, writer)


def _members(packed: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := packed.next()) is not None:
        packed.members = []  # type: ignore[attr-defined]
        yield member


def _untar_one(packed: tarfile.TarFile, member: tarfile.TarInfo, writer: _Writer) -> None:
    if member.isdir():
        writer.folder(member.name)
        return
    if not member.isreg() or member.issparse():
        kinds = (
            (member.issym(), "a symbolic link"),
            (member.islnk(), "a hard link"),
            (member.issparse(), "a sparse file"),
        )
        kind = next((words for there, words in kinds if there), "a device or other special file")
        raise refuse(member.name, f"{kind}; only files and folders are taken")
    content = packed.extractfile(member)
    if content is None:
        raise refuse(member.name, "its content cannot be read")
    with content:
        writer.file(member.name, member.size, bool(member.mode & 0o111), content)


__all__ = ["unpack"]
