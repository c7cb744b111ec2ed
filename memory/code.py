"""A project's code in a bare git repository: trees become commits, commits become trees. Blocking."""

from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

MAIN = "refs/heads/main"
SCAFFOLD = "refs/softwright/scaffold"
"""What the template gave, untouched by hands: the base of later three-way merges."""
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
            self._git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))

    def commit(self, project_id: str, tree: Path, message: str, at: datetime) -> str:
        """The folder as a commit of no parent; the same content, message and time give the same id."""
        folder = self._folder(project_id)
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index"), "GIT_WORK_TREE": str(tree)}
            self._git(folder, "add", "--all", "--force", ".", env=index, cwd=tree)
            root = self._git(folder, "write-tree", env=index)
        stamp = at.isoformat()
        dates = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
        return self._git(folder, "commit-tree", root, "-m", message, env=dates)

    def set_ref(self, project_id: str, ref: str, commit: str) -> None:
        self._git(self._folder(project_id), "update-ref", ref, commit)

    def check_out(self, project_id: str, commit: str, target: Path) -> None:
        """The commit's tree as plain files in a new folder. A link becomes a file that holds its target."""
        folder = self._folder(project_id)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index"), "GIT_WORK_TREE": str(target)}
            self._git(folder, "read-tree", commit, env=index)
            plain = ("-c", "core.symlinks=false", "-c", "core.autocrlf=false")
            self._git(folder, *plain, "checkout-index", "--all", env=index, cwd=target)

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
