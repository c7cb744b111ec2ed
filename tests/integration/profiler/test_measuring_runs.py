"""A measurement as a run of a project: beside its work, kept by commit, shown by the API's own records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.chat import PERFORMANCE
from graph.deps import Deps
from graph.runner import drive
from graph.wiring import open_deps
from memory.code import MAIN
from memory.records.execution import Environment
from memory.repositories.performance import Performance
from memory.services.ensure import Services
from memory.settings import Settings
from tools.profiler.interface import Load
from tools.profiler.profiler import Profiler
from tools.security.interpreter import running_environment

APP = Path(__file__).resolve().parents[2] / "data" / "performance" / "blocking"


class Installed:
    """Environments that are there already: what is measured needs no other."""

    async def provide(self, lock: bytes) -> Environment:
        assert lock
        return running_environment()


@pytest.fixture
async def deps(settings: Settings, services: Services) -> AsyncIterator[Deps]:
    own = replace(services, database_url=settings.database_url or "", redis_url=settings.redis_url or "")
    async with open_deps(settings, own) as made:
        profiler = Profiler(made.executor, load=Load(rounds=4, operation_s=0.3, together_s=0.2))
        yield replace(made, environments=Installed(), profiler=profiler)


async def test_a_commit_is_measured_against_another(deps: Deps, tmp_path: Path) -> None:
    project, first = await deps.store.create_project(
        name="Rates", description="", template="rest_api", run_input={"request": "Build rates"}
    )
    deps.code.create(project["id"])
    commits = []
    for state in ("before", "after"):
        tree = tmp_path / state
        tree.mkdir()
        (tree / "main.py").write_bytes((APP / state / "main.py").read_bytes())
        (tree / "requirements.lock").write_text("fastapi==0\n")
        commits.append(deps.code.commit(project["id"], tree, state, first["created_at"]))
        deps.code.set_ref(project["id"], MAIN, commits[-1])
    run = await deps.store.create_run(project["id"], PERFORMANCE, {"commit": commits[1], "against": commits[0]})
    assert run["aside"]
    await deps.store.start_run(first["id"])
    await deps.store.finish_run(first["id"], "succeeded", None)
    await drive(deps, deps.settings.database_url or "", project["id"])
    ended = await deps.store.run(run["id"])
    assert ended is not None
    assert (ended["status"], ended["error"]) == ("succeeded", None)
    row = await Performance(deps.pool).latest(project["id"])
    assert row is not None
    assert row["commit"] == commits[1]
    report = row["report"]
    assert [f["kind"] for f in report["compared"]["fixed"] if f["kind"] != "caching"] == ["blocking_call"]
    after = await deps.store.project(project["id"])
    assert after is not None
    assert after["performance_score"] == report["score"] == report["compared"]["score"]["after"]
    assert after["status"] == project["status"]


async def test_a_project_without_code_says_so(deps: Deps) -> None:
    project, first = await deps.store.create_project(name="None", description="", template="rest_api", run_input={})
    await deps.store.finish_run(first["id"], "failed", "it was not made")
    run = await deps.store.create_run(project["id"], PERFORMANCE, {})
    await drive(deps, deps.settings.database_url or "", project["id"])
    ended = await deps.store.run(run["id"])
    assert ended is not None
    assert ended["error"] == "there is nothing to measure: the project has no code yet"
