"""Time series: partitions that come and go, rollups that change nothing, charts that agree over all of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from memory.database import Pool
from memory.metrics.rollup import Rollups
from memory.metrics.store import MetricStore, figure
from memory.records.monitoring import HealthCheck, Metric, Point
from tests.integration.monitoring.monitored import START, make_project, partitions

DAY = timedelta(days=1)
TOP = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


async def names(pool: Pool) -> set[str]:
    async with pool.connection() as connection:
        rows = await (await connection.execute("SELECT relname FROM pg_class WHERE relispartition")).fetchall()
    return {row["relname"] for row in rows}


async def test_partitions_are_made_ahead_and_dropped_when_they_are_over(pool: Pool) -> None:
    kept = await partitions(pool, START)
    assert {"metric_points_20260304", "metric_points_20260306", "metric_hours_202603"} <= await names(pool)
    assert await kept.keep_up(START) == []
    later = START + 4 * DAY
    dropped = await kept.keep_up(later)
    assert set(dropped) == {"metric_points_20260304"}
    assert "metric_points_20260310" in await names(pool)
    assert "metric_minutes_20260304" in await names(pool)
    await kept.keep_up(START + 32 * DAY)
    assert "metric_hours_202604" in await names(pool)


async def test_a_table_in_use_is_dropped_later(pool: Pool) -> None:
    kept = await partitions(pool, START)
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT * FROM metric_points_20260304")
        assert await kept.keep_up(START + 4 * DAY) == []
    assert await kept.keep_up(START + 4 * DAY) == ["metric_points_20260304"]


async def test_writing_again_changes_nothing_and_what_was_deleted_gets_nothing(pool: Pool) -> None:
    await partitions(pool, START)
    (target,) = await make_project(pool)
    store = MetricStore(pool)
    points = [Point(target.deployment_id, Metric.UP, START, 1.0), Point("gone", Metric.UP, START, 1.0)]
    assert await store.write(points) == 1
    assert await store.write(points) == 1
    latest = await store.latest([target.deployment_id, "gone"], START - DAY, START)
    assert latest == {target.deployment_id: {"up": (START, 1.0)}}
    assert await store.latest([target.deployment_id], START, START + DAY) == {}


async def day(pool: Pool) -> tuple[MetricStore, str]:
    """Three hours of a wave, every 15 seconds, from 08:00."""
    await partitions(pool, TOP)
    (target,) = await make_project(pool)
    store = MetricStore(pool)
    points = []
    for n in range(3 * 240):
        at = TOP + timedelta(seconds=15 * n)
        points += [
            Point(target.deployment_id, Metric.CPU_CORES, at, 1 + math.sin(n / 50)),
            Point(target.deployment_id, Metric.REQUESTS, at, float(n % 7)),
        ]
        if n % 7:
            points.append(Point(target.deployment_id, Metric.ERRORS, at, 1.0))
    await store.write(points)
    return store, target.deployment_id


@pytest.mark.parametrize(
    "step", [timedelta(seconds=15), timedelta(minutes=5), timedelta(hours=1), timedelta(minutes=90)]
)
@pytest.mark.parametrize("metric", [Metric.CPU_CORES, Metric.REQUESTS, Metric.ERROR_RATE, Metric.REQUEST_RATE])
async def test_a_chart_is_the_same_before_and_after_rolling_up(pool: Pool, step: timedelta, metric: Metric) -> None:
    store, deployment = await day(pool)
    end = TOP + timedelta(hours=3)
    before = await store.chart(deployment, metric, TOP, end, step)
    assert len(before) == timedelta(hours=3) // step or metric is Metric.ERROR_RATE
    rollups = Rollups(pool)
    # the last part is not rolled up yet: a chart reads hours, minutes and points in one
    await rollups.catch_up(TOP + timedelta(hours=2, minutes=40))
    half = await MetricStore(pool).chart(deployment, metric, TOP, end, step)
    await rollups.catch_up(end + timedelta(hours=1))
    await rollups.catch_up(end + timedelta(hours=1))
    after = await MetricStore(pool).chart(deployment, metric, TOP, end, step)
    for other in (half, after):
        assert [row["at"] for row in other] == [row["at"] for row in before]
        assert [row["value"] for row in other] == pytest.approx([row["value"] for row in before])
        assert [row["max"] for row in other] == pytest.approx([row["max"] for row in before])


async def test_rolled_up_data_outlive_their_points(pool: Pool) -> None:
    store, deployment = await day(pool)
    end = TOP + timedelta(hours=3)
    await Rollups(pool).catch_up(end + timedelta(hours=1))
    whole = await store.chart(deployment, Metric.CPU_CORES, TOP, end, timedelta(hours=1))
    async with pool.connection() as connection:
        await connection.execute("TRUNCATE metric_points")
        await connection.execute("TRUNCATE metric_minutes")
    assert await store.chart(deployment, Metric.CPU_CORES, TOP, end, timedelta(hours=1)) == whole


async def test_sums_weigh_by_requests(pool: Pool) -> None:
    store, deployment = await day(pool)
    await Rollups(pool).catch_up(TOP + timedelta(hours=1, minutes=30))
    sums = (await store.sums([deployment, "other"], TOP))[deployment]
    requests = sum(n % 7 for n in range(720))
    assert sums[Metric.REQUESTS].total == requests
    assert figure(sums, Metric.ERROR_RATE) == pytest.approx(sum(bool(n % 7) for n in range(720)) / requests)
    assert figure(sums, Metric.RESPONSE_AVG) == 0.0
    assert figure(sums, Metric.HEALTHY) is None
    assert (await store.sums(["other"], TOP))["other"] == {}


async def test_a_percentile_is_over_minutes(pool: Pool) -> None:
    store, deployment = await day(pool)
    assert await store.percentile([deployment], Metric.CPU_CORES, 0.95, TOP) is None
    await Rollups(pool).catch_up(TOP + timedelta(hours=4))
    row = await store.percentile([deployment], Metric.CPU_CORES, 0.95, TOP)
    assert row is not None
    assert row["minutes"] == 180
    assert 1.9 < row["value"] <= 2.0


async def test_health_checks_are_kept_with_their_reason(pool: Pool) -> None:
    await partitions(pool, START)
    (target,) = await make_project(pool)
    store = MetricStore(pool)
    checks = [
        HealthCheck(target.deployment_id, START + timedelta(minutes=n), n != 2, 503 if n == 2 else 200, 1.5, "x" * 900)
        for n in range(4)
    ]
    await store.write_checks(checks)
    await store.write_checks(checks)
    recent = await store.recent_checks(target.deployment_id, START - DAY, 3)
    assert [row["healthy"] for row in recent] == [True, False, True]
    assert len(recent[1]["error"]) == 500
