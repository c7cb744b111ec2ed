"""Edits of a folder's files, each as a commit of its own where the folder is in a git repository.

By plumbing alone: none of the repository's hooks, filters or programs is run.
"""

from __future__ import annotations

import os
from pathlib import Path

from tools.security.revision import RevisionError, git

WHO = {
    "GIT_AUTHOR_NAME": "Softwright",
    "GIT_AUTHOR_EMAIL": "softwright@localhost",
    "GIT_COMMITTER_NAME": "Softwright",
    "GIT_COMMITTER_EMAIL": "softwright@localhost",
}


class NotCommitted(Exception):
    """The message says why and what to do."""


class FolderCommits:
    """Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self._prefix: str | None = git(folder, "rev-parse", "--show-prefix").decode().removesuffix("\n")
            git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except RevisionError:
            self._prefix = None

    def put(self, file: str, before: bytes, after: str, message: str) -> str | None:
        """The commit's id; None where the folder is in no repository, and the file alone was written.

        `before`: what the edit was made for. Raises NotCommitted, OSError; then nothing was changed.
        """
        place = self._folder / file
        if place.is_symlink() or place.read_bytes() != before:
            raise NotCommitted(f"{file} was changed meanwhile: run it again")
        commit = None if self._prefix is None else self._commit(self._prefix + file, before, after, message)
        place.write_text(after, encoding="utf-8", newline="")
        return commit

    def _commit(self, path: str, before: bytes, after: str, message: str) -> str:
        try:
            head = self._git("rev-parse", "HEAD")
            row = self._git("ls-tree", "--full-tree", head, "--", f":(top,literal){path}")
            mode, _, blob = row.partition("\t")[0].split(" ") if row else ("", "", "")
            if not blob or git(self._folder, "cat-file", "blob", blob) != before:
                raise NotCommitted(f"{path} has changes that are not committed: commit them first, and run it again")
            new = self._git("hash-object", "-w", "--no-filters", "--stdin", given=after.encode())
            tree = self._tree(head, f"{mode},{new},{path}")
            commit = self._git("commit-tree", tree, "-p", head, "-m", message)
            self._git("update-ref", "-m", "softwright: hardening", "HEAD", commit, head)
            self._git("update-index", "--cacheinfo", f"{mode},{new},{path}")
        except RevisionError as error:
            raise NotCommitted(f"{path} could not be committed: {error}") from error
        return commit

    def _tree(self, head: str, entry: str) -> str:
        """HEAD's tree with one file changed, whatever else is staged."""
        index = Path(self._git("rev-parse", "--absolute-git-dir")) / f"softwright-index-{os.getpid()}"
        try:
            given = {"GIT_INDEX_FILE": str(index)}
            self._git("read-tree", head, more=given)
            self._git("update-index", "--cacheinfo", entry, more=given)
            return self._git("write-tree", more=given)
        finally:
            index.unlink(missing_ok=True)

    def _git(self, *words: str, given: bytes = b"", more: dict[str, str] | None = None) -> str:
        return git(self._folder, *words, given=given, more={**WHO, **(more or {})}).decode().strip()


__all__ = ["FolderCommits", "NotCommitted"]
