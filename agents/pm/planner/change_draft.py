"""What a model's draft of a change makes of an application: what it does not name stays as the rules left it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import ValidationError

from agents.pm.changes.reader import ChangeReading
from agents.pm.planner.convert import BadDraft, resource_of
from agents.pm.planner.draft import DraftChange
from agents.pm.planner.field_lines import BadField
from agents.pm.planner.rule_lines import BadRule
from agents.pm.reader.names import singular_name, slug
from memory.records.change import Renames
from memory.records.spec import AppSpec, ResourceSpec
from tools.scaffold.answers import to_answers
from tools.scaffold.interface import ScaffoldError

_RENAME = re.compile(r"^\s*([\w.]+)\s*(?:->|=>|→|\bto\b)\s*([\w.]+)\s*$")


@dataclass(frozen=True)
class Changed:
    spec: AppSpec
    renames: Renames


def changed(draft: DraftChange, reading: ChangeReading) -> Changed:
    """Pure. Raises BadDraft."""
    base = reading.after
    renames, problems = _renames(draft.renames, reading)
    resources, more = _resources(draft, base, renames)
    if problems := [*problems, *more]:
        raise BadDraft(problems)
    accounts = base.accounts or bool(draft.accounts) or any(resource.owned for resource in resources)
    if resources == base.resources and accounts == base.accounts:
        return Changed(base, renames)
    values = {**base.model_dump(), "resources": [r.model_dump() for r in resources], "accounts": accounts}
    try:
        spec = AppSpec.model_validate(values)
        to_answers(spec, "draft")
    except ValidationError as error:
        raise BadDraft([str(problem["msg"]) for problem in error.errors()]) from error
    except ScaffoldError as error:
        raise BadDraft([f"the template cannot make it: {error}"]) from error
    return Changed(spec, _checked(renames, reading.change.before, spec))


def _resources(draft: DraftChange, base: AppSpec, renames: Renames) -> tuple[tuple[ResourceSpec, ...], list[str]]:
    known = {resource.name: resource for resource in base.resources}
    problems: list[str] = []
    new: dict[str, ResourceSpec] = {}
    for part in draft.resources or ():
        try:
            made = resource_of(part, known)
        except (BadField, BadRule) as error:
            problems.append(f"{part.name}: {error}")
        else:
            new[made.name] = made
    removed = {singular_name(slug(name)) for name in draft.removes}
    problems += [f"removes: there is no resource {name}" for name in sorted(removed - known.keys())]
    gone = removed | {old for old, now in renames.resources if now in new}
    kept = [new.pop(name, resource) for name, resource in known.items() if name not in gone]
    return (*kept, *new.values()), problems


def _renames(lines: list[str], reading: ChangeReading) -> tuple[Renames, list[str]]:
    """With those that the rules read."""
    problems: list[str] = []
    resources, fields = list(reading.change.renames.resources), list(reading.change.renames.fields)
    for line in lines:
        found = _RENAME.match(line)
        old, new = (part.split(".") for part in found.groups()) if found else ([], [])
        if len(old) == len(new) == 1:
            resources.append((singular_name(slug(old[0])), singular_name(slug(new[0]))))
        elif len(old) == len(new) == 2:
            fields.append((singular_name(slug(new[0])), slug(old[1]), slug(new[1])))
        else:
            problems.append(f'renames: {line!r} is not of the form "loan.due_on -> loan.deadline" or "book -> title"')
    return Renames(resources=tuple(dict.fromkeys(resources)), fields=tuple(dict.fromkeys(fields))), problems


def _checked(renames: Renames, before: AppSpec, after: AppSpec) -> Renames:
    """Raises BadDraft where a rename leads from nothing or to nothing."""
    old = {r.name: {f.name for f in r.fields} for r in before.resources}
    new = {r.name: {f.name for f in r.fields} for r in after.resources}
    problems = [f"renames: {a} -> {b}: from what is there to what is new" for a, b in renames.resources if a not in old]
    problems += [f"renames: resource {b} is not in the plan" for _, b in renames.resources if b not in new]
    for owner, a, b in renames.fields:
        if a not in old.get(renames.resource_before(owner), ()) or b not in new.get(owner, ()):
            problems.append(f"renames: {owner}.{a} -> {owner}.{b}: the first is to be there now, the second after it")
    if problems:
        raise BadDraft(problems)
    return renames


__all__ = ["Changed", "changed"]
