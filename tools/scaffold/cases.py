"""What the generated tests of a resource go through: rows, broken rules, filters. Values are given as source."""

from __future__ import annotations

import json
import operator
import shlex
from collections.abc import Callable
from typing import Any

from memory.records.spec import AppSpec, Comparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.fields import MOVING, whole_choices
from tools.scaffold.interface import UnsupportedSpec
from tools.scaffold.names import Names, ResourceNames
from tools.scaffold.order import TableOrder
from tools.scaffold.samples import ORDINALS, broken, refused_values, sample_rows

FORMULA = "=1+1"
COMPARES: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
}


def case_answers(resource: ResourceSpec, own: ResourceNames, order: TableOrder, indexed: set[str]) -> dict[str, Any]:
    first, second = sample_rows(resource, indexed)
    parents = _parents(resource, order)
    differ = {name for name in first if first[name] != second[name]} | parents.keys()
    changed = next(
        (_row(n, second[n]) for n in first if n in differ and _ordered(resource, first | {n: second[n]})), None
    )
    return {
        "samples": {ORDINALS[0]: _source(first), ORDINALS[1]: _source(second)},
        "parents": parents,
        "changed": changed,
        "kept": [f.name for f in resource.fields if changed is not None and f.name != changed["name"]],
        "refused": _refused(resource, indexed),
        "required": [f.name for f in resource.fields if f.required and f.default is None],
        "not_null": [f.name for f in resource.fields if f.required],
        "optional": [f.name for f in resource.fields if not f.required],
        "defaults": {f.name: repr(_wire_default(f)) for f in resource.fields if _left_out(f)},
        "moving_defaults": [f.name for f in resource.fields if f.default in MOVING],
        "unique_cases": _unique_cases(resource, differ),
        "search_cases": _search_cases(resource, first, second),
        "sort_cases": [name for name in resource.sorts if name in differ],
        "filter_cases": _filter_cases(resource, own, differ),
        "comparison_cases": [
            {"source": repr(values), "field": rule.left, "right": repr({rule.right: values[rule.right]})}
            for rule in resource.comparisons
            if (values := broken(rule, first, second)) is not None
        ],
        "formula_field": _formula_field(resource),
        "import_error": next(iter(_refused(resource, indexed)), None),
    }


def _ordered(resource: ResourceSpec, row: dict[str, Any]) -> bool:
    """True where a row keeps the rules between its fields. Days and times are texts that sort as they do."""
    return all(COMPARES[rule.op](row[rule.left], row[rule.right]) for rule in resource.comparisons)


def _source(values: dict[str, Any]) -> dict[str, str]:
    return {name: repr(value) for name, value in values.items()}


def _row(name: str, value: Any) -> dict[str, str]:
    return {"name": name, "source": repr(value)}


def _parents(resource: ResourceSpec, order: TableOrder) -> dict[str, str]:
    """References that a payload can have: those to tables that are filled before."""
    parents = {}
    for field in resource.fields:
        if field.target is None:
            continue
        circular = field.target == resource.name or (resource.name, field.name) in order.late
        if circular and field.required:
            where = f"resource {resource.name}, field {field.name}"
            raise UnsupportedSpec(f"{where}: a required reference in a circle leaves no way to make the first row")
        if not circular:
            parents[field.name] = field.target
    return parents


def _refused(resource: ResourceSpec, indexed: set[str]) -> list[dict[str, str]]:
    return [
        {"field": field.name, "what": what, "source": repr(value)}
        for field in resource.fields
        for what, value in refused_values(field, field.name in indexed)
    ]


def _left_out(field: FieldSpec) -> bool:
    return field.default not in MOVING and (field.default is not None or not field.required)


def _wire_default(field: FieldSpec) -> Any:
    """The default as JSON gives it back."""
    if field.default is None:
        return None
    if field.type in (FieldType.MONEY, FieldType.NUMBER):
        return float(field.default)
    whole = field.type is FieldType.INTEGER or whole_choices(field)
    return int(field.default) if whole else field.default


def _unique_cases(resource: ResourceSpec, differ: set[str]) -> list[dict[str, Any]]:
    """Which fields of the first row the second takes over, and whether that is a conflict."""
    single = [[f.name] for f in resource.fields if f.unique]
    groups = [list(group) for group in resource.unique_together]
    usable = [group for group in single + groups if set(group) <= differ]
    cases = [{"fields": group, "conflict": True} for group in usable]
    unique = {name for [name] in single}
    for group in groups:
        part = group[:-1]
        free = not any(set(other) <= set(part) for other in single + groups)
        if len(group) > 1 and group in usable and not unique & set(group) and free:
            cases.append({"fields": part, "conflict": False})
    return cases


def _search_cases(resource: ResourceSpec, first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, str]]:
    others = " ".join(str(second[name]).lower() for name in resource.search)
    return [
        {"field": name, "source": repr(first[name].swapcase()[:200])}
        for name in resource.search
        if first[name].strip() and first[name].lower()[:200] not in others
    ]


def _filter_cases(resource: ResourceSpec, own: ResourceNames, differ: set[str]) -> list[dict[str, str]]:
    """(query parameter, field, which row is asked for, which row is found)"""
    cases = []
    found = {"": "first", "_min": "second", "_max": "first"}
    for name, (parameter, _) in own.parameters.items():
        field, suffix = _split(resource, name)
        if field.name in differ:
            row = found[suffix]
            item = field.type is FieldType.LIST
            cases.append({"parameter": parameter, "field": field.name, "row": row, "item": "[0]" if item else ""})
    return cases


def _split(resource: ResourceSpec, name: str) -> tuple[FieldSpec, str]:
    for suffix in ("_min", "_max"):
        base = name.removesuffix(suffix)
        if base != name and base in resource.filters and name not in resource.filters:
            return resource.field(base), suffix
    return resource.field(name), ""


def _formula_field(resource: ResourceSpec) -> str | None:
    """A text that may begin like a spreadsheet's formula."""
    for field in resource.fields:
        short = field.max_length is not None and field.max_length < len(FORMULA)
        long = field.min_length is not None and field.min_length > len(FORMULA)
        if field.type is FieldType.TEXT and field.pattern is None and not short and not long:
            return field.name
    return None


def readme_examples(spec: AppSpec, order: TableOrder, names: Names) -> list[dict[str, str]]:
    """Bodies that make the first row of a resource, after those that it refers to, on an empty database."""
    if not order.names:
        return []
    chain: list[ResourceSpec] = []
    _with_parents(spec, order, spec.resources[0], chain)
    examples = []
    for resource in chain:
        first, _ = sample_rows(resource, indexed_fields(resource))
        body = json.dumps(first | dict.fromkeys(_parents(resource, order), 1), ensure_ascii=False)
        examples.append({"path": names.resources[resource.name].path, "body": shlex.quote(body)})
    return examples


def _with_parents(spec: AppSpec, order: TableOrder, resource: ResourceSpec, chain: list[ResourceSpec]) -> None:
    for parent in _parents(resource, order).values():
        _with_parents(spec, order, spec.resource(parent), chain)
    if resource not in chain:
        chain.append(resource)


def indexed_fields(resource: ResourceSpec) -> set[str]:
    """Fields that a unique index covers."""
    grouped = {name for group in resource.unique_together for name in group}
    return grouped | {f.name for f in resource.fields if f.unique}


__all__ = ["case_answers", "indexed_fields", "readme_examples"]
