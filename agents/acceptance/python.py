"""Checks as pytest code in the style of a generated application's tests."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ruff import find_ruff_bin

from agents.acceptance.values import ANY, CLOCK, REFERENCE, Reference, reference, references
from agents.pm.reader.names import slug
from memory.records.plan import ANONYMOUS, AcceptanceCheck, Exchange, Task
from tools.scaffold.naming import KEYWORDS, docstring, identifier

HELPER_PATH = "tests/acceptance.py"
HELPER = '''"""What the acceptance tests ask of an answer."""

import datetime as dt
from typing import Any

ANYTHING: Any = object()


def assert_has(actual: Any, expected: Any, where: str = "answer") -> None:
    """Objects may have more keys than expected; lists have the same items in the same order."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), f"{where} is no object: {actual!r}"
        for key, value in expected.items():
            assert key in actual, f"{where} has no {key!r}: {actual!r}"
            assert_has(actual[key], value, f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), f"{where} is no list: {actual!r}"
        assert len(actual) == len(expected), f"{where} has not {len(expected)} items: {actual!r}"
        for index, value in enumerate(expected):
            assert_has(actual[index], value, f"{where}[{index}]")
    elif expected is ANYTHING:
        assert actual is not None, f"{where} is null"
    else:
        same = actual == expected and isinstance(actual, bool) == isinstance(expected, bool)
        assert same, f"{where} is {actual!r}, not {expected!r}"


def day(today: dt.date, days: int) -> str:
    return (today + dt.timedelta(days=days)).isoformat()


def moment(now: dt.datetime, seconds: int) -> str:
    return (now + dt.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
'''
_TAKEN = KEYWORDS | {"answer", "app", "anonymous", "client", "today", "now", "day", "moment", "dt", "logged_in"}
_TAKEN |= {"assert_has", "assert_problem", "ANYTHING", "FastAPI", "TestClient", "str", "path"}


@dataclass
class _Names:
    """Which Python name stands for which answer, and who has a client of his own."""

    answers: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)

    def new(self, name: str) -> str:
        taken = _TAKEN | {*self.clients.values()} | {v for k, v in self.answers.items() if k != name}
        self.answers[name] = identifier(name, taken)
        return self.answers[name]


def path_of(task: Task) -> str:
    return f"tests/test_acceptance_{task.id}.py"


def module_of(task: Task) -> str:
    """Source of the tests of a task's checks, formatted. Checks in words only are left out.

    Raises subprocess.CalledProcessError where the formatter refuses the source.
    """
    bodies, taken = [], set[str]()
    for check in task.checks:
        if check.steps:
            name = identifier(f"test_{slug(check.title) or 'check'}", taken)
            taken.add(name)
            bodies.append(_function(name, check))
    text = "\n\n\n".join(bodies)
    return _formatted(f'"""{_sentence(task.title)}"""\n\n{_imports(text)}\n\n\n{text}\n')


def _imports(text: str) -> str:
    lines = ["import datetime as dt", ""] if "dt." in text else []
    lines += ["from fastapi import FastAPI"] if "app: FastAPI" in text else []
    lines += ["from fastapi.testclient import TestClient", ""]
    helpers = [name for name in ("ANYTHING", "assert_has", "day", "moment") if re.search(rf"\b{name}\b[(,}}\]]", text)]
    lines += [f"from tests.acceptance import {', '.join(helpers)}"] if helpers else []
    lines += ["from tests.checks import assert_problem"] if "assert_problem(" in text else []
    lines += ["from tests.conftest import logged_in"] if "logged_in(" in text else []
    return "\n".join(lines).strip()


def _function(name: str, check: AcceptanceCheck) -> str:
    names = _Names()
    actors = {step.actor for step in check.steps}
    others = sorted(actors - {"", ANONYMOUS})
    fixtures = [f"{f}: {kind}" for f, kind, wanted in (
        ("app", "FastAPI", bool(others)),
        ("client", "TestClient", "" in actors),
        ("anonymous", "TestClient", bool(others) or ANONYMOUS in actors),
    ) if wanted]  # fmt: skip
    lines = [f"def {name}({', '.join(fixtures)}) -> None:", f'    """{_sentence(check.title)}"""']
    lines += [f"    {line}" for line in _clock(check.steps)]
    for actor in others:
        names.clients[actor] = identifier(f"{slug(actor)}_client", _TAKEN | {*names.clients.values()})
        lines.append(f'    {names.clients[actor]} = logged_in(app, anonymous, "{slug(actor)}@example.com")')
    for number, step in enumerate(check.steps):
        later = {r.name for after in check.steps[number + 1 :] for r in _references(after)}
        lines += [f"    {line}" for line in _step(step, names, kept=step.save_as in later)]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    line = docstring(text)
    return line[:1].upper() + line[1:]


def _clock(steps: Sequence[Exchange]) -> list[str]:
    used = {r.name for step in steps for r in _references(step)}
    lines = ["now = dt.datetime.now(dt.UTC).replace(microsecond=0)"] if used & CLOCK else []
    return lines + (["today = now.date()"] if "today" in used else [])


def _references(step: Exchange) -> list[Reference]:
    in_path = [found for match in REFERENCE.finditer(step.path) if (found := reference(match[0])) is not None]
    return [*in_path, *references(step.body), *references(step.expect)]


def _step(step: Exchange, names: _Names, *, kept: bool) -> list[str]:
    client = {"": "client", ANONYMOUS: "anonymous"}.get(step.actor) or names.clients[step.actor]
    body = "" if step.body is None else f", json={_source(step.body, names)}"
    asked = f"{client}.{step.method.lower()}({_path(step.path, names)}{body})"
    if step.method == "DELETE" and body:
        asked = f'{client}.request("DELETE", {_path(step.path, names)}{body})'
    lines = [f"answer = {asked}"]
    if step.status >= 400:
        lines.append(f"assert_problem(answer, {step.status})")
    else:
        lines.append(f"assert answer.status_code == {step.status}, answer.text")
    if step.expect is not None:
        lines.append(f"assert_has(answer.json(), {_source(step.expect, names)})")
    if kept:
        lines.append(f"{names.new(step.save_as)} = answer.json()")
    return lines


def _path(path: str, names: _Names) -> str:
    parts: list[str] = []
    end = 0
    for match in REFERENCE.finditer(path):
        found = reference(match[0])
        parts += [_literal_part(path[end : match.start()]), "{" + _of(found, names, quote="'") + "}" if found else ""]
        end = match.end()
    if not parts:
        return repr(path)
    text = "".join([*parts, _literal_part(path[end:])])
    return f'f"{text}"'


def _literal_part(text: str) -> str:
    return repr(text)[1:-1].replace("{", "{{").replace("}", "}}").replace('"', '\\"')


def _of(found: Reference, names: _Names, quote: str = '"') -> str:
    if found.name == ANY:
        return "ANYTHING"
    if found.name == "today":
        return f"day(today, {found.shift})"
    if found.name == "now":
        return f"moment(now, {found.shift})"
    parts = "".join(f"[{part}]" if isinstance(part, int) else f"[{quote}{part}{quote}]" for part in found.path)
    return names.answers[found.name] + parts


def _source(value: Any, names: _Names) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_source(part, names)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_source(part, names) for part in value) + "]"
    found = reference(value)
    return repr(value) if found is None else _of(found, names)


def _formatted(source: str) -> str:
    argv = [find_ruff_bin(), "format", "--quiet", "--no-cache", "--isolated", "--line-length", "120", "-"]
    return subprocess.run(argv, input=source, check=True, capture_output=True, text=True, timeout=60).stdout


__all__ = ["HELPER", "HELPER_PATH", "module_of", "path_of"]
