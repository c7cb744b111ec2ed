"""Puts the monitor together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from graph.serving import all_platforms
from memory.clock import Clock
from memory.code_reading import CodeReader
from memory.database import make_pool
from memory.events import Events, make_redis
from memory.metrics.partitions import Kept, Partitions
from memory.metrics.rollup import Rollups
from memory.metrics.store import MetricStore
from memory.records.serving import Resources
from memory.repositories.alert_book import AlertBook
from memory.repositories.alerts import Alerts
from memory.repositories.outbox import Outbox, Remediations
from memory.secrets_file import FileSecrets
from memory.services.ensure import Services
from memory.settings import Settings
from memory.store import Store
from server.monitoring.actions import PlatformActions
from server.monitoring.announcer import Announcer
from server.monitoring.configuration import Configuration
from server.monitoring.monitor import Monitor
from server.monitoring.remote_usage import RemoteUsage
from server.monitoring.targets import slot_of_keeper
from tools.monitoring.channels import AppriseSender
from tools.monitoring.collector import Collector
from tools.monitoring.delivery import Composer, Delivery
from tools.monitoring.evaluator import Evaluator, Lookback
from tools.monitoring.local_usage import LocalUsage
from tools.monitoring.remedies import Remedies

MISSED_SCRAPES = 3
"""So many intervals a value counts as fresh."""
CONNECTIONS = 100


def kept_tables(settings: Settings) -> tuple[Kept, ...]:
    return (
        Kept("metric_points", settings.metrics_points_days),
        Kept("health_checks", settings.metrics_minutes_days),
        Kept("metric_minutes", settings.metrics_minutes_days),
        Kept("metric_hours", settings.metrics_hours_days, monthly=True),
    )


def lookback(settings: Settings) -> Lookback:
    scraped = timedelta(seconds=MISSED_SCRAPES * settings.scrape_interval_s)
    return Lookback(scraped, max(scraped, timedelta(seconds=2.5 * settings.health_interval_s)))


@asynccontextmanager
async def open_monitor(settings: Settings, services: Services, clock: Clock) -> AsyncIterator[Monitor]:
    """Connected; closed afterwards."""
    pool = make_pool(services.database_url, largest=8, wait_s=10.0)
    await pool.open()
    redis = make_redis(services.redis_url)
    secrets = FileSecrets(settings.secrets)
    sender = AppriseSender()
    book, outbox, remediations = AlertBook(pool), Outbox(pool), Remediations(pool)
    metrics = MetricStore(pool)
    configuration = Configuration(Alerts(pool), secrets)
    announcer = Announcer(Events(redis), book, remediations)
    usual = Resources()
    usage = LocalUsage(slot_of_keeper, cores=round(usual.cpus), memory_bytes=usual.memory_mb << 20)
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=10.0) as http:
        platform = all_platforms(settings, pool, http)
        try:
            yield Monitor(
                clock=clock,
                book=book,
                metrics=metrics,
                collector=Collector(http, (usage, RemoteUsage(platform, clock))),
                evaluator=Evaluator(book, metrics, lookback(settings)),
                configuration=configuration,
                composer=Composer(outbox),
                delivery=Delivery(
                    outbox,
                    sender,
                    clock,
                    address_of=configuration.address,
                    channels=configuration.channels,
                    failed=announcer.undelivered,
                ),
                remedies=Remedies(remediations, PlatformActions(Store(pool), platform), clock),
                announcer=announcer,
                partitions=Partitions(pool, kept_tables(settings)),
                rollups=Rollups(pool),
                code=CodeReader(settings.repositories),
                scrape_s=settings.scrape_interval_s,
                health_s=settings.health_interval_s,
            )
        finally:
            sender.close()
            await pool.close()
            await redis.aclose()


__all__ = ["kept_tables", "lookback", "open_monitor"]
