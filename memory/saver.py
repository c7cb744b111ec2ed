"""The checkpointer that `langgraph dev` loads by file: the same PostgreSQL as everywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from memory.database import make_pool
from memory.migrations import migrate
from memory.services.ensure import ensure_services
from memory.settings import load_settings


@asynccontextmanager
async def create_checkpointer() -> AsyncIterator[AsyncPostgresSaver]:
    """Entered once; starts the embedded services where none run."""
    services = await asyncio.to_thread(ensure_services, await asyncio.to_thread(load_settings))
    await migrate(services.database_url)
    pool = make_pool(services.database_url)
    await pool.open()
    try:
        yield AsyncPostgresSaver(pool)
    finally:
        await pool.close()


__all__ = ["create_checkpointer"]
