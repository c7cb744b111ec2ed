"""Kinds of change of a database, and which of them a statement of SQL is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    NEW_TABLE = "makes the table"
    DROP_TABLE = "drops the table"
    RENAME_TABLE = "renames the table"
    DROP_COLUMN = "drops the column"
    RENAME_COLUMN = "renames the column"
    RETYPE = "changes the type of the column"
    NOT_NULL = "makes required the column"
    NEW_NOT_NULL = "adds without a default the required column"
    CONSTRAINT = "adds a constraint to the table"
    UNKNOWN = "runs what cannot be judged:"


@dataclass(frozen=True)
class Change:
    kind: Kind
    table: str = ""
    column: str = ""
    words: str = ""

    def __str__(self) -> str:
        name = ".".join(part for part in (self.table, self.column) if part)
        return f"{self.kind.value} {name or self.words or '(computed)'}"


def _pattern(text: str) -> re.Pattern[str]:
    """With TABLE and COLUMN for names, and any space where one stands."""
    text = text.replace("TABLE", r"(?P<table>[\w.\"]+)").replace("COLUMN", r"(?:column\s+)?(?P<column>[\w\"]+)")
    return re.compile(r"\s*" + text.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


PATTERNS = (
    (Kind.DROP_TABLE, _pattern(r"drop table (?:if\s+exists\s+)?TABLE")),
    (Kind.RENAME_TABLE, _pattern(r"alter table TABLE rename to\b")),
    (Kind.DROP_COLUMN, _pattern(r"alter table TABLE drop COLUMN")),
    (Kind.RENAME_COLUMN, _pattern(r"alter table TABLE rename COLUMN to\b")),
    (Kind.RETYPE, _pattern(r"alter table TABLE alter COLUMN (?:set\s+data\s+)?type\b")),
    (Kind.NOT_NULL, _pattern(r"alter table TABLE alter COLUMN set not null")),
)
ADD_CONSTRAINT = _pattern(r"alter table TABLE add (?:constraint|unique|check|foreign|primary)\b")
ADD_COLUMN = _pattern(r"alter table TABLE add COLUMN(?P<rest>.*)")
UNIQUE_INDEX = _pattern(r"create unique index\b")
SAFE = _pattern(r"(?:insert|update|select|comment|analyze|create\s+(?:table|index|view|sequence|extension))\b")


def change_of(sql: str) -> Change | None:
    """None where a version that runs notices nothing of the statement."""
    for kind, pattern in PATTERNS:
        if match := pattern.match(sql):
            names = {name: value.strip('"') for name, value in match.groupdict().items()}
            return Change(kind, names["table"], names.get("column", ""))
    if match := ADD_CONSTRAINT.match(sql):
        return Change(Kind.CONSTRAINT, match["table"].strip('"'))
    if match := ADD_COLUMN.match(sql):
        rest = match["rest"].lower()
        required = "not null" in rest and "default" not in rest
        return Change(Kind.NEW_NOT_NULL, match["table"].strip('"'), match["column"].strip('"')) if required else None
    if UNIQUE_INDEX.match(sql):
        return Change(Kind.CONSTRAINT, words=sql.strip()[:60])
    return None if SAFE.match(sql) else Change(Kind.UNKNOWN, words=sql.strip()[:60])


__all__ = ["Change", "Kind", "change_of"]
