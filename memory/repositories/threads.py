"""Runs that `langgraph dev` drives itself: a thread of its chat is a project."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from memory.repositories.base import Repository, Row, present


class Threads(Repository):
    async def adopted_run(self, thread_id: str, message_id: str) -> Row | None:
        """The run that a chat message of `langgraph dev` has begun already."""
        return await self._one("run", id=_run_id(thread_id, message_id))

    async def adopt_thread(
        self, thread_id: str, message_id: str, words: str, intent: str, asked: Mapping[str, Any]
    ) -> Row:
        """The run of a chat message that came through `langgraph dev`; its thread is the project, from its first on."""
        run_id = _run_id(thread_id, message_id)
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("adopt_project", connection, id=thread_id, name=words[:60], description=words)
            values = {"id": run_id, "project_id": thread_id, "intent": intent, "input": Jsonb(dict(asked))}
            run = present(await self._one("adopt_run", connection, **values))
            said = {"key": "request", "role": "user", "text": words, "evidence": Jsonb([])}
            await self._one("add_to_conversation", connection, run_id=run_id, **said)
            return run

    async def finish_adopted(self, run_id: str, error: str | None) -> None:
        """Ends a run that no worker drives."""
        await self._one("finish_adopted", id=run_id, status="failed" if error else "succeeded", error=error)


def _run_id(thread_id: str, message_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{thread_id}/{message_id}"))


__all__ = ["Threads"]
