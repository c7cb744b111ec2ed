"""Environments of a project: what they give to its application."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from memory.records.serving import Resources
from memory.repositories.base import Repository


class Environments(Repository):
    async def set_resources(self, project_id: str, environment: str, resources: Resources) -> None:
        """For the next deploys there."""
        kept = Jsonb(resources.model_dump(mode="json"))
        await self._one("set_resources", project_id=project_id, environment=environment, resources=kept)

    async def resources(self, project_id: str) -> dict[str, Resources]:
        """By environment; one that nobody changed is not in it."""
        rows = await self._all("environments", project_id=project_id)
        return {row["environment"]: Resources.model_validate(row["resources"]) for row in rows}


__all__ = ["Environments"]
