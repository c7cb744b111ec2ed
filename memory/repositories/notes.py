"""Notes of a project as LangGraph's store keeps them, read without loading LangGraph: the API starts with it."""

from __future__ import annotations

from memory.records.context import Note
from memory.repositories.base import Repository


class Notes(Repository):
    async def notes(self, project_id: str, limit: int) -> list[Note]:
        """Newest first."""
        rows = await self._all("notes", place=_place(project_id), limit=limit)
        return [Note.model_validate(row["value"]) for row in rows]

    async def forget_note(self, project_id: str, key: str) -> bool:
        """False where there is none of that key."""
        return await self._one("forget_note", place=_place(project_id), project_id=project_id, key=key) is not None


def _place(project_id: str) -> str:
    return f"projects.{project_id}"


__all__ = ["Notes"]
