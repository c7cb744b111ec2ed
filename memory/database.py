"""The one pool of a process: repositories and checkpoints share it."""

from __future__ import annotations

import asyncio
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[dict[str, Any]]]


CHECK_S = 5.0


def make_pool(database_url: str, *, largest: int = 10, wait_s: float = 30.0) -> Pool:
    """Not open yet. Connections are checked before they are handed out, so a restarted server is survived.

    Where none can be had within `wait_s` seconds, `connection()` raises PoolTimeout.
    """
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=largest,
        kwargs=options,
        open=False,
        timeout=wait_s,
        check=_check,
    )


async def _check(connection: AsyncConnection[dict[str, Any]]) -> None:
    """A server that hangs counts as gone. Raises OperationalError, TimeoutError."""
    async with asyncio.timeout(CHECK_S):
        await AsyncConnectionPool.check_connection(connection)


__all__ = ["Pool", "make_pool"]
