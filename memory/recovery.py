"""Runs that nobody works on, and ended runs whose end was not told: what a death leaves to be taken up."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from memory.database import Pool

LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS got"
FORSAKEN = """
SELECT DISTINCT project_id FROM runs
WHERE NOT adopted AND (status IN ('queued', 'running') OR (status <> 'waiting' AND NOT announced))
AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32) | objid::bigint =
        hashtextextended(project_id || CASE WHEN aside THEN '/aside' ELSE '' END, 0)
)
"""
UNANNOUNCED = """
SELECT id, project_id, status, error FROM runs
WHERE project_id = %s AND NOT adopted AND NOT announced AND status IN ('succeeded', 'failed', 'cancelled')
ORDER BY number
"""
ANNOUNCED = "UPDATE runs SET announced = true WHERE id = %s"

Lock = psycopg.AsyncConnection[tuple[Any, ...]]


class Recovery:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def forsaken(self) -> list[str]:
        """Projects that have something left to do and whose lock is free."""
        async with self._pool.connection() as connection:
            return [row["project_id"] for row in await (await connection.execute(FORSAKEN)).fetchall()]

    async def unannounced(self, project_id: str) -> list[dict[str, Any]]:
        """Ended runs without their `run_finished`: id, project_id, status, error."""
        async with self._pool.connection() as connection:
            return await (await connection.execute(UNANNOUNCED, (project_id,))).fetchall()

    async def announced(self, run_id: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(ANNOUNCED, (run_id,))


@asynccontextmanager
async def project_lock(database_url: str, project_id: str, *, aside: bool = False) -> AsyncIterator[Lock | None]:
    """The connection whose life is the lock; None where another process has it.

    `aside`: the lock of the project's questions, which are answered beside its work.
    Its name in pg_stat_activity says which process works on the project.
    """
    name = f"softwright run {project_id[:8]}, process {os.getpid()}"
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, application_name=name
    ) as connection:
        row = await (await connection.execute(LOCK, (f"{project_id}/aside" if aside else project_id,))).fetchone()
        yield connection if row is not None and row[0] else None


__all__ = ["Lock", "Recovery", "project_lock"]
