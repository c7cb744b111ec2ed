"""The statements that lead from one schema to another, as source of an Alembic migration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from memory.records.change import Renames
from memory.records.spec import FieldSpec
from tools.scaffold.schema.conversion import conversion, needs_check
from tools.scaffold.schema.filling import filling
from tools.scaffold.schema.sql import count, count_doubles, quoted, update
from tools.scaffold.schema.tables import Column, Schema, Table, constraint

COMMON = (
    'sa.Column("id", ID, nullable=False)',
    'sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)',
    'sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False)',
    'sa.PrimaryKeyConstraint("id")',
)
KEEPER = "rows-without-owner@example.invalid"
"""The account that is given the rows which were there before there were owners. Nobody can log in to it."""


def text(value: str) -> str:
    """Source of a text."""
    return json.dumps(value, ensure_ascii=False)


@dataclass
class Steps:
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def do(self, line: str) -> None:
        self.lines.append(line)

    def batch(self, table: str, calls: list[str]) -> None:
        """Statements that SQLite makes by one copy of the table."""
        if calls:
            self.do(f"with changed({text(table)}) as batch:")
            self.lines += [f"    batch.{call}" for call in calls]


@dataclass(frozen=True)
class Pair:
    """A table before and after."""

    old: Table
    new: Table
    names: Mapping[str, str]
    """Column after → column before, of those that were there."""

    @property
    def renamed(self) -> bool:
        return self.old.name != self.new.name

    @property
    def added(self) -> list[Column]:
        return [column for name, column in self.new.columns.items() if name not in self.names]

    @property
    def dropped(self) -> list[Column]:
        return [column for name, column in self.old.columns.items() if name not in self.names.values()]

    @property
    def kept(self) -> list[tuple[Column, Column]]:
        return [(self.old.columns[was], self.new.columns[name]) for name, was in self.names.items()]


def steps_between(before: Schema, after: Schema, renames: Renames) -> Steps:
    """Raises UnsupportedSpec where the rules cannot keep the rows."""
    steps = Steps()
    if after.accounts and not before.accounts:
        _create_accounts(steps, after.accounts)
    pairs = [_pair(before.tables[old], new, renames) for old, new in _both(before, after, renames)]
    for pair in pairs:
        _let_go(steps, pair)
    for pair in pairs:
        if pair.renamed:
            steps.do(f"op.rename_table({text(pair.old.name)}, {text(pair.new.name)})")
            steps.do(f"rename_key({text(pair.old.name)}, {text(pair.new.name)})")
    made = [table for name, table in after.tables.items() if renames.resource_before(name) not in before.tables]
    for table in made:
        _create(steps, table)
    for pair in pairs:
        _change(steps, pair, after)
    for table in made:
        _refer_late(steps, table)
    gone = {renames.resource_before(name) for name in after.tables}
    for name in reversed([name for name in before.tables if name not in gone]):
        _drop(steps, before.tables[name])
    if before.accounts and not after.accounts:
        steps.do(f"op.drop_table({text(before.accounts)})")
    return steps


def _both(before: Schema, after: Schema, renames: Renames) -> Iterator[tuple[str, Table]]:
    for name, table in after.tables.items():
        if renames.resource_before(name) in before.tables:
            yield renames.resource_before(name), table


def _pair(old: Table, new: Table, renames: Renames) -> Pair:
    names: dict[str, str] = {}
    for name, column in new.columns.items():
        was = renames.field_before(new.resource, name)
        if column.field is None:
            was = next((n for n, c in old.columns.items() if c.field is None), "")
        if was in old.columns and was not in names.values():
            names[name] = was
    return Pair(old, new, names)


def _unique_names(table: Table) -> dict[tuple[str, ...], str]:
    return {group: f"uq_{table.name}_{'_'.join(group)}" for group in table.uniques}


def _stays(pair: Pair, group: tuple[str, ...]) -> bool:
    """A constraint over these columns, by their old names, which is there afterwards under the same name."""
    return not pair.renamed and all(pair.names.get(name) == name for name in group)


def _let_go(steps: Steps, pair: Pair) -> None:
    """Constraints that go, or that get another name, while table and columns still have their old ones."""
    old, calls = pair.old, []
    for group in sorted(old.uniques):
        if not (_stays(pair, group) and group in pair.new.uniques):
            calls.append(f'drop_constraint(op.f({text(constraint("uq", old.name, *group))}), type_="unique")')
    for name, column in old.columns.items():
        if column.target is not None and not _refers_still(pair, name):
            calls.append(f'drop_constraint(op.f({text(constraint("fk", old.name, name))}), type_="foreignkey")')
    for name in sorted(old.indexes):
        if not (_stays(pair, (name,)) and name in pair.new.indexes):
            steps.do(f"op.drop_index(op.f({text(constraint('ix', old.name, name))}), {text(old.name)})")
    steps.batch(old.name, calls)


def _refers_still(pair: Pair, name: str) -> bool:
    new = pair.new.columns.get(name)
    return _stays(pair, (name,)) and new is not None and new.target is not None


def _change(steps: Steps, pair: Pair, after: Schema) -> None:
    table = pair.new.name
    renamed = [(old, new) for old, new in pair.kept if old.name != new.name]
    steps.batch(
        table,
        [f"alter_column({text(old.name)}, new_column_name={text(new.name)})" for old, new in renamed],
    )
    late: list[str] = []
    for column in pair.added:
        late += _add(steps, table, column, after)
    for old, new in pair.kept:
        late += _alter(steps, table, old, new)
    late += _constraints(steps, pair)
    steps.batch(table, late)
    for name in sorted(pair.new.indexes):
        if not (_stays(pair, (name,)) and name in pair.old.indexes):
            steps.do(f"op.create_index(op.f({text(constraint('ix', table, name))}), {text(table)}, [{text(name)}])")
    steps.batch(table, [f"drop_column({text(column.name)})" for column in pair.dropped])


def _add(steps: Steps, table: str, column: Column, after: Schema) -> list[str]:
    """Adds the column; what is left to be done when its rows are filled."""
    name, kind = text(column.name), column.type
    if column.field is None:
        return _add_owner(steps, table, column, after)
    value, words = ("", "") if column.nullable else filling(column.field)
    if column.nullable or column.field.unique:
        steps.do(f"op.add_column({text(table)}, sa.Column({name}, {kind}, nullable=True))")
    else:
        default = f"sa.text({text(value)})"
        steps.do(f"op.add_column({text(table)}, sa.Column({name}, {kind}, nullable=False, server_default={default}))")
    if column.nullable:
        return _given_default(steps, table, column.field)
    steps.notes.append(f"Rows that exist get {words} as their {column.name}.")
    if not column.field.unique:
        return []
    steps.do(f"op.execute({text(update(table, column.name, value))})")
    return [f"alter_column({name}, existing_type={kind}, nullable=False)"]


def _given_default(steps: Steps, table: str, field: FieldSpec) -> list[str]:
    """An optional field with a default: rows that exist get it, as those do that are made without it."""
    if field.default is not None and field.default not in ("today", "now"):
        value, words = filling(field)
        steps.do(f"op.execute({text(update(table, field.name, value))})")
        steps.notes.append(f"Rows that exist get {words} as their {field.name}.")
    return []


def _add_owner(steps: Steps, table: str, column: Column, after: Schema) -> list[str]:
    accounts = after.accounts or ""
    steps.do(f"op.add_column({text(table)}, sa.Column({text(column.name)}, ID, nullable=True))")
    steps.do(f"keep_rows({text(table)}, {text(column.name)}, {text(accounts)})")
    steps.notes.append(
        f"Rows of {table} that exist belong to the account {KEEPER}, to which nobody can log in; "
        f"give them to someone by their {column.name} in the database."
    )
    return [f"alter_column({text(column.name)}, existing_type=ID, nullable=False)"]


def _alter(steps: Steps, table: str, old: Column, new: Column) -> list[str]:
    if old.field is None or new.field is None:
        return []
    how = conversion(table, old, new)
    checks = how.checks if needs_check(old, new) else ()
    for condition, words in checks:
        steps.do(f"refuse({text(count(table, condition))}, {text(words)})")
    if how.update:
        steps.do(f"op.execute({text(update(table, new.name, how.update))})")
    if old.nullable and not new.nullable:
        value, words = filling(new.field)
        change = update(table, new.name, value, f"{quoted(new.name)} IS NULL")
        steps.do(f"op.execute({text(change)})")
        steps.notes.append(f"Rows of {table} without {new.name} get {words}.")
    if old.type == new.type and old.nullable == new.nullable:
        return []
    arguments = [text(new.name), f"existing_type={old.type}"]
    if old.type != new.type:
        arguments += [f"type_={new.type}", "server_default=None"]
        arguments += [f"postgresql_using={text(how.using)}"] if how.using else []
    arguments.append(f"nullable={new.nullable}")
    return [f"alter_column({', '.join(arguments)})"]


def _constraints(steps: Steps, pair: Pair) -> list[str]:
    table, calls = pair.new.name, []
    for group in sorted(pair.new.uniques):
        if _stays(pair, group) and group in pair.old.uniques:
            continue
        same = tuple(pair.names.get(name, "") for name in group) in pair.old.uniques
        if not same and all(name in pair.names for name in group):
            steps.do(_refuse_doubles(table, group))
        calls.append(f"create_unique_constraint(op.f({text(constraint('uq', table, *group))}), {list(group)!r})")
    for name, column in pair.new.columns.items():
        if column.target is not None and not (name in pair.old.columns and _refers_still(pair, name)):
            calls.append(_foreign_key(table, name, column.target))
    return calls


def _refuse_doubles(table: str, group: tuple[str, ...]) -> str:
    words = f"{table}.{' and '.join(group)}: %d values stand in several rows, so they cannot be unique"
    return f"refuse({text(count_doubles(table, group))}, {text(words)})"


def _foreign_key(table: str, name: str, target: str) -> str:
    key = text(constraint("fk", table, name))
    return f'create_foreign_key(op.f({key}), {text(target)}, [{text(name)}], ["id"])'


def _create_accounts(steps: Steps, table: str) -> None:
    parts = [
        text(table),
        'sa.Column("email", sa.String(254), nullable=False)',
        'sa.Column("password_hash", sa.String(255), nullable=False)',
        *COMMON,
        'sa.UniqueConstraint("email")',
        "sqlite_autoincrement=True",
    ]
    steps.do(f"op.create_table({', '.join(parts)})")


def _create(steps: Steps, table: Table) -> None:
    parts = [text(table.name)]
    for column in table.columns.values():
        parts.append(f"sa.Column({text(column.name)}, {column.type}, nullable={column.nullable})")
    parts += COMMON
    for name, column in table.columns.items():
        if column.target is not None and name not in table.late:
            parts.append(f'sa.ForeignKeyConstraint([{text(name)}], ["{column.target}.id"])')
    parts += [f"sa.UniqueConstraint({', '.join(map(json.dumps, group))})" for group in sorted(table.uniques)]
    steps.do(f"op.create_table({', '.join(parts)}, sqlite_autoincrement=True)")
    for name in sorted(table.indexes):
        index = text(constraint("ix", table.name, name))
        steps.do(f"op.create_index(op.f({index}), {text(table.name)}, [{text(name)}])")


def _refer_late(steps: Steps, table: Table) -> None:
    calls = [
        _foreign_key(table.name, name, column.target)
        for name, column in table.columns.items()
        if name in table.late and column.target is not None
    ]
    steps.batch(table.name, calls)


def _drop(steps: Steps, table: Table) -> None:
    calls = [
        f'drop_constraint(op.f({text(constraint("fk", table.name, name))}), type_="foreignkey")'
        for name in sorted(table.late)
    ]
    steps.batch(table.name, calls)
    steps.do(f"op.drop_table({text(table.name)})")


__all__ = ["KEEPER", "Steps", "steps_between"]
