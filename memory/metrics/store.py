"""Points written by the monitor, and read as charts, sums and latest values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from memory.database import Pool
from memory.metrics.rollup import FIRST
from memory.records.monitoring import RATIOS, HealthCheck, Metric, Point
from memory.repositories.base import Repository, Row

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
RATE = Metric.REQUEST_RATE.value


@dataclass(frozen=True)
class Sum:
    count: int
    total: float
    high: float

    @property
    def mean(self) -> float:
        return self.total / self.count


Sums = Mapping[str, Sum]
"""By metric."""


class MetricStore(Repository):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._series: dict[tuple[str, str], int] = {}

    async def write(self, points: Sequence[Point]) -> int:
        """How many belong to a deployment that still exists. Writing one again changes nothing."""
        missing = {(p.deployment_id, p.metric) for p in points} - self._series.keys()
        if missing:
            await self._make_series(missing)
        known = [(self._series[key], p) for p in points if (key := (p.deployment_id, p.metric)) in self._series]
        values = {
            "series": [number for number, _ in known],
            "ats": [point.at for _, point in known],
            "points": [float(point.value) for _, point in known],
        }
        async with self._pool.connection() as connection:
            await connection.execute(self._queries["write_points"], values)
        return len(known)

    async def write_checks(self, checks: Sequence[HealthCheck]) -> None:
        values = {
            "deployments": [c.deployment_id for c in checks],
            "ats": [c.at for c in checks],
            "healthy": [c.healthy for c in checks],
            "codes": [c.status_code for c in checks],
            "latencies": [c.latency_ms for c in checks],
            "errors": [c.error[:500] for c in checks],
        }
        async with self._pool.connection() as connection:
            await connection.execute(self._queries["write_checks"], values)

    async def recent_checks(self, deployment_id: str, since: datetime, limit: int) -> list[Row]:
        return await self._all("recent_checks", deployment_id=deployment_id, since=since, limit=limit)

    async def latest(
        self, deployments: Iterable[str], since: datetime, until: datetime
    ) -> dict[str, dict[str, tuple[datetime, float]]]:
        """The last value of each metric after `since`, by deployment."""
        found: dict[str, dict[str, tuple[datetime, float]]] = {}
        for row in await self._all("latest_points", deployments=list(deployments), since=since, until=until):
            found.setdefault(row["deployment_id"], {})[row["metric"]] = (row["at"], row["value"])
        return found

    async def chart(
        self, deployment_id: str, metric: str, since: datetime, until: datetime, step: timedelta
    ) -> list[dict[str, Any]]:
        """`{at, value, min, max}` a step that has a value. Coarse steps are read from what is rolled up."""
        wanted = _sources(metric)
        rows = await self._all(
            "points_by_step",
            deployment_id=deployment_id,
            metrics=wanted,
            since=since,
            until=until,
            step=step,
            use_hours=_fits(HOUR, step, since),
            use_minutes=_fits(MINUTE, step, since),
        )
        return _steps(metric, rows, step)

    async def sums(self, deployments: Sequence[str], since: datetime) -> dict[str, dict[str, Sum]]:
        """Sums since then, by deployment and metric."""
        whole = since.replace(minute=0, second=0, microsecond=0)
        found: dict[str, dict[str, Sum]] = {deployment: {} for deployment in deployments}
        for row in await self._all("sums", deployments=list(deployments), since=whole):
            found[row["deployment_id"]][row["metric"]] = Sum(row["count"], row["total"], row["high"])
        return found

    async def percentile(self, deployments: Sequence[str], metric: str, share: float, since: datetime) -> Row | None:
        """`{value, high, minutes}` over the means of minutes; None where nothing was measured."""
        row = await self._one("percentile", deployments=list(deployments), metric=metric, share=share, since=since)
        return row if row is not None and row["minutes"] else None

    async def _make_series(self, keys: Iterable[tuple[str, str]]) -> None:
        wanted = sorted(keys)
        deployments = [deployment for deployment, _ in wanted]
        async with self._pool.connection() as connection:
            values = {"deployments": deployments, "metrics": [metric for _, metric in wanted]}
            await connection.execute(self._queries["make_series"], values)
        for row in await self._all("series", deployments=sorted(set(deployments))):
            self._series[row["deployment_id"], row["metric"]] = row["id"]


def _fits(unit: timedelta, step: timedelta, since: datetime) -> bool:
    """What is rolled up by this unit can be read where it is not coarser than the step, nor shifted against it."""
    return not step % unit and not (since - FIRST) % unit


def figure(sums: Sums, metric: str) -> float | None:
    """A metric over the whole span of the sums; None where nothing is known."""
    if metric in RATIOS:
        above, below, factor = RATIOS[metric]
        whole = sums.get(below)
        if whole is None or not whole.total:
            return None
        return factor * (sums[above].total if above in sums else 0.0) / whole.total
    known = sums.get(metric)
    return known.mean if known is not None else None


def _sources(metric: str) -> list[str]:
    if metric in RATIOS:
        return list(RATIOS[metric][:2])
    return [Metric.REQUESTS.value] if metric == RATE else [metric]


def _steps(metric: str, rows: Sequence[Row], step: timedelta) -> list[dict[str, Any]]:
    if metric in RATIOS:
        return _ratios(metric, rows)
    if metric == RATE:
        per = step.total_seconds()
        return [{"at": row["at"], "value": row["total"] / per, "min": None, "max": None} for row in rows]
    counted = metric in (Metric.REQUESTS, Metric.ERRORS, Metric.RESPONSE_MS)
    return [
        {
            "at": row["at"],
            "value": row["total"] if counted else row["total"] / row["count"],
            "min": row["low"],
            "max": row["high"],
        }
        for row in rows
    ]


def _ratios(metric: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    above, below, factor = RATIOS[metric]
    totals = {(row["metric"], row["at"]): row["total"] for row in rows}
    return [
        {
            "at": row["at"],
            "value": factor * totals.get((above, row["at"]), 0.0) / row["total"],
            "min": None,
            "max": None,
        }
        for row in rows
        if row["metric"] == below and row["total"]
    ]


__all__ = ["MetricStore", "Sum", "Sums", "figure"]
