"""Audit answers in a real Redis: kept for their time, shared by auditors, and dispensable."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from memory.audit_cache import PREFIX, AuditCache
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from tools.security.dependency_audit import DependencyAuditor
from tools.security.interface import AuditOutcome, AuditResult

RESULT = AuditResult(
    outcome=AuditOutcome.CLEAN, reason="1 of 1", pins=1, answered=1, source="test", answered_at=datetime.now(UTC)
)
MANIFEST = Manifest(template="none", template_version="1", asgi="a:b")


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


async def test_an_answer_comes_back_and_is_forgotten_in_time(client: Redis) -> None:
    cache = AuditCache(client, AuditResult)
    assert await cache.get("key") is None
    await cache.put("key", RESULT, 60)
    assert await cache.get("key") == RESULT
    assert 0 < await client.ttl(PREFIX + "key") <= 60


async def test_an_answer_of_another_version_is_asked_for_again(client: Redis, caplog) -> None:
    await client.set(PREFIX + "key", '{"outcome": "fine"}')
    assert await AuditCache(client, AuditResult).get("key") is None
    assert "another version" in caplog.text


async def test_a_redis_that_is_gone_is_told_and_stops_nothing(tmp_path: Path, caplog) -> None:
    (tmp_path / "requirements.lock").write_text("six==1.17.0\n")
    async with Redis.from_url(f"unix://{tmp_path}/no.sock") as gone:
        auditor = DependencyAuditor(cache=AuditCache(gone, AuditResult), osv_url="http://127.0.0.1:9/v1/query")
        check = await auditor.scan(tmp_path, MANIFEST)
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "refused" in check.summary
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


async def test_another_worker_with_the_same_lock_does_not_ask_again(client: Redis, tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("six==1.17.0\n")
    options = {"cache": AuditCache(client, AuditResult), "osv_url": "http://127.0.0.1:9/v1/query"}
    first, second = [await DependencyAuditor(**options).scan(tmp_path, MANIFEST) for _ in range(2)]
    assert (first.evidence["cached"], second.evidence["cached"]) == (False, True)
    assert second.evidence["answered_at"] == first.evidence["answered_at"]
    (key,) = [key async for key in client.scan_iter(f"{PREFIX}*")]
    assert 0 < await client.ttl(key) <= 60
