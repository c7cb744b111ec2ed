"""Names of an archive's entries: each is a path below the target on every system, and none stands for two."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from tools.importing.interface import Bounds, ImportRefused

DRIVE = re.compile(r"[A-Za-z]:")
IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def refuse(name: str, reason: str) -> ImportRefused:
    return ImportRefused(f"entry {name!a}: {reason}")


def is_git(part: str) -> bool:
    """Whether some system would take this name for `.git`."""
    plain = IGNORED_BY_HFS.sub("", part).casefold().rstrip(". ").partition(":")[0]
    return plain == ".git" or re.fullmatch(r"git~\d+", plain) is not None


@dataclass
class Names:
    bounds: Bounds
    _files: set[str] = field(default_factory=set)
    _folders: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def take(self, name: str, *, folder: bool) -> tuple[str, ...]:
        """The parts of the name; raises ImportRefused. () for the root itself."""
        self._count += 1
        if self._count > self.bounds.entries:
            raise refuse(name, f"more than {self.bounds.entries:,} entries")
        parts = self._parts(name)
        if not parts:
            if folder:
                return ()
            raise refuse(name, "a file without a name")
        for depth in range(1, len(parts) + (1 if folder else 0)):
            self._folder(name, "/".join(parts[:depth]))
        if not folder:
            self._file(name, "/".join(parts))
        return parts

    def _parts(self, name: str) -> tuple[str, ...]:
        try:
            size = len(name.encode())
        except UnicodeEncodeError as error:
            raise refuse(name, "its name is not UTF-8") from error
        if size > self.bounds.name_bytes:
            raise refuse(name[:80], f"its name is longer than {self.bounds.name_bytes} bytes")
        if name.startswith("/") or DRIVE.match(name):
            raise refuse(name, "an absolute path")
        if "\\" in name or any(unicodedata.category(character) == "Cc" for character in name):
            raise refuse(name, "a backslash or control character in its name")
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if ".." in parts:
            raise refuse(name, "its path leads out of the archive (..)")
        if any(len(part.encode()) > 255 for part in parts):
            raise refuse(name, "a part of its name is longer than 255 bytes")
        if len(parts) > self.bounds.depth:
            raise refuse(name, f"more than {self.bounds.depth} folders deep")
        if any(map(is_git, parts)):
            raise refuse(name, "a .git inside: import the repository by its URL, or leave .git out")
        return parts

    def _folder(self, name: str, path: str) -> None:
        key = _folded(path)
        if key in self._files:
            raise refuse(name, f"{path!r} is a file and a folder")
        if self._folders.setdefault(key, path) != path:
            raise refuse(name, f"differs only in case or accents' encoding from {self._folders[key]!r}")

    def _file(self, name: str, path: str) -> None:
        key = _folded(path)
        if key in self._files or key in self._folders:
            raise refuse(name, "there twice, or differs only in case from another entry")
        self._files.add(key)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


__all__ = ["Names", "is_git", "refuse"]
