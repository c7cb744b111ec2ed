"""What is remembered of each project, in LangGraph's store on the same PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from langgraph.store.base import PutOp, SearchItem, SearchOp
from langgraph.store.postgres.aio import AsyncPostgresStore

from memory.database import Pool
from memory.records.context import Note

MOST = 500
"""Notes of a project that are looked at: the newest."""


class ProjectMemory:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, project_id: str, notes: Sequence[Note]) -> None:
        """What is there already is kept once, as the newest."""
        ops = [PutOp(_place(project_id), note.key, note.model_dump(mode="json")) for note in notes]
        if ops:
            await self._store().abatch(ops)

    async def notes(self, project_id: str, most: int = MOST) -> list[Note]:
        """Newest first."""
        found = await self._store().abatch([SearchOp(_place(project_id), limit=most)])
        items = [item for item in found[0] or () if isinstance(item, SearchItem)]  # type: ignore[union-attr]
        return sorted((Note.model_validate(item.value) for item in items), key=lambda note: note.at, reverse=True)

    def _store(self) -> AsyncPostgresStore:
        return AsyncPostgresStore(self._pool)


def _place(project_id: str) -> tuple[str, ...]:
    return ("projects", project_id)


__all__ = ["MOST", "ProjectMemory"]
