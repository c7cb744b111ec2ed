"""Connections in use are not asked whether they live, and a dead one is never handed out."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from memory import database
from memory.database import Pool, make_pool


async def pid_of(pool: Pool) -> int:
    async with pool.connection() as connection:
        row = await (await connection.execute("SELECT pg_backend_pid() AS pid")).fetchone()
    assert row is not None
    return int(row["pid"])


async def test_a_connection_that_was_ended_a_moment_ago_is_replaced(database_url: str) -> None:
    async with make_pool(database_url, largest=1) as pool:
        pid = await pid_of(pool)
        assert await pid_of(pool) == pid
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
            await other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        assert await pid_of(pool) != pid


async def test_it_is_asked_once_in_a_while(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = AsyncConnectionPool.check_connection

    async def counted(connection: psycopg.AsyncConnection[object]) -> None:
        asked.append(1)
        await real(connection)

    monkeypatch.setattr(AsyncConnectionPool, "check_connection", staticmethod(counted))
    monkeypatch.setattr(database, "TRUSTED_S", 0.5)
    async with make_pool(database_url, largest=1) as pool:
        for _ in range(5):
            await pid_of(pool)
        assert len(asked) == 1
        await asyncio.sleep(0.6)
        await pid_of(pool)
        assert len(asked) == 2
