"""What a project costs on each platform: for routes and for the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.database import Pool
from memory.metrics.store import MetricStore
from memory.records.monitoring import Metric
from memory.store import Row
from tools.cost.advice import Measured
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import report

SPAN = timedelta(days=7)
MONTH_S = 30 * 86_400
LEAST_SPAN_S = 3600.0
PAGE_KB = 20.0
"""Taken for one answer, where nobody has said how much goes out."""


async def cost_report(
    pool: Pool, rows: Sequence[Row], given: Mapping[str, Any], platform: str | None = None
) -> dict[str, Any]:
    """`rows`: the deployments that serve. `given`: parts of a profile; the rest is measured, or usual."""
    measured = await measure(pool, [row["id"] for row in rows])
    profile = dict(given)
    if measured.requests_month is not None:
        profile.setdefault("requests_month", measured.requests_month)
    if "requests_month" in profile:
        profile.setdefault("egress_gb", round(profile["requests_month"] * PAGE_KB / 2**20, 3))
    book = await asyncio.to_thread(load_prices)
    where = platform or (rows[0]["platform"] if rows else "local")
    return report(book, where, Profile(**profile), measured)


async def measure(pool: Pool, deployments: Sequence[str]) -> Measured:
    """Use over the last seven days, or what there is of them."""
    store, since = MetricStore(pool), datetime.now(UTC) - SPAN
    cpu = await store.percentile(deployments, Metric.CPU_CORES, 0.95, since)
    if cpu is None:
        return Measured()
    median = await store.percentile(deployments, Metric.CPU_CORES, 0.5, since)
    memory = await store.percentile(deployments, Metric.MEMORY_BYTES, 0.95, since)
    sums = await store.sums(deployments, since)
    requests = sum(of[Metric.REQUESTS].total for of in sums.values() if Metric.REQUESTS in of)
    seconds = cpu["minutes"] * 60.0
    return Measured(
        minutes=cpu["minutes"],
        cpu_cores_p50=median["value"] if median is not None else None,
        cpu_cores_p95=cpu["value"],
        memory_mb_p95=memory["value"] / 2**20 if memory is not None else None,
        memory_mb_max=memory["high"] / 2**20 if memory is not None else None,
        requests_month=round(requests * MONTH_S / seconds) if seconds >= LEAST_SPAN_S else None,
    )


__all__ = ["cost_report", "measure"]
