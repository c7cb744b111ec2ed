"""Which tables a spec has, as the template makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from memory.records.spec import AppSpec, FieldSpec
from tools.scaffold import naming
from tools.scaffold.answers import to_answers
from tools.scaffold.interface import UnsupportedSpec


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    """Source, as in a migration: `sa.String(200)`."""
    nullable: bool
    target: str | None = None
    """Table that it refers to."""
    field: FieldSpec | None = None
    """None: the owner."""


@dataclass(frozen=True)
class Table:
    name: str
    resource: str
    columns: dict[str, Column]
    uniques: frozenset[tuple[str, ...]]
    indexes: frozenset[str]
    """Columns with an index of their own."""
    late: frozenset[str] = field(default_factory=frozenset)
    """References that can only be added when all tables are there."""


@dataclass(frozen=True)
class Schema:
    tables: dict[str, Table]
    """By resource, in an order in which they can be made."""
    accounts: str | None
    """Table of those who log in."""


def schema_of(spec: AppSpec) -> Schema:
    """Raises UnsupportedSpec where the template cannot do the spec."""
    answers = to_answers(spec, "")
    account = answers["accounts"]
    by_name = {resource["name"]: resource for resource in answers["resources"]}
    tables = {name: _table(spec, by_name[name], account) for name in answers["table_order"]}
    return Schema(tables, account["table"] if account else None)


def _table(spec: AppSpec, answers: dict[str, Any], account: dict[str, str] | None) -> Table:
    resource = spec.resource(answers["name"])
    targets = {reference["name"]: reference["table"] for reference in answers["references"]}
    columns: dict[str, Column] = {}
    if account and resource.owned:
        name = account["owner_column"]
        columns[name] = Column(name, "ID", False, account["table"])
    for made in answers["fields"]:
        name = made["name"]
        columns[name] = Column(
            name, made["migration_type"], not made["required"], targets.get(name), resource.field(name)
        )
    return Table(
        name=answers["table"],
        resource=resource.name,
        columns=columns,
        uniques=frozenset(tuple(group) for group in answers["all_unique"]),
        indexes=frozenset(index["name"] for index in answers["indexes"]),
        late=frozenset(reference["name"] for reference in answers["references"] if reference["late"]),
    )


def constraint(kind: str, table: str, *columns: str) -> str:
    """Its name by the generated models' convention. Raises UnsupportedSpec where databases shorten it differently."""
    name = f"{kind}_{table}_{'_'.join(columns)}"
    if len(name) > naming.MAX_IDENTIFIER:
        raise UnsupportedSpec(
            f"the constraint {name} has too long a name to be changed: at most {naming.MAX_IDENTIFIER} characters"
        )
    return name


__all__ = ["Column", "Schema", "Table", "constraint", "schema_of"]
