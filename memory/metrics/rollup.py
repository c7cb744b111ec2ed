"""Points to minutes, minutes to hours. A span is rolled up when it is over; doing it again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memory.database import Pool
from memory.repositories.base import Repository

SETTLED = timedelta(seconds=20)
"""How long after its end a minute is rolled up: the last scrape may just be written."""
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
MOST_MINUTES = 180
"""At one time, so that catching up does not hold one long transaction."""


class Rollups(Repository):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)

    async def catch_up(self, now: datetime) -> None:
        """All minutes and hours that are over."""
        minute = (now - SETTLED).replace(second=0, microsecond=0)
        while await self._minutes(minute):
            pass
        await self._hours(minute.replace(minute=0))

    async def done_until(self, level: str) -> datetime:
        """`minutes`, `hours`: what lies before is rolled up."""
        row = await self._one("rolled_up", level=level)
        return row["done_until"] if row is not None else FIRST

    async def _minutes(self, until: datetime) -> bool:
        """True where more is left."""
        since = await self.done_until("minutes")
        if since == FIRST:
            since = await self._first_point() or until
        stop = min(until, since + timedelta(minutes=MOST_MINUTES))
        if stop <= since:
            return False
        await self._roll("roll_minutes", "minutes", since, stop)
        return stop < until

    async def _hours(self, until: datetime) -> None:
        since = await self.done_until("hours")
        if since == FIRST:
            row = await self._one("first_minute")
            since = row["at"].replace(minute=0) if row is not None and row["at"] else until
        if until > since:
            await self._roll("roll_hours", "hours", since, until)

    async def _roll(self, query: str, level: str, since: datetime, until: datetime) -> None:
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(self._queries[query], {"since": since, "until": until})
            await self._one("set_rolled_up", connection, level=level, done_until=until)

    async def _first_point(self) -> datetime | None:
        row = await self._one("first_point")
        if row is None or row["at"] is None:
            return None
        at: datetime = row["at"]
        return at.replace(second=0, microsecond=0)


__all__ = ["Rollups"]
