"""Runs that `langgraph dev` drives itself: a thread of its chat is a project."""

from __future__ import annotations

import uuid

from psycopg.types.json import Jsonb

from memory.repositories.base import Repository, Row, present


class Threads(Repository):
    async def adopt_thread(self, thread_id: str, message_id: str, words: str) -> Row:
        """The run of a chat message that came through `langgraph dev`; its thread becomes the project.

        Its `error` says why it cannot be done where the thread has a project already.
        """
        run_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{thread_id}/{message_id}"))
        before = await self._one("run", id=run_id)
        if before is not None:
            return before
        made = await self._one("adopt_project", id=thread_id, name=words[:60], description=words)
        error = "this thread has its project already; start a new thread for another one" if made is None else None
        asked = Jsonb({"request": words, "deploy": "dev"})
        return present(await self._one("adopt_run", id=run_id, project_id=thread_id, input=asked, error=error))

    async def finish_adopted(self, run_id: str, error: str | None) -> None:
        """Ends a run that no worker drives."""
        await self._one("finish_adopted", id=run_id, status="failed" if error else "succeeded", error=error)


__all__ = ["Threads"]
