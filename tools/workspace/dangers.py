"""What is done only where a person agrees: judged by what would come of a call, not by its words. Pure.

What is refused outright (protected files, paths outside, the network) is not asked about.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

BUILT_BY = (
    *("Dockerfile*", ".dockerignore", "docker-compose*", "compose.y*ml", "Procfile", "fly.toml", "render.yaml"),
    *(".github/*", ".gitlab*", ".circleci/*", "Jenkinsfile", "azure-pipelines.y*ml", ".pre-commit-config.yaml"),
    *("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt", "requirements*.in", "package.json"),
    *("tox.ini", "noxfile.py", "Makefile", "alembic.ini", ".env*", ".gitignore", "vercel.json", "railway.*"),
)
"""How a project is built, checked and deployed, and what it is made of."""
MIGRATIONS = ("migrations/*.py", "*/migrations/*.py", "alembic/versions/*.py", "*/alembic/versions/*.py")
LOSES = re.compile(
    r"\bdrop_(?:table|column)\b|\b(?:RemoveField|DeleteModel)\b|\bDROP\s+(?:TABLE|COLUMN)\b|\bTRUNCATE\b|\bDELETE\s+FROM\b",
    re.IGNORECASE,
)
WAY_BACK = re.compile(r"^def downgrade\b.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
"""Undoing what a migration made always drops something."""


@dataclass(frozen=True)
class Dangers:
    there: Collection[str]
    """Files that the work began with; what it made itself is its own to delete."""
    asked_for: str = ""
    """A person's words: a file that they name was asked for."""
    in_use: bool = False
    """There are databases that its migrations have made."""

    def of_delete(self, path: str) -> str:
        """Why a person has to agree; empty: nobody has to."""
        if path not in self.there or self._named(path):
            return ""
        return f"deletes {path}, which was there before and which nobody asked to delete"

    def of_write(self, path: str, text: str) -> str:
        """`text`: what is written, whole or in pieces."""
        if self._named(path):
            return ""
        if _is_any(path, BUILT_BY):
            return f"changes {path}, by which the project is built, checked or deployed"
        if not self.in_use or not _is_any(path, MIGRATIONS) or path.rpartition("/")[2].startswith("__"):
            return ""
        if path in self.there:
            return f"changes {path}, a migration that databases in use have run"
        if (found := LOSES.search(WAY_BACK.sub("", text))) is not None:
            return f"writes {path}, a migration that loses data ({found.group()})"
        return ""

    def of_move(self, path: str, to: str) -> str:
        return self.of_write(path, "") or self.of_write(to, "")

    def _named(self, path: str) -> bool:
        """By its path or its whole name: a word that is only a part of it asks for nothing."""
        names = {path, path.rpartition("/")[2]}
        return any(re.search(rf"(?<![\w./-]){re.escape(n)}(?![\w/-])", self.asked_for, re.IGNORECASE) for n in names)


def _is_any(path: str, patterns: Collection[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(
        fnmatchcase(path, pattern) or ("/" not in pattern and fnmatchcase(name, pattern)) for pattern in patterns
    )


__all__ = ["Dangers"]
