"""The tasks of a draft, with checks that can be made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pydantic import ValidationError

from agents.acceptance.lines import read_steps, write_line
from agents.acceptance.values import BadValue, reference
from agents.pm.planner.convert import BadDraft
from agents.pm.planner.draft import DraftCheck, DraftPlan, DraftQuestion, DraftTask
from agents.pm.reader.names import slug
from memory.records.imported import without_parameters
from memory.records.plan import AcceptanceCheck, Exchange, Question, Task
from memory.records.spec import AppSpec, FieldType, ResourceSpec
from tools.scaffold.naming import kebab

MOST_ALTERED = 30
MAX_TASKS, MAX_CHECKS, MAX_QUESTIONS = 20, 12, 3
_LITERAL_ID = re.compile(r"/\d+(?=/|\?|$)")


def tasks_of(draft: DraftPlan, spec: AppSpec, request: str) -> tuple[Task, ...]:
    """Pure. Raises BadDraft."""
    problems: list[str] = []
    tasks: list[Task] = []
    parts = [part for part in draft.tasks if part.title.strip() or part.detail.strip() or part.checks]
    if len(parts) > MAX_TASKS:
        problems.append(f"tasks: at most {MAX_TASKS}")
    for number, part in enumerate(parts[:MAX_TASKS]):
        taken = {task.id for task in tasks}
        checks = []
        for check in part.checks[:MAX_CHECKS]:
            try:
                checks.append(_check(check, part.given, spec))
            except (BadValue, ValidationError) as error:
                problems.append(f"tasks.{number}, check {check.title!r}: {error}")
        if not part.checks:
            problems.append(f"tasks.{number}: give it at least one check")
        tasks.append(_task(part, checks, taken, request))
    if problems:
        raise BadDraft(problems)
    return tuple(tasks)


def _task(part: DraftTask, checks: list[AcceptanceCheck], taken: set[str], request: str) -> Task:
    name = base = slug(part.title) or "task"
    number = 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    flat = " ".join(request.split()).lower()
    covers = tuple(words for words in part.covers if " ".join(words.split()).lower() in flat)
    return Task(
        id=name, title=part.title.strip() or name, detail=part.detail.strip(), covers=covers, checks=tuple(checks)
    )


def _check(part: DraftCheck, given: list[str], spec: AppSpec) -> AcceptanceCheck:
    if not part.steps:
        return AcceptanceCheck(title=part.title, words=part.title.strip() or "it works")
    steps = read_steps([*given, *part.steps], accounts=spec.accounts)
    refuse_impossible(steps, spec)
    return AcceptanceCheck(title=part.title.strip() or "it works", steps=steps)


def refuse_impossible(steps: Sequence[Exchange], spec: AppSpec) -> None:
    """Raises BadValue."""
    for step in steps:
        for problem in _impossible(step, spec):
            raise BadValue(f"{write_line(step)!r}: {problem}")


def _impossible(step: Exchange, spec: AppSpec) -> Iterator[str]:
    """What cannot come true in an application that has the spec's resources and no rows at first."""
    if _LITERAL_ID.search(step.path) and step.status != 404:
        yield "ids are not known beforehand: use $name.id of an earlier answer"
    if not 200 <= step.status < 300 or not isinstance(step.body, dict):
        return
    resource = next((r for r in spec.resources if step.path == f"/{kebab(r.plural)}"), None)
    if step.method != "POST" or resource is None:
        return
    yield from _incomplete(step.body, resource)


def _incomplete(body: dict[str, object], resource: ResourceSpec) -> Iterator[str]:
    for field in resource.fields:
        value = body.get(field.name)
        if field.required and field.default is None and value is None:
            yield f"{resource.name} needs {field.name}"
        if field.type is FieldType.REFERENCE and isinstance(value, int):
            yield f"{field.name}: use $name.id of an earlier answer"
        known = reference(value) is not None
        if field.type is FieldType.ENUM and value is not None and not known and str(value) not in field.choices:
            yield f"{field.name} is one of {', '.join(field.choices)}"


def contradicted(names: Iterable[str]) -> tuple[str, ...]:
    """Tests by pytest's names, without parameters."""
    return tuple(sorted({without_parameters(name.strip()) for name in names if name.strip()}))


def altered(routes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(route.split()) for route in routes if "/" in route))[:MOST_ALTERED]


def unknown_tests(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """What is wrong with the tests that a draft says the request contradicts."""
    there = set(contradicted(known))
    return [f"contradicts: {name} is none of the tests listed" for name in contradicted(names) if name not in there]


def questions_of(parts: list[DraftQuestion]) -> tuple[Question, ...]:
    """Only those with a choice: a question without two answers changes nothing."""
    found = []
    for part in parts:
        options = tuple(dict.fromkeys(option.strip() for option in part.options if option.strip()))
        if part.text.strip() and len(options) > 1:
            default = part.default.strip() if part.default.strip() in options else options[0]
            found.append(Question(text=part.text.strip(), options=options, default=default))
    return tuple(found[:MAX_QUESTIONS])


__all__ = ["altered", "contradicted", "questions_of", "refuse_impossible", "tasks_of", "unknown_tests"]
