"""What rows get that were there before a column was required: always told, never in silence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from memory.records.spec import FieldSpec, FieldType, ResourceSpec
from tools.scaffold.fields import MOVING, parse
from tools.scaffold.interface import UnsupportedSpec
from tools.scaffold.samples import sample_rows

OF_NOBODY = {FieldType.EMAIL: "unknown@example.invalid", FieldType.URL: "https://example.invalid/"}


def filling(field: FieldSpec) -> tuple[str, str]:
    """(SQL expression of the value for rows that have none, the same in words).

    Raises UnsupportedSpec where no value can be right.
    """
    if field.type is FieldType.REFERENCE:
        raise UnsupportedSpec(f"field {field.name}: rows that exist cannot be given a {field.target} by a rule")
    if field.default is not None and field.default not in MOVING:
        return _sql(field, field.default), str(field.default)
    if field.unique:
        return _unique(field)
    value = _neutral(field)
    return _sql(field, value), str(value)


def _unique(field: FieldSpec) -> tuple[str, str]:
    """A value of each row's own, made of its id."""
    if field.type is FieldType.INTEGER and field.minimum is None and field.maximum is None:
        return "id", "its id"
    if field.type is FieldType.EMAIL:
        return "'row-' || id || '@example.invalid'", "row-<id>@example.invalid"
    if field.type is FieldType.URL:
        return "'https://example.invalid/' || id", "https://example.invalid/<id>"
    if field.type is FieldType.TEXT and field.pattern is None and (field.min_length or 0) <= 4:
        return "'row-' || id", "row-<id>"
    raise UnsupportedSpec(f"field {field.name}: rows that exist cannot each be given a {field.type.value} of their own")


def _neutral(field: FieldSpec) -> Any:
    """A value that keeps the field's own rules."""
    if field.default in MOVING or field.type in (FieldType.DATE, FieldType.DATETIME, FieldType.TIME):
        return _moment(field)
    if field.type is FieldType.FLAG:
        return False
    if field.type is FieldType.ENUM:
        return field.choices[0]
    if field.type in (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY):
        return _nearest_to_zero(field)
    if field.type is FieldType.TEXT and field.pattern is None and (field.min_length or 0) <= len("unknown"):
        return "unknown"[: field.max_length]
    if field.type in OF_NOBODY and field.pattern is None and field.min_length is None and field.max_length is None:
        return OF_NOBODY[field.type]
    if field.type is FieldType.LIST and not field.min_length:
        return []
    bare = field.model_copy(update={"unique": False})
    first, _ = sample_rows(ResourceSpec(name="row", plural="rows", label="row", fields=(bare,)), set())
    return first[field.name]


def _moment(field: FieldSpec) -> str:
    """The limit where there is one, else the first moment of this century: plainly no real one."""
    limit = next((x for x in (field.minimum, field.maximum) if x is not None and x not in MOVING), None)
    if limit is not None:
        return str(limit)
    if field.minimum in MOVING:
        return "2999-12-31" if field.type is FieldType.DATE else "2999-12-31T00:00:00+00:00"
    return {FieldType.DATE: "2000-01-01", FieldType.TIME: "00:00:00"}.get(field.type, "2000-01-01T00:00:00+00:00")


def _nearest_to_zero(field: FieldSpec) -> Decimal:
    least = None if field.minimum is None else Decimal(str(field.minimum))
    most = None if field.maximum is None else Decimal(str(field.maximum))
    if least is not None and least > 0:
        return least
    return most if most is not None and most < 0 else Decimal(0)


def _sql(field: FieldSpec, value: Any) -> str:
    """A literal that SQLite and PostgreSQL both take for a column of that type, as SQLAlchemy writes it there."""
    if field.type is FieldType.LIST:
        return "'[]'" if value == [] else literal(str(value).replace("'", '"'))
    parsed = parse(field, value)
    match parsed:
        case bool():
            return "true" if parsed else "false"
        case int() | float():
            return str(parsed)
        case Decimal():
            return str(int(parsed * 100))
        case dt.datetime():
            return literal(parsed.strftime("%Y-%m-%d %H:%M:%S.%f"))
        case dt.time():
            return literal(parsed.strftime("%H:%M:%S.%f"))
        case _:
            return literal(str(parsed))


def literal(text: str) -> str:
    """As SQL within sqlalchemy.text, where a colon would begin a parameter."""
    return "'" + text.replace("'", "''").replace(":", "\\:") + "'"


__all__ = ["filling", "literal"]
