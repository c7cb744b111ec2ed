"""Ops in conversation, without a model: what would it cost elsewhere, why is it slow, deploy, roll back."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.pm.intent_rules import by_rules
from graph.chat import DEPLOY, begin
from graph.deps import Deps
from memory.metrics.partitions import Partitions
from memory.metrics.store import MetricStore
from memory.records.monitoring import Metric, Point
from server.monitoring.wiring import kept_tables
from tests.integration.chat.test_chat_runs import asked, deps, ready_project, said
from tools.cost.advice import Measured
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import report

assert deps


async def answered(deps: Deps, project_id: str, question: str) -> str:
    await asked(deps, project_id, question)
    return (await said(deps, project_id))[-1][1]


async def live(deps: Deps, project_id: str, commit: str, at: datetime, values: dict[str, float]) -> str:
    """A deployment as a worker leaves it, with what a monitor measured of it for ten minutes."""
    run = await deps.store.create_run(project_id, "deploy", {"commit": commit})
    await deps.store.finish_run(run["id"], "succeeded", None)
    row = {"id": str(uuid.uuid4()), "project_id": project_id, "run_id": run["id"], "environment": "dev"}
    await deps.store.save_deployment(
        row | {"commit": commit, "status": "healthy", "deployment_url": "http://127.0.0.1:9", "detail": ""}
    )
    moments = [at + timedelta(seconds=15 * n) for n in range(40)]
    points = [Point(row["id"], name, moment, value) for moment in moments for name, value in values.items()]
    await MetricStore(deps.pool).write(points)
    return row["id"]


async def test_costs_elsewhere(deps: Deps, tmp_path: Any) -> None:
    project_id, _ = await ready_project(deps, tmp_path)
    found = {one["platform"]: one for one in report(load_prices(), "local", Profile(), Measured())["alternatives"]}
    fly = await answered(deps, project_id, "what would Fly cost?")
    first, *_ = fly.splitlines()
    assert first.startswith(f"On Fly.io it would cost {found['flyio']['usd_month']:.2f} USD by the month, plan ")
    assert f"- Railway: {found['railway']['usd_month']:.2f} USD" in fly
    render = await answered(deps, project_id, "and on Render?")
    assert f"at least {found['render']['usd_month_at_least']:.2f} USD; unknown: bandwidth" in render
    assert "Models have cost" in await answered(deps, project_id, "what does it cost")


SPEEDS = (
    ({}, "Nobody has asked dev anything"),
    ({Metric.CPU_USAGE: 0.95, Metric.P50: 40.0, Metric.P95: 90.0}, "Its processors are busy"),
    ({Metric.CPU_USAGE: 0.1, Metric.P50: 20.0, Metric.P95: 900.0}, "A few requests take much longer"),
    ({Metric.CPU_USAGE: 0.1, Metric.P50: 600.0, Metric.P95: 900.0}, "waits for something"),
    ({Metric.CPU_USAGE: 0.1, Metric.P50: 5.0, Metric.P95: 9.0}, "Nothing of this is out of the ordinary"),
)


async def test_why_it_is_slow(deps: Deps, tmp_path: Any) -> None:
    project_id, commit = await ready_project(deps, tmp_path)
    at = datetime.now(UTC) - timedelta(minutes=10)
    await Partitions(deps.pool, kept_tables(deps.settings)).keep_up(datetime.now(UTC), since=at)
    for values, part in SPEEDS:
        counted = {Metric.REQUESTS: 30.0, Metric.ERRORS: 0.0} if values else {}
        await live(deps, project_id, commit, at, values | counted)
        text = await answered(deps, project_id, "why is it slow?")
        assert part in text
        assert "last 24 hours" in text


ORDERS = {
    "deploy to staging": ("staging", None),
    "deploy to staging on Render": ("staging", "render"),
    "deploy it to Fly.io": ("dev", "flyio"),
    "ship this to production on railway, please": ("production", "railway"),
    "deploy to dev on this machine": ("dev", "local"),
}


async def test_orders_to_deploy(deps: Deps, tmp_path: Any) -> None:
    project_id, commit = await ready_project(deps, tmp_path)
    project = await deps.store.project(project_id)
    for words, (environment, platform) in ORDERS.items():
        begun = await begin(deps.store, project, words, by_rules(words, has_application=True))
        assert (begun.intent, begun.asked["environment"], begun.asked["commit"]) == (DEPLOY, environment, commit)
        assert begun.asked.get("platform") == platform


async def test_roll_back_without_and_with_something_before(deps: Deps, tmp_path: Any) -> None:
    project_id, commit = await ready_project(deps, tmp_path)
    now = datetime.now(UTC)
    await live(deps, project_id, commit, now, {})
    project = await deps.store.project(project_id)
    refused = await begin(deps.store, project, "roll back", by_rules("roll back", has_application=True))
    assert "No other version was live in dev" in refused.asked["reply"]
    newer = await live(deps, project_id, "f" * 40, now, {})
    begun = await begin(deps.store, project, "roll back", by_rules("roll back", has_application=True))
    assert (begun.intent, begun.asked["commit"], begun.asked["rolls_back"]) == (DEPLOY, commit, newer)
