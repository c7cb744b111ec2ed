"""What stands at providers, and what was asked of them: written before each call, so that a crash is taken up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from memory.repositories.base import Repository, Row, present

LOOK_S = 0.05
NOTED = ("status", "deploy", "before", "turning", "detail", "log_end", "url", "resources")


@dataclass(frozen=True)
class Slot:
    """A project's environment on one platform."""

    project_id: str
    environment: str
    platform: str

    def __str__(self) -> str:
        return f"{self.project_id}/{self.environment} on {self.platform}"

    @property
    def keys(self) -> dict[str, str]:
        return {"project_id": self.project_id, "environment": self.environment, "platform": self.platform}


class SlotHeld(Exception):
    """Another process works on the slot for longer than was waited."""


class RemoteLedger(Repository):
    async def platform_of(self, deployment_id: str) -> str | None:
        row = await self._one("platform_of", id=deployment_id)
        return None if row is None else str(row["platform"])

    async def service(self, slot: Slot) -> Row | None:
        """Columns name and service: what the provider calls it; null where it may have been made, or not."""
        return await self._one("remote_service", **slot.keys)

    async def intend_service(self, slot: Slot, name: str) -> Row:
        return present(await self._one("intend_remote_service", **slot.keys, name=name))

    async def know_service(self, slot: Slot, service: Mapping[str, Any]) -> None:
        await self._one("know_remote_service", **slot.keys, service=Jsonb(dict(service)))

    async def forget_service(self, slot: Slot) -> None:
        """It is gone at the provider; so is whatever ran in it."""
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("remote_deployments_ended", connection, **slot.keys)
            await self._one("forget_remote_service", connection, **slot.keys)

    async def services_of(self, project_id: str, platform: str | None = None) -> list[Row]:
        return await self._all("remote_services_of", project_id=project_id, platform=platform)

    async def begin(self, slot: Slot, deployment_id: str, **columns: Any) -> Row:
        """Columns: commit, tree, health_path, resources. One that is known already stays as it is."""
        columns["resources"] = Jsonb(columns["resources"])
        return present(await self._one("begin_remote_deployment", **slot.keys, id=deployment_id, **columns))

    async def deployment(self, deployment_id: str) -> Row | None:
        return await self._one("remote_deployment", id=deployment_id)

    async def note(self, deployment_id: str, **columns: Any) -> Row:
        """Columns: status, deploy, before, turning, detail, log_end, url, resources."""
        given = dict.fromkeys(NOTED) | columns
        if given["resources"] is not None:
            given["resources"] = Jsonb(given["resources"])
        return present(await self._one("note_remote_deployment", id=deployment_id, **given))

    async def live(self, deployment_id: str, url: str | None, detail: str = "", deploy: str | None = None) -> Row:
        """It serves, and whatever served there before does not."""
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("remote_deployments_replaced", connection, id=deployment_id)
            values = {"id": deployment_id, "url": url, "detail": detail, "deploy": deploy}
            return present(await self._one("remote_deployment_live", connection, **values))

    async def turned_back(self, deployment_id: str, reason: str, to: str, deploy: str) -> Row:
        """`to` serves again, as the provider's `deploy`."""
        async with self._pool.connection() as connection, connection.transaction():
            told = dict.fromkeys(NOTED) | {"status": "rolled_back", "detail": reason}
            row = present(await self._one("note_remote_deployment", connection, id=deployment_id, **told))
            values = {"id": to, "url": row["url"], "detail": "", "deploy": deploy}
            return present(await self._one("remote_deployment_live", connection, **values))

    async def before(self, deployment_id: str) -> Row | None:
        """What was live there before it."""
        return await self._one("remote_deployment_before", id=deployment_id)

    async def forget(self, project_id: str, platform: str) -> None:
        await self._one("forget_remote_deployments", project_id=project_id, platform=platform)

    @asynccontextmanager
    async def alone(self, slot: Slot, wait_s: float) -> AsyncIterator[None]:
        """No two processes work on a slot; the lock dies with its holder. Raises SlotHeld."""
        ends = time.monotonic() + wait_s
        while True:
            async with self._pool.connection() as connection, connection.transaction():
                row = await self._one("try_hold_slot", connection, slot=str(slot))
                if present(row)["got"]:
                    yield
                    return
            if time.monotonic() >= ends:
                raise SlotHeld(str(slot))
            await asyncio.sleep(LOOK_S)


__all__ = ["RemoteLedger", "Slot", "SlotHeld"]
