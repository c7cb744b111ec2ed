"""The one pool of a process: repositories and checkpoints share it."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[dict[str, Any]]]


def make_pool(database_url: str, *, largest: int = 10) -> Pool:
    """Not open yet. Connections are checked before they are handed out, so a restarted server is survived."""
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=largest,
        kwargs=options,
        open=False,
        timeout=30,
        check=AsyncConnectionPool.check_connection,
    )


__all__ = ["Pool", "make_pool"]
