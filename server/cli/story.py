"""Events as lines for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]


def line_of(event: Event) -> str | None:
    """One line, or None for what is not told (single tokens, tool calls of a lesser kind)."""
    tell = _LINES.get(str(event.get("type")))
    return tell(event) if tell is not None else None


def doing_after(event: Event) -> str:
    """What goes on once this event came; empty where that stays as it was."""
    return _DOING.get(str(event.get("type")), "")


def _plan(event: Event) -> str:
    plan = event.get("plan") or {}
    names = [str(r.get("name", r)) if isinstance(r, Mapping) else str(r) for r in plan.get("resources") or ()]
    lines = [f"PM   planned: {', '.join(names)}" if names else "PM   planned"]
    if plan.get("changes"):
        lines = ["PM   planned a change", *(f"     {words}" for words in plan["changes"])]
    lines += [f"     to write: {task['title']}" for task in plan.get("tasks") or () if task.get("detail")]
    lines += [f"     assumed: {words}" for words in plan.get("assumptions") or ()]
    lines += [f"     not understood: {gap}" for gap in not_understood(event)]
    return "\n".join(lines)


def not_understood(event: Event) -> list[str]:
    """Of a plan event: the parts of the request that the plan does not cover."""
    plan = event.get("plan") or {}
    spec = plan.get("spec") or {}
    gaps = plan.get("not_understood") or (spec.get("not_understood") if isinstance(spec, Mapping) else None) or ()
    return [part_text(gap) for gap in gaps]


def part_text(part: object) -> str:
    """A part of the request that was not understood, with the reason where there is one."""
    if not isinstance(part, Mapping):
        return str(part)
    return str(part.get("text", part)) + (f" ({part['reason']})" if part.get("reason") else "")


def _qa(event: Event) -> str:
    figures = [f"{name} {share(event[key])}" for name, key in _FIGURES if event.get(key) is not None]
    findings = event.get("findings") or ()
    count = findings if isinstance(findings, int) else len(findings)
    parts = ["passed" if event.get("passed") else "did not pass", *figures]
    return "QA   " + ", ".join(parts + ([f"{count} findings"] if count else []))


_FIGURES = (("coverage", "coverage"), ("security", "security_score"))


def share(value: object) -> str:
    """A share of 1 as a percentage."""
    return f"{float(value):.0%}" if isinstance(value, int | float) else "?"


def _count(value: object) -> int:
    return value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 0


def _failed(event: Event) -> str:
    error = str(event.get("error", ""))
    told = not event.get("rolled_back") or "serves again" in error
    return f"Ops  the deployment failed: {error}{'' if told else '; the version before it runs again'}"


def _live(event: Event) -> str:
    return "\n".join(
        [f"Ops  live at {event.get('url')}", *(f"     note: {one}" for one in event.get("warnings") or ())]
    )


def _requested(event: Event) -> str:
    return f"     waits for an approval: {event.get('what', 'plan')}"


_LINES: Mapping[str, Callable[[Event], str]] = {
    "pm_planning_started": lambda e: "PM   reads the request",
    "pm_plan_ready": _plan,
    "approval_requested": _requested,
    "dev_code_generated": lambda e: f"Dev  wrote {_count(e.get('files'))} files",
    "dev_tests_generated": lambda e: f"Dev  wrote {_count(e.get('files'))} test files",
    "dev_docs_generated": lambda e: "Dev  wrote the documentation",
    "qa_testing_started": lambda e: "QA   tests: " + ", ".join(str(t) for t in e.get("test_types") or ()),
    "qa_results": _qa,
    "ops_deployment_started": lambda e: f"Ops  deploys to {e.get('environment')} ({e.get('platform')})",
    "ops_deployment_completed": _live,
    "ops_deployment_failed": _failed,
    "fallback": lambda e: f"     {e.get('agent')}: {e.get('to')} instead of {e.get('from')}: {e.get('reason')}",
    "run_finished": lambda e: f"     {e.get('status')}",
}

_DOING: Mapping[str, str] = {
    "pm_planning_started": "planning",
    "pm_plan_ready": "writing",
    "dev_code_generated": "testing",
    "qa_testing_started": "testing",
    "qa_results": "deploying",
    "ops_deployment_started": "deploying",
}

__all__ = ["doing_after", "line_of", "not_understood", "part_text", "share"]
