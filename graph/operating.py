"""What was measured of a project's deployments, for the chat: speed, alerts, the profiler's findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.database import Pool
from memory.metrics.store import MetricStore, figure
from memory.records.monitoring import Metric
from memory.repositories.alerts import Alerts
from memory.repositories.performance import Performance
from memory.store import Row

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
MOST_ALERTS = 10
FIGURES = {
    "p50": Metric.P50,
    "p95": Metric.P95,
    "error_rate": Metric.ERROR_RATE,
    "cpu_usage": Metric.CPU_USAGE,
    "memory_usage": Metric.MEMORY_USAGE,
}


async def operating(pool: Pool, project_id: str, rows: Sequence[Row]) -> dict[str, Any]:
    """`figures` by deployment, `firing`, `performance`, as in Material."""
    now = datetime.now(UTC)
    return {
        "figures": await _figures(MetricStore(pool), [row["id"] for row in rows], now),
        "firing": await Alerts(pool).alerts(project_id, now, MOST_ALERTS, state="firing"),
        "performance": await Performance(pool).latest(project_id),
    }


async def _figures(store: MetricStore, ids: Sequence[str], now: datetime) -> dict[str, dict[str, float | None]]:
    if not ids:
        return {}
    sums = await store.sums(ids, now - DAY)
    found: dict[str, dict[str, float | None]] = {}
    for deployment, of in sums.items():
        hour = await store.percentile([deployment], Metric.P95, 0.95, now - HOUR)
        requests = of[Metric.REQUESTS].total if Metric.REQUESTS in of else 0.0
        found[deployment] = {name: figure(of, metric) for name, metric in FIGURES.items()}
        found[deployment] |= {"requests": requests, "p95_hour": hour["value"] if hour is not None else None}
    return found


__all__ = ["operating"]
