"""A change of the schema as one Alembic migration, both ways, behind those that an application has already."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from memory.records.change import Renames
from memory.records.spec import AppSpec
from tools.scaffold.interface import ScaffoldError
from tools.scaffold.schema.steps import KEEPER, Steps, steps_between
from tools.scaffold.schema.tables import schema_of

FOLDER = "migrations/versions"
HEAD = '''"""{title}"""

{imports}
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
'''
CHANGED = '''

@contextmanager
def changed(table: str) -> Iterator[BatchOperations]:
    """On SQLite a copy of the table; ids that were given once are not given again."""
    connection = op.get_bind()
    last = None
    if connection.dialect.name == "sqlite":
        query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = connection.execute(query, {"name": table}).scalar()
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
        yield batch
    if last is not None:
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
        values = {"name": table, "last": last}
        connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
'''
REFUSE = '''

def refuse(query: str, words: str) -> None:
    """Nothing is changed where rows are in the way."""
    count = op.get_bind().execute(sa.text(query)).scalar_one()
    if count:
        raise RuntimeError(words.replace("%d", str(count)))
'''
RENAME_KEY = """

def rename_key(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f\'ALTER INDEX "pk_{old}" RENAME TO "pk_{new}"\')
"""
KEEP_ROWS = '''

def keep_rows(table: str, column: str, accounts: str) -> None:
    """Rows without an owner are given to an account to which nobody can log in."""
    connection = op.get_bind()
    rows = sa.table(table, sa.column(column))
    names = ("id", "email", "password_hash", "created_at", "updated_at")
    people = sa.table(accounts, *[sa.column(name) for name in names])
    if not connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one():
        return
    found = sa.select(people.c.id).where(people.c.email == KEEPER)
    if connection.execute(found).scalar() is None:
        now = sa.func.current_timestamp()
        made = people.insert().values(email=KEEPER, password_hash="!", created_at=now, updated_at=now)
        connection.execute(made)
    owner = connection.execute(found).scalar_one()
    connection.execute(rows.update().values({column: owner}))
'''
HELPERS = {"changed(": CHANGED, "refuse(": REFUSE, "rename_key(": RENAME_KEY, "keep_rows(": KEEP_ROWS}
REVISION = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class SchemaChange:
    upgrade: Steps
    downgrade: Steps

    @property
    def notes(self) -> tuple[str, ...]:
        """What rows that exist are given."""
        return tuple(self.upgrade.notes)


def schema_change(before: AppSpec, after: AppSpec, renames: Renames) -> SchemaChange | None:
    """None where the tables stay as they are. Raises UnsupportedSpec."""
    old, new = schema_of(before), schema_of(after)
    upgrade = steps_between(old, new, renames)
    if not upgrade.lines:
        return None
    return SchemaChange(upgrade, steps_between(new, old, renames.turned()))


def migration_file(change: SchemaChange, title: str, versions: Mapping[str, str]) -> tuple[str, str]:
    """(path, source) of the migration behind `versions` (name → source of those there are). Raises ScaffoldError."""
    head, known = head_of(versions)
    number = len(known) + 1
    while any(name.startswith(f"{number:04d}") for name in versions):
        number += 1
    lines = [str(head), *change.upgrade.lines, *change.downgrade.lines]
    # told apart from one of the same number that was taken back: databases elsewhere may still have that one
    revision = f"{number:04d}{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:6]}"
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40].strip("_") or "change"
    return f"{FOLDER}/{number:04d}_{slug}.py", _source(change, title, revision, head)


def head_of(versions: Mapping[str, str]) -> tuple[str | None, frozenset[str]]:
    """(the last revision, all revisions). Raises ScaffoldError where they do not form one line."""
    lines = {name: _ids(source) for name, source in versions.items()}
    known = frozenset(revision for revision, _ in lines.values() if revision)
    followed = {down for _, downs in lines.values() for down in downs}
    heads = sorted(known - followed)
    if len(heads) > 1:
        raise ScaffoldError(
            f"{FOLDER} has {len(heads)} last revisions ({', '.join(heads)}); "
            "make them one line (alembic merge) and ask again"
        )
    return (heads[0] if heads else None), known


def _ids(source: str) -> tuple[str, tuple[str, ...]]:
    """(revision, those it follows) of one migration."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ScaffoldError(f"{FOLDER}: a migration cannot be read: {error}; mend it and ask again") from error
    found: dict[str, object] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
                found[target.id] = _literal(value)
    downs = found.get("down_revision")
    many = downs if isinstance(downs, tuple | list) else [downs]
    return str(found.get("revision") or ""), tuple(str(down) for down in many if down)


def _literal(value: ast.expr | None) -> object:
    try:
        return None if value is None else ast.literal_eval(value)
    except ValueError as error:
        raise ScaffoldError(f"{FOLDER}: a revision is not written as a plain text") from error


def _source(change: SchemaChange, title: str, revision: str, down: str | None) -> str:
    body = "".join(
        f"\n\ndef {name}() -> None:\n" + "".join(f"    {line}\n" for line in steps.lines or ["pass"])
        for name, steps in (("upgrade", change.upgrade), ("downgrade", change.downgrade))
    )
    used = {name: source for name, source in HELPERS.items() if name in body}
    imports = ""
    if "changed(" in used:
        imports = (
            "from collections.abc import Iterator\nfrom contextlib import contextmanager\n\n"
            "from alembic.operations.base import BatchOperations\n"
        )
    plain = title.replace("\\", "/").replace('"', "'")
    head = HEAD.format(title=f"{plain[:100].rstrip('.')}.", imports=imports, revision=revision, down=down)
    if "keep_rows(" in used:
        head += f'KEEPER = "{KEEPER}"\n'
    return head + "".join(used.values()) + body


__all__ = ["FOLDER", "SchemaChange", "head_of", "migration_file", "schema_change"]
