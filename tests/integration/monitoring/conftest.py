from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from memory.clock import FakeClock
from memory.database import Pool, make_pool
from tests.integration.monitoring.monitored import START, Watch, partitions


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = make_pool(database_url, largest=6)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
async def watch(pool: Pool) -> Watch:
    await partitions(pool, START)
    return Watch(pool, FakeClock(START))
