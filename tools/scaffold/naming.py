"""Names as clients see them → identifiers that are safe in generated Python."""

from __future__ import annotations

import builtins
import hashlib
import keyword
from collections.abc import Collection

from pydantic import BaseModel

KEYWORDS = frozenset(keyword.kwlist)

ATTRIBUTES = (
    KEYWORDS
    | {name for name in dir(BaseModel) if not name.startswith("_")}
    | {"metadata", "registry", "type_annotation_map", "dt", "mapped_column", "may_be_missing"}
    | {"str", "int", "float", "bool", "list", "id", "created_at", "updated_at"}
    | {"self", "cls"}
    | {"not_after_now", "not_after_today", "not_before_now", "not_before_today", "now", "today", "without_nul"}
)
"""Not to be attributes of the generated models and schemas: they have a meaning there already."""

CLASSES = KEYWORDS | {
    *dir(builtins),
    "APIRouter",
    "AccountOut",
    "AfterValidator",
    "Annotated",
    "Any",
    "Base",
    "BaseModel",
    "BigInteger",
    "Body",
    "Boolean",
    "Cents",
    "ClassVar",
    "Column",
    "ColumnElement",
    "Conflict",
    "Credentials",
    "CurrentAccount",
    "Date",
    "DateTime",
    "Decimal",
    "Depends",
    "Double",
    "Email",
    "Field",
    "FieldError",
    "Flag",
    "ForeignKey",
    "HTTPException",
    "Imported",
    "Integer",
    "Invalid",
    "JSON",
    "Literal",
    "Mapped",
    "Money",
    "NotFound",
    "Number",
    "Page",
    "Paging",
    "Payload",
    "Problem",
    "Query",
    "QueryFlag",
    "QueryInteger",
    "QueryMoney",
    "QueryNumber",
    "ReadSession",
    "Request",
    "Response",
    "Row",
    "RowId",
    "RowOut",
    "Session",
    "Settings",
    "Strict",
    "String",
    "Text",
    "Time",
    "TokenOut",
    "UniqueConstraint",
    "Url",
    "UtcDateTime",
    "WriteSession",
}
"""Classes that stand beside the generated ones."""

MODEL_MODULES = KEYWORDS | {"base"}
SCHEMA_MODULES = KEYWORDS | {"base", "auth"}
ROUTE_MODULES = KEYWORDS | {
    *("api", "app", "auth", "bodies", "create_app", "describe", "health"),
    *("lifespan", "metrics", "router", "settings", "to_thread"),
}
PATHS = frozenset({"auth", "docs", "health", "metrics", "redoc"})
MAX_DOCSTRING = 120
MAX_IDENTIFIER = 63
"""Of PostgreSQL, in bytes."""
TABLES = frozenset({"alembic_version"})


def identifier(name: str, taken: Collection[str]) -> str:
    """The name itself, with underscores behind it where it is taken."""
    while name in taken:
        name += "_"
    return name


def class_name(name: str, taken: Collection[str]) -> str:
    """`blog_post` → `BlogPost`; `session`, where that is taken → `SessionRecord`."""
    camel = "".join(part.capitalize() for part in name.split("_")) or name
    while camel in taken:
        camel += "Record"
    return camel


def kebab(name: str) -> str:
    return name.replace("_", "-")


def words(name: str) -> str:
    return name.replace("_", " ").strip()


def constraint(kind: str, table: str, column: str) -> str:
    """The name that SQLAlchemy gives by the convention of the generated models, shortened as it does."""
    name = f"{kind}_{table}_{column}"
    if len(name) <= MAX_IDENTIFIER:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: MAX_IDENTIFIER - 8]}_{digest[-4:]}"


def one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def docstring(text: str) -> str:
    """One line of at most 120 characters that can stand between triple quotes, ended by a full stop."""
    line = one_line(text).replace("\\", "/").replace('"', "'").rstrip(".")
    line = line if len(line) < MAX_DOCSTRING else f"{line[: MAX_DOCSTRING - 2].rstrip()}…"
    return f"{line or 'An application'}."


__all__ = [
    "ATTRIBUTES",
    "CLASSES",
    "MAX_IDENTIFIER",
    "MODEL_MODULES",
    "PATHS",
    "ROUTE_MODULES",
    "SCHEMA_MODULES",
    "TABLES",
    "class_name",
    "constraint",
    "docstring",
    "identifier",
    "kebab",
    "one_line",
    "words",
]
