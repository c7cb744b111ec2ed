"""SQL that stands in migrations. Names are those of a spec, which are checked; values are literals of our own."""

from __future__ import annotations

from collections.abc import Sequence


def quoted(name: str) -> str:
    return f'"{name}"'


def update(table: str, column: str, value: str, where: str = "") -> str:
    condition = f" WHERE {where}" if where else ""
    return f"UPDATE {quoted(table)} SET {quoted(column)} = {value}{condition}"  # noqa: S608 - see above


def count(table: str, where: str) -> str:
    return f"SELECT count(*) FROM {quoted(table)} WHERE {where}"  # noqa: S608 - see above


def count_doubles(table: str, columns: Sequence[str]) -> str:
    """How many values of these columns together stand in several rows."""
    names = ", ".join(map(quoted, columns))
    filled = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
    inner = f"SELECT 1 FROM {quoted(table)} WHERE {filled} GROUP BY {names} HAVING count(*) > 1"  # noqa: S608
    return f"SELECT count(*) FROM ({inner}) AS doubles"  # noqa: S608 - see above


__all__ = ["count", "count_doubles", "quoted", "update"]
