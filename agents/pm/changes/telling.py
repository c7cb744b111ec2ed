"""What differs between two forms of an application, one line each."""

from __future__ import annotations

from collections.abc import Iterator

from agents.pm.summary import field_words
from memory.records.change import Renames
from memory.records.spec import AppSpec, FieldSpec, ResourceSpec

LISTS = {"search": "search in", "filters": "filter by", "sorts": "sort by"}


def told(before: AppSpec, after: AppSpec, renames: Renames) -> tuple[str, ...]:
    return tuple(_lines(before, after, renames))


def _lines(before: AppSpec, after: AppSpec, renames: Renames) -> Iterator[str]:
    if after.accounts and not before.accounts:
        yield "accounts: register and log in"
    if after.pagination != before.pagination:
        yield f"pages of {after.pagination.default_limit}, at most {after.pagination.max_limit}"
    old = {resource.name: resource for resource in before.resources}
    for resource in after.resources:
        was = old.pop(renames.resource_before(resource.name), None)
        if was is None:
            yield f"new resource {resource.plural} ({', '.join(f.name for f in resource.fields)})"
        else:
            yield from _resource(was, resource, renames)
    for gone in old.values():
        yield f"resource {gone.plural} removed"


def _resource(before: ResourceSpec, after: ResourceSpec, renames: Renames) -> Iterator[str]:
    if before.name != after.name:
        yield f"{before.plural} renamed to {after.plural}"
    old = {field.name: field for field in before.fields}
    for field in after.fields:
        was = old.pop(renames.field_before(after.name, field.name), None)
        if was is None:
            yield f"{after.plural}: new field {field_words(field)}"
        else:
            yield from _field(after, was, field)
    for gone in old:
        yield f"{after.plural}: field {gone} removed"
    if after.owned and not before.owned:
        yield f"{after.plural}: each account sees only its own"
    yield from _rules(before, after, renames)


def _field(resource: ResourceSpec, before: FieldSpec, after: FieldSpec) -> Iterator[str]:
    if before.name != after.name:
        yield f"{resource.plural}: {before.name} renamed to {after.name}"
    same = after.model_copy(update={"name": before.name, "label": before.label, "target": before.target})
    if same != before:
        yield f"{resource.plural}: {field_words(after)}"


def _rules(before: ResourceSpec, after: ResourceSpec, renames: Renames) -> Iterator[str]:
    def now(name: str) -> str:
        return next((new for owner, old, new in renames.fields if (owner, old) == (after.name, name)), name)

    for kind, words in LISTS.items():
        was, names = [now(n) for n in getattr(before, kind)], list(getattr(after, kind))
        added, gone = [n for n in names if n not in was], [n for n in was if n not in names]
        if added:
            yield f"{after.plural}: {words} {', '.join(added)}"
        if gone:
            yield f"{after.plural}: no more {words} {', '.join(gone)}"
    rules = {(now(c.left), c.op, now(c.right)) for c in before.comparisons}
    for rule in after.comparisons:
        if (rule.left, rule.op, rule.right) not in rules:
            yield f"{after.plural}: rule {rule.left} {rule.op.value} {rule.right}"
    if len(after.comparisons) < len(before.comparisons):
        yield f"{after.plural}: {len(before.comparisons) - len(after.comparisons)} rules between fields removed"
    groups = {tuple(map(now, group)) for group in before.unique_together}
    for group in after.unique_together:
        if group not in groups:
            yield f"{after.plural}: {' and '.join(group)} together only once"
    if now(before.default_sort.removeprefix("-")) != after.default_sort.removeprefix("-") or (
        before.default_sort.startswith("-") != after.default_sort.startswith("-")
    ):
        yield f"{after.plural}: sorted by {after.default_sort}"
    for key, words in (("csv_import", "CSV import"), ("csv_export", "CSV export")):
        if getattr(before, key) != getattr(after, key):
            yield f"{after.plural}: {words}{'' if getattr(after, key) else ' removed'}"


__all__ = ["told"]
