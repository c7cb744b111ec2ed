"""The completed draft as an AppSpec."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agents.pm.reader.draft import Draft, FieldDraft, ResourceDraft, Scalar
from agents.pm.reader.featured import find_field
from agents.pm.reader.limits import NUMBERS, default_kept, iso_date, lengths, pattern, values
from agents.pm.reader.names import plural_name
from agents.pm.reader.text import Ledger
from memory.records.spec import Comparison, FieldComparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.axes import ordered_values
from tools.scaffold.interface import UnsupportedSpec

_DATES = (FieldType.DATE, FieldType.DATETIME)
_STATES = frozenset({"status", "state", "stage", "phase", "progress"})
"""Choices that every row begins with the first of."""
_OF_STATES = frozenset({
    "payment", "order", "task", "current", "publication", "delivery", "shipping", "booking", "approval", "review",
})  # fmt: skip
_ORDERED = (*NUMBERS, *_DATES, FieldType.TIME)


def field_spec(field: FieldDraft, resource: ResourceDraft, draft: Draft, ledger: Ledger) -> FieldSpec:
    kind = field.type or FieldType.TEXT
    low_length, high_length = lengths(field, kind, ledger)
    low, high = values(field, kind, ledger)
    default = _default(field, kind, ledger, draft, resource)
    spec = FieldSpec(
        name=field.name,
        type=kind,
        label=field.label,
        required=bool(field.required) and default is None,
        unique=field.unique and _may_be_unique(field, kind, ledger),
        default=default,
        choices=tuple(field.choices) if kind is FieldType.ENUM else (),
        minimum=low,
        maximum=high,
        min_length=low_length,
        max_length=high_length,
        pattern=pattern(field, kind, low_length, high_length, ledger),
        target=field.target if kind is FieldType.REFERENCE else None,
        item=(field.item or FieldType.TEXT) if kind is FieldType.LIST else None,
    )
    if spec.unique and default not in (None, "today", "now"):
        ledger.refuse(field.start, field.end, "a unique field cannot have a default: only one row could have it")
        return spec.model_copy(update={"default": None, "required": bool(field.required)})
    if default_kept(spec):
        return spec
    ledger.refuse(
        field.start, field.end, f"the default {default!r} breaks a rule of the field; the field has no default"
    )
    return spec.model_copy(update={"default": None, "required": bool(field.required)})


def _may_be_unique(field: FieldDraft, kind: FieldType, ledger: Ledger) -> bool:
    if kind is FieldType.LIST:
        ledger.refuse(field.start, field.end, "a list cannot be unique; the field is kept without that rule")
    return kind is not FieldType.LIST


def _default(
    field: FieldDraft, kind: FieldType, ledger: Ledger, draft: Draft, resource: ResourceDraft
) -> Scalar | None:
    value = field.default
    if value is None:
        if kind is FieldType.FLAG and field.required is not True:
            draft.assume(f"{resource.name}.{field.name} is false where it is not given.")
            return False
        if kind is FieldType.ENUM and field.required is None and _is_state(field.name, resource):
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


def _is_state(name: str, resource: ResourceDraft) -> bool:
    """`status`, `order_status`: not `conservation_status` or `marital_status`, which nothing begins with."""
    head, _, last = name.rpartition("_")
    return last in _STATES and (not head or head in _OF_STATES or head in resource.name.split("_"))


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
    if kind in NUMBERS:
        if isinstance(value, bool | str):
            return None
        return value if kind is not FieldType.INTEGER or isinstance(value, int) else None
    if kind is FieldType.TEXT:
        return str(value) if not isinstance(value, bool) else None
    if kind in _DATES and isinstance(value, str):
        moving = _MOVING.get(value.lower())
        return moving if moving is not None else iso_date(value) if kind is FieldType.DATE else None
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

    spec = ResourceSpec(
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
        default_sort=features.get("default_sort", ["id"])[0],
        csv_import="csv_import" in features,
        csv_export="csv_export" in features,
    )
    return _without_circles(spec, resource, ledger)


def _without_circles(spec: ResourceSpec, resource: ResourceDraft, ledger: Ledger) -> ResourceSpec:
    """Without the last comparisons of those that no row can keep together, each reported."""
    rules = list(spec.comparisons)
    while rules:
        try:
            ordered_values(spec.model_copy(update={"comparisons": tuple(rules)}))
            break
        except UnsupportedSpec:
            dropped = rules.pop()
            for compare in (c for f in resource.fields if f.name == dropped.left for c in f.compares):
                ledger.refuse(compare.start, compare.end, "no row can keep this rule together with the others")
    return spec.model_copy(update={"comparisons": tuple(rules)})


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
    return (left in NUMBERS and right in NUMBERS) or (left is right and left in _ORDERED)


def _together(resource: ResourceDraft, ledger: Ledger) -> Iterable[tuple[str, ...]]:
    groups = list(resource.unique_together)
    groups += [([field.name, phrase], start, end) for field in resource.fields for phrase, start, end in field.together]
    seen: set[tuple[str, ...]] = set()
    for phrases, start, end in groups:
        found = [find_field(resource, phrase) for phrase in phrases]
        names = tuple(dict.fromkeys(field.name for field in found if field is not None))
        lists = any(field is not None and field.type is FieldType.LIST for field in found)
        if None in found or len(names) < 2 or lists:
            ledger.refuse(start, end, "it names something that is no single-valued field of the same resource")
        elif names not in seen:
            seen.add(names)
            yield names
