"""Notes that mean what a request means are found over an embedding endpoint; without its answer, by their words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from graph.deps import Deps
from graph.state import RunState
from graph.steps.common import Step
from graph.steps.recalling import recall
from memory.context import ProjectMemory
from memory.database import Pool, make_pool
from memory.records.context import Note, NoteKind
from memory.repositories.note_vectors import NoteVectors
from memory.settings import Settings
from memory.store import Store
from tests.integration.iterator.test_meaning import Endpoint
from tools.iterator.embedder import make_embedder

AT = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = ("a levy of 7 percent is on books (done)", "send letters monthly (done)", "cart holds ten (done)")
REQUEST = "change the tax"


class Heard:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    async def emit(self, kind: str, project_id: str, run_id: str, **fields: Any) -> None:
        self.events.append({"kind": kind, **fields})


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        threading.Thread(target=endpoint.serve_forever, daemon=True).start()
        yield endpoint
        endpoint.shutdown()


async def made(pool: Pool) -> str:
    about: dict[str, Any] = {"name": "S", "description": "s", "template": "rest_api", "run_input": {"request": "s"}}
    project, _ = await Store(pool).create_project(**about)
    notes = [Note(kind=NoteKind.REQUEST, text=text, run_id=f"run-{n}", at=AT) for n, text in enumerate(TEXTS)]
    await ProjectMemory(pool).keep(project["id"], notes)
    return str(project["id"])


def step(pool: Pool, settings: Settings, project: str, heard: Heard) -> Step:
    deps = SimpleNamespace(pool=pool, settings=settings, embedder=make_embedder(settings), events=heard)
    state = RunState(project_id=project, run_id="r", messages=[])
    return Step(cast("Deps", deps), state, {"input": {"request": REQUEST}})


async def test_a_note_without_a_common_word_is_found(database_url: str, settings: Settings, endpoint: Endpoint) -> None:
    url = f"http://127.0.0.1:{endpoint.server_port}/v1"
    with_endpoint = settings.model_copy(update={"embedding_model": "m", "embedding_base_url": url})
    async with make_pool(database_url, largest=2) as pool:
        project, heard = await made(pool), Heard()
        assert await recall(step(pool, settings, project, heard)) == "", "by words alone, nothing"
        assert await recall(step(pool, with_endpoint, project, heard)) == f"asked before: {TEXTS[0]}"
        assert sorted(endpoint.texts) == sorted([*TEXTS, REQUEST])
        await recall(step(pool, with_endpoint, project, heard))
        assert endpoint.texts[4:] == [REQUEST], "a note is embedded once"

        key = next(n.key for n in await Store(pool).notes(project, 9) if n.text == TEXTS[0])
        assert await Store(pool).forget_note(project, key)
        assert key in await NoteVectors(pool).missing(project, [key], "m"), "its vector goes with it"
        assert heard.events == []
        endpoint.broken = True
        assert await recall(step(pool, with_endpoint, project, heard)) == ""
        assert "the embedding endpoint failed" in heard.events[0]["reason"]
