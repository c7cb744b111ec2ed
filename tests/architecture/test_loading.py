"""What a process loads when it starts: nothing heavy that it may never need."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from server.cli.main import VERBS

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = {"openai", "langchain_openai"}
"""A second of processor time, for who has a model."""
SERVER_SIDE = {"httpx", "jwt", "langchain_core", "langgraph", "fastapi", "redis", "psycopg", "celery"} | CLIENTS
THEMSELVES = {"security", "performance", "dependencies", "tests", "impact", "up", "down"}
"""Verbs that do the work and ask no server."""


def path_of(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists()), None)


def loaded(body: list[ast.stmt]) -> set[str]:
    """Modules, and names within them, that running these statements imports."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
            found |= loaded(node.body) | loaded(node.orelse)
        elif isinstance(node, ast.Try):
            found |= loaded(node.body)
    return found


def all_loaded(module: str) -> set[str]:
    """Names of the packages that are not ours, loaded by a module and all that it loads."""
    waiting, seen, foreign = [module], set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = path_of(name)
        if path is not None:
            waiting += sorted(loaded(ast.parse(path.read_text()).body))
        elif path_of(name.rpartition(".")[0]) is None:
            foreign.add(name.partition(".")[0])
    return foreign


@pytest.mark.parametrize("module", ["server.worker", "server.asgi", "graph.entrypoint"])
def test_clients_of_models_wait_for_a_model(module: str) -> None:
    assert "pydantic" in all_loaded(module)
    assert not all_loaded(module) & CLIENTS


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - THEMSELVES))
def test_a_verb_loads_nothing_of_the_server(verb: str) -> None:
    assert "typer" in all_loaded(VERBS[verb])
    assert not all_loaded(VERBS[verb]) & SERVER_SIDE
