"""Answers that were recorded before a change beside those after it, where no test speaks for them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from agents.qa.frozen import altered_paths
from memory.records.behaviour import Answered, Recording
from memory.records.plan import Plan
from tools.profiler.answers import leaves, shape

SHOWN, WORDS = 5, 120
FAILED = 500
NAMED = re.compile(r"(?<![\w/.])(?:(GET|POST|PUT|PATCH|DELETE)\s+)?(/[\w{}$:.<>-]+(?:/[\w{}$:.<>-]+)*)")
VERB = r"(get|post|put|patch|delete)"
ASKED = re.compile(rf"""\.(?:{VERB}|request)\(\s*(?:["']{VERB}["']\s*,\s*)?[rfb]*["'`](/[^"'`\n?]*)""", re.IGNORECASE)


@dataclass(frozen=True)
class Difference:
    route: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.route}: {self.before}; now {self.after}"


@dataclass(frozen=True)
class Intended:
    """What a plan is about: these may answer otherwise."""

    below: tuple[str, ...] = ()
    """Paths with all below them."""
    routes: tuple[tuple[str, str], ...] = ()
    """Method, or nothing for all, and path."""

    def __contains__(self, step: Answered) -> bool:
        if any(step.template == path or step.template.startswith(f"{path}/") for path in self.below):
            return True
        return any(method in ("", step.method) and same(path, step.template) for method, path in self.routes)


def intended(plan: Plan) -> Intended:
    """By what the rules change, the exchanges of checks, and paths that the plan's words name."""
    below = altered_paths(plan.change, plan.spec) if plan.change is not None else ()
    checks = [check for task in plan.tasks for check in task.checks]
    routes: list[tuple[str, str]] = [(s.method, s.path.partition("?")[0]) for c in checks for s in c.steps[-1:]]
    words = [*plan.alters, *(w for t in plan.tasks for w in (t.title, t.detail, *(c.words for c in t.checks)))]
    routes += [(found[1] or "", found[2].rstrip(".")) for text in words for found in NAMED.finditer(text)]
    return Intended(tuple(below), tuple(dict.fromkeys(routes)))


def covered(tests: Mapping[str, str], asked: Collection[str]) -> Intended:
    """Routes that tests of before speak for. `tests`: path → text; `asked`: `GET /tasks/{id}`, as a run has seen."""
    routes = [(method, path) for method, _, path in (name.partition(" ") for name in asked)]
    for text in tests.values():
        routes += [((method or named).upper(), path) for method, named, path in ASKED.findall(text)]
    return Intended(routes=tuple(dict.fromkeys(routes)))


def same(path: str, template: str) -> bool:
    """Whether a path with values, or with parameters of any spelling, is one of the template."""
    first, second = path.rstrip("/").split("/"), template.rstrip("/").split("/")
    pairs = zip(first, second, strict=False)
    return len(first) == len(second) and all(a == b or "{" in b for a, b in pairs)


def differences(before: Recording, after: Recording, left: Collection[Intended]) -> list[Difference]:
    """Of routes that are in none of `left`; each route is named once."""
    chance: dict[int, set[str]] = {}
    for number, place in before.unstable:
        chance.setdefault(number, set()).add(place)
    found: dict[str, Difference] = {}
    for number, was in enumerate(before.steps):
        aside = chance.get(number, set())
        if "" in aside or was.route in found or was.status >= FAILED or not was.status or any(was in x for x in left):
            continue
        now = after.steps[number] if number < len(after.steps) else None
        told = _differs(was, now, aside)
        if told is not None:
            found[was.route] = Difference(was.route, *told)
    return list(found.values())


def _differs(was: Answered, now: Answered | None, aside: Collection[str]) -> tuple[str, str] | None:
    if now is None:
        return f"answered {was.status}", "it was not asked any more: the application had no more time"
    if now.adapted:
        return f"took {_short(was.body)}", f"it {' and '.join(now.adapted)}"
    if now.status != was.status:
        return f"answered {was.status}", f"{now.status or 'nothing in time'}"
    if now.kind != was.kind:
        return f"answered as {was.kind or 'nothing'}", now.kind or "nothing"
    old, new = leaves(was.answer), leaves(now.answer)
    for place, value in old.items():
        there = place in new
        if not there and not _below(place, new):
            return f"had {_at(place)}, {_short(value)}", "it has not"
        if there and place not in aside and not _equal(new[place], value):
            return f"had {_at(place)} {_short(value)}", _short(new[place])
        if (
            there
            and place in aside
            and value is not None
            and new[place] is not None
            and shape(new[place]) != shape(value)
        ):
            return f"had {_at(place)} as {shape(value)}", shape(new[place])
    return None


def _equal(first: Any, second: Any) -> bool:
    """As JSON has it: 1 is not true."""
    return shape(first) == shape(second) and bool(first == second)


def _below(place: str, found: Mapping[str, Any]) -> bool:
    """An empty list or object that has something in it now."""
    return any(other.startswith(f"{place}.") for other in found) if place else bool(found)


def _at(place: str) -> str:
    return place or "the answer"


def _short(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= WORDS else f"{text[:WORDS]}…"


__all__ = ["Difference", "Intended", "covered", "differences", "intended", "same"]
