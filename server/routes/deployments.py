"""Deployments: what runs where, its health and its logs; put to work, stopped, rolled back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agents.qa.policy import CHECKS, MUST_PASS
from graph.deploy_requests import NotPossible, deployment_of, rollback_of
from memory.metrics.store import MetricStore
from memory.records.serving import DeploymentStatus, Resources
from memory.secrets import Kind, Place, redacted
from memory.store import Row
from server.documents import Document, Environment, deployment_document
from server.figures import with_figure, with_figures
from server.pages import Cursor, Limit, cut, page, position
from server.parts import Id, Parts, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, new_run
from tools.deploy.interface import DeployError, UnknownDeployment
from tools.deploy.remote.accounts import PLATFORMS, Accounts, NotSetUp

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["deployments"])
RECENT = timedelta(hours=24)
RECENT_CHECKS = 60
WAIVABLE = tuple(name for name in CHECKS if name not in MUST_PASS)


def waivable(waivers: dict[str, str]) -> dict[str, str]:
    """Raises ValueError."""
    for name, reason in waivers.items():
        if name not in WAIVABLE:
            raise ValueError(f"{name} cannot be waived; only a check that could not be made can: {', '.join(WAIVABLE)}")
        if not reason.strip():
            raise ValueError(f"the reason for waiving {name} is missing")
    return waivers


Reason = Annotated[Text, Field(max_length=1000)]
Waivers = Annotated[dict[str, Reason], AfterValidator(waivable)]
"""Reason by name of a check that could not be made; only production needs them."""


Strategies = Literal["rolling", "blue_green"]


class Deploy(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    environment: Environment
    platform: Literal["local", "docker", "render", "railway", "flyio", "vercel"] | None = None
    """Where nothing is named: where the environment is served already, else this machine."""
    resources: Resources | None = None
    """For this deploy; where nothing is named, what the environment gives."""
    strategy: Strategies | None = None
    downtime: bool = False
    """Whether a short pause is allowed, which a change of the database that breaks the old version needs."""
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    waivers: Waivers = {}


@router.post("/projects/{project_id}/deploy", status_code=202, responses=documented(400, 401, 404, 409, 413, 422))
async def deploy(project_id: Id, body: Deploy, parts: PartsDep, once: OnceDep, response: Response) -> dict[str, Any]:
    project = found(await parts.store.project(project_id), "project")
    # who asks for exactly this has approved it; a plan that has yet to be written is asked about
    if body.platform in PLATFORMS:
        try:
            await asyncio.to_thread(Accounts(parts.secrets).read, body.platform)
        except NotSetUp as error:
            raise Problem(409, str(error)) from error
    options = body.model_dump(mode="json", exclude_none=True) | {"approved": True}
    try:
        asked = await deployment_of(parts.store, project, body.environment, body.commit, options)
    except NotPossible as error:
        raise Problem(409, str(error)) from error
    return await new_run(parts, project_id, "deploy", asked, once.of(body), response)


@router.get("/projects/{project_id}/deployments", responses=documented(401, 404, 422))
async def list_deployments(project_id: Id, parts: PartsDep, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    found(await parts.store.project(project_id), "project")
    rows, following = cut(await parts.store.deployments(project_id, limit + 1, position(cursor)), limit)
    return page(await with_figures(parts, [deployment_document(row) for row in rows]), following)


@router.get("/deployments/{deployment_id}", responses=documented(401, 404))
async def read_deployment(deployment_id: Id, parts: PartsDep) -> Document:
    row = found(await parts.store.deployment(deployment_id), "deployment")
    return await with_figure(parts, deployment_document(row))


@router.delete("/deployments/{deployment_id}", responses=documented(401, 404, 409))
async def stop(deployment_id: Id, parts: PartsDep, user: UserDep) -> Document:
    """Stops the application. One that had failed, or was replaced, stays on record as such."""
    row = found(await parts.store.deployment(deployment_id), "deployment")
    try:
        serving = await parts.platform.stop(deployment_id)
    except UnknownDeployment:
        serving = None  # it was refused before the platform heard of it
    except DeployError as error:
        raise Problem(409, str(error)) from error
    if serving is not None and serving.status is DeploymentStatus.STOPPED and row["status"] != "rolled_back":
        if row["status"] != "stopped":
            await parts.store.note(row["project_id"], "deployment_stopped", user, deployment_id=deployment_id)
        row = found(await parts.store.stop_deployment(deployment_id), "deployment")
    return await with_figure(parts, deployment_document(row))


@router.post("/deployments/{deployment_id}/rollback", status_code=202, responses=documented(400, 401, 404, 409, 422))
async def rollback(deployment_id: Id, parts: PartsDep, once: OnceDep, response: Response) -> dict[str, Any]:
    """Deploys the version that was live before this one in its environment."""
    row = found(await parts.store.deployment(deployment_id), "deployment")
    try:
        asked = await rollback_of(parts.store, row)
    except NotPossible as error:
        raise Problem(409, str(error)) from error
    return await new_run(parts, row["project_id"], "deploy", asked, once.of(None), response)


@router.get("/deployments/{deployment_id}/health", responses=documented(401, 404, 409))
async def health(deployment_id: Id, parts: PartsDep) -> dict[str, Any]:
    """Probes it now; `recent` are the monitor's own checks of the last day, newest first."""
    found(await parts.store.deployment(deployment_id), "deployment")
    try:
        serving = await parts.platform.status(deployment_id)
    except DeployError as error:
        raise Problem(409, str(error)) from error
    probe = serving.health
    return {
        "status": serving.status.value,
        "healthy": probe is not None and probe.healthy,
        "status_code": None if probe is None else probe.status_code,
        "latency_ms": None if probe is None else probe.latency_ms,
        "checked_at": None if probe is None else probe.at,
        "restarts": serving.restarts,
        "detail": serving.detail,
        "limits_active": list(serving.limits_active),
        "recent": await MetricStore(parts.pool).recent_checks(deployment_id, datetime.now(UTC) - RECENT, RECENT_CHECKS),
    }


@router.get(
    "/deployments/{deployment_id}/logs", response_class=PlainTextResponse, responses=documented(401, 404, 409, 422)
)
async def logs(
    deployment_id: Id,
    parts: PartsDep,
    lines: Annotated[int, Query(ge=1, le=10_000)] = 200,
    follow: bool = False,
) -> Response:
    """What the application wrote last; with `follow` also what it writes from now on, until the client goes away.

    The values of its secrets are taken out.
    """
    row = found(await parts.store.deployment(deployment_id), "deployment")
    values = await asyncio.to_thread(_secret_values, parts, row)
    try:
        last = redacted(await parts.platform.logs(deployment_id, lines=lines), values)
        if not follow:
            return PlainTextResponse(last)
        return StreamingResponse(_following(parts, deployment_id, last, values), media_type="text/plain")
    except DeployError as error:
        raise Problem(409, str(error)) from error


async def _following(parts: Parts, deployment_id: str, last: str, values: dict[str, str]) -> AsyncIterator[str]:
    yield last
    async for text in parts.platform.follow(deployment_id):
        yield redacted(text, values)


def _secret_values(parts: Parts, row: Row) -> dict[str, str]:
    kinds = (Kind.GENERATED, Kind.USER)
    found_values = [parts.secrets.read(Place(row["project_id"], row["environment"], kind)) for kind in kinds]
    return {name: value for values in found_values for name, value in values.items()}


__all__ = ["Strategies", "Waivers", "router"]
