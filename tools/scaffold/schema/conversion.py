"""Columns whose type or limits change: what has to hold before, and how the values come over."""

from __future__ import annotations

from dataclasses import dataclass

from memory.records.spec import FieldSpec, FieldType
from tools.scaffold.fields import max_length, whole_choices
from tools.scaffold.interface import UnsupportedSpec
from tools.scaffold.schema.filling import literal
from tools.scaffold.schema.sql import quoted
from tools.scaffold.schema.tables import Column

TEXTS = (FieldType.TEXT, FieldType.ENUM, FieldType.EMAIL, FieldType.URL)
WIDER = {
    FieldType.TEXT: TEXTS,
    FieldType.ENUM: (FieldType.TEXT, FieldType.ENUM),
}
"""Texts of these types may become the type, once they are proven to fit."""
TIMES = {(FieldType.INTEGER, FieldType.MONEY): "* 100", (FieldType.NUMBER, FieldType.MONEY): "* 100"}
NUMBERS = (FieldType.INTEGER, FieldType.NUMBER)


@dataclass(frozen=True)
class Conversion:
    checks: tuple[tuple[str, str], ...] = ()
    """(SQL condition of rows that are in the way, what to say of them)"""
    update: str = ""
    """SQL expression that the values become before the column's type changes."""
    using: str = ""
    """For PostgreSQL, where it does not convert by itself."""


def conversion(table: str, old: Column, new: Column) -> Conversion:
    """Raises UnsupportedSpec where the rules cannot bring the values over."""
    before, after = old.field, new.field
    if before is None or after is None:
        return Conversion()
    name = quoted(new.name)
    if whole_choices(before) or whole_choices(after):
        return _numbers_of_choices(table, before, after, new)
    if before.type in TEXTS and after.type in WIDER.get(after.type, ()) and before.type in WIDER[after.type]:
        return Conversion(checks=tuple(_text_checks(table, after, new)))
    if before.type is after.type:
        return Conversion()
    if (before.type, after.type) in TIMES:
        return Conversion(update=f"round({name} * 100)", using=f"{name}::bigint")
    if (before.type, after.type) == (FieldType.INTEGER, FieldType.NUMBER):
        return Conversion(using=f"{name}::double precision")
    if (before.type, after.type) == (FieldType.NUMBER, FieldType.INTEGER):
        words = f"{table}.{new.name}: %d rows hold no whole number"
        return Conversion(checks=((f"{name} <> round({name})", words),), using=f"{name}::bigint")
    if before.type is FieldType.INTEGER and after.type is FieldType.TEXT:
        return Conversion(checks=tuple(_text_checks(table, after, new)), using=f"{name}::text")
    raise UnsupportedSpec(
        f"{table}.{new.name}: values of a {before.type.value} cannot become those of a {after.type.value} by a rule; "
        "add a new field, bring the values over, then remove the old one"
    )


def _numbers_of_choices(table: str, before: FieldSpec, after: FieldSpec, new: Column) -> Conversion:
    """Choices like 15, 30, 60 stand in columns of whole numbers, other choices in columns of texts."""
    name, place = quoted(new.name), f"{table}.{new.name}"
    was, is_now = (FieldType.INTEGER if whole_choices(field) else field.type for field in (before, after))
    if was not in (*WIDER[FieldType.ENUM], FieldType.INTEGER) or is_now not in (*TEXTS, FieldType.INTEGER):
        raise UnsupportedSpec(f"{place}: values of a {before.type.value} cannot become those of a {after.type.value}")
    checks = []
    if after.type is FieldType.ENUM:
        choices = ", ".join(literal(choice) for choice in after.choices)
        words = f"{place}: %d rows hold something else than {', '.join(after.choices)}"
        checks = [(f"CAST({name} AS VARCHAR) NOT IN ({choices})", words)]
    if was is is_now:
        return Conversion(checks=tuple(checks))
    return Conversion(checks=tuple(checks), using=f"{name}::{'bigint' if is_now is FieldType.INTEGER else 'text'}")


def _text_checks(table: str, after: FieldSpec, new: Column) -> list[tuple[str, str]]:
    name, place = quoted(new.name), f"{table}.{new.name}"
    if after.type is FieldType.ENUM:
        choices = ", ".join(literal(choice) for choice in after.choices)
        return [(f"{name} NOT IN ({choices})", f"{place}: %d rows hold something else than {', '.join(after.choices)}")]
    checks = []
    longest = max_length(after, after.unique)
    if longest is not None:
        checks.append((f"length({name}) > {longest}", f"{place}: %d rows are longer than {longest} characters"))
    return checks


def needs_check(old: Column, new: Column) -> bool:
    """Whether rows that were right may be wrong now, in a way that the application could not answer for."""
    before, after = old.field, new.field
    if before is None or after is None:
        return False
    if (before.type, after.type) == (FieldType.NUMBER, FieldType.INTEGER):
        return True
    if after.type is FieldType.ENUM:
        return before.type is not FieldType.ENUM or not set(before.choices) <= set(after.choices)
    if after.type is FieldType.TEXT:
        longest, was = max_length(after, after.unique), max_length(before, before.unique)
        return longest is not None and (before.type is not FieldType.TEXT or was is None or was > longest)
    return False


__all__ = ["Conversion", "conversion", "needs_check"]
