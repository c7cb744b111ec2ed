"""Valid rows for the generated tests, and values that each rule refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memory.records.spec import FieldComparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold import patterns
from tools.scaffold.axes import Axis, ordered_values
from tools.scaffold.fields import MOVING, ORDERED, checked_pattern, max_length, whole_choices
from tools.scaffold.interface import UnsupportedSpec

ORDINALS = ("first", "second")
TEXTS = (FieldType.TEXT, FieldType.EMAIL, FieldType.URL)
WRONG_TYPES: dict[FieldType, tuple[Any, ...]] = {
    FieldType.TEXT: (5, "with\0NUL", ["text"]),
    FieldType.INTEGER: ("5", 1.5, True, 2**63, -(2**63) - 1),
    FieldType.NUMBER: ("1.5", True),
    FieldType.MONEY: ("1.50", 0.001, True, 10**15),
    FieldType.DATE: ("soon", "2030-02-30", 5),
    FieldType.TIME: ("soon", "24:00", 5),
    FieldType.DATETIME: ("soon", "2030-02-30T10:00:00Z", 5),
    FieldType.FLAG: ("true", 1),
    FieldType.EMAIL: ("nobody", "no one@example.com", 5),
    FieldType.URL: ("nowhere", "ftp://example.com", 5),
    FieldType.REFERENCE: ("1", 1.5, 2**63),
    FieldType.LIST: ("text", {}),
}
TOO_LONG_TO_SEND = 200_000
"""Characters or items; a longer body could be refused for its size."""
FAR_PAST = {FieldType.DATE: "2000-12-31", FieldType.DATETIME: "2000-12-31T23:59:59Z"}
FAR_FUTURE = {FieldType.DATE: "2999-12-31", FieldType.DATETIME: "2999-12-31T23:59:59Z"}


@dataclass(frozen=True)
class Repeated:
    """A long value that is short as source."""

    unit: Any
    count: int

    def __repr__(self) -> str:
        return f"{self.unit!r} * {self.count}"


def sample_rows(resource: ResourceSpec, indexed: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two valid payloads without the references; they differ in every field that leaves room for it."""
    ordered = ordered_values(resource)
    pairs = {
        field.name: ordered[field.name] if field.type in ORDERED else _pair(field, field.name in indexed)
        for field in resource.fields
        if field.type is not FieldType.REFERENCE
    }
    return ({n: pair[0] for n, pair in pairs.items()}, {n: pair[1] for n, pair in pairs.items()})


def _pair(field: FieldSpec, indexed: bool) -> tuple[Any, Any]:
    match field.type:
        case FieldType.FLAG:
            return (False, True)
        case FieldType.ENUM:
            some: list[Any] = sorted(map(int, field.choices[:2]) if whole_choices(field) else field.choices[:2])
            return (some[0], some[-1])
        case FieldType.LIST:
            return (_items(field, 0), _items(field, 1))
        case FieldType.EMAIL:
            return ("first@example.com", "second@example.com")
        case FieldType.URL:
            return ("https://example.com/first", "https://example.com/second")
        case _:
            return _texts(field, indexed)


def _texts(field: FieldSpec, indexed: bool) -> tuple[str, str]:
    least, most = field.min_length or 0, max_length(field, indexed)
    if field.pattern is not None:
        found = patterns.matching(checked_pattern(field), least, most)
        if not found:
            raise UnsupportedSpec(f"field {field.name}: found no text that fits the pattern {field.pattern!r}")
        return (found[0], found[-1])
    texts = (f"{ordinal.capitalize()} {field.name.replace('_', ' ')}" for ordinal in ORDINALS)
    first, second = (text[:most].strip().ljust(least, "x") for text in texts)
    return (first, second)


def _items(field: FieldSpec, row: int) -> list[Any]:
    count = max(1, field.min_length or 0)
    if field.item is FieldType.TEXT:
        return [f"{ORDINALS[row]} {n}" for n in range(1, count + 1)]
    return [row * count + n + (0.5 if field.item is FieldType.NUMBER else 0) for n in range(1, count + 1)]


def refused_values(field: FieldSpec, indexed: bool) -> Iterator[tuple[str, Any]]:
    """(what is wrong, value), each against one rule of the field."""
    for value in WRONG_TYPES.get(field.type, ()):
        yield "type", value
    if whole_choices(field):
        yield "type", field.choices[0]
        yield "choice", max(map(int, field.choices)) + 1
    elif field.type is FieldType.ENUM:
        yield "choice", _no_choice(field)
    if field.type is FieldType.LIST:
        yield "item", [None]
    yield from _outside_limits(field)
    yield from _outside_lengths(field, indexed)
    if field.pattern is not None:
        text = patterns.refused(checked_pattern(field), field.min_length or 0, max_length(field, indexed))
        if text is not None:
            yield "pattern", text


def _no_choice(field: FieldSpec) -> str:
    text = "none of them"
    while text in field.choices:
        text += "!"
    return text


def _outside_limits(field: FieldSpec) -> Iterator[tuple[str, Any]]:
    if field.type not in ORDERED:
        return
    axis = Axis(field)
    if field.minimum in MOVING:
        yield "minimum", FAR_PAST[field.type]
    elif field.minimum is not None and axis.least is not None:
        yield from _at("minimum", axis, -1)
    if field.maximum in MOVING:
        yield "maximum", FAR_FUTURE[field.type]
    elif field.maximum is not None and axis.most is not None:
        yield from _at("maximum", axis, 1)


def _at(rule: str, axis: Axis, direction: int) -> Iterator[tuple[str, Any]]:
    edge = axis.least if direction < 0 else axis.most
    try:
        yield rule, axis.json((edge or 0) + direction * axis.grain)
    except (ValueError, OverflowError):
        return


def _outside_lengths(field: FieldSpec, indexed: bool) -> Iterator[tuple[str, Any]]:
    longest = max_length(field, indexed)
    unit: Any = "x"
    if field.type is FieldType.LIST:
        unit = ["x"] if field.item is FieldType.TEXT else [1]
    if field.min_length:
        yield "min_length", Repeated(unit, field.min_length - 1)
    if longest is not None and longest < TOO_LONG_TO_SEND and field.type in (FieldType.TEXT, FieldType.LIST):
        yield "max_length", Repeated(unit, longest + 1)


def broken(rule: FieldComparison, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any] | None:
    """Values of both fields that break the rule between them; None where the samples leave no room."""
    rising = rule.op.value.startswith("<")
    left, right = (second, first) if rising else (first, second)
    return {rule.left: left[rule.left], rule.right: right[rule.right]} if first != second else None


__all__ = ["ORDINALS", "broken", "refused_values", "sample_rows"]
