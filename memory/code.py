"""A project's code in a bare git repository: trees become commits, commits become trees. Blocking."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from memory.git_objects import Entry, LooseObjects
from memory.records.loop import Changed

MAIN = "refs/heads/main"
SCAFFOLD = "refs/softwright/scaffold"
"""What the template gave, untouched by hands: the base of later three-way merges."""
SUBMODULE = "160000"
AUTHOR = {
    "GIT_AUTHOR_NAME": "Softwright",
    "GIT_AUTHOR_EMAIL": "softwright@localhost",
    "GIT_COMMITTER_NAME": "Softwright",
    "GIT_COMMITTER_EMAIL": "softwright@localhost",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class CodeError(Exception):
    """git refused; the message has its words."""


class CodeStore:
    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, project_id: str) -> None:
        """The project's repository; nothing happens where it exists."""
        folder = self._folder(project_id)
        if not (folder / "HEAD").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            words = ("init", "--quiet", "--bare", "--object-format=sha1", "--initial-branch=main", str(folder))
            self._git(folder, *words)

    def adopt(self, project_id: str, source: Path) -> str:
        """A bare repository's HEAD with its history as the main branch; its commit."""
        words = ("fetch", "--quiet", "--no-tags", "--update-shallow", str(source), f"+HEAD:{MAIN}")
        folder = self._folder(project_id)
        self._git(folder, "-c", "transfer.fsckObjects=true", *words)
        return self._git(folder, "rev-parse", "--verify", MAIN)

    def commit(self, project_id: str, tree: Path, message: str, at: datetime) -> str:
        """The folder as a commit of no parent; the same content, message and time give the same id."""
        return self.commit_tree(project_id, self.write_tree(project_id, tree), message, at)

    def write_tree(self, project_id: str, tree: Path) -> str:
        """The whole folder as a git tree; its id."""
        folder = self._folder(project_id)
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index"), "GIT_WORK_TREE": str(tree)}
            self._git(folder, "add", "--all", "--force", ".", env=index, cwd=tree)
            return self._git(folder, "write-tree", env=index)

    def tree_of(self, project_id: str, commit: str) -> str:
        """Hash of all that the commit holds, whatever its message and time."""
        return self._git(self._folder(project_id), "rev-parse", "--verify", f"{commit}^{{tree}}")

    def commit_tree(self, project_id: str, tree: str, message: str, at: datetime, parents: Sequence[str] = ()) -> str:
        """A tree's id as a commit; the same tree, message, time and parents give the same id. No ref is moved."""
        stamp = at.isoformat()
        dates = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
        given = [word for parent in parents for word in ("-p", parent)]
        return self._git(self._folder(project_id), "commit-tree", tree, *given, "-m", message, env=dates)

    def diff(self, project_id: str, old: str, new: str) -> dict[str, Changed]:
        """Path → what became of it from one commit or tree to another."""
        before, after = self.entries(project_id, old), self.entries(project_id, new)
        added = dict.fromkeys(after.keys() - before.keys(), Changed.ADDED)
        deleted = dict.fromkeys(before.keys() - after.keys(), Changed.DELETED)
        both = [path for path in before.keys() & after.keys() if before[path] != after[path]]
        return dict(sorted({**added, **deleted, **dict.fromkeys(both, Changed.MODIFIED)}.items()))

    def parent(self, project_id: str, commit: str) -> str | None:
        """The commit's first parent; None where it has none."""
        words = self._git(self._folder(project_id), "rev-list", "--parents", "--max-count=1", commit).split()
        return words[1] if len(words) > 1 else None

    def patch(self, project_id: str, old: str, new: str) -> str:
        """The same as a unified diff, for people."""
        return self._git(self._folder(project_id), "diff", "--no-color", "--no-ext-diff", "--no-textconv", old, new)

    def entries(self, project_id: str, tree: str) -> dict[str, Entry]:
        """All files of a commit or tree by path; a name that is no UTF-8 as os.fsdecode gives it."""
        listing = self._bytes(project_id, b"", "ls-tree", "-r", "-z", "--full-tree", tree)
        found: dict[str, Entry] = {}
        for row in filter(None, listing.split(b"\0")):
            about, _, name = row.partition(b"\t")
            mode, _, id = about.decode().split(" ")
            if {b"..", b".", b"", b".git"} & {part.lower() for part in name.split(b"/")}:
                raise CodeError(f"{tree} holds the path {os.fsdecode(name)!r}, which no project may have")
            found[os.fsdecode(name)] = Entry(mode, id)
        return found

    def blobs(self, project_id: str, ids: Sequence[str]) -> list[bytes]:
        """Contents in the order of `ids`; raises CodeError where one is missing."""
        if not ids:
            return []
        asked = "".join(f"{id}\n" for id in ids).encode()
        stream = BytesIO(self._bytes(project_id, asked, "cat-file", "--batch"))
        contents = []
        for id in ids:
            words = stream.readline().split()
            if len(words) != 3:
                raise CodeError(f"git cat-file: {id} is missing")
            contents.append(stream.read(int(words[2])))
            stream.read(1)
        return contents

    def objects(self, project_id: str) -> LooseObjects:
        """Writes objects into the repository without a process."""
        return LooseObjects(self._folder(project_id))

    def set_ref(self, project_id: str, ref: str, commit: str) -> None:
        self._git(self._folder(project_id), "update-ref", ref, commit)

    def resolve(self, project_id: str, ref: str) -> str | None:
        """The commit that a ref stands at; None where there is no such ref."""
        try:
            return self._git(self._folder(project_id), "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        except CodeError:
            return None

    def history(self, project_id: str, commit: str) -> list[str]:
        """The commit and all before it, newest first. Raises CodeError where there is no such commit."""
        return self._git(self._folder(project_id), "rev-list", "--topo-order", commit, "--").split()

    def move_refs(self, project_id: str, moves: Sequence[tuple[str, str, str]]) -> bool:
        """(ref, from, to), all in one step or none: False where one stands somewhere else."""
        lines = ["start", *(f"update {ref} {new} {old}" for ref, old, new in moves), "prepare", "commit", ""]
        try:
            self._bytes(project_id, "\n".join(lines).encode(), "update-ref", "--stdin")
        except CodeError:
            if any(self.resolve(project_id, ref) != old for ref, old, _ in moves):
                return False
            raise
        return True

    def delete_ref(self, project_id: str, ref: str) -> None:
        """Nothing happens where it is not there."""
        self._git(self._folder(project_id), "update-ref", "-d", ref)

    def contents(self, project_id: str, tree: str) -> dict[str, bytes]:
        """Path → content of all files of a commit or tree."""
        entries = {path: entry for path, entry in self.entries(project_id, tree).items() if entry.mode.startswith("1")}
        entries = {path: entry for path, entry in entries.items() if entry.mode != SUBMODULE}
        return dict(zip(entries, self.blobs(project_id, [entry.id for entry in entries.values()]), strict=True))

    def check_out(self, project_id: str, commit: str, target: Path) -> None:
        """The commit's tree as plain files in a new folder. A link becomes a file that holds its target."""
        folder = self._folder(project_id)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index"), "GIT_WORK_TREE": str(target)}
            self._git(folder, "read-tree", commit, env=index)
            plain = ("-c", "core.symlinks=false", "-c", "core.autocrlf=false")
            self._git(folder, *plain, "checkout-index", "--all", env=index, cwd=target)

    def _bytes(self, project_id: str, given: bytes, *words: str) -> bytes:
        folder = str(self._folder(project_id))
        ready = subprocess.run(["git", "--git-dir", folder, *words], input=given, capture_output=True, check=False)
        if ready.returncode:
            raise CodeError(f"git {words[0]}: {ready.stderr.decode(errors='replace').strip()}")
        return ready.stdout

    def _folder(self, project_id: str) -> Path:
        return self._root / f"{project_id}.git"

    def _git(self, folder: Path, *words: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
        ready = subprocess.run(
            ["git", "--git-dir", str(folder), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**os.environ, **AUTHOR, **(env or {})},
        )
        if ready.returncode:
            raise CodeError(f"git {words[0]}: {ready.stderr.strip()}")
        return ready.stdout.strip()


__all__ = ["MAIN", "SCAFFOLD", "CodeError", "CodeStore"]
