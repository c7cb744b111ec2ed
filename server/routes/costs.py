"""What a project costs by the month, here and elsewhere, and what could be saved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Response
from pydantic import Field

from memory.metrics.store import MetricStore
from memory.records.monitoring import Metric
from memory.repositories.costs import Costs
from server.parts import Id, Parts, PartsDep, found, signed_in
from server.problems import documented
from tools.cost.advice import Measured
from tools.cost.book import load_prices
from tools.cost.interface import Profile
from tools.cost.report import report

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["costs"])
SPAN = timedelta(days=7)
MONTH_S = 30 * 86_400
LEAST_SPAN_S = 3600.0
PAGE_KB = 20.0
"""Taken for one answer, where nobody has said how much goes out."""


class Asked(Profile):
    """What is left out is taken from what was measured, or from the usual profile."""

    platform: Literal["local", "render", "railway", "flyio", "vercel"] | None = None
    """What is looked at; the others are compared. None: where it runs."""
    environment: Annotated[Literal["dev", "staging", "production"] | None, Field()] = None
    """Whose measurements count; None: all."""


@router.get("/projects/{project_id}/costs", responses=documented(401, 404))
async def latest(project_id: Id, parts: PartsDep) -> dict[str, Any]:
    """The last report; where none was made, one for the usual profile."""
    found(await parts.store.project(project_id), "project")
    row = await Costs(parts.pool).report(project_id)
    if row is not None:
        return {**row["report"], "created_at": row["created_at"]}
    return {**await _report(parts, project_id, Asked()), "created_at": datetime.now(UTC)}


@router.post("/projects/{project_id}/costs", status_code=202, responses=documented(400, 401, 404, 413, 422))
async def anew(
    project_id: Id, parts: PartsDep, response: Response, body: Annotated[Asked | None, Body()] = None
) -> dict[str, Any]:
    """Estimates anew, for a profile of resources and traffic. It takes no time: the run has ended already."""
    found(await parts.store.project(project_id), "project")
    asked = body or Asked()
    made = await _report(parts, project_id, asked)
    costs = Costs(parts.pool)
    given = asked.model_dump(mode="json", exclude_unset=True)
    run = found(await costs.finished_run(project_id, given, made), "project")
    saved = found(await costs.save_report(project_id, made), "project")
    response.headers["Location"] = f"/api/runs/{run['id']}"
    return {"run": {"id": run["id"], "status": run["status"]}, **made, "created_at": saved["created_at"]}


async def _report(parts: Parts, project_id: str, asked: Asked) -> dict[str, Any]:
    rows = (await parts.store.current_deployments([project_id]))[project_id]
    rows = [row for row in rows if asked.environment in (None, row["environment"])]
    measured = await measure(parts, [row["id"] for row in rows])
    platform = asked.platform or (rows[0]["platform"] if rows else "local")
    given = asked.model_dump(exclude={"platform", "environment"}, exclude_unset=True)
    if measured.requests_month is not None:
        given.setdefault("requests_month", measured.requests_month)
    if "requests_month" in given:
        given.setdefault("egress_gb", round(given["requests_month"] * PAGE_KB / 2**20, 3))
    book = await asyncio.to_thread(load_prices)
    return report(book, platform, Profile(**given), measured) | {"project_id": project_id}


async def measure(parts: Parts, deployments: list[str]) -> Measured:
    """Use over the last seven days, or what there is of them."""
    store, since = MetricStore(parts.pool), datetime.now(UTC) - SPAN
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


__all__ = ["router"]
