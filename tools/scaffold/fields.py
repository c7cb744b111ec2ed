"""FieldSpec → the source code that stands for it: its value type, its column, its limits."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaError, SchemaValidator

from memory.records.spec import FieldSpec, FieldType
from tools.scaffold.interface import UnsupportedSpec

MAX_VARCHAR = 10_000_000
"""Longer texts have a column without a limit of its own: PostgreSQL's largest is 10,485,760 characters."""
UNIQUE_TEXT_LENGTH = 255
"""Of a unique text without a length of its own: databases limit what an index can hold."""
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,8}")
MOVING = ("today", "now")

VALUE_TYPES = {
    FieldType.TEXT: "Text",
    FieldType.INTEGER: "Integer",
    FieldType.NUMBER: "Number",
    FieldType.MONEY: "Money",
    FieldType.DATE: "Date",
    FieldType.TIME: "Time",
    FieldType.DATETIME: "DateTime",
    FieldType.FLAG: "Flag",
    FieldType.EMAIL: "Email",
    FieldType.URL: "Url",
    FieldType.REFERENCE: "Integer",
}
PYTHON_TYPES = {
    FieldType.TEXT: "str",
    FieldType.INTEGER: "int",
    FieldType.NUMBER: "float",
    FieldType.MONEY: "Decimal",
    FieldType.DATE: "dt.date",
    FieldType.TIME: "dt.time",
    FieldType.DATETIME: "dt.datetime",
    FieldType.FLAG: "bool",
    FieldType.ENUM: "str",
    FieldType.EMAIL: "str",
    FieldType.URL: "str",
    FieldType.REFERENCE: "int",
}
COLUMN_TYPES = {
    FieldType.INTEGER: ("BigInteger", "sa.BigInteger()"),
    FieldType.NUMBER: ("Double", "sa.Double()"),
    FieldType.MONEY: ("Cents", "sa.BigInteger()"),
    FieldType.DATE: ("Date", "sa.Date()"),
    FieldType.TIME: ("Time", "sa.Time()"),
    FieldType.DATETIME: ("UtcDateTime", "sa.DateTime(timezone=True)"),
    FieldType.FLAG: ("Boolean", "sa.Boolean()"),
    FieldType.EMAIL: ("String(254)", "sa.String(254)"),
    FieldType.URL: ("String(2048)", "sa.String(2048)"),
    FieldType.REFERENCE: ("BigInteger", "ID"),
    FieldType.LIST: ("JSON", "sa.JSON()"),
}
QUERY_TYPES = {
    FieldType.INTEGER: "QueryInteger",
    FieldType.NUMBER: "QueryNumber",
    FieldType.MONEY: "QueryMoney",
    FieldType.FLAG: "QueryFlag",
    FieldType.REFERENCE: "QueryInteger",
    FieldType.TEXT: "Text",
    FieldType.EMAIL: "Text",
    FieldType.URL: "Text",
}
NUMERIC = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)
MOMENTS = (FieldType.DATE, FieldType.TIME, FieldType.DATETIME)
ORDERED = (*NUMERIC, *MOMENTS)
"""Types with filters `_min` and `_max` and with limits of value."""


def whole_choices(spec: FieldSpec) -> bool:
    """True for choices like 15, 30, 60: numbers on the wire, not texts."""
    return spec.type is FieldType.ENUM and all(WHOLE.fullmatch(choice) for choice in spec.choices)


def literal(spec: FieldSpec, value: Any) -> str:
    """Source of a constant of the field's type. Raises UnsupportedSpec where the value is none."""
    parsed = parse(spec, value)
    match parsed:
        case dt.datetime():
            return (
                f"dt.datetime({parsed.year}, {parsed.month}, {parsed.day}, {parsed.hour}, {parsed.minute},"
                f" {parsed.second}, tzinfo=dt.UTC)"
            )
        case dt.date():
            return f"dt.date({parsed.year}, {parsed.month}, {parsed.day})"
        case dt.time():
            return f"dt.time({parsed.hour}, {parsed.minute}, {parsed.second})"
        case Decimal():
            return f'Decimal("{parsed}")'
        case _:
            return repr(parsed)


def parse(spec: FieldSpec, value: Any) -> Any:
    """A limit or a default as a Python value of the field's type."""
    try:
        match spec.type:
            case FieldType.ENUM if whole_choices(spec):
                return int(str(value))
            case FieldType.INTEGER | FieldType.REFERENCE:
                return int(Decimal(str(value)).quantize(Decimal(1), context=Context(traps=[Inexact, InvalidOperation])))
            case FieldType.NUMBER:
                return float(value)
            case FieldType.MONEY:
                return Decimal(str(value)).quantize(Decimal("0.01"))
            case FieldType.DATE:
                return dt.date.fromisoformat(str(value))
            case FieldType.TIME:
                return dt.time.fromisoformat(str(value))
            case FieldType.DATETIME:
                moment = dt.datetime.fromisoformat(str(value))
                return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
            case FieldType.FLAG:
                return TypeAdapter(bool).validate_python(value)
            case _:
                return str(value)
    except (ValueError, DecimalException, ValidationError, OverflowError) as error:
        raise UnsupportedSpec(f"field {spec.name}: {value!r} is no {spec.type.value}") from error


def max_length(spec: FieldSpec, indexed: bool) -> int | None:
    if spec.type is FieldType.TEXT and spec.max_length is None and indexed:
        return UNIQUE_TEXT_LENGTH
    return spec.max_length


def annotation(spec: FieldSpec, *, indexed: bool) -> str:
    """Source of the value type with all of the field's rules, without `| None`."""
    rules = [*_lengths(spec, indexed), *_limits(spec)]
    marks = []
    if spec.pattern is not None:
        rules.append(f"pattern={checked_pattern(spec)!r}")
    if rules:
        marks.append(f"Field({', '.join(rules)})")
    if spec.pattern is not None:
        marks = ["Strict()", *marks, "without_nul"]
    marks += _moving_limits(spec)
    base = base_type(spec)
    return f"Annotated[{base}, {', '.join(marks)}]" if marks else base


def base_type(spec: FieldSpec) -> str:
    if spec.type is FieldType.ENUM:
        choices = map(int, spec.choices) if whole_choices(spec) else spec.choices
        return f"Literal[{', '.join(map(repr, choices))}]"
    if spec.type is FieldType.LIST:
        return f"list[{VALUE_TYPES[item_type(spec)]}]"
    if spec.type is FieldType.TEXT and spec.pattern is not None:
        return "str"
    return VALUE_TYPES[spec.type]


def item_type(spec: FieldSpec) -> FieldType:
    if spec.item not in (FieldType.TEXT, FieldType.INTEGER, FieldType.NUMBER):
        raise UnsupportedSpec(f"field {spec.name}: a list of {spec.item} is not possible")
    return spec.item


def checked_pattern(spec: FieldSpec) -> str:
    """The pattern, anchored. Raises UnsupportedSpec where the application's validator could not use it."""
    pattern = spec.pattern or ""
    whole = pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith("\\$") and "|" not in pattern
    anchored = pattern if whole else f"^(?:{pattern})$"
    try:
        SchemaValidator({"type": "str", "pattern": anchored})
        re.compile(anchored)
    except (SchemaError, re.error) as error:
        raise UnsupportedSpec(f"field {spec.name}: the pattern {pattern!r} cannot be used") from error
    return anchored


def _lengths(spec: FieldSpec, indexed: bool) -> list[str]:
    longest = max_length(spec, indexed)
    if spec.min_length is not None and longest is not None and spec.min_length > longest:
        raise UnsupportedSpec(f"field {spec.name}: min_length {spec.min_length} is above max_length {longest}")
    rules = [] if not spec.min_length else [f"min_length={spec.min_length}"]
    return rules if longest is None else [*rules, f"max_length={longest}"]


def _limits(spec: FieldSpec) -> list[str]:
    limits = {
        word: (name, limit)
        for word, name, limit in (("minimum", "ge", spec.minimum), ("maximum", "le", spec.maximum))
        if limit is not None and limit not in MOVING
    }
    rules = [f"{name}={literal(spec, limit)}" for name, limit in limits.values()]
    if limits and spec.type is FieldType.MONEY:
        shown = {word: float(parse(spec, limit)) for word, (_, limit) in limits.items()}
        rules.append(f"json_schema_extra={shown!r}")
    return rules


def _moving_limits(spec: FieldSpec) -> list[str]:
    what = "today" if spec.type is FieldType.DATE else "now"
    marks = [
        f"AfterValidator({name}_{what})"
        for name, limit in (("not_before", spec.minimum), ("not_after", spec.maximum))
        if limit in MOVING
    ]
    if marks and spec.type not in (FieldType.DATE, FieldType.DATETIME):
        raise UnsupportedSpec(f"field {spec.name}: only dates can be compared with today")
    return marks


def column_types(spec: FieldSpec, *, indexed: bool) -> tuple[str, str]:
    """(source in the model, source in the migration)"""
    if whole_choices(spec):
        return COLUMN_TYPES[FieldType.INTEGER]
    if spec.type is FieldType.ENUM:
        length = max(map(len, spec.choices))
        return f"String({length})", f"sa.String({length})"
    if spec.type is FieldType.TEXT:
        longest = max_length(spec, indexed)
        if longest is None or longest > MAX_VARCHAR:
            return "Text", "sa.Text()"
        return f"String({longest})", f"sa.String({longest})"
    return COLUMN_TYPES[spec.type]


def python_type(spec: FieldSpec) -> str:
    if whole_choices(spec):
        return PYTHON_TYPES[FieldType.INTEGER]
    return f"list[{PYTHON_TYPES[item_type(spec)]}]" if spec.type is FieldType.LIST else PYTHON_TYPES[spec.type]


def default(spec: FieldSpec) -> str | None:
    """Source of the default; None where the field has none."""
    if spec.default is None:
        return None
    if spec.default in MOVING and spec.type in (FieldType.DATE, FieldType.DATETIME):
        return "today" if spec.type is FieldType.DATE else "now"
    if spec.type is FieldType.LIST:
        raise UnsupportedSpec(f"field {spec.name}: a list cannot have the default {spec.default!r}")
    if spec.type is FieldType.ENUM and str(spec.default) not in spec.choices:
        raise UnsupportedSpec(f"field {spec.name}: the default {spec.default!r} is none of its choices")
    return literal(spec, spec.default)


__all__ = [
    "MOMENTS",
    "MOVING",
    "NUMERIC",
    "ORDERED",
    "PYTHON_TYPES",
    "QUERY_TYPES",
    "annotation",
    "base_type",
    "checked_pattern",
    "column_types",
    "default",
    "item_type",
    "literal",
    "max_length",
    "parse",
    "python_type",
    "whole_choices",
]
