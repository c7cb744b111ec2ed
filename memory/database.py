"""The one pool of a process: repositories and checkpoints share it."""

from __future__ import annotations

import asyncio
import math
import select
import time
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[dict[str, Any]]]


CHECK_S = 5.0
TRUSTED_S = 2.0
"""A connection that answered so lately, and is silent since, is not asked again whether it lives."""


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
        check=_Check(),
    )


class _Check:
    """A server that ends, or is killed, closes its sockets: that is seen without asking it. One that hangs is not."""

    def __init__(self) -> None:
        self._answered: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()

    async def __call__(self, connection: AsyncConnection[dict[str, Any]]) -> None:
        """A server that hangs counts as gone. Raises OperationalError, TimeoutError."""
        now = time.monotonic()
        if now - self._answered.get(connection, -math.inf) < TRUSTED_S and _silent(connection):
            return
        async with asyncio.timeout(CHECK_S):
            await AsyncConnectionPool.check_connection(connection)
        self._answered[connection] = now


def _silent(connection: AsyncConnection[dict[str, Any]]) -> bool:
    """Nothing has come on its socket: no farewell of the server, and no end."""
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return not watch.poll(0)


__all__ = ["Pool", "make_pool"]
