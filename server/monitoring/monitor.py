"""What the monitor does while it leads: rounds, messages, remedies, upkeep; each in a loop of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from memory.clock import Clock
from memory.code_reading import CodeReader
from memory.metrics.partitions import Partitions
from memory.metrics.rollup import Rollups
from memory.metrics.store import MetricStore
from memory.outages import SERVICE_AWAY, service_of
from memory.records.monitoring import HealthCheck, Point, Target
from memory.repositories.alert_book import AlertBook
from server.monitoring.announcer import Announcer
from server.monitoring.configuration import Configuration
from server.monitoring.targets import targets_of
from tools.monitoring.collector import Collector, Round
from tools.monitoring.delivery import Composer, Delivery
from tools.monitoring.evaluator import Evaluator
from tools.monitoring.remedies import Remedies

TICK_S = 1.0
REMEDIES_S = 2.0
UPKEEP_S = 60.0
WARM_ROUNDS = 2
"""Rates need two scrapes: before that nothing is judged, so that a restart of ours changes no alert."""
MOST_KEPT_POINTS = 200_000
"""While PostgreSQL is away."""
ALERTS_KEPT = timedelta(days=90)
logger = logging.getLogger("softwright.monitor")


class Monitor:
    def __init__(
        self,
        *,
        clock: Clock,
        book: AlertBook,
        metrics: MetricStore,
        collector: Collector,
        evaluator: Evaluator,
        configuration: Configuration,
        composer: Composer,
        delivery: Delivery,
        remedies: Remedies,
        announcer: Announcer,
        partitions: Partitions,
        rollups: Rollups,
        code: CodeReader,
        scrape_s: float,
        health_s: float,
    ) -> None:
        self._clock = clock
        self._book = book
        self._metrics = metrics
        self._collector = collector
        self._evaluator = evaluator
        self._configuration = configuration
        self._composer = composer
        self._delivery = delivery
        self._remedies = remedies
        self._announcer = announcer
        self._partitions = partitions
        self._rollups = rollups
        self._code = code
        self._scrape_s = scrape_s
        self._health = timedelta(seconds=health_s)
        self._checked_at: datetime | None = None
        self._rounds = 0
        self._points: list[Point] = []
        self._checks: list[HealthCheck] = []

    async def work(self) -> None:
        """Until it is cancelled."""
        self._rounds = 0
        await self.upkeep()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(self._scrape_s, self.round))
            group.create_task(self._every(TICK_S, self.tick))
            group.create_task(self._every(UPKEEP_S, self.upkeep))
            group.create_task(self._remedying())

    async def round(self) -> None:
        """Looks at every target, puts it on record, judges."""
        now = self._clock.now()
        targets = await targets_of(await self._book.watched(), self._code)
        health = self._checked_at is None or now - self._checked_at >= self._health - timedelta(seconds=TICK_S)
        if health:
            self._checked_at = now
        done = await self._collector.collect(targets, now, health=health)
        await self._record(done)
        self._rounds += 1
        await self._announce_health(targets, done)
        if self._rounds >= WARM_ROUNDS:
            rules = await self._configuration.rules(sorted({target.project_id for target in targets}))
            await self._evaluator.evaluate(targets, lambda project_id: rules[project_id], self._clock.now())

    async def tick(self) -> None:
        """Tells what is due."""
        await self._composer.compose(self._clock.now())
        await self._delivery.start_sending()
        await self._announcer.announce(self._clock.now())

    async def upkeep(self) -> None:
        now = self._clock.now()
        await self._partitions.keep_up(now)
        await self._rollups.catch_up(now)
        await self._book.delete_old(now - ALERTS_KEPT)

    async def _record(self, done: Round) -> None:
        self._points = (self._points + done.points)[-MOST_KEPT_POINTS:]
        self._checks = (self._checks + done.checks)[-MOST_KEPT_POINTS:]
        await self._metrics.write(self._points)
        self._points = []
        await self._metrics.write_checks(self._checks)
        self._checks = []

    async def _announce_health(self, targets: list[Target], done: Round) -> None:
        by_id = {target.deployment_id: target for target in targets}
        for check in done.checks:
            await self._announcer.health(by_id[check.deployment_id], check)

    async def _remedying(self) -> None:
        async def first() -> None:
            await self._remedies.resume()

        async def look() -> None:
            await self._remedies.look()

        await self._guarded(first)
        await self._every(REMEDIES_S, look)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            began = self._clock.now()
            await self._guarded(work)
            took = (self._clock.now() - began).total_seconds()
            await self._clock.sleep(max(seconds - took, 0.1))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """What a service's absence broke is done with the next turn; any other error is told and does not end us."""
        try:
            await work()
        except SERVICE_AWAY as error:
            logger.warning("%s put off: %s does not answer (%s)", work.__name__, service_of(error), error)
        except Exception:
            logger.exception("%s failed; it is tried again", work.__name__)


__all__ = ["Monitor"]
