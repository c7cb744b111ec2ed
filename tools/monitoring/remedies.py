"""What is done by itself about a critical alert: restart, then rollback; once per cause, and never in a loop."""

from __future__ import annotations

from datetime import datetime, timedelta

from memory.clock import Clock
from memory.repositories.outbox import Remediations
from memory.store import Row
from tools.monitoring.interface import Actions, MonitoringError
from tools.monitoring.rules import TARGET_DOWN, TARGET_MISSING

REMEDIABLE = (TARGET_DOWN, TARGET_MISSING, "health_failing", "error_storm")
RESTART, ROLLBACK = "restart", "rollback"
SETTLE = timedelta(minutes=2)
"""How long a restart has to help."""
COOL_DOWN = {RESTART: timedelta(hours=1), ROLLBACK: timedelta(hours=6)}
"""Of one environment: whatever fires in this time is for a person."""


class Remedies:
    def __init__(self, remediations: Remediations, actions: Actions, clock: Clock) -> None:
        self._remediations = remediations
        self._actions = actions
        self._clock = clock

    async def resume(self) -> None:
        """Finishes what a monitor began that died: both actions may be called again."""
        for row in await self._remediations.unfinished():
            await self._act(row)

    async def look(self) -> int:
        """Does what is to be done now. Returns how many actions were taken."""
        acted = 0
        for alert in await self._remediations.remediable(REMEDIABLE):
            action = await self._next(alert, self._clock.now())
            if action is not None:
                begun = await self._remediations.begin(alert, action, self._clock.now())
                if begun is not None:
                    acted += 1
                    await self._act(begun)
        return acted

    async def _next(self, alert: Row, now: datetime) -> str | None:
        place = (alert["project_id"], alert["environment"])
        action = following(alert["done"], alert["last_ended_at"], now)
        if action == RESTART:
            last = await self._remediations.last(*place, RESTART)
            if last is None or now - last >= COOL_DOWN[RESTART]:
                return RESTART
            # another alert's restart did not help, or not for long
            action = ROLLBACK if now - last >= SETTLE else None
        if action is None:
            return None
        last = await self._remediations.last(*place, ROLLBACK)
        return action if last is None or now - last >= COOL_DOWN[ROLLBACK] else None

    async def _act(self, row: Row) -> None:
        try:
            if row["action"] == RESTART:
                said = await self._actions.restart(row["deployment_id"])
            else:
                said = await self._actions.rollback(row["deployment_id"], f"remediation:{row['id']}")
        except MonitoringError as error:
            await self._remediations.end(row["id"], "failed", str(error), self._clock.now())
        else:
            await self._remediations.end(row["id"], "succeeded", said, self._clock.now())


def following(done: list[str], last_ended_at: datetime | None, now: datetime) -> str | None:
    """The next action for an alert that fires still; `done`: `action:outcome` of those before."""
    taken = {entry.partition(":")[0] for entry in done}
    if RESTART not in taken:
        return RESTART
    if ROLLBACK in taken or last_ended_at is None or f"{RESTART}:running" in done:
        return None
    # a restart that did not work needs no time to help
    return ROLLBACK if f"{RESTART}:failed" in done or now - last_ended_at >= SETTLE else None


__all__ = ["COOL_DOWN", "REMEDIABLE", "SETTLE", "Remedies", "following"]
