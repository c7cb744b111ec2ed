"""Notes in LangGraph's store: kept once, read newest first, gone with their project."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from memory.context import ProjectMemory
from memory.database import make_pool
from memory.records.context import Note, NoteKind
from memory.store import Store

AT = datetime(2026, 1, 1, tzinfo=UTC)


def note(text: str, day: int, kind: NoteKind = NoteKind.CONVENTION) -> Note:
    return Note(kind=kind, text=text, run_id=f"run-{day}", at=AT + timedelta(days=day))


async def test_notes_are_kept_once_and_go_with_their_project(database_url: str) -> None:
    async with make_pool(database_url, largest=2) as pool:
        store, memory = Store(pool), ProjectMemory(pool)
        about: dict[str, Any] = {
            "name": "Shop",
            "description": "a shop",
            "template": "rest_api",
            "run_input": {"request": "a shop"},
        }
        (one, _), (two, _) = [await store.create_project(**about) for _ in range(2)]
        await memory.keep(one["id"], [note("in euros", 1), note("a shop", 2, NoteKind.REQUEST)])
        await memory.keep(one["id"], [note("In  euros", 3)])
        await memory.keep(two["id"], [note("in dollars", 1)])
        expected = [("In  euros", "run-3"), ("a shop", "run-2")]
        assert [(n.text, n.run_id) for n in await memory.notes(one["id"])] == expected
        assert [(n.text, n.run_id) for n in await store.notes(one["id"], 10)] == expected
        key = note("in euros", 1).key
        assert await store.forget_note(one["id"], key)
        assert not await store.forget_note(two["id"], key)
        assert [n.text for n in await memory.notes(one["id"])] == ["a shop"]
        await store.delete_project(one["id"])
        assert await memory.notes(one["id"]) == []
        assert [n.text for n in await memory.notes(two["id"])] == ["in dollars"]
