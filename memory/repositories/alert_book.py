"""Alerts for the monitor: what is open, and all changes of one evaluation in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from memory.repositories.base import Repository, Row

EVALUATED = "evaluated"


@dataclass
class Changes:
    """Of one evaluation; rows by their columns, JSON values only."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    fired: list[dict[str, Any]] = field(default_factory=list)
    resolved: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    noticed: list[str] = field(default_factory=list)


class AlertBook(Repository):
    async def watched(self) -> list[Row]:
        """Deployments that ought to run."""
        return await self._all("watched_deployments")

    async def set_health(self, deployment_id: str, *, healthy: bool) -> bool:
        """Whether that is news."""
        return await self._one("set_deployment_health", id=deployment_id, healthy=healthy) is not None

    async def open_alerts(self) -> list[Row]:
        return await self._all("open_alerts")

    async def silences(self, now: datetime) -> list[Row]:
        return await self._all("active_silences", now=now)

    async def evaluated_at(self) -> datetime | None:
        row = await self._one("monitor_mark", name=EVALUATED)
        return row["at"] if row is not None else None

    async def apply(self, changes: Changes, now: datetime) -> None:
        """All or nothing; also puts on record that now was an evaluation."""
        ids: Sequence[tuple[str, list[str]]] = (
            ("drop_alerts", changes.dropped),
            ("restart_alerts", changes.restarted),
            ("note_noticed", changes.noticed),
        )
        rows: Sequence[tuple[str, list[dict[str, Any]]]] = (
            ("insert_alerts", changes.opened),
            ("fire_alerts", changes.fired),
            ("resolve_alerts", changes.resolved),
            ("insert_notices", changes.notices),
        )
        async with self._pool.connection() as connection, connection.transaction():
            for query, documents in rows:
                if documents:
                    await connection.execute(self._queries[query], {"rows": Jsonb(documents), "now": now})
            for query, wanted in ids:
                if wanted:
                    await connection.execute(self._queries[query], {"ids": wanted, "now": now})
            await self._one("set_monitor_mark", connection, name=EVALUATED, at=now)

    async def unannounced(self, limit: int = 500) -> list[Row]:
        """Alerts whose last change was not told as an event."""
        return await self._all("unannounced_alerts", limit=limit)

    async def announced(self, alert_id: str, state: str) -> None:
        await self._one("set_announced", id=alert_id, state=state)

    async def add_notice(self, notice: dict[str, Any], remediation_id: str) -> None:
        """What was done about an alert is told with it, once."""
        async with self._pool.connection() as connection, connection.transaction():
            if await self._one("remediation_announced", connection, id=remediation_id) is not None:
                await connection.execute(self._queries["insert_notices"], {"rows": Jsonb([notice])})

    async def delete_old(self, before: datetime) -> None:
        async with self._pool.connection() as connection:
            for query in ("delete_old_alerts", "delete_old_messages"):
                await connection.execute(self._queries[query], {"before": before})


__all__ = ["AlertBook", "Changes"]
