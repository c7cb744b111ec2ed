"""A spec and a plan as the short text that a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from agents.acceptance.lines import write_line
from agents.pm.planner.field_lines import field_line
from agents.pm.planner.rule_lines import rule_lines
from memory.records.plan import Exchange, Plan, Task
from memory.records.spec import AppSpec


def spec_text(spec: AppSpec) -> str:
    """One line a field or rule, in the words that the planner's draft takes back."""
    lines = [f"title: {spec.title}", f"accounts: {str(spec.accounts).lower()}"]
    if spec.pagination.default_limit != 50:
        lines.append(f"page_size: {spec.pagination.default_limit}")
    for resource in spec.resources:
        lines.append(f"resource {resource.name}")
        lines += [f"  {field_line(field)}" for field in resource.fields]
        lines += [f"  rule: {rule}" for rule in rule_lines(resource)]
    return "\n".join(lines)


def tasks_text(tasks: Sequence[Task], *, telling: bool = False) -> str:
    """Each task with its checks, a line an exchange; what all of its checks begin with stands once.

    `telling`: without exchanges that only make rows, which is for who writes the code and not the checks.
    """
    lines: list[str] = []
    for number, task in enumerate(tasks, start=1):
        lines += [f"{number}. {task.title}", f"   {task.detail}"] if task.detail else [f"{number}. {task.title}"]
        given = _common([[write_line(step) for step in check.steps] for check in task.checks])
        first = [step for step in (task.checks[0].steps if task.checks else ())[: len(given)] if _tells(step, telling)]
        if first:
            lines += ["   Every check begins with:", *(f"     {write_line(step)}" for step in first)]
        for check in task.checks:
            lines.append(f"   Check: {check.title}")
            lines += [f"     {write_line(step)}" for step in check.steps[len(given) :] if _tells(step, telling)]
    return "\n".join(lines)


def _tells(step: Exchange, telling: bool) -> bool:
    return not telling or step.status != 201 or step.expect is not None


def _common(checks: list[list[str]]) -> list[str]:
    if len(checks) < 2:
        return []
    same = zip(*checks, strict=False)
    return [lines[0] for lines in takewhile(lambda lines: len(set(lines)) == 1, same)]


def tests_text(tests: Sequence[str]) -> str:
    """pytest's names, a line a file or class: a name needs its place once. Titles of JavaScript stand alone."""
    if any(" " in name for name in tests):
        return "\n".join(tests)
    found: dict[str, list[str]] = {}
    for name in tests:
        place, _, test = name.rpartition("::")
        found.setdefault(place, []).append(test)
    return "\n".join(f"{place}:: {' '.join(names)}" for place, names in found.items())


def plan_text(plan: Plan) -> str:
    return "\n".join(filter(None, [spec_text(plan.spec), tasks_text(plan.tasks)]))


__all__ = ["plan_text", "spec_text", "tasks_text", "tests_text"]
