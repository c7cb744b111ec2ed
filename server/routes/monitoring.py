"""What was measured of deployments: charts, a project's figures, files for a Prometheus and Grafana of one's own."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BeforeValidator

from memory.metrics.store import MetricStore
from memory.records.monitoring import ALIASES, METRICS, Target, Window
from memory.repositories.alerts import Alerts
from memory.store import Row
from server.figures import SPAN, summary
from server.monitoring.configuration import rules_in
from server.monitoring.targets import target_of
from server.parts import Id, Parts, PartsDep, found, signed_in
from server.problems import Problem, documented
from tools.monitoring.grafana import dashboard
from tools.monitoring.prometheus_files import rule_file, scrape_file

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["monitoring"])
MOST_STEPS = 11_000
USUAL_STEPS = 288
STEPS_S = (15, 60, 300, 900, 3600, 10_800, 86_400)
NUMBER = re.compile(r"[+-]?\d*\.?\d*(e\d+)?", re.IGNORECASE)
TEXTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/yaml": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}},
        }
    }
}


def _number(text: Any) -> Any:
    """`60` of a query is a number."""
    return float(text) if isinstance(text, str) and text.replace(".", "", 1).isdigit() else text


def _no_number(text: Any) -> Any:
    """Raises ValueError: seconds since 1970 would be read as a time too."""
    if isinstance(text, str) and NUMBER.fullmatch(text):
        raise ValueError("a time with its zone, such as 2026-01-31T12:00:00Z")
    return text


Step = Annotated[Window, BeforeValidator(_number)]
Time = Annotated[AwareDatetime, BeforeValidator(_no_number)]
Name = Literal["prometheus.yml", "softwright.rules.yml", "grafana.json"]


@router.get("/deployments/{deployment_id}/metrics", responses=documented(401, 404, 422))
async def chart(
    deployment_id: Id,
    parts: PartsDep,
    metric: Annotated[str | None, Query(max_length=64)] = None,
    since: Annotated[Time | None, Query(alias="from")] = None,
    until: Annotated[Time | None, Query(alias="to")] = None,
    step: Annotated[Step | None, Query(description="seconds, or 30s, 5m, 1h")] = None,
) -> dict[str, Any]:
    """One metric as a series; without `metric` the figures of the span and the names of all metrics.

    `from` and `to` are times with a zone (default: the last 24 hours). Points stand at the beginning of their step.
    """
    found(await parts.store.deployment(deployment_id), "deployment")
    end = until or datetime.now(UTC)
    begin = since or end - SPAN
    if begin >= end:
        raise Problem(422, "from: it has to lie before to")
    store = MetricStore(parts.pool)
    if metric is None:
        sums = await store.sums([deployment_id], begin)
        about = {"from": begin, "to": end, "metrics": list(METRICS)}
        return about | {"summary": summary(sums[deployment_id], end - begin)}
    name = ALIASES.get(metric, metric)
    if name not in METRICS:
        raise Problem(422, f"metric: {metric!r} is none of {', '.join(METRICS)}")
    width = _step(parts, begin, end, step)
    begin = _aligned(begin, width)
    points = await store.chart(deployment_id, name, begin, end, width)
    series = [{"metric": name, "points": points}]
    return {"deployment_id": deployment_id, "from": begin, "to": end, "step": width.total_seconds(), "series": series}


@router.get("/projects/{project_id}/metrics", responses=documented(401, 404, 422))
async def project_metrics(
    project_id: Id,
    parts: PartsDep,
    span: Annotated[Step | None, Query(description="seconds, or 1h, 24h, 7d")] = None,
) -> dict[str, Any]:
    """Figures of each environment over the last 24 hours (or `span`), and the quality of the commit."""
    project = found(await parts.store.project(project_id), "project")
    wanted = SPAN if not span else timedelta(seconds=span)
    rows = (await parts.store.current_deployments([project_id]))[project_id]
    sums = await MetricStore(parts.pool).sums([row["id"] for row in rows], datetime.now(UTC) - wanted)
    environments = [
        {
            "environment": row["environment"],
            "deployment_id": row["id"],
            "status": row["status"],
            "commit": row["commit"],
            **summary(sums[row["id"]], wanted),
        }
        for row in rows
    ]
    quality = {key: project[key] for key in ("test_coverage", "security_score", "last_deployed_at")}
    return {"project_id": project_id, "span_s": wanted.total_seconds(), "environments": environments, **quality}


@router.get(
    "/deployments/{deployment_id}/monitoring/{name}",
    response_class=Response,
    responses=TEXTS | documented(401, 404, 409),
)
async def files(deployment_id: Id, name: Name, parts: PartsDep) -> Response:
    """`prometheus.yml`, `softwright.rules.yml`, `grafana.json`: to watch it with a Prometheus of one's own."""
    row = found(await parts.store.deployment(deployment_id), "deployment")
    if row["deployment_url"] is None:
        raise Problem(409, "this deployment has no address, so there is nothing to scrape")
    target = await asyncio.to_thread(target_of, row, parts.code)
    text = await _file(parts, row, target, name)
    kind = "application/json" if name.endswith(".json") else "application/yaml"
    return Response(text, media_type=kind)


async def _file(parts: Parts, row: Row, target: Target, name: Name) -> str:
    interval = max(round(parts.settings.scrape_interval_s), 1)
    if name == "prometheus.yml":
        return scrape_file(target, interval_s=interval)
    if name == "grafana.json":
        project = found(await parts.store.project(row["project_id"]), "project")
        return dashboard(target, project["name"], interval_s=interval)
    rules = rules_in(await Alerts(parts.pool).config(row["project_id"]))
    return rule_file(target, rules, interval_s=interval)


def _step(parts: Parts, begin: datetime, end: datetime, asked: float | None) -> timedelta:
    """Not finer than what is kept of that time. Raises Problem 422."""
    span = (end - begin).total_seconds()
    wanted = asked or next((s for s in STEPS_S if span / s <= USUAL_STEPS), STEPS_S[-1])
    if wanted < 1:
        raise Problem(422, "step: at least one second")
    if span / wanted > MOST_STEPS:
        raise Problem(
            422, f"step: that would be more than {MOST_STEPS} points; ask for {span / MOST_STEPS:.0f}s or more"
        )
    age = timedelta(days=1)
    now = datetime.now(UTC)
    if begin < now - age * parts.settings.metrics_points_days:
        wanted = max(wanted, 60)
    if begin < now - age * parts.settings.metrics_minutes_days:
        wanted = max(wanted, 3600)
    return timedelta(seconds=wanted)


def _aligned(begin: datetime, step: timedelta) -> datetime:
    """To whole steps, so that charts of one range agree and what is rolled up can be used."""
    seconds_in = begin.timestamp() % step.total_seconds()
    return begin - timedelta(seconds=seconds_in)


__all__ = ["router"]
