"""What the repositories have in common: the pool, the named queries, places in a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from memory.database import Pool
from memory.sql import QUERIES

Row = dict[str, Any]
Position = tuple[datetime, str]
"""Of a row in a list that is sorted by (created_at, id), newest first."""


class Repository:
    """Rows come back as dicts of their columns."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._queries: Mapping[str, Any] = QUERIES

    async def _one(self, query: str, connection: AsyncConnection[Row] | None = None, /, **values: Any) -> Row | None:
        """The first row of a named query, within `connection`'s transaction where one is given."""
        if connection is not None:
            return await (await connection.execute(self._queries[query], values)).fetchone()
        async with self._pool.connection() as own:
            return await (await own.execute(self._queries[query], values)).fetchone()

    async def _all(self, query: str, /, **values: Any) -> list[Row]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(self._queries[query], values)).fetchall()

    async def _page(self, query: str, limit: int, before: Position | None, /, **values: Any) -> list[Row]:
        at, row_id = before or (None, None)
        return await self._all(query, limit=limit, at=at, before=row_id, **values)


def present(row: Row | None) -> Row:
    """Raises LookupError."""
    if row is None:
        raise LookupError("the row has gone")
    return row


__all__ = ["Position", "Repository", "Row", "present"]
