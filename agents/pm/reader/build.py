"""The completed draft as an AppSpec."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from agents.pm.reader.draft import Bound, Draft, FieldDraft, ResourceDraft, Scalar
from agents.pm.reader.finish import find_field
from agents.pm.reader.names import plural_name
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import NOT_NEGATIVE
from memory.records.spec import Comparison, FieldComparison, FieldSpec, FieldType, ResourceSpec

SHORT, LONG = 200, 10_000
_LENGTHS = (FieldType.TEXT, FieldType.LIST, FieldType.EMAIL, FieldType.URL)
_NUMBERS = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)
_DATES = (FieldType.DATE, FieldType.DATETIME)
_STATES = frozenset({"status", "state", "stage", "phase", "progress"})
"""Choices that every row begins with the first of."""
_ORDERED = (*_NUMBERS, *_DATES, FieldType.TIME)


def field_spec(field: FieldDraft, resource: ResourceDraft, draft: Draft, ledger: Ledger) -> FieldSpec:
    kind = field.type or FieldType.TEXT
    low_length, high_length = _lengths(field, kind)
    low, high = _values(field, kind)
    default = _default(field, kind, ledger, draft, resource)
    return FieldSpec(
        name=field.name,
        type=kind,
        label=field.label,
        required=bool(field.required) and default is None,
        unique=field.unique,
        default=default,
        choices=tuple(field.choices) if kind is FieldType.ENUM else (),
        minimum=low,
        maximum=high,
        min_length=low_length,
        max_length=high_length,
        pattern=field.pattern if kind is FieldType.TEXT else None,
        target=field.target if kind is FieldType.REFERENCE else None,
        item=(field.item or FieldType.TEXT) if kind is FieldType.LIST else None,
    )


def _lengths(field: FieldDraft, kind: FieldType) -> tuple[int | None, int | None]:
    if kind not in _LENGTHS:
        return None, None
    lows = [b for b in field.lows if not isinstance(b.value, str)]
    highs = [b for b in field.highs if not isinstance(b.value, str)]
    low = max((int(b.value) + b.strict for b in lows), default=None)
    high = min((int(b.value) - b.strict for b in highs), default=None)
    if kind is FieldType.TEXT:
        high = (LONG if field.long else SHORT) if high is None else high
        if high is not None and low is not None and low > high:
            high = max(low, LONG)
    low = max(low, 0) if low is not None else None
    if low == 0:
        low = None
    return low, high if high is None or high >= (low or 0) else None


def _values(field: FieldDraft, kind: FieldType) -> tuple[Decimal | str | None, Decimal | str | None]:
    if kind in _DATES:
        low = next((str(b.value) for b in field.lows if isinstance(b.value, str)), None)
        high = next((str(b.value) for b in field.highs if isinstance(b.value, str)), None)
        return _date(low), _date(high)
    if kind not in _NUMBERS:
        return None, None
    floors = [_number(b, kind, 1) for b in field.lows if isinstance(b.value, Decimal) and not b.length]
    ceilings = [_number(b, kind, -1) for b in field.highs if isinstance(b.value, Decimal) and not b.length]
    if not floors and set(field.name.split("_")) & NOT_NEGATIVE:
        floors = [Decimal(0)]
    bottom = max(floors, default=None)
    top = min(ceilings, default=None)
    if bottom is not None and top is not None and bottom > top:
        bottom = min(floors) if min(floors) <= top else None
    return bottom, top


def _date(value: str | None) -> str | None:
    if value is None or value == "today":
        return value
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _number(bound: Bound, kind: FieldType, sign: int) -> Decimal:
    value = Decimal(bound.value)
    if not bound.strict:
        return value
    step = {FieldType.INTEGER: Decimal(1), FieldType.MONEY: Decimal("0.01")}.get(kind, Decimal("0.000001"))
    return value + sign * step


def _default(
    field: FieldDraft, kind: FieldType, ledger: Ledger, draft: Draft, resource: ResourceDraft
) -> Scalar | None:
    value = field.default
    if value is None:
        if kind is FieldType.FLAG and field.required is not True:
            draft.assume(f"{resource.name}.{field.name} is false where it is not given.")
            return False
        if kind is FieldType.ENUM and field.required is None and set(field.name.split("_")) & _STATES:
            draft.assume(f"{resource.name}.{field.name} is {field.choices[0]} where it is not given.")
            return field.choices[0]
        return None
    fitted = _fit(value, kind, field)
    if fitted is None:
        ledger.refuse(
            field.start,
            field.end,
            f"the default {value!r} does not fit a field of type {kind}; the field has no default",
        )
    return fitted


_MOVING = {
    "today": "today", "now": "now", "current": "today", "creation": "now", "date": "today", "time": "now",
    "timestamp": "now",
}  # fmt: skip


def _fit(value: Scalar, kind: FieldType, field: FieldDraft) -> Scalar | None:
    if kind is FieldType.FLAG:
        return value if isinstance(value, bool) else None
    if kind is FieldType.ENUM:
        return next((c for c in field.choices if c.lower() == str(value).lower()), None) or next(
            (c for c in field.choices if str(value).lower() in c.lower().split()), None
        )
    if kind in _NUMBERS:
        if isinstance(value, bool | str):
            return None
        return value if kind is not FieldType.INTEGER or isinstance(value, int) else None
    if kind is FieldType.TEXT:
        return str(value) if not isinstance(value, bool) else None
    if kind in _DATES and isinstance(value, str):
        moving = _MOVING.get(value.lower())
        return moving if moving is not None else _date(value) if kind is FieldType.DATE else None
    if kind is FieldType.TIME and isinstance(value, str):
        return value if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) else None
    return None


def resource_spec(
    resource: ResourceDraft, draft: Draft, ledger: Ledger, features: dict[str, list[str]]
) -> ResourceSpec:
    _merge_doubles(resource, draft)
    fields = tuple(field_spec(field, resource, draft, ledger) for field in resource.fields)
    names = {field.name for field in fields}

    def known(kind: str) -> tuple[str, ...]:
        return tuple(name for name in features.get(kind, []) if name in names)

    return ResourceSpec(
        name=resource.name,
        plural=_plural(resource, draft),
        label=resource.label,
        fields=fields,
        owned=resource.owned and draft.accounts,
        comparisons=tuple(_comparisons(resource, fields, ledger)),
        unique_together=tuple(_together(resource, ledger)),
        search=known("search"),
        filters=known("filter"),
        sorts=known("sort"),
        csv_import="csv_import" in features,
        csv_export="csv_export" in features,
    )


def _merge_doubles(resource: ResourceDraft, draft: Draft) -> None:
    """Two words that came to the same name (`author`, `author_id`) are one field."""
    kept: dict[str, FieldDraft] = {}
    for field in resource.fields:
        if field.name in kept:
            draft.assume(f"{resource.name}.{field.name} was named twice; it is one field.")
        kept.setdefault(field.name, field)
    resource.fields = list(kept.values())


def _plural(resource: ResourceDraft, draft: Draft) -> str:
    many = plural_name(resource.name)
    others = {plural_name(r.name) for r in draft.resources.values() if r is not resource}
    return many if many not in others else f"{resource.name[:50]}_rows"


def _comparisons(resource: ResourceDraft, fields: tuple[FieldSpec, ...], ledger: Ledger) -> Iterable[FieldComparison]:
    types = {field.name: field.type for field in fields}
    seen: set[tuple[str, Comparison, str]] = set()
    for field in resource.fields:
        for compare in field.compares:
            other = find_field(resource, compare.other)
            if other is None or other is field or not _comparable(types[field.name], types[other.name]):
                ledger.refuse(
                    compare.start,
                    compare.end,
                    "it compares with something that is no comparable field of the same resource",
                )
                continue
            key = (field.name, compare.op, other.name)
            if key not in seen:
                seen.add(key)
                yield FieldComparison(left=field.name, op=compare.op, right=other.name)


def _comparable(left: FieldType, right: FieldType) -> bool:
    return (left in _NUMBERS and right in _NUMBERS) or (left is right and left in _ORDERED)


def _together(resource: ResourceDraft, ledger: Ledger) -> Iterable[tuple[str, ...]]:
    groups = list(resource.unique_together)
    groups += [([field.name, phrase], start, end) for field in resource.fields for phrase, start, end in field.together]
    seen: set[tuple[str, ...]] = set()
    for phrases, start, end in groups:
        found = [find_field(resource, phrase) for phrase in phrases]
        names = tuple(dict.fromkeys(field.name for field in found if field is not None))
        if None in found or len(names) < 2:
            ledger.refuse(start, end, "it names something that is no field of the same resource")
        elif names not in seen:
            seen.add(names)
            yield names
