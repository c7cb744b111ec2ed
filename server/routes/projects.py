"""Projects and their runs."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from memory.store import Row
from server.parts import PartsDep, found, signed_in
from server.problems import Problem
from tools.scaffold.catalogue import CATALOGUE

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["projects"])
Limit = Annotated[int, Query(ge=1, le=200)]


class NewProject(BaseModel):
    model_config = ConfigDict(extra="forbid")

    request: Annotated[str, Field(max_length=20_000)]
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    template: str | None = None
    openapi: Annotated[str, Field(max_length=20 << 20)] | None = None
    deploy: Literal["dev", "staging", "production", "none"] = "dev"
    model: str | None = None
    budget_usd: float | None = None
    approve: bool = False


class Deploy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    environment: Literal["dev", "staging", "production"]
    platform: Literal["local"] = "local"
    commit: str | None = None
    waivers: dict[str, str] = {}
    """Reason by name of a check that could not be made; only production needs them."""


def project_document(row: Row) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "spec"}


async def run_document(parts: PartsDep, row: Row) -> dict[str, Any]:
    steps = [
        {
            "agent": step["key"].partition("/")[0],
            "name": step["key"],
            "status": _step_status(step),
            "attempts": step["attempts"],
            "started_at": step["started_at"],
            "ended_at": step["ended_at"],
            "evidence": _evidence(step["output"]),
        }
        for step in await parts.store.steps(row["id"])
    ]
    spend = {"tokens": 0, "usd": 0.0, "budget_usd": row["input"].get("budget_usd")}
    return {**{k: v for k, v in row.items() if k not in ("number", "input")}, "steps": steps, "spend": spend}


def _evidence(output: dict[str, Any] | None) -> dict[str, Any] | None:
    """A node's result holds an update of the state beside it; a check of QA is evidence as a whole."""
    return output["evidence"] if output is not None and "update" in output else output


def _step_status(step: Row) -> str:
    """A step that ended as it should, with a result that says no, has failed all the same."""
    output = step["output"] or {}
    says_no = bool((output.get("update") or {}).get("error")) or output.get("outcome") == "failed"
    return "failed" if says_no else str(step["status"])


async def queued(parts: PartsDep, run: Row, response: Response) -> dict[str, Any]:
    """Puts the run's project on the queue; where Redis is away, recovery does so when it is back."""
    response.headers["Location"] = f"/api/runs/{run['id']}"
    await asyncio.to_thread(parts.enqueue, run["project_id"])
    return {"id": run["id"], "status": run["status"]}


@router.post("/projects", status_code=202)
async def create_project(
    body: NewProject,
    parts: PartsDep,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> dict[str, Any]:
    template = body.template or "rest_api"
    if template not in [known.id for known in CATALOGUE]:
        raise Problem(422, f"template: there is no template {template!r}")
    if "\x00" in body.request or "\x00" in (body.openapi or "") or "\x00" in (body.name or ""):
        raise Problem(422, "request: it holds a NUL character, so it is no text; write what to build in plain words")
    if not body.request.strip() and body.openapi is None:
        raise Problem(422, "request: it is empty; write what to build, for instance: a REST API for todos with title")
    project, run = await parts.store.create_project(
        name=body.name or body.request.strip()[:60] or "from OpenAPI",
        description=body.request,
        template=template,
        run_input=body.model_dump(exclude_none=True),
        key=idempotency_key,
    )
    return {"project": project_document(project), "run": await queued(parts, run, response)}


@router.get("/projects")
async def list_projects(parts: PartsDep, limit: Limit = 50, cursor: str | None = None) -> dict[str, Any]:
    rows = await parts.store.projects(limit + 1, cursor)
    more = rows[limit - 1]["id"] if len(rows) > limit else None
    return {"items": [project_document(row) for row in rows[:limit]], "next": more}


@router.get("/projects/{project_id}")
async def read_project(project_id: str, parts: PartsDep) -> dict[str, Any]:
    return project_document(found(await parts.store.project(project_id), "project"))


@router.get("/projects/{project_id}/runs")
async def list_runs(project_id: str, parts: PartsDep, limit: Limit = 50) -> dict[str, Any]:
    found(await parts.store.project(project_id), "project")
    return {"items": [await run_document(parts, r) for r in await parts.store.runs(project_id, limit)], "next": None}


@router.get("/runs/{run_id}")
async def read_run(run_id: str, parts: PartsDep) -> dict[str, Any]:
    return await run_document(parts, found(await parts.store.run(run_id), "run"))


@router.post("/projects/{project_id}/deploy", status_code=202)
async def deploy(project_id: str, body: Deploy, parts: PartsDep, response: Response) -> dict[str, Any]:
    project = found(await parts.store.project(project_id), "project")
    commit = body.commit or project["commit"]
    if commit is None or await parts.store.report(project_id, commit) is None:
        raise Problem(409, f"QA has not looked at commit {commit or '(none)'} of this project")
    asked = body.model_dump(exclude_none=True) | {"commit": commit, "deploy": body.environment}
    run = await parts.store.create_run(project_id, "deploy", asked)
    return {"run": await queued(parts, run, response)}


__all__ = ["router"]
