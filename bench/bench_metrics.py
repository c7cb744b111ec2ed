"""`make bench-metrics`: a day of metrics in the embedded PostgreSQL: ingest, size, charts, evaluation.

200 deployments, 4 metrics each, every 15 seconds: 4.6 million points, written round by round as the monitor does.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memory.database import Pool, make_pool
from memory.metrics.partitions import Partitions
from memory.metrics.rollup import Rollups
from memory.metrics.store import MetricStore
from memory.migrations import migrate
from memory.records.monitoring import Metric, Point, Target
from memory.repositories.alert_book import AlertBook
from memory.services.ensure import ensure_services, stop_services
from memory.settings import load_settings
from server.monitoring.wiring import kept_tables, lookback
from tools.monitoring.evaluator import Evaluator
from tools.monitoring.rules import default_rules

METRICS = (Metric.UP, Metric.P95, Metric.CPU_USAGE, Metric.MEMORY_BYTES)
EVERY_S = 15
DAY = timedelta(days=1)
END = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
CHARTS = 300
TARGET_MS = 100.0
JUDGED = ("24 h chart, step 5 min (default)", "24 h chart, step 1 min", "24 h chart, step 1 h")
"""5,760 single points are more than a screen shows; how long they take is told beside."""
SIZES = """
SELECT i.inhparent::regclass::text AS name, sum(pg_total_relation_size(i.inhrelid)) AS bytes
FROM pg_inherits AS i WHERE i.inhparent::regclass::text IN ('metric_points', 'metric_minutes', 'metric_hours')
GROUP BY 1 ORDER BY 1
"""


async def make_deployments(pool: Pool, count: int) -> list[Target]:
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO projects (id, name) VALUES ('p', 'Bench')")
        await connection.execute("INSERT INTO runs (id, project_id, intent, input) VALUES ('r', 'p', 'create', '{}')")
        await connection.execute(
            "INSERT INTO deployments (id, project_id, run_id, environment, commit, status) "
            "SELECT 'd' || n, 'p', 'r', 'e' || n, 'c', 'healthy' FROM generate_series(1, %s) AS n",
            (count,),
        )
    return [Target(f"d{n}", "p", f"e{n}", "local", None) for n in range(1, count + 1)]


def scrape(targets: list[Target], at: datetime, rng: random.Random) -> list[Point]:
    daily = 1 + math.sin(at.timestamp() / 86_400 * 2 * math.pi)
    points = []
    for target in targets:
        values = (1.0, 20 * daily + rng.random() * 30, 0.1 * daily + rng.random() * 0.2, 8e7 + rng.random() * 1e7)
        points += [Point(target.deployment_id, m, at, v) for m, v in zip(METRICS, values, strict=True)]
    return points


async def ingest(store: MetricStore, rollups: Rollups, targets: list[Target]) -> dict[str, float]:
    """The whole day, each hour rolled up when it is over. Seconds of writing, of rolling up, the slowest write."""
    rng = random.Random(1)
    writing = rolling = slowest = 0.0
    written, at = 0, END - DAY
    while at < END:
        points = scrape(targets, at, rng)
        began = time.perf_counter()
        written += await store.write(points)
        took = time.perf_counter() - began
        writing, slowest = writing + took, max(slowest, took)
        at += timedelta(seconds=EVERY_S)
        if at.minute == at.second == 0:
            began = time.perf_counter()
            await rollups.catch_up(at + timedelta(seconds=20))
            rolling += time.perf_counter() - began
    return {"points": written, "writing_s": writing, "rolling_s": rolling, "slowest_s": slowest}


async def timed(count: int, ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


async def charts(store: MetricStore, targets: list[Target]) -> list[tuple[str, float, float]]:
    rng = random.Random(2)

    def chart(step_s: float, *, shifted: bool = False) -> Callable[[], Awaitable[object]]:
        since = END - DAY + timedelta(seconds=7 if shifted else 0)

        async def ask() -> None:
            target, metric = rng.choice(targets), rng.choice(METRICS)
            rows = await store.chart(target.deployment_id, metric, since, END, timedelta(seconds=step_s))
            assert len(rows) >= math.floor(86_400 / step_s) - shifted, "the chart has holes"

        return ask

    asked = {
        JUDGED[0]: chart(300),
        JUDGED[1]: chart(60),
        JUDGED[2]: chart(3600),
        "24 h, every single point": chart(15, shifted=True),
    }
    return [(name, *await timed(CHARTS, ask)) for name, ask in asked.items()]


async def measure(database_url: str, deployments: int) -> int:
    await migrate(database_url)
    pool = make_pool(database_url, largest=4)
    await pool.open()
    settings = load_settings()
    await Partitions(pool, kept_tables(settings)).keep_up(END, since=END - DAY)
    targets = await make_deployments(pool, deployments)
    store, rollups = MetricStore(pool), Rollups(pool)
    done = await ingest(store, rollups, targets)
    batch, rate = deployments * len(METRICS), done["points"] / done["writing_s"]
    print(f"{'points':<36}{done['points']:>12,.0f}   of {deployments} deployments, a round every {EVERY_S} s")
    print(f"{'ingest':<36}{rate:>12,.0f}   points a second; needed: {batch / EVERY_S:,.0f}")
    print(f"{'slowest round':<36}{done['slowest_s'] * 1000:>12,.1f}   ms for {batch} points")
    print(f"{'rolling up the day':<36}{done['rolling_s']:>12,.1f}   s")
    async with pool.connection() as connection:
        sizes = await (await connection.execute(SIZES)).fetchall()
    for row in sizes:
        print(f"{'size of ' + row['name']:<36}{row['bytes'] / 2**20:>12,.0f}   MB with its index")

    async def nothing() -> None:
        async with pool.connection() as connection:
            await connection.execute("SELECT 1")

    median, p95 = await timed(CHARTS, nothing)
    load = os.getloadavg()[0]
    print(f"{'SELECT 1, for comparison':<36}{p95:>12,.1f}   ms p95, {median:.1f} ms median; load average {load:.1f}")
    worst = 0.0
    for name, median, p95 in await charts(store, targets):
        print(f"{name:<36}{p95:>12,.1f}   ms p95, {median:.1f} ms median of {CHARTS}")
        worst = max(worst, p95 if name in JUDGED else 0.0)
    evaluator = Evaluator(AlertBook(pool), store, lookback(settings))
    rules = default_rules()
    median, p95 = await timed(20, lambda: evaluator.evaluate(targets, lambda _: rules, END))
    print(f"{'evaluation of all rules':<36}{p95:>12,.1f}   ms p95, {median:.1f} ms median of 20")
    await pool.close()
    print(f"{'target':<36}{TARGET_MS:>12,.0f}   ms p95 of a 24 h chart: {'met' if worst <= TARGET_MS else 'MISSED'}")
    return 0 if worst <= TARGET_MS else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deployments", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as home:
        settings = load_settings(home=Path(home), database_url=None, redis_url=None)
        try:
            return asyncio.run(measure(ensure_services(settings).database_url, asked.deployments))
        finally:
            stop_services(settings)


if __name__ == "__main__":
    raise SystemExit(main())
