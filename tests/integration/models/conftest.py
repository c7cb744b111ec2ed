"""A fake model over HTTP, a real ledger, and gateways between them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from memory.database import Pool, make_pool
from memory.services.ensure import Services
from memory.services.postgres import embedded_url
from memory.settings import Settings
from tests.fake_model.fake_model import FakeModel, serve
from tests.integration.models.model_place import KEY, ModelPlace


@pytest.fixture
def fake_model() -> Iterator[FakeModel]:
    with serve(FakeModel()) as model:
        yield model


@pytest.fixture(scope="session")
def books_url(session_settings: Settings, services: Services, _template: str) -> Iterator[str]:
    """One migrated database for all tests of model calls: a database each would cost more than the tests."""
    name = f"books_{uuid.uuid4().hex}"
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {_template}")
        yield embedded_url(session_settings, name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(books_url: str) -> AsyncIterator[Pool]:
    """Onto empty books."""
    pool = make_pool(books_url)
    await pool.open()
    async with pool.connection() as connection:
        await connection.execute("DELETE FROM projects")
        await connection.execute("DELETE FROM spending_days")
    yield pool
    await pool.close()


@pytest.fixture
async def models(fake_model: FakeModel, pool: Pool, tmp_path: Path) -> AsyncIterator[ModelPlace]:
    fixed = {"home": tmp_path, "openai_api_key": KEY, "openai_base_url": fake_model.url}
    place = ModelPlace(fake_model, pool, fixed)
    yield place
    await place.aclose()
