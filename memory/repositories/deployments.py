"""Deployments: what was put to work where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from memory.repositories.base import Position, Repository, Row


class Deployments(Repository):
    async def save_deployment(self, row: Mapping[str, Any]) -> None:
        """Keys: id, project_id, run_id, environment, commit, status, deployment_url, detail.

        Where known also platform (else local), resources, strategy and artefact, all as JSON or text.
        """
        kept = {name: Jsonb(row[name]) if row.get(name) else None for name in ("resources", "artefact")}
        row = {"strategy": None, "platform": "local", **row, **kept}
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("save_deployment", connection, **row)
            if row["status"] == "healthy":
                await self._one("replace_others", connection, **row)
                await self._one("touch_last_deployed", connection, project_id=row["project_id"])

    async def deployment(self, deployment_id: str) -> Row | None:
        return await self._one("deployment", id=deployment_id)

    async def deployments(self, project_id: str, limit: int, before: Position | None = None) -> list[Row]:
        return await self._page("deployments", limit, before, project_id=project_id)

    async def turned_back(self, deployment_id: str, serves: str, reason: str) -> None:
        """The platform went back, by itself or by `Platform.rollback`, to the deployment `serves`."""
        await self._one("turned_back", id=deployment_id, serves=serves, reason=reason)

    async def left_elsewhere(self, project_id: str, environment: str, platform: str) -> list[Row]:
        """What still serves an environment from another platform than this one, to which it has moved."""
        keys = {"project_id": project_id, "environment": environment, "platform": platform}
        return await self._all("left_elsewhere", **keys)

    async def moved_but_stands(self, deployment_id: str, detail: str) -> None:
        """It has been replaced on another platform and could not be taken down; `detail` says why."""
        await self._one("moved_but_stands", id=deployment_id, detail=detail)

    async def stop_deployment(self, deployment_id: str) -> Row | None:
        return await self._one("stop_deployment", id=deployment_id)

    async def live_before(self, deployment: Row) -> Row | None:
        """The other version that was live in its environment before it, with `waivers` of its run."""
        keys = ("project_id", "environment", "commit", "created_at")
        return await self._one("live_before", **{key: deployment[key] for key in keys})

    async def current_deployments(self, project_ids: Sequence[str]) -> dict[str, list[Row]]:
        """What serves, by project."""
        found: dict[str, list[Row]] = {project_id: [] for project_id in project_ids}
        for row in await self._all("current_deployments", project_ids=list(project_ids)):
            found[row["project_id"]].append(row)
        return found


__all__ = ["Deployments"]
