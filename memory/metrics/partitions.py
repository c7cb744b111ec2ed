"""Partitions by time: made ahead, dropped when they are too old. Names tell their span, `metric_points_20260131`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import sql
from psycopg.errors import LockNotAvailable

from memory.database import Pool

DAYS_AHEAD = 2
LOCK_WAIT = "3s"
EXISTING = """
SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass
"""
logger = logging.getLogger("softwright.metrics")


@dataclass(frozen=True)
class Kept:
    """A partitioned table and how long its rows are kept."""

    table: str
    days: float
    monthly: bool = False

    def span(self, at: datetime) -> tuple[datetime, datetime]:
        """Of the partition that holds this moment."""
        day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if not self.monthly:
            return day, day + timedelta(days=1)
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)

    def name(self, first: datetime) -> str:
        return f"{self.table}_{first:{'%Y%m' if self.monthly else '%Y%m%d'}}"

    def end_of(self, name: str) -> datetime:
        """Raises ValueError for a name that is none of ours."""
        stamp = name.removeprefix(f"{self.table}_")
        first = datetime.strptime(stamp, "%Y%m" if self.monthly else "%Y%m%d").replace(tzinfo=UTC)
        return self.span(first)[1]


class Partitions:
    def __init__(self, pool: Pool, tables: tuple[Kept, ...]) -> None:
        self._pool = pool
        self._tables = tables

    async def keep_up(self, now: datetime, *, since: datetime | None = None) -> list[str]:
        """Makes what is missing from `since` to some days from now, drops what is over. Names of the dropped ones."""
        dropped = []
        for table in self._tables:
            existing = await self._existing(table)
            for first, end in _spans(table, since or now, now + timedelta(days=DAYS_AHEAD)):
                if table.name(first) not in existing:
                    await self._make(table, first, end)
            dropped += [name for name in existing if await self._dropped(table, name, now)]
        return dropped

    async def _existing(self, table: Kept) -> list[str]:
        async with self._pool.connection() as connection:
            return [row["name"] for row in await (await connection.execute(EXISTING, (table.table,))).fetchall()]

    async def _make(self, table: Kept, first: datetime, end: datetime) -> None:
        statement = sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})").format(
            sql.Identifier(table.name(first)), sql.Identifier(table.table), sql.Literal(first), sql.Literal(end)
        )
        async with self._pool.connection() as connection:
            await connection.execute(statement)

    async def _dropped(self, table: Kept, name: str, now: datetime) -> bool:
        try:
            over = table.end_of(name) < now - timedelta(days=table.days)
        except ValueError:
            return False  # made by someone else
        if not over:
            return False
        try:
            async with self._pool.connection() as connection, connection.transaction():
                await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_WAIT)))
                await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
        except LockNotAvailable:
            logger.info("%s is in use; it is dropped later", name)
            return False
        return True


def _spans(table: Kept, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    first, end = table.span(since)
    while first <= until:
        yield first, end
        first, end = table.span(end)


__all__ = ["Kept", "Partitions"]
