"""Changes of the database that a release brings, against the version that runs: can that one live with them?

Expand, switch, contract: what only adds may be made while both versions work on the database. What takes away may be
made once the version that runs does not use it any more. Read from Alembic's revisions, never executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.deploy.models_in_use import ModelsInUse
from tools.deploy.revision_calls import changes_of
from tools.deploy.revision_sql import Change, Kind

MAX_FILE = 1 << 20
MAX_FILES = 2000

FIRST = {
    Kind.DROP_COLUMN: "release a version that no longer uses {column} of {table} and leaves the column (nullable, or"
    " with a server_default)",
    Kind.DROP_TABLE: "release a version that no longer uses {table}",
    Kind.RENAME_COLUMN: "add the new column beside {column} of {table}, write both, copy the old values, read the new",
    Kind.RENAME_TABLE: "add the new table beside {table}, write both, copy the old rows, read the new one",
    Kind.RETYPE: "add a new column of the new type beside {column} of {table}, write both, copy, read the new one",
    Kind.NOT_NULL: "release a version that always writes {column} of {table}, and fill the rows that lack it",
    Kind.NEW_NOT_NULL: "add {column} of {table} as nullable or with a server_default, and write it from then on",
    Kind.CONSTRAINT: "release a version that keeps to the constraint on {table}, and mend the rows that do not",
    Kind.UNKNOWN: "split it: what only adds in a revision of its own, made of Alembic's operations or plain SQL",
}
SECOND = {
    Kind.DROP_COLUMN: "drop the column with the release after it",
    Kind.DROP_TABLE: "drop the table with the release after it",
    Kind.RENAME_COLUMN: "drop the old column with the release after it",
    Kind.RENAME_TABLE: "drop the old table with the release after it",
    Kind.RETYPE: "drop the old column with the release after it",
    Kind.NOT_NULL: "set NOT NULL with the release after it",
    Kind.NEW_NOT_NULL: "set NOT NULL with the release after it",
    Kind.CONSTRAINT: "add the constraint with the release after it",
    Kind.UNKNOWN: "make the rest with the release after it",
}


@dataclass(frozen=True)
class Breaking:
    revision: str
    change: Change

    def __str__(self) -> str:
        return f"revision {self.revision} {self.change}"


@dataclass(frozen=True)
class Compared:
    new: tuple[str, ...]
    """Revisions that the old code does not have."""
    breaking: tuple[Breaking, ...]

    @property
    def migrates(self) -> bool:
        return bool(self.new)


def compared(old: Path, new: Path, packages: Sequence[str] = ("app",)) -> Compared:
    """Blocking. Both are checked-out trees; `packages` is where the old code defines its tables."""
    known = _revisions(old)
    added = {name: tree for name, tree in _revisions(new).items() if name not in known}
    changes = [(name, change) for name, tree in added.items() for change in changes_of(tree)]
    made = {change.table for _, change in changes if change.kind is Kind.NEW_TABLE}
    used = ModelsInUse(old, packages)
    breaking = [Breaking(name, change) for name, change in changes if _breaks(change, made, used)]
    return Compared(tuple(added), tuple(breaking))


def plan(found: Compared) -> str:
    """What to do instead, in two releases."""
    steps = []
    for breaking in found.breaking:
        change = breaking.change
        words = {"table": change.table or "(a table)", "column": change.column or "(a column)"}
        steps.append(f"Step 1: {FIRST[change.kind].format(**words)}. Step 2: {SECOND[change.kind]}")
    return ". ".join([*dict.fromkeys(steps), "Or allow a short downtime (downtime: true, --allow-downtime)"])


def _breaks(change: Change, made: Iterable[str], used: ModelsInUse) -> bool:
    if change.kind is Kind.NEW_TABLE or (change.table and change.table in made):
        return False
    if change.kind is Kind.DROP_TABLE:
        return used.table(change.table)
    if change.kind is Kind.DROP_COLUMN:
        return used.column(change.table, change.column)
    if change.kind is Kind.NOT_NULL:
        return not used.always_writes(change.table, change.column)
    return True


def _revisions(code: Path) -> dict[str, ast.Module]:
    found: dict[str, ast.Module] = {}
    for path in sorted(code.rglob("versions/*.py"))[:MAX_FILES]:
        real = path.resolve()
        if not real.is_relative_to(code.resolve()) or real.stat().st_size > MAX_FILE:
            continue
        try:
            tree = ast.parse(real.read_bytes())
        except (SyntaxError, ValueError):
            continue  # Alembic refuses it at the application's start, which is seen in the rehearsal
        if name := _revision(tree):
            found[name] = tree
    return found


def _revision(tree: ast.Module) -> str:
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "revision" and isinstance(value, ast.Constant):
            return str(value.value)
    return ""


__all__ = ["Breaking", "Compared", "compared", "plan"]
