"""The last cost report of a project."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from memory.repositories.base import Repository, Row


class Costs(Repository):
    async def save_report(self, project_id: str, report: Mapping[str, Any]) -> Row | None:
        """None where the project has gone."""
        return await self._one("save_cost_report", project_id=project_id, report=Jsonb(dict(report)))

    async def report(self, project_id: str) -> Row | None:
        """`report`, `created_at`."""
        return await self._one("cost_report", project_id=project_id)

    async def finished_run(self, project_id: str, asked: Mapping[str, Any], report: Mapping[str, Any]) -> Row | None:
        """A run on record for an estimate that was made at once; None where the project has gone."""
        output = {"update": {}, "evidence": dict(report)}
        return await self._one(
            "insert_finished_run",
            id=str(uuid.uuid4()),
            project_id=project_id,
            intent="costs",
            step="ops/costs",
            input=Jsonb(dict(asked)),
            output=Jsonb(output),
        )


__all__ = ["Costs"]
