"""A workspace's states as git trees: saved by what was touched, restored exactly."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from memory.code import CodeStore
from memory.git_objects import EXECUTABLE, FILE, TREE, Entry, LooseObjects, blob_id
from memory.records.loop import Changed
from memory.untrusted_files import UntrustedFileError, read_untrusted, remove_tree

LARGEST = 64 << 20
"""Bytes of a file that is kept."""


@dataclass
class Folder:
    """A folder of the tree; `id` is None from the first change on until it is written."""

    children: dict[bytes, Folder | Entry] = field(default_factory=dict)
    id: str | None = None


class GitSnapshots:
    """Implements memory.records.loop.Snapshots for one workspace, as trees in the project's repository.

    Links and submodules of a tree are carried along in it and never made in the workspace.
    """

    def __init__(self, code: CodeStore, project_id: str, workspace: Path) -> None:
        self._code = code
        self._project_id = project_id
        self._workspace = workspace
        self._base: dict[str, Entry] = {}
        self._now: dict[str, Entry] = {}
        self._root = Folder()

    def restore(self, base: str, tree: str | None) -> str:
        """Raises CodeError where one of the two is not in the repository."""
        self._base = self._code.entries(self._project_id, base)
        self._now = dict(self._base) if tree is None else self._code.entries(self._project_id, tree)
        files = {path: entry for path, entry in self._now.items() if entry.mode in (FILE, EXECUTABLE)}
        self._workspace.mkdir(parents=True, exist_ok=True)
        missing = sorted(files.keys() - _matching(self._workspace, files))
        blobs = self._code.blobs(self._project_id, [files[path].id for path in missing])
        for path, content in zip(missing, blobs, strict=True):
            _put(self._workspace / path, content, executable=files[path].mode == EXECUTABLE)
        self._root = Folder()
        for path, entry in self._now.items():
            _set(self._root, path, entry)
        return self._written()

    def save(self, touched: Iterable[str]) -> str:
        objects = self._code.objects(self._project_id)
        for path in sorted(set(touched)):
            entry = self._entry(objects, path)
            if entry is None:
                self._now.pop(path, None)
                _remove(self._root, path)
            elif self._now.get(path) != entry:
                self._now[path] = entry
                _set(self._root, path, entry)
        return self._written()

    def changed(self) -> dict[str, Changed]:
        found: dict[str, Changed] = {}
        for path in sorted(self._base.keys() | self._now.keys()):
            before, now = self._base.get(path), self._now.get(path)
            if before != now:
                found[path] = Changed.ADDED if before is None else Changed.DELETED if now is None else Changed.MODIFIED
        return found

    def _entry(self, objects: LooseObjects, path: str) -> Entry | None:
        """None where there is no regular file."""
        try:
            content = read_untrusted(self._workspace, path, LARGEST)
        except UntrustedFileError:
            return None
        mode = (self._workspace / path).lstat().st_mode
        return Entry(EXECUTABLE if mode & stat.S_IXUSR else FILE, objects.write_blob(content))

    def _written(self) -> str:
        return _write(self._root, self._code.objects(self._project_id))


def _matching(workspace: Path, files: dict[str, Entry]) -> set[str]:
    """Paths that are there as they should be. Everything else in the workspace is removed."""
    good: set[str] = set()
    wanted = {parent.as_posix() for path in files for parent in PurePosixPath(path).parents}
    for parent, folders, names in os.walk(workspace, followlinks=False):
        for name in [*names, *(name for name in folders if Path(parent, name).is_symlink())]:
            path = Path(parent, name)
            relative = path.relative_to(workspace).as_posix()
            if relative in files and _same(path, workspace, relative, files[relative]):
                good.add(relative)
            else:
                path.unlink()
        for name in list(folders):
            path = Path(parent, name)
            if not path.is_symlink() and path.exists() and path.relative_to(workspace).as_posix() not in wanted:
                remove_tree(path)
                folders.remove(name)
            elif path.exists():
                path.chmod(0o755)
    return good


def _same(path: Path, workspace: Path, relative: str, entry: Entry) -> bool:
    try:
        content = read_untrusted(workspace, relative, LARGEST)
    except UntrustedFileError:
        return False
    executable = bool(path.lstat().st_mode & stat.S_IXUSR)
    return executable == (entry.mode == EXECUTABLE) and blob_id(content) == entry.id


def _put(path: Path, content: bytes, *, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755 if executable else 0o644)


def _set(root: Folder, path: str, entry: Entry) -> None:
    *parents, name = os.fsencode(path).split(b"/")
    folder = root
    folder.id = None
    for part in parents:
        inner = folder.children.get(part)
        if not isinstance(inner, Folder):
            inner = folder.children[part] = Folder()
        inner.id = None
        folder = inner
    folder.children[name] = entry


def _remove(root: Folder, path: str) -> None:
    """Folders that become empty go with it, for git knows none."""
    *parents, name = os.fsencode(path).split(b"/")
    trail = [root]
    for part in parents:
        inner = trail[-1].children.get(part)
        if not isinstance(inner, Folder):
            return
        trail.append(inner)
    if not isinstance(trail[-1].children.get(name), Entry):
        return
    for folder, part in zip(reversed(trail), reversed([*parents, name]), strict=True):
        del folder.children[part]
        if folder.children:
            break
    for folder in trail:
        folder.id = None


def _write(folder: Folder, objects: LooseObjects) -> str:
    if folder.id is None:
        entries = {
            name: Entry(TREE, _write(child, objects)) if isinstance(child, Folder) else child
            for name, child in folder.children.items()
        }
        folder.id = objects.write_tree(entries)
    return folder.id


__all__ = ["GitSnapshots"]
