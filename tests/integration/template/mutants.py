"""Specs with one rule taken out, each named after the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memory.records.spec import AppSpec, FieldSpec, FieldType, ResourceSpec


@dataclass(frozen=True)
class Mutant:
    rule: str
    resource: str
    spec: AppSpec


FIELD_RULES: dict[str, Any] = {
    "unique": False,
    "default": None,
    "minimum": None,
    "maximum": None,
    "min_length": None,
    "max_length": None,
    "pattern": None,
}
LOOSER_TYPES = {
    FieldType.ENUM: {"type": FieldType.TEXT, "choices": ()},
    FieldType.REFERENCE: {"type": FieldType.INTEGER, "target": None},
    FieldType.EMAIL: {"type": FieldType.TEXT},
    FieldType.URL: {"type": FieldType.TEXT},
    FieldType.DATE: {"type": FieldType.TEXT},
    FieldType.TIME: {"type": FieldType.TEXT},
    FieldType.DATETIME: {"type": FieldType.TEXT},
    FieldType.MONEY: {"type": FieldType.NUMBER},
    FieldType.INTEGER: {"type": FieldType.NUMBER},
}
LIMITS = {"minimum": None, "maximum": None, "default": None}


def mutants(spec: AppSpec) -> Iterator[Mutant]:
    for resource in spec.resources:
        for rule, changed in _changed(resource):
            resources = tuple(changed if r is resource else r for r in spec.resources)
            yield Mutant(f"{resource.name}: {rule}", resource.name, spec.model_copy(update={"resources": resources}))


def _changed(resource: ResourceSpec) -> Iterator[tuple[str, ResourceSpec]]:
    for field in resource.fields:
        for rule, without in _changed_fields(field, resource):
            fields = tuple(without if f is field else f for f in resource.fields)
            yield f"{field.name} {rule}", resource.model_copy(update={"fields": fields})
    for name in ("comparisons", "unique_together", "search", "filters", "sorts"):
        for entry in getattr(resource, name):
            rest = tuple(e for e in getattr(resource, name) if e != entry)
            yield f"{name} {entry}", resource.model_copy(update={name: rest})
    for name in ("csv_import", "csv_export", "owned"):
        if getattr(resource, name):
            yield name, resource.model_copy(update={name: False})


def _changed_fields(field: FieldSpec, resource: ResourceSpec) -> Iterator[tuple[str, FieldSpec]]:
    if field.required and field.default is None:
        yield "required", field.model_copy(update={"required": False})
    for rule, off in FIELD_RULES.items():
        removable = getattr(field, rule) is not None and getattr(field, rule) is not False
        if removable and not (rule == "max_length" and field.unique):
            yield rule, field.model_copy(update={rule: off})
    compared = {name for c in resource.comparisons for name in (c.left, c.right)}
    if field.type in LOOSER_TYPES and field.name not in compared:
        limits = {} if field.type in (FieldType.MONEY, FieldType.INTEGER, FieldType.REFERENCE) else LIMITS
        yield f"type {field.type.value}", field.model_copy(update=LOOSER_TYPES[field.type] | limits)
