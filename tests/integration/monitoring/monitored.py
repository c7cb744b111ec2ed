"""Deployments on record without an application: rows that the monitor's parts read, and short words for tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.clock import FakeClock
from memory.database import Pool
from memory.metrics.partitions import Kept, Partitions
from memory.metrics.store import MetricStore
from memory.records.monitoring import AlertRule, Metric, Point, Target
from memory.repositories.alert_book import AlertBook
from memory.repositories.alerts import Alerts
from memory.repositories.outbox import Outbox, Remediations
from tools.monitoring.delivery import Composer, Delivery
from tools.monitoring.evaluator import Evaluator, Lookback
from tools.monitoring.interface import NotDelivered, Sender
from tools.monitoring.rules import default_rules

START = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
EVERY_S = 15
TABLES = (
    Kept("metric_points", 3),
    Kept("health_checks", 30),
    Kept("metric_minutes", 30),
    Kept("metric_hours", 400, monthly=True),
)
DEPLOYMENTS = """
INSERT INTO deployments (id, project_id, run_id, environment, commit, status, deployment_url, deployed_at)
SELECT %(project)s || '-' || n, %(project)s, %(project)s || '-run', 'dev' || n, 'c', 'healthy', 'http://127.0.0.1:1',
    now()
FROM generate_series(1, %(count)s) AS n
"""


async def make_project(pool: Pool, deployments: int = 1, name: str = "Shop") -> list[Target]:
    """A project with healthy deployments, each in an environment of its own."""
    project = uuid.uuid4().hex[:12]
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO projects (id, name) VALUES (%s, %s)", (project, name))
        values = (f"{project}-run", project)
        await connection.execute(
            "INSERT INTO runs (id, project_id, intent, input, status, announced) "
            "VALUES (%s, %s, 'create', '{}', 'succeeded', true)",
            values,
        )
        await connection.execute(DEPLOYMENTS, {"project": project, "count": deployments})
    return [
        Target(f"{project}-{n}", project, f"dev{n}", "local", "http://127.0.0.1:1") for n in range(1, deployments + 1)
    ]


class Letters(Sender):
    """Keeps what was sent; addresses that begin with `dead` refuse."""

    def __init__(self) -> None:
        self.sent: list[tuple[datetime, str, str, str, str]] = []
        """When, address, title, body, key."""
        self.clock: FakeClock

    async def send(self, url: str, title: str, body: str, key: str) -> None:
        if url.startswith("dead"):
            raise NotDelivered("nobody answers")
        self.sent.append((self.clock.now(), url, title, body, key))

    def titles(self) -> list[str]:
        return [title for _, _, title, _, _ in self.sent]


@dataclass
class Watch:
    """The monitor's parts over one database and a clock that stands still; `restart` makes all of them anew."""

    pool: Pool
    clock: FakeClock
    letters: Letters = field(default_factory=Letters)
    rules: Sequence[AlertRule] = field(default_factory=default_rules)
    failures: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.letters.clock = self.clock
        self.alerts = Alerts(self.pool)
        self.restart()

    def restart(self) -> None:
        self.metrics = MetricStore(self.pool)
        self.book = AlertBook(self.pool)
        lookback = Lookback(timedelta(seconds=3 * EVERY_S), timedelta(seconds=150))
        self.evaluator = Evaluator(self.book, self.metrics, lookback)
        outbox = Outbox(self.pool)
        self.remediations = Remediations(self.pool)
        self.composer = Composer(outbox)
        self.delivery = Delivery(
            outbox, self.letters, self.clock, address_of=_itself, channels=self._channels, failed=self._failed
        )

    async def channels(self, target: Target, *names: str) -> None:
        shown = [{"id": name, "shown": name} for name in names]
        await self.alerts.save_config(target.project_id, self.rules, shown)

    async def measure(self, targets: Iterable[Target], **values: float) -> None:
        now = self.clock.now()
        points = [Point(t.deployment_id, Metric[name], now, value) for t in targets for name, value in values.items()]
        await self.metrics.write(points)

    async def evaluate(self, targets: Sequence[Target]) -> None:
        await self.evaluator.evaluate(targets, lambda _: self.rules, self.clock.now())

    async def tell(self) -> None:
        await self.composer.compose(self.clock.now())
        await self.delivery.start_sending()
        await self.delivery.settle()

    async def go(self, seconds: float, targets: Sequence[Target], **values: float) -> None:
        """Lets time pass: a measurement (none without values), an evaluation and the post every 15 seconds."""
        for _ in range(round(seconds / EVERY_S)):
            self.clock.move(EVERY_S)
            if values:
                await self.measure(targets, **values)
            await self.evaluate(targets)
            await self.tell()

    async def states(self, target: Target) -> dict[str, str]:
        """The last state of each rule."""
        rows = await self.alerts.alerts(target.project_id, self.clock.now(), 1000)
        return {row["rule"]: row["state"] for row in reversed(rows) if row["deployment_id"] == target.deployment_id}

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query)).fetchall()

    async def _channels(self, project_id: str) -> dict[str, str]:
        config = await self.alerts.config(project_id)
        return {channel["id"]: channel["shown"] for channel in config["channels"]} if config else {}

    async def _failed(self, message: dict[str, Any], error: str, given_up: bool) -> None:
        self.failures.append((error, given_up))


async def _itself(_: str, channel: str) -> str:
    return channel


async def partitions(pool: Pool, now: datetime, since: datetime | None = None) -> Partitions:
    made = Partitions(pool, TABLES)
    await made.keep_up(now, since=since)
    return made
