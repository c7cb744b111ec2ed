"""Deployments: what runs where, its health and its logs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import PlainTextResponse

from memory.store import Row
from server.parts import PartsDep, found, signed_in
from server.problems import Problem
from tools.deploy.interface import DeployError

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["deployments"])


def document(row: Row) -> dict[str, Any]:
    url = row["deployment_url"]
    return {**row, "health_check_url": None if url is None else f"{url}/health"}


@router.get("/projects/{project_id}/deployments")
async def list_deployments(
    project_id: str, parts: PartsDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    found(await parts.store.project(project_id), "project")
    return {"items": [document(row) for row in await parts.store.deployments(project_id, limit)], "next": None}


@router.get("/deployments/{deployment_id}")
async def read_deployment(deployment_id: str, parts: PartsDep) -> dict[str, Any]:
    return document(found(await parts.store.deployment(deployment_id), "deployment"))


@router.get("/deployments/{deployment_id}/health")
async def health(deployment_id: str, parts: PartsDep) -> dict[str, Any]:
    """Probes it now."""
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
        "restarts": serving.restarts,
        "detail": serving.detail,
        "limits_active": list(serving.limits_active),
    }


@router.get("/deployments/{deployment_id}/logs", response_class=PlainTextResponse)
async def logs(deployment_id: str, parts: PartsDep, lines: Annotated[int, Query(ge=1, le=10_000)] = 200) -> str:
    found(await parts.store.deployment(deployment_id), "deployment")
    try:
        return await parts.platform.logs(deployment_id, lines=lines)
    except DeployError as error:
        raise Problem(409, str(error)) from error


__all__ = ["router"]
