"""What a project costs by the month, here and elsewhere, and what could be saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Response
from pydantic import Field

from graph.costing import cost_report
from memory.repositories.costs import Costs
from server.parts import Id, Parts, PartsDep, found, signed_in
from server.problems import documented
from tools.cost.interface import Profile

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["costs"])


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
    given = asked.model_dump(exclude={"platform", "environment"}, exclude_unset=True)
    return await cost_report(parts.pool, rows, given, asked.platform) | {"project_id": project_id}


__all__ = ["router"]
