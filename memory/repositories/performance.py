"""What the profiler measured of a project's commits."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from memory.records.performance import PerformanceReport
from memory.repositories.base import Repository, Row


class Performance(Repository):
    async def save(self, project_id: str, report: PerformanceReport) -> None:
        """The project's score becomes the report's, also where that has none."""
        document = Jsonb(report.model_dump(mode="json"))
        named = {"project_id": project_id, "commit": report.commit, "score": report.score}
        await self._one("save_performance", report=document, **named)

    async def latest(self, project_id: str) -> Row | None:
        """`report`, `commit`, `created_at`."""
        return await self._one("latest_performance", project_id=project_id)


__all__ = ["Performance"]
