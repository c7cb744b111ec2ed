"""Cases as a pytest module, and a module with some of its tests taken out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from agents.testgen.cases import Call, Case

HEAD = (
    '"""Generated from the API\'s own description; each of these tests failed on a changed copy of what it tests."""\n'
)
CLIENT = """
import importlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient


@pytest.fixture(scope="module")
def {fixture}() -> Iterator[TestClient]:
    application = importlib.import_module({module!r}).{attribute}{call}
    with TestClient(application, raise_server_exceptions=False) as client:
        yield client
"""
PLACE = re.compile(r"^\{(\w+)\}$")
OWN_FIXTURE = "generated_client"


def module_of(cases: Sequence[Case], asgi: str, *, factory: bool, fixture: str | None) -> str:
    """`fixture`: of the project's conftest; None: the module brings its own."""
    module, _, attribute = asgi.partition(":")
    own = CLIENT.format(fixture=OWN_FIXTURE, module=module, attribute=attribute, call="()" if factory else "")
    head = HEAD + ("" if fixture else own)
    return head + "".join(f"\n\n{_test(case, fixture or OWN_FIXTURE)}" for case in _named_apart(cases))


def _named_apart(cases: Sequence[Case]) -> list[Case]:
    seen: dict[str, int] = {}
    found = []
    for case in cases:
        seen[case.name] = seen.get(case.name, 0) + 1
        number = seen[case.name]
        found.append(
            case if number == 1 else Case(f"{case.name}_{number}", case.calls, case.asked, case.statuses, case.echoed)
        )
    return found


def _test(case: Case, client: str) -> str:
    lines = [f"def test_{case.name}({client}) -> None:"]
    for name, call in case.calls:
        lines.append(f"    {name} = {_asked(call, client)}.json()[{'id'!r}]")
    lines.append(f"    answer = {_asked(case.asked, client)}")
    expected = f"== {case.statuses[0]}" if len(case.statuses) == 1 else f"in {case.statuses!r}"
    lines.append(f"    assert answer.status_code {expected}, answer.text")
    body = case.asked.body if isinstance(case.asked.body, dict) else {}
    for field in case.echoed:
        lines.append(f"    assert answer.json()[{field!r}] == {_value(body[field])}")
    return "\n".join(lines) + "\n"


def _asked(call: Call, client: str) -> str:
    path = f"f{json.dumps(call.path)}" if "{" in call.path else json.dumps(call.path)
    body = "" if call.body is None else f", json={_value(call.body)}"
    return f"{client}.request({call.method!r}, {path}{body})"


def _value(value: Any) -> str:
    """As Python, with names for the ids of earlier answers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and (place := PLACE.match(value)):
        return place[1]
    if isinstance(value, str) and len(value) > 80 and len(set(value)) == 1:
        return f"{value[0]!r} * {len(value)}"
    return repr(value)


def without(source: str, names: Collection[str]) -> str:
    """The module without these functions; empty where no test is left."""
    tree = ast.parse(source)
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    gone = [node for node in tests if node.name in names]
    if len(gone) == len(tests):
        return ""
    lines = source.splitlines(keepends=True)
    for node in reversed(gone):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        end = node.end_lineno or node.lineno
        while end < len(lines) and not lines[end].strip():
            end += 1
        del lines[first - 1 : end]
    return "".join(lines).rstrip() + "\n"


def joined(old: str, new: str) -> str:
    """The old module with the tests of the new one whose names it has not; the new one where there was none."""
    if not old.strip():
        return new
    had = {node.name for node in ast.parse(old).body if isinstance(node, ast.FunctionDef)}
    found = [node for node in ast.parse(new).body if isinstance(node, ast.FunctionDef)]
    tests = [node for node in found if node.name.startswith("test") and node.name not in had]
    sources = [ast.get_source_segment(new, node) or "" for node in tests]
    return old.rstrip() + "\n" + "".join(f"\n\n{source}\n" for source in sources)


__all__ = ["joined", "module_of", "without"]
