"""The repositories against a real PostgreSQL."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from memory.database import make_pool
from memory.records.report import QaReport
from memory.records.spec import AppSpec
from memory.sql import QUERIES, load
from memory.store import KeyReused, Store
from tests.integration.template import specs

ABOUT = {"name": "Shop", "description": "a shop", "template": "rest_api", "run_input": {"request": "a shop"}}


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    pool = make_pool(database_url, largest=4)
    await pool.open()
    yield Store(pool)
    await pool.close()


async def test_every_query_is_one_that_postgresql_knows(database_url: str) -> None:
    """Parsed and planned with untyped parameters: a wrong column or table would be refused."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        for number, query in enumerate(QUERIES.values()):
            text = psycopg._queries.PostgresQuery(psycopg.adapt.Transformer(connection))
            text.convert(query, dict.fromkeys(parameters(query)))
            await connection.execute(b"PREPARE q%d AS " % number + text.query)


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: one\nSELECT 1\n")
    (tmp_path / "b.sql").write_text("-- name: one\nSELECT 2\n")
    with pytest.raises(ValueError, match="a second query is named one"):
        load(tmp_path)


def parameters(query: str) -> set[str]:
    return {part.partition(")s")[0] for part in query.split("%(")[1:]}


async def test_one_key_makes_one_project(store: Store) -> None:
    made = await asyncio.gather(*[store.create_project(**ABOUT, key="k", fingerprint="f") for _ in range(4)])
    assert len({project["id"] for project, _ in made}) == 1
    assert len(await store.projects(10)) == 1
    with pytest.raises(KeyReused):
        await store.create_project(**ABOUT, key="k", fingerprint="other")
    with pytest.raises(KeyReused):
        await store.create_run(made[0][0]["id"], "deploy", {}, key="k", fingerprint="other")


async def test_a_run_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.create_run(str(uuid.uuid4()), "deploy", {})
    project, _ = await store.create_project(**ABOUT)
    await store.mark_deleted(project["id"])
    with pytest.raises(LookupError):
        await store.create_run(project["id"], "deploy", {})


async def test_runs_are_taken_up_in_their_order_and_end_once(store: Store) -> None:
    project, first = await store.create_project(**ABOUT)
    second = await store.create_run(project["id"], "deploy", {})
    assert (await store.next_run(project["id"]) or {})["id"] == first["id"]
    assert await store.start_run(first["id"])
    await store.finish_run(first["id"], "failed", "why")
    await store.finish_run(first["id"], "succeeded", None)
    ended = await store.run(first["id"])
    assert ended is not None
    assert (ended["status"], ended["error"]) == ("failed", "why")
    assert not await store.start_run(first["id"])
    assert (await store.next_run(project["id"]) or {})["id"] == second["id"]


async def test_cancelling(store: Store) -> None:
    project, run = await store.create_project(**ABOUT)
    assert not await store.is_cancelled(run["id"])
    await store.start_run(run["id"])
    asked = await store.cancel_run(run["id"], "by someone")
    assert asked is not None
    assert asked["status"] == "running"  # until its worker has heard
    assert await store.is_cancelled(run["id"])
    await store.end_cancelled(run, "by someone")
    ended = await store.run(run["id"])
    assert ended is not None
    assert (ended["status"], ended["error"]) == ("cancelled", "by someone")
    assert (await store.project(project["id"]) or {})["status"] == "failed"  # it has no code
    assert await store.cancel_run(run["id"], "again") is None

    queued = await store.create_run(project["id"], "deploy", {})
    assert (await store.cancel_run(queued["id"], "by someone") or {})["status"] == "cancelled"
    assert not await store.start_run(queued["id"])
    assert await store.is_cancelled("a run that has gone")


async def test_what_is_being_deleted_is_seen_by_nobody(store: Store) -> None:
    project, run = await store.create_project(**ABOUT)
    assert await store.mark_deleted(project["id"])
    assert await store.project(project["id"]) is None
    assert await store.run(run["id"]) is None
    assert await store.projects(10) == []
    assert await store.update_project(project["id"], name="x", description=None) is None
    assert await store.deleted_projects() == [project["id"]]
    assert await store.delete_project(project["id"])
    assert not await store.delete_project(project["id"])
    assert not await store.mark_deleted(project["id"])


async def test_a_plan_and_a_report_are_read_as_they_were_saved(store: Store) -> None:
    project, run = await store.create_project(**ABOUT)
    with pytest.raises(LookupError):
        await store.spec(project["id"])
    spec: AppSpec = specs.TODOS
    await store.save_spec(project["id"], run["id"], spec)
    assert await store.spec(project["id"]) == spec
    report = QaReport(commit="c" * 40, passed=True, checks=(), coverage=0.5, security_score=1.0)
    await store.save_report(project["id"], report)
    await store.save_report(project["id"], report)
    assert await store.report(project["id"], report.commit) == report
    assert await store.report(project["id"], "d" * 40) is None
    row = await store.project(project["id"])
    assert row is not None
    assert (row["commit"], row["test_coverage"], row["security_score"]) == ("c" * 40, 0.5, 1.0)


async def test_only_one_holds_a_project(store: Store) -> None:
    async with store.alone_with("p", 0) as mine:
        async with store.alone_with("p", 0) as theirs:
            assert (mine, theirs) == (True, False)
        async with store.alone_with("q", 0) as other:
            assert other
    async with store.alone_with("p", 0) as again:
        assert again


async def test_history_is_newest_first_and_paged(store: Store) -> None:
    project, _ = await store.create_project(**ABOUT)
    for number in range(5):
        await store.note(project["id"], f"kind{number}", "admin", number=number)
    whole = await store.history(project["id"], 50)
    assert [row["kind"] for row in whole[:5]] == [f"kind{n}" for n in (4, 3, 2, 1, 0)]
    assert whole[0]["detail"] == {"number": 4, "user": "admin"}
    pages, before = [], None
    while rows := await store.history(project["id"], 2, before):
        pages += rows
        before = (rows[-1]["created_at"], rows[-1]["id"])
    assert pages == whole
