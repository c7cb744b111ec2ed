"""What QA found about commits."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from memory.records.report import QaReport
from memory.repositories.base import Repository


class Reports(Repository):
    async def save_report(self, project_id: str, report: QaReport, *, stands: bool = True) -> None:
        """`stands`: the project stands at this commit from now on."""
        document = Jsonb(report.model_dump(mode="json"))
        scores = {
            "coverage": report.coverage,
            "security_score": report.security_score,
            "performance_score": report.performance_score,
        }
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("save_report", connection, project_id=project_id, commit=report.commit, report=document)
            if stands:
                await self._one("set_scores", connection, project_id=project_id, commit=report.commit, **scores)

    async def report(self, project_id: str, commit: str) -> QaReport | None:
        row = await self._one("report", project_id=project_id, commit=commit)
        return None if row is None else QaReport.model_validate(row["report"])


__all__ = ["Reports"]
