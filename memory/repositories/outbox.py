"""Messages about alerts: made once out of notices, claimed by one sender, never lost; and what was done by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memory.repositories.base import Repository, Row, present


@dataclass(frozen=True)
class Message:
    """To one channel. `key` stays the same over all attempts."""

    key: str
    channel: str
    title: str
    body: str


Compose = Callable[[str, Sequence[Row]], Sequence[Message]]
"""Of a project's name and its notices with their alerts."""


class Outbox(Repository):
    async def due_groups(self, now: datetime) -> list[Row]:
        """`project_id`, `severity`, `channels` of what has to be told by now."""
        return await self._all("due_groups", now=now)

    async def last_messages(self, project_id: str, severity: str, limit: int) -> list[datetime]:
        rows = await self._all("last_messages", project_id=project_id, severity=severity, limit=limit)
        return [row["created_at"] for row in rows]

    async def compose(self, project_id: str, severity: str, now: datetime, make: Compose) -> int:
        """The group's notices become messages, in one transaction. Returns how many messages."""
        group = {"project_id": project_id, "severity": severity}
        async with self._pool.connection() as connection, connection.transaction():
            name = await self._one("project_name", connection, project_id=project_id)
            taken = await (await connection.execute(self._queries["take_notices"], group)).fetchall()
            if not taken or name is None:
                return 0
            messages = make(name["name"], sorted(taken, key=lambda row: row["id"]))
            for message in messages:
                await self._insert(message, project_id, severity, now, connection)
            return len(messages)

    async def add(self, message: Message, project_id: str, severity: str, now: datetime) -> None:
        async with self._pool.connection() as connection:
            await self._insert(message, project_id, severity, now, connection)

    async def claim(self, now: datetime, until: datetime, busy: Sequence[str]) -> Row | None:
        """One message that nobody else sends, to a channel that is none of `busy`."""
        return await self._one("claim_message", now=now, claimed_until=until, busy=list(busy))

    async def sent(self, key: str, now: datetime) -> None:
        await self._one("message_sent", key=key, now=now)

    async def failed(self, key: str, error: str, due_at: datetime, *, given_up: bool) -> None:
        await self._one("message_failed", key=key, error=error, due_at=due_at, given_up=given_up)

    async def _insert(self, message: Message, project_id: str, severity: str, now: datetime, connection: Any) -> None:
        values = {"project_id": project_id, "severity": severity, "now": now}
        await self._one(
            "insert_message",
            connection,
            key=message.key,
            channel=message.channel,
            title=message.title,
            body=message.body,
            **values,
        )


class Remediations(Repository):
    async def remediable(self, rules: Sequence[str]) -> list[Row]:
        """Critical alerts of these rules that fire, with `done` ("restart:succeeded", ...) and `last_ended_at`."""
        return await self._all("remediable", rules=list(rules))

    async def last(self, project_id: str, environment: str, action: str) -> datetime | None:
        place = {"project_id": project_id, "environment": environment, "action": action}
        at: datetime | None = present(await self._one("last_remediation", **place))["at"]
        return at

    async def begin(self, alert: Row, action: str, now: datetime) -> Row | None:
        """None where it was begun before for this alert."""
        keys = ("project_id", "environment", "deployment_id")
        about = {key: alert[key] for key in keys} | {"alert_id": alert["id"], "action": action}
        return await self._one("begin_remediation", id=str(uuid.uuid4()), now=now, **about)

    async def unfinished(self) -> list[Row]:
        """Begun by a monitor that died."""
        return await self._all("unfinished_remediations")

    async def end(self, remediation_id: str, outcome: str, detail: str, now: datetime) -> Row | None:
        return await self._one("end_remediation", id=remediation_id, outcome=outcome, detail=detail, now=now)

    async def unannounced(self) -> list[Row]:
        return await self._all("unannounced_remediations")


__all__ = ["Compose", "Message", "Outbox", "Remediations"]
