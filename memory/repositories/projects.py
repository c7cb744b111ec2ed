"""Projects and what happened to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg.types.json import Jsonb

from memory.records.spec import AppSpec
from memory.repositories.base import Position, Repository, Row, present

POLL_S = 0.1


class Projects(Repository):
    async def project(self, project_id: str) -> Row | None:
        return await self._one("project", id=project_id)

    async def projects(self, limit: int, before: Position | None = None) -> list[Row]:
        return await self._page("projects", limit, before)

    async def update_project(self, project_id: str, *, name: str | None, description: str | None) -> Row | None:
        """None leaves a value as it is."""
        return await self._one("update_project", id=project_id, name=name, description=description)

    async def set_project_status(self, project_id: str, status: str) -> None:
        await self._one("set_project_status", id=project_id, status=status)

    async def mark_deleted(self, project_id: str) -> bool:
        """From now on nobody sees it, and its runs are to end; what is left of it goes with `delete_project`."""
        async with self._pool.connection() as connection, connection.transaction():
            marked = await self._one("mark_deleted", connection, id=project_id)
            await self._one("request_cancel_of_project", connection, project_id=project_id)
        return marked is not None

    async def deleted_projects(self) -> Sequence[str]:
        """Those that are marked and still there."""
        return [row["id"] for row in await self._all("deleted_projects")]

    async def delete_project(self, project_id: str) -> bool:
        """Its row with all that hangs on it, the checkpoints of its thread, and what is remembered of it."""
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("forget_thread", connection, thread_id=project_id)
            await self._one("forget_notes", connection, place=f"projects.{project_id}")
            return await self._one("delete_project", connection, id=project_id) is not None

    @asynccontextmanager
    async def alone_with(self, project_id: str, wait_s: float) -> AsyncIterator[bool]:
        """Holds the lock under which a worker drives the project's runs; False where it was not free in time."""
        deadline = time.monotonic() + wait_s
        async with self._pool.connection() as connection, connection.transaction():
            while True:
                row = present(await self._one("try_hold_project", connection, id=project_id))
                if row["got"] or time.monotonic() >= deadline:
                    break
                await asyncio.sleep(POLL_S)
            yield row["got"]

    async def save_spec(self, project_id: str, run_id: str, spec: AppSpec) -> None:
        missing = [part.model_dump() for part in spec.not_understood]
        document = Jsonb(spec.model_dump(mode="json"))
        await self._one("save_spec", id=project_id, spec=document, type=spec.kind, name=spec.title)
        await self._one("set_not_understood", id=run_id, parts=Jsonb(missing))

    async def spec(self, project_id: str) -> AppSpec:
        """Raises LookupError where the project has no plan yet."""
        project = await self.project(project_id)
        if project is None or project["spec"] is None:
            raise LookupError(f"project {project_id} has no plan")
        return AppSpec.model_validate(project["spec"])

    async def note(self, project_id: str, kind: str, user_id: str, **detail: Any) -> None:
        """Puts on record what someone did; `detail` never holds a secret."""
        await self._one("insert_journal", project_id=project_id, kind=kind, user_id=user_id, detail=_json(detail))

    async def history(self, project_id: str, limit: int, before: Position | None = None) -> list[Row]:
        """Rows of created_at, id, kind, detail; newest first."""
        return await self._page("history", limit, before, project_id=project_id)


def _json(value: Mapping[str, Any]) -> Jsonb:
    return Jsonb(dict(value))


__all__ = ["Projects"]
