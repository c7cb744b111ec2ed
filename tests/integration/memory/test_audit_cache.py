"""Audit answers in a real PostgreSQL: kept for their time, shared by auditors, and dispensable."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.audit_cache import AuditCache
from memory.database import Pool, make_pool
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from tools.security.dependency_audit import DependencyAuditor
from tools.security.interface import AuditOutcome, AuditResult

RESULT = AuditResult(
    outcome=AuditOutcome.CLEAN, reason="1 of 1", pins=1, answered=1, source="test", answered_at=datetime.now(UTC)
)
MANIFEST = Manifest(template="none", template_version="1", asgi="a:b")
AWAY = "http://127.0.0.1:9/v1/query"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url, largest=2) as pool:
        yield pool


async def seconds_left(pool: Pool) -> list[float]:
    async with pool.connection() as connection:
        rows = await (
            await connection.execute("SELECT extract(epoch FROM kept_until - now()) AS s FROM audit_answers")
        ).fetchall()
    return [float(row["s"]) for row in rows]


async def test_an_answer_comes_back_and_is_forgotten_in_time(pool: Pool) -> None:
    cache = AuditCache(pool, AuditResult)
    assert await cache.get("key") is None
    await cache.put("key", RESULT, 60)
    assert await cache.get("key") == RESULT
    (left,) = await seconds_left(pool)
    assert 0 < left <= 60
    await cache.put("key", RESULT, -90_000)
    assert await cache.get("key") is None
    await cache.put("other", RESULT, 60)
    assert len(await seconds_left(pool)) == 1


async def test_an_answer_of_another_version_is_asked_for_again(pool: Pool, caplog) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            """INSERT INTO audit_answers VALUES ('key', '{"outcome": "fine"}', now() + interval '1 hour')"""
        )
    assert await AuditCache(pool, AuditResult).get("key") is None
    assert "another version" in caplog.text


async def test_a_database_that_is_gone_is_told_and_stops_nothing(tmp_path: Path, caplog) -> None:
    (tmp_path / "requirements.lock").write_text("six==1.17.0\n")
    gone = make_pool("postgresql://nobody@127.0.0.1:9/none", wait_s=0.1)
    await gone.open(wait=False)
    try:
        check = await DependencyAuditor(cache=AuditCache(gone, AuditResult), osv_url=AWAY).scan(tmp_path, MANIFEST)
    finally:
        await gone.close()
    assert check.outcome is CheckOutcome.UNAVAILABLE
    assert "refused" in check.summary
    told = [record for record in caplog.records if record.name == "softwright.audit-cache"]
    assert [record.levelno for record in told] == [logging.WARNING] * 2


async def test_another_worker_with_the_same_lock_does_not_ask_again(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("six==1.17.0\n")
    options = {"cache": AuditCache(pool, AuditResult), "osv_url": AWAY}
    first, second = [await DependencyAuditor(**options).scan(tmp_path, MANIFEST) for _ in range(2)]
    assert (first.evidence["cached"], second.evidence["cached"]) == (False, True)
    assert second.evidence["answered_at"] == first.evidence["answered_at"]
    (left,) = await seconds_left(pool)
    assert 0 < left <= 60
