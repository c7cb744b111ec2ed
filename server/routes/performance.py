"""How fast a project's application is, and what takes the time."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from graph.chat import PERFORMANCE
from memory.repositories.performance import Performance
from server.parts import Id, PartsDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, new_run

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["quality"])
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    commit: Commit | None = None
    """What is measured; None: what the project stands at."""
    against: Commit | None = None
    """Measured in the same run, and compared."""
    suite: bool = False
    """Whether the test suite is profiled too."""


@router.get("/projects/{project_id}/performance", responses=documented(401, 404))
async def latest(project_id: Id, parts: PartsDep) -> dict[str, Any]:
    """The last report: score, findings with their lines, figures of each operation."""
    found(await parts.store.project(project_id), "project")
    row = await Performance(parts.pool).latest(project_id)
    if row is None:
        raise Problem(404, f"nothing was measured yet: POST /api/projects/{project_id}/performance does it")
    return {**row["report"], "project_id": project_id, "created_at": row["created_at"]}


@router.post("/projects/{project_id}/performance", status_code=202, responses=documented(400, 401, 404, 409, 413, 422))
async def anew(
    project_id: Id, parts: PartsDep, once: OnceDep, response: Response, body: Annotated[Asked | None, Body()] = None
) -> dict[str, Any]:
    """Measures in the sandbox, beside whatever run is at work."""
    project = found(await parts.store.project(project_id), "project")
    asked = body or Asked()
    if asked.commit is None and project["commit"] is None:
        raise Problem(409, "this project has no code yet, so there is nothing to measure")
    given = asked.model_dump(exclude_none=True)
    return await new_run(parts, project_id, PERFORMANCE, given, once.of(asked), response)


__all__ = ["router"]
