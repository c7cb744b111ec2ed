"""Numbered SQL files, each run once, under an advisory lock."""

from __future__ import annotations

from pathlib import Path

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.store.postgres.aio import AsyncPostgresStore
from psycopg.rows import dict_row

FOLDER = Path(__file__).parent
LOCK = 7_305_011
TABLE = "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, run_at timestamptz DEFAULT now())"


async def migrate(database_url: str) -> None:
    """Bring the schema up to date, LangGraph's own tables included. Safe with many processes at once."""
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, prepare_threshold=0, row_factory=dict_row
    ) as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        await connection.execute(TABLE)
        rows = await (await connection.execute("SELECT name FROM schema_migrations")).fetchall()
        done = {row["name"] for row in rows}
        for name, sql in _files():
            if name not in done:
                await _run(connection, name, sql)
        await AsyncPostgresSaver(connection).setup()
        await AsyncPostgresStore(connection).setup()


def _files() -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(FOLDER.glob("[0-9]*.sql"))]


async def _run(connection: psycopg.AsyncConnection[dict[str, object]], name: str, sql: bytes) -> None:
    async with connection.transaction():
        await connection.execute(sql, prepare=False)
        await connection.execute("INSERT INTO schema_migrations (name) VALUES (%s)", (name,))


__all__ = ["migrate"]
