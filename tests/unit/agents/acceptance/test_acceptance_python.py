"""Checks as pytest code: valid, tidy, and with values that cannot leave their quotes."""

from __future__ import annotations

import ast
import subprocess

import pytest
from ruff import find_ruff_bin

from agents.acceptance.lines import read_steps
from agents.acceptance.python import HELPER, module_of
from agents.qa.test_writer_judge import weak_tests
from memory.records.plan import AcceptanceCheck, Task


def module(*lines: str, title: str = "it works") -> str:
    check = AcceptanceCheck(title=title, steps=read_steps(lines, accounts=True))
    return module_of(Task(id="t", title="Task", detail="", checks=(check, check)))


SOURCES = [
    module("POST /a {x: 1.5} -> 201 as a", "GET /a/$a.id?on=$today -> 200 {at: $now-2h, on: $today-1, n: $any}"),
    module("ann: POST /a -> 201 as client", "anonymous: GET /a/$client.id -> 401", "ann: DELETE /a/1 {} -> 204"),
    module('POST /a {"q": "\\"); import os; (\\""} -> 201 as class', "GET /{x}/$class.a.0.b -> 409"),
    module("POST /a -> 201", title='"""; raise SystemExit # \\'),
    module('POST /it\'s"{a} -> 201 as a', "GET /it's\"{q}/$a.id -> 200"),
]  # fmt: skip


@pytest.mark.parametrize("source", [*SOURCES, HELPER])
def test_it_is_clean(source: str) -> None:
    tree = ast.parse(source)
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Import) and any(a.name == "os" for a in n.names)]
    select = "E,F,W,I,B,C4,PIE,PT,RET,RUF,SIM,UP"
    first_party = 'lint.isort.known-first-party=["app", "tests"]'
    argv = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--config", first_party]
    argv += ["--ignore", "E501", "--select", select, "-q", "-"]
    done = subprocess.run(argv, input=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + source


@pytest.mark.parametrize("source", SOURCES)
def test_two_checks_of_one_name_are_two_strong_tests(source: str) -> None:
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    assert len(set(names)) == 2
    assert weak_tests(source) == ()


def test_it_reads_like_the_template() -> None:
    assert module("POST /books {title: Dune} -> 201 as book", "POST /books/$book.id/lend -> 409").endswith(
        '''
    """It works."""
    answer = client.post("/books", json={"title": "Dune"})
    assert answer.status_code == 201, answer.text
    book = answer.json()
    answer = client.post(f"/books/{book['id']}/lend")
    assert_problem(answer, 409)
'''
    )
