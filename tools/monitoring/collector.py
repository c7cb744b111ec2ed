"""One round over all targets: their `/metrics`, and their health when it is due. Nothing that they do raises."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from memory.records.monitoring import HealthCheck, Metric, Point, Target
from tools.monitoring.exposition import Counters, NotReadable, counters, measured, since
from tools.monitoring.interface import Usage, UsageSource

AT_ONCE = 50
SCRAPE_S = 5.0
HEALTH_S = 5.0
PAGE_BYTES = 2 << 20


class _TooLong(Exception):
    """The page is longer than we read."""


@dataclass
class Round:
    points: list[Point] = field(default_factory=list)
    checks: list[HealthCheck] = field(default_factory=list)


class Collector:
    """Remembers the counters of the round before; a target's first round gives no rates."""

    def __init__(self, http: httpx.AsyncClient, sources: Sequence[UsageSource]) -> None:
        self._http = http
        self._sources = sources
        self._before: dict[str, Counters] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def collect(self, targets: Sequence[Target], now: datetime, *, health: bool) -> Round:
        done = Round()
        reached = [target for target in targets if target.url is not None]
        async with asyncio.TaskGroup() as group:
            for target in reached:
                group.create_task(self._scrape(target, now, done))
                if health:
                    group.create_task(self._check(target, now, done))
        for source in self._sources:
            for deployment_id, usage in (await source.usage(targets)).items():
                done.points += [Point(deployment_id, name, now, value) for name, value in _usage_values(usage)]
        gone = self._before.keys() - {target.deployment_id for target in targets}
        for deployment_id in gone:
            del self._before[deployment_id]
        return done

    async def _scrape(self, target: Target, now: datetime, done: Round) -> None:
        values: dict[str, float] = {Metric.UP: 0.0}
        async with self._at_once:
            try:
                page = await self._page(f"{target.url}{target.metrics_path}")
                values[Metric.UP] = 1.0
                if page is not None:
                    values |= await asyncio.to_thread(self._changes, target, page)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, NotReadable, _TooLong, ValueError):
                if values[Metric.UP]:
                    self._before.pop(target.deployment_id, None)
        done.points += [Point(target.deployment_id, name, now, value) for name, value in values.items()]

    def _changes(self, target: Target, page: str) -> dict[str, float]:
        counted = counters(page, (target.health_path, target.metrics_path))
        if counted is None:
            return {}
        before = self._before.get(target.deployment_id)
        self._before[target.deployment_id] = counted
        return {} if before is None else measured(since(before, counted))

    async def _page(self, url: str) -> str | None:
        """None where the application has no such page: it is up all the same. Raises what httpx raises for 5xx."""
        async with asyncio.timeout(SCRAPE_S), self._http.stream("GET", url, follow_redirects=False) as answer:
            if answer.status_code >= 500:
                answer.raise_for_status()
            if answer.status_code != 200:
                return None
            read = bytearray()
            async for piece in answer.aiter_bytes():
                read += piece
                if len(read) > PAGE_BYTES:
                    raise _TooLong
        return read.decode(errors="replace")

    async def _check(self, target: Target, now: datetime, done: Round) -> None:
        status, latency, error = None, None, ""
        async with self._at_once:
            began = time.perf_counter()
            try:
                async with (
                    asyncio.timeout(HEALTH_S),
                    self._http.stream("GET", f"{target.url}{target.health_path}", follow_redirects=False) as answer,
                ):
                    status = answer.status_code
                latency = (time.perf_counter() - began) * 1000
            except (TimeoutError, httpx.TimeoutException):
                error = f"no answer within {HEALTH_S:g} s"
            except (httpx.HTTPError, httpx.InvalidURL) as failure:
                error = f"{type(failure).__name__}: {failure}"
        healthy = status is not None and 200 <= status < 300
        if status is not None and not healthy:
            error = f"it answered {status}"
        done.checks.append(HealthCheck(target.deployment_id, now, healthy, status, latency, error))
        done.points.append(Point(target.deployment_id, Metric.HEALTHY, now, float(healthy)))
        if latency is not None:
            done.points.append(Point(target.deployment_id, Metric.HEALTH_LATENCY, now, latency))


def _usage_values(usage: Usage) -> list[tuple[str, float]]:
    values: list[tuple[str, float | None]] = [
        (Metric.CPU_CORES, usage.cpu_cores),
        (Metric.CPU_USAGE, usage.cpu_share),
        (Metric.MEMORY_BYTES, float(usage.memory_bytes)),
        (Metric.MEMORY_USAGE, usage.memory_share),
    ]
    return [(name, value) for name, value in values if value is not None]


__all__ = ["Collector", "Round"]
