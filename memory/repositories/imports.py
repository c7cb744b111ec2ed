"""What was found of projects that were imported."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from memory.records.imported import Baseline, Stack
from memory.repositories.base import Repository, Row


class Imports(Repository):
    async def save_import(
        self, project_id: str, commit: str, source: str, stack: Stack, baseline: Baseline, overview: str
    ) -> None:
        """The project stands at this commit from now on."""
        facts = {"stack": Jsonb(stack.model_dump(mode="json")), "baseline": Jsonb(baseline.model_dump(mode="json"))}
        async with self._pool.connection() as connection, connection.transaction():
            about = {"project_id": project_id, "commit": commit, "source": source, "overview": overview}
            await self._one("save_import", connection, **about, **facts)
            await self._one("stands_at", connection, id=project_id, commit=commit)

    async def import_of(self, project_id: str) -> Row | None:
        return await self._one("import_of", project_id=project_id)


__all__ = ["Imports"]
