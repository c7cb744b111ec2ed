"""A fake model over HTTP, a real ledger, and gateways between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from memory.database import Pool, make_pool
from memory.settings import Settings
from tests.fake_model.fake_model import FakeModel, serve
from tests.integration.models.model_place import KEY, ModelPlace


@pytest.fixture
def fake_model() -> Iterator[FakeModel]:
    with serve(FakeModel()) as model:
        yield model


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = make_pool(database_url)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
async def models(fake_model: FakeModel, pool: Pool, settings: Settings) -> AsyncIterator[ModelPlace]:
    place = ModelPlace(fake_model, pool, settings, {"openai_api_key": KEY, "openai_base_url": fake_model.url})
    yield place
    await place.aclose()
