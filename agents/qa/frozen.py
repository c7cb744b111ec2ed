"""Which tests of before must pass after a change: all but those that it is about, each of these with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from memory.records.change import Change
from memory.records.spec import AppSpec, FieldSpec, ResourceSpec
from tools.scaffold.moves import paths_of, test_files

BODIES = "tests/test_bodies.py"
FREE = frozenset({"label", "choices"})
"""Of a field: what may change, or grow, without a test of before having to fail."""


@dataclass(frozen=True)
class Frozen:
    kept: tuple[str, ...]
    """Paths of test files, as they were before."""
    altered: Mapping[str, str]
    """Path → why the change alters it."""
    contradicted: tuple[str, ...] = ()
    """Of those kept: files in which tests that the request contradicts say something else now."""
    problems: tuple[str, ...] = ()
    """What was done to them beside that."""


def frozen(change: Change, after: AppSpec, tests: Collection[str], template: Collection[str]) -> Frozen:
    """`tests`: test files at the old commit; `template`: those of them that the template gave.

    What people wrote is kept whatever changes: where it fails, the change breaks what they rely on.
    """
    reasons = reasons_of(change, after)
    files = test_files(change.before)
    altered = {files[name]: why for name, why in reasons.items() if files[name] in template}
    first = change.before.resources[0].name if change.before.resources else ""
    if BODIES in template and first in {old for old in reasons if _gone(old, change, after)}:
        altered[BODIES] = reasons[first]
    kept = sorted(path for path in tests if path not in altered)
    return Frozen(tuple(kept), dict(sorted(altered.items())))


def is_test(path: str) -> bool:
    name = PurePosixPath(path).name
    return path.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _gone(old: str, change: Change, after: AppSpec) -> bool:
    return old not in [r.name for r in after.resources]


def reasons_of(change: Change, after: AppSpec) -> dict[str, str]:
    """Old resource → what of it changes such that its tests must."""
    now = {change.renames.resource_before(r.name): r for r in after.resources}
    found: dict[str, str] = {}
    for resource in change.before.resources:
        why = _why(change, resource, now.get(resource.name))
        if not why and after.pagination != change.before.pagination:
            why = "pages have other sizes"
        if why:
            found[resource.name] = why
    return found


def _why(change: Change, before: ResourceSpec, after: ResourceSpec | None) -> str:
    if after is None:
        return f"{before.plural} are removed"
    if after.name != before.name:
        return f"{before.plural} are called {after.plural}"
    if after.owned != before.owned:
        return f"{before.plural} belong to accounts"
    if after.default_sort != before.default_sort:
        return "rows come in another order"
    if (after.comparisons, after.unique_together) != (before.comparisons, before.unique_together):
        return "rules between fields change"
    if not {*before.search, *before.filters, *before.sorts} <= {*after.search, *after.filters, *after.sorts}:
        return "a search, filter or sorting is removed"
    if (before.csv_import and not after.csv_import) or (before.csv_export and not after.csv_export):
        return "CSV is removed"
    return _fields_differ(change, before, after)


def _fields_differ(change: Change, before: ResourceSpec, after: ResourceSpec) -> str:
    old = {field.name: field for field in before.fields}
    for field in after.fields:
        was = old.pop(change.renames.field_before(after.name, field.name), None)
        if was is None:
            if field.required and field.default is None:
                return f"a row needs {field.name}"
        elif was.name != field.name:
            return f"{was.name} is called {field.name}"
        elif not _compatible(was, field):
            return f"the rules of {field.name} change"
    return f"{', '.join(old)} is removed" if old else ""


def _compatible(before: FieldSpec, after: FieldSpec) -> bool:
    return before.model_dump(exclude=set(FREE)) == after.model_dump(exclude=set(FREE)) and set(before.choices) <= set(
        after.choices
    )


def altered_paths(change: Change, after: AppSpec) -> tuple[str, ...]:
    """URL paths that the change is about; all of them where a token is needed from now on."""
    paths = paths_of(change.before)
    if after.accounts and not change.before.accounts:
        return tuple(paths.values())
    return tuple(paths[name] for name in reasons_of(change, after))


__all__ = ["Frozen", "altered_paths", "frozen", "is_test"]
