"""What happened, as events of the project: each once, also where a monitor dies between the two."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from memory.events import Events
from memory.records.monitoring import AlertState, HealthCheck, Severity, Target
from memory.repositories.alert_book import AlertBook
from memory.repositories.outbox import Remediations
from memory.store import Row
from tools.monitoring.tiers import due

TRIGGERED, RESOLVED = "alert_triggered", "alert_resolved"


class Announcer:
    def __init__(self, events: Events, book: AlertBook, remediations: Remediations) -> None:
        self._events = events
        self._book = book
        self._remediations = remediations

    async def announce(self, now: datetime) -> None:
        for alert in await self._book.unannounced():
            if alert["announced"] == AlertState.PENDING:
                await self._alert(TRIGGERED, alert)
            if alert["state"] == AlertState.RESOLVED:
                await self._alert(RESOLVED, alert, reason=alert["reason"])
            await self._book.announced(alert["id"], alert["state"])
        for row in await self._remediations.unannounced():
            await self._remediation(row, now)

    async def health(self, target: Target, check: HealthCheck) -> None:
        """Puts it on record, and tells it where a deployment has just become unhealthy."""
        news = await self._book.set_health(target.deployment_id, healthy=check.healthy)
        if news and not check.healthy:
            where = {"deployment_id": target.deployment_id, "url": f"{target.url}{target.health_path}"}
            key = f"{target.deployment_id}:{check.at.isoformat()}"
            await self._events.emit("health_check_failed", target.project_id, None, key=key, error=check.error, **where)

    async def undelivered(self, message: Row, error: str, given_up: bool) -> None:
        key = f"{message['key']}:{given_up}"
        about = {"channel": message["channel"], "error": error, "attempts": message["attempts"], "given_up": given_up}
        await self._events.emit("alert_delivery_failed", message["project_id"], None, key=key, **about)

    async def _alert(self, kind: str, alert: Row, **more: Any) -> None:
        details = {alert["metric"]: alert["value"], "threshold": alert["threshold"], "op": alert["op"]}
        about = {key: alert[key] for key in ("deployment_id", "environment", "severity")}
        about |= {"alert_id": alert["id"], "alert_type": alert["rule"], "details": details, **more}
        await self._events.emit(kind, alert["project_id"], None, key=alert["id"], **about)

    async def _remediation(self, row: Row, now: datetime) -> None:
        about = {key: row[key] for key in ("deployment_id", "environment", "action", "outcome", "detail")}
        await self._events.emit("remediation", row["project_id"], None, key=row["id"], **about)
        person = "" if row["outcome"] == "succeeded" else "; a person is needed"
        notice = {
            "project_id": row["project_id"],
            "alert_id": row["alert_id"],
            "severity": Severity.CRITICAL.value,
            "kind": "remediation",
            "text": f"{row['action']} in {row['environment']} {row['outcome']}: {row['detail']}{person}",
            "created_at": now.isoformat(),
            "due_at": due(Severity.CRITICAL, now).isoformat(),
        }
        await self._book.add_notice(notice, row["id"])


__all__ = ["Announcer"]
