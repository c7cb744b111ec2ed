"""Where code is read from: a bare repository at a commit, or a folder as it lies there."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.iterator.history import Change, HistoryError, read_history
from tools.iterator.interface import IteratorError
from tools.iterator.roles import language_of

LARGEST = 1_000_000
"""Bytes. What is larger was made by a machine."""
SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".ruff_cache"}
)


class GitSource:
    """A commit in a repository; nothing is checked out."""

    def __init__(self, git_dir: Path, commit: str, scope: str) -> None:
        self.git_dir, self.scope = git_dir, scope
        self.commit = _git(git_dir, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}").decode().strip()

    def files(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in filter(
            None, _git(self.git_dir, "ls-tree", "-r", "-z", "-l", "--full-tree", self.commit).split(b"\0")
        ):
            about, _, name = row.partition(b"\t")
            mode, _, blob, size = about.decode().split()
            path = os.fsdecode(name)
            if mode.startswith("100") and language_of(path) and size != "-" and int(size) <= LARGEST:
                found[path] = blob
        return found

    def contents(self, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        asked = "".join(f"{blob}\n" for blob in wanted.values()).encode()
        answer = _git(self.git_dir, "cat-file", "--batch", input=asked)
        at = 0
        for path in wanted:
            end = answer.index(b"\n", at)
            header = answer[at:end].decode().split()
            at = end + 1
            if len(header) == 3:
                size = int(header[2])
                yield path, answer[at : at + size]
                at += size + 1

    def changes(self, since: str | None) -> list[Change] | None:
        return _changes(self.git_dir, self.commit, since)


class FolderSource:
    """Files as they are on disk, tracked or not; past changes where the folder is a git work tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        if not self.folder.is_dir():
            raise IteratorError(f"{folder} is no folder; name one that holds the code")
        self.scope = f"folder:{self.folder}"
        git_dir = self.folder / ".git"
        self.git_dir = _git_dir(self.folder) if git_dir.exists() else None
        self.commit = _head(self.git_dir) if self.git_dir else ""

    def files(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in self._listed():
            place = self.folder / path
            if place.is_symlink() or not place.is_file() or place.stat().st_size > LARGEST:
                continue
            data = place.read_bytes()
            found[path] = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return found

    def _listed(self) -> Iterator[str]:
        if self.git_dir is not None:
            words = ("-C", str(self.folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            done = subprocess.run(["git", *words], capture_output=True, check=False)
            if done.returncode == 0:
                tracked = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
                yield from sorted(name for name in tracked if language_of(name))
                return
        for folder, folders, names in os.walk(self.folder):
            folders[:] = sorted(set(folders) - SKIPPED)
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), self.folder)  # noqa: PTH118 - os.walk gives strings
                if language_of(path):
                    yield path

    def contents(self, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        for path in wanted:
            yield path, (self.folder / path).read_bytes()

    def changes(self, since: str | None) -> list[Change] | None:
        return _changes(self.git_dir, self.commit, since) if self.git_dir and self.commit else []


def _changes(git_dir: Path, commit: str, since: str | None) -> list[Change] | None:
    if since is not None and since != commit:
        words = ["git", "--git-dir", str(git_dir), "merge-base", "--is-ancestor", since, commit]
        if subprocess.run(words, capture_output=True, check=False).returncode != 0:
            return None
    try:
        return read_history(git_dir, commit, since=since)
    except HistoryError as error:
        raise IteratorError(f"the history of {git_dir} cannot be read: {error}") from error


def _git(git_dir: Path, *words: str, input: bytes | None = None) -> bytes:
    done = subprocess.run(["git", "--git-dir", str(git_dir), *words], input=input, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip() or f"git {words[0]} failed"
        raise IteratorError(f"the repository {git_dir.name} cannot be read: {said}")
    return done.stdout


def _git_dir(folder: Path) -> Path:
    words = ["git", "-C", str(folder), "rev-parse", "--absolute-git-dir"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.returncode == 0 else folder / ".git"


def _head(git_dir: Path) -> str:
    words = ["git", "--git-dir", str(git_dir), "rev-parse", "--verify", "--quiet", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


__all__ = ["FolderSource", "GitSource"]
