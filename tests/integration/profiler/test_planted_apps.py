"""Four small applications, each with one planted fault and a twin without it: found by line, and the gain measured."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from memory.records.manifest import Manifest
from memory.records.performance import Kind, PerformanceReport
from tools.profiler.comparing import compare
from tools.profiler.interface import Load
from tools.profiler.profiler import Profiler
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.security.interpreter import running_environment

APPS = Path(__file__).resolve().parents[2] / "data" / "performance"
SHORT = Load(rounds=6, operation_s=0.5, together_s=0.3)
BARE = Manifest(template="none", template_version="0", asgi="", packages=(), database_variable=None)


@dataclass(frozen=True)
class Measured:
    before: PerformanceReport
    after: PerformanceReport


async def measured(app: str) -> Measured:
    profiler = Profiler(BubblewrapSandbox(), load=SHORT)
    states = [APPS / app / state for state in ("before", "after")]
    return Measured(*[await profiler.measure(state, BARE, running_environment()) for state in states])


def line_of(app: str, text: str) -> int:
    lines = (APPS / app / "before" / "main.py").read_text().splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if text in line]
    return found


@pytest.mark.parametrize(
    ("app", "kind", "line", "operation"),
    [
        ("n_plus_one", Kind.N_PLUS_ONE, "SELECT title FROM books WHERE", "GET /authors"),
        ("slow_query", Kind.SLOW_QUERY, "rows = db.execute(", "GET /customers/{number}/orders"),
        ("hot_loop", Kind.HOT_LOOP, "for other in right:", "GET /common"),
        ("blocking", Kind.BLOCKING_CALL, "time.sleep(0.06)", "GET /rates/{currency}"),
    ],
)
def test_the_planted_fault_is_found_and_its_fix_measured(app: str, kind: Kind, line: str, operation: str) -> None:
    reports = asyncio.run(measured(app))
    faults = [f for f in reports.before.findings if f.kind is not Kind.CACHING]
    assert {f.kind for f in faults} == {kind}, reports.before.findings
    (fault,) = faults
    assert (fault.file, fault.operation) == ("main.py", operation)
    found = fault.line or 0
    inner = 1 if kind is Kind.HOT_LOOP else 0  # at which of its two lines the loop is seen is chance
    assert line_of(app, line) <= found <= line_of(app, line) + inner
    assert fault.estimated_gain > 0.3
    assert fault.fix
    if kind is Kind.HOT_LOOP:
        (advice,) = [f for f in reports.before.findings if f.kind is Kind.CACHING]
        assert (advice.operation, advice.line) == (operation, line_of(app, '"/common"'))
        assert f"mend first what takes the time (line {found})" in advice.fix
    assert [f for f in reports.after.findings if f.kind is not Kind.CACHING] == []
    compared = compare(reports.before, reports.after)
    assert [f["kind"] for f in compared["fixed"] if f["kind"] != Kind.CACHING] == [kind]
    (row,) = [row for row in compared["faster"] if row["operation"] == operation]
    if kind is Kind.BLOCKING_CALL:
        assert row["blocked_ms"][0] > 50 > 25 > row["blocked_ms"][1]
    else:
        assert row["cpu_ms"][0] > 1.5 * row["cpu_ms"][1]
    if kind is Kind.N_PLUS_ONE:
        assert row["queries"] == [601, 2]
    assert (reports.before.score or 1) < (reports.after.score or 0)


async def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    profiler = Profiler(BubblewrapSandbox(), load=SHORT)
    nothing = await profiler.measure(tmp_path, BARE, running_environment())
    assert (nothing.outcome, nothing.score) == ("unavailable", None)
    assert "--app package.module:app" in nothing.summary
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\nimport not_there\napp = FastAPI()\n")
    broken = await profiler.measure(tmp_path, BARE, running_environment())
    assert broken.outcome == "unavailable"
    assert "No module named 'not_there'" in broken.summary
    (tmp_path / "main.py").write_text("import os\nfrom fastapi import FastAPI\napp = FastAPI()\nos._exit(3)\n")
    dead = await profiler.measure(tmp_path, BARE, running_environment())
    assert dead.outcome == "unavailable"
    assert "ended with code 3" in dead.summary
