"""Files merged three ways, line by line, by git. A conflict is told and never resolved. Blocking."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from memory.additions import both_added

MARKS = ("people's edits", "before", "the change")
_HUNK = re.compile(r"^<{7} .*?^>{7} [^\n]*$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(rb"^(?:<{7} people's edits|>{7} the change)$", re.MULTILINE)
MOST_HUNKS = 20
HUNK_CHARS = 2_000


@dataclass(frozen=True)
class Conflict:
    path: str
    why: str
    hunks: tuple[str, ...] = ()
    """Each with git's marks: people's edits, what was before, the change."""


@dataclass(frozen=True)
class Merged:
    write: dict[str, bytes] = field(default_factory=dict)
    """Path → content that is to stand in ours; with marks where it conflicts."""
    delete: frozenset[str] = frozenset()
    conflicts: tuple[Conflict, ...] = ()


def three_way(base: Mapping[str, bytes], ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> Merged:
    """What turns `ours` into both changes together. Contents by path."""
    write: dict[str, bytes] = {}
    delete: set[str] = set()
    conflicts: list[Conflict] = []
    for path in sorted({*base, *ours, *theirs}):
        before, mine, other = base.get(path), ours.get(path), theirs.get(path)
        if other in (before, mine):
            continue
        if mine == before:
            if other is None:
                delete.add(path)
            else:
                write[path] = other
        elif mine is None or other is None:
            conflicts.append(Conflict(path, _gone(mine is None)))
        else:
            content, conflict = _lines(path, before or b"", mine, other)
            write[path] = content
            conflicts += [conflict] if conflict else []
    return Merged(write, frozenset(delete), tuple(conflicts))


def marked(content: bytes) -> bool:
    """Whether marks of a conflict stand in it."""
    return _MARK.search(content) is not None


def _gone(by_people: bool) -> str:
    if by_people:
        return "people removed the file, and the change needs it changed"
    return "people edited the file, and the change removes it"


def _lines(path: str, before: bytes, mine: bytes, other: bytes) -> tuple[bytes, Conflict | None]:
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / name for name in ("mine", "before", "other")]
        for name, content in zip(names, (mine, before, other), strict=True):
            name.write_bytes(content)
        labels = [word for mark in MARKS for word in ("-L", mark)]
        argv = ["git", "merge-file", "-p", "--diff3", *labels, *map(str, names)]
        done = subprocess.run(argv, capture_output=True, check=False)
    if done.returncode == 0:
        return done.stdout, None
    if done.returncode >= 128:  # git's own failures, binary files among them
        return mine, Conflict(path, "people edited the file and so does the change, and its lines cannot be merged")
    text = done.stdout.decode("utf-8", "replace")
    if path.endswith(".py") and (both := both_added(text)) is not None:
        return both.encode(), None
    hunks = [hunk[:HUNK_CHARS] for hunk in _HUNK.findall(text)][:MOST_HUNKS]
    return done.stdout, Conflict(path, "people edited the same lines as the change", tuple(hunks))


__all__ = ["Conflict", "Merged", "marked", "three_way"]
