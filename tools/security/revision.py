"""A folder as a commit of its repository has it. Read with plumbing: none of the repository's filters or hooks runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

PATIENCE_S = 120
REGULAR = "100"
LINK = "120000"
GIT = ("git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager")


class RevisionError(Exception):
    """The commit cannot be had; the message says why and what to do."""


def resolved(folder: Path, ref: str) -> str:
    """The commit's id. Raises RevisionError."""
    if not ref or ref.startswith("-"):
        raise RevisionError(f"{ref!r} is no name of a commit: give a branch, a tag or an id, such as HEAD or main")
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip()
    except RevisionError as error:
        if not _in_repository(folder):
            raise RevisionError(f"{folder} is in no git repository, so there is no {ref} to compare it with") from error
        raise RevisionError(f"{ref!r} is no commit of this repository: see `git log --all`") from error


def _in_repository(folder: Path) -> bool:
    try:
        return bool(git(folder, "rev-parse", "--git-dir"))
    except RevisionError:
        return False


def write_revision(folder: Path, commit: str, target: Path, largest: int) -> None:
    """The part of the commit's tree that is `folder`, below `target`; files larger than `largest` become holes of
    their size. Raises RevisionError."""
    rows = [_row(raw) for raw in filter(None, git(folder, "ls-tree", "-r", "-z", "-l", commit, ".").split(b"\0"))]
    files = [(path, blob, size, mode) for mode, blob, size, path in rows if mode.startswith(REGULAR) or mode == LINK]
    small = [(path, blob, mode) for path, blob, size, mode in files if size <= largest]
    target.mkdir(parents=True)
    for path, _, size, _ in files:
        place = _place(target, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if size > largest:
            place.touch()
            os.truncate(place, size)
    for (path, _, mode), content in zip(small, _contents(folder, [blob for _, blob, _ in small]), strict=True):
        place = _place(target, path)
        if mode == LINK:
            place.symlink_to(os.fsdecode(content))
        else:
            place.write_bytes(content)


def _row(raw: bytes) -> tuple[str, str, int, str]:
    about, _, name = raw.partition(b"\t")
    mode, _, blob, size = about.decode().split()
    return mode, blob, int(size) if size.isdigit() else 0, os.fsdecode(name)


def _place(target: Path, path: str) -> Path:
    parts = path.split("/")
    if {"", ".", ".."} & set(parts) or ".git" in {part.lower() for part in parts}:
        raise RevisionError(f"the commit holds the path {path!r}, which no project may have")
    return target.joinpath(*parts)


def _contents(folder: Path, blobs: list[str]) -> Iterator[bytes]:
    answer = git(folder, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in blobs).encode())
    at = 0
    for blob in blobs:
        end = answer.index(b"\n", at)
        header = answer[at:end].decode().split()
        if len(header) != 3:
            raise RevisionError(f"the repository does not hold {blob}: fetch its whole history first")
        at = end + 1 + int(header[2]) + 1
        yield answer[end + 1 : at - 1]


def commits_of(folder: Path, commit: str) -> frozenset[str]:
    """It and all before it."""
    return frozenset(git(folder, "rev-list", commit).decode().split())


def git(folder: Path, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
    """`more`: of the environment. Raises RevisionError."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    argv = (*GIT[:1], "-C", str(folder), *GIT[1:], *words)
    try:
        done = subprocess.run(
            argv, input=given, capture_output=True, timeout=PATIENCE_S, check=False, env={**environment, **(more or {})}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RevisionError(f"git could not be run: {error}") from error
    if done.returncode != 0:
        raise RevisionError(f"git {words[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
    return done.stdout


__all__ = ["RevisionError", "commits_of", "git", "resolved", "write_revision"]
