"""Alerts for people: a project's rules and channels, what fires, silences, what was sent and done."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from memory.records.monitoring import AlertRule
from memory.repositories.base import Position, Repository, Row, present


class Alerts(Repository):
    async def config(self, project_id: str) -> Row | None:
        """`rules`, `channels`; None where nobody has set any."""
        return await self._one("alert_config", project_id=project_id)

    async def configs(self, project_ids: Sequence[str]) -> dict[str, Row]:
        return {row["project_id"]: row for row in await self._all("alert_configs", project_ids=list(project_ids))}

    async def save_config(
        self, project_id: str, rules: Sequence[AlertRule], channels: Sequence[Mapping[str, str]]
    ) -> None:
        documents = Jsonb([rule.model_dump(mode="json") for rule in rules])
        await self._one("save_alert_config", project_id=project_id, rules=documents, channels=Jsonb(list(channels)))

    async def alerts(
        self, project_id: str, now: datetime, limit: int, before: Position | None = None, state: str | None = None
    ) -> list[Row]:
        return await self._page("alerts", limit, before, project_id=project_id, now=now, state=state)

    async def alert(self, alert_id: str) -> Row | None:
        return await self._one("alert", id=alert_id)

    async def acknowledge(self, alert_id: str, user: str, now: datetime) -> Row | None:
        """The first acknowledgement stays."""
        return await self._one("acknowledge_alert", id=alert_id, user=user, now=now)

    async def silence(self, project_id: str, user: str, now: datetime, until: datetime, **about: Any) -> Row:
        """`about`: rule, deployment_id (None: any), reason."""
        values = {"id": str(uuid.uuid4()), "project_id": project_id, "created_by": user, "created_at": now}
        return present(await self._one("insert_silence", **values, until=until, **about))

    async def silences(self, project_id: str, now: datetime) -> list[Row]:
        return await self._all("silences", project_id=project_id, now=now)

    async def end_silence(self, project_id: str, silence_id: str) -> bool:
        return await self._one("end_silence", project_id=project_id, id=silence_id) is not None

    async def messages(self, project_id: str, limit: int) -> list[Row]:
        return await self._all("messages", project_id=project_id, limit=limit)

    async def channel_figures(self, project_id: str) -> dict[str, Row]:
        return {row["channel"]: row for row in await self._all("channel_figures", project_id=project_id)}

    async def remediations(self, project_id: str, limit: int) -> list[Row]:
        return await self._all("remediations", project_id=project_id, limit=limit)


__all__ = ["Alerts"]
