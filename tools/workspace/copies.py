"""A copy of the workspace for a command to write in, and what of its changes is taken back. Blocking.

So the workspace itself is never handed to strangers' code: no link, no closed folder, no change past the guards.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from tools.workspace.definitions import definitions
from tools.workspace.interface import WorkspaceError
from tools.workspace.jail import Jail, shown
from tools.workspace.workspace import FILE_BYTES, NOISE, Workspace

FILES_TAKEN = 200
Mark = tuple[int, int]
"""Size and time of last change in nanoseconds."""


@dataclass(frozen=True)
class TakenBack:
    touched: tuple[str, ...]
    refused: tuple[str, ...]
    """Path and reason, a line each."""


def copy_out(workspace: Workspace, target: Path) -> dict[str, Mark]:
    """Copies all files, and says how each looked."""
    marks: dict[str, Mark] = {}
    target.mkdir(parents=True)
    made = {target}
    for path, status in workspace.jail.walk(""):
        to = target / path
        if to.parent not in made:
            to.parent.mkdir(parents=True, exist_ok=True)
            made.add(to.parent)
        to.write_bytes(workspace.jail.read(path, status.st_size))
        to.chmod(status.st_mode & 0o777 | 0o600)
        os.utime(to, ns=(status.st_mtime_ns, status.st_mtime_ns))
        marks[path] = (status.st_size, status.st_mtime_ns)
    return marks


def take_back(workspace: Workspace, copy: Path, marks: dict[str, Mark]) -> TakenBack:
    """Changed and new files, one by one, each through the same guards as an edit; links and noise stay behind."""
    _open_all(copy)
    ignored = _ignored(workspace)
    after = {path: status for path, status in _kept(Jail(copy)) if path in marks or not ignored.match_file(path)}
    changed = [p for p, status in after.items() if marks.get(p) != (status.st_size, status.st_mtime_ns)]
    gone = [path for path in marks if path not in after and not _noise(path)]
    if len(changed) + len(gone) > FILES_TAKEN:
        reason = f"{len(changed) + len(gone)} files changed, more than {FILES_TAKEN}: none was taken over"
        return TakenBack((), (reason,))
    touched, refused = [], []
    for path in [*changed, *gone]:
        try:
            done = _take(workspace, Jail(copy), path) if path in after else _drop(workspace, path)
        except WorkspaceError as error:
            names = f" ({error.data})" if error.data else ""
            refused.append(f"{shown(path)}: {error}{names}")
        else:
            touched += [path] if done else []
    return TakenBack(tuple(touched), tuple(refused))


def _open_all(copy: Path) -> None:
    """Undoes that a command closed files or folders to their owner. Nothing runs in the copy any more."""
    for parent, folders, names in os.walk(copy, followlinks=False):
        for name in [*folders, *names]:
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                path.chmod(stat.S_IMODE(mode) | (0o700 if stat.S_ISDIR(mode) else 0o600))


def _kept(copy: Jail) -> Iterator[tuple[str, os.stat_result]]:
    return ((path, status) for path, status in copy.walk("", without=NOISE) if not _noise(path))


def _noise(path: str) -> bool:
    parts = path.split("/")
    return path.endswith(".pyc") or not NOISE.isdisjoint(parts)


def _ignored(workspace: Workspace) -> GitIgnoreSpec:
    try:
        lines = workspace.jail.read(".gitignore", FILE_BYTES).decode(errors="replace").splitlines()
        return GitIgnoreSpec.from_lines(lines)
    except (WorkspaceError, ValueError):
        return GitIgnoreSpec.from_lines([])


def _take(workspace: Workspace, copy: Jail, path: str) -> bool:
    """Whether anything was different."""
    content = copy.read(path, FILE_BYTES)
    if workspace.jail.exists(path) and workspace.jail.read(path, FILE_BYTES) == content:
        return False
    workspace.take_over(path, content)
    return True


def _drop(workspace: Workspace, path: str) -> bool:
    """A command may remove a file, but not code: that takes delete_file."""
    content = workspace.jail.read(path, FILE_BYTES).decode(errors="replace")
    if definitions(path, content):
        raise WorkspaceError("a command removed it, but it defines things: kept; use delete_file")
    workspace.drop(path)
    return True


__all__ = ["TakenBack", "copy_out", "take_back"]
