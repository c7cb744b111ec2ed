"""One monitor works at a time: whoever has the advisory lock. It dies with its connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

LOCK = 7_305_012
ASK_S = 2.0


class LeadershipLost(Exception):
    """The connection that held the lock has gone."""


@asynccontextmanager
async def leading(database_url: str) -> AsyncIterator[psycopg.AsyncConnection | None]:
    """The connection whose life is the lock; None where another process has it."""
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, application_name="softwright monitor"
    ) as connection:
        row = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))).fetchone()
        yield connection if row is not None and row[0] else None


async def stay(connection: psycopg.AsyncConnection) -> None:
    """For as long as the lock is ours. Raises LeadershipLost."""
    while True:
        await asyncio.sleep(ASK_S)
        try:
            async with asyncio.timeout(ASK_S * 2):
                await connection.execute("SELECT 1")
        except (psycopg.Error, TimeoutError) as error:
            raise LeadershipLost(f"the connection to PostgreSQL has gone: {error}") from error


__all__ = ["LeadershipLost", "leading", "stay"]
