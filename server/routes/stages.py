"""Environments side by side: what serves in each, what each gives to its application, from one to the next."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from graph.deploy_requests import NotPossible, promotion_of
from memory.records.serving import Resources
from memory.secrets import Kind, Place
from server.documents import ENVIRONMENTS, Document, Environment
from server.parts import Id, Parts, PartsDep, UserDep, found, signed_in
from server.problems import Problem, documented
from server.routes.deployments import Strategies, Waivers
from server.starting import OnceDep, new_run

router = APIRouter(prefix="/api/projects/{project_id}", dependencies=[Depends(signed_in)], tags=["environments"])


class Promote(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    source: Annotated[Environment, Field(alias="from")]
    target: Annotated[Environment, Field(alias="to")]
    resources: Resources | None = None
    strategy: Strategies | None = None
    downtime: bool = False
    """Whether a short pause is allowed, which a change of the database that breaks the old version needs."""
    waivers: Waivers = {}


@router.post("/promote", status_code=202, responses=documented(400, 401, 404, 409, 413, 422))
async def promote(project_id: Id, body: Promote, parts: PartsDep, once: OnceDep, response: Response) -> dict[str, Any]:
    """Puts the commit and the artefact that serve in one environment to work in another, with that one's variables."""
    project = found(await parts.store.project(project_id), "project")
    options = body.model_dump(mode="json", include={"resources", "strategy", "downtime", "waivers"}, exclude_none=True)
    try:
        asked = await promotion_of(parts.store, project, body.source, body.target, options | {"approved": True})
    except NotPossible as error:
        raise Problem(409, str(error)) from error
    return await new_run(parts, project_id, "deploy", asked, once.of(body), response)


@router.get("/environments", responses=documented(401, 404))
async def environments(project_id: Id, parts: PartsDep) -> dict[str, Any]:
    """All three, with what serves there now; variables by their names."""
    found(await parts.store.project(project_id), "project")
    serving = (await parts.store.current_deployments([project_id]))[project_id]
    given = await parts.store.resources(project_id)
    names = await asyncio.to_thread(_names, parts, project_id)
    by_name = {row["environment"]: row for row in serving}
    items = [_environment(name, by_name.get(name), given.get(name), names[name]) for name in ENVIRONMENTS]
    return {"items": items, "next": None}


@router.put("/environments/{environment}/resources", responses=documented(400, 401, 404, 413, 422))
async def set_resources(
    project_id: Id, environment: Environment, body: Resources, parts: PartsDep, user: UserDep
) -> dict[str, Any]:
    """They hold from the next deploy on."""
    found(await parts.store.project(project_id), "project")
    await parts.store.set_resources(project_id, environment, body)
    changed = body.model_dump(mode="json")
    await parts.store.note(project_id, "resources_changed", user, environment=environment, resources=changed)
    return {"environment": environment, "resources": changed}


def _environment(name: str, serving: Document | None, given: Resources | None, names: list[str]) -> Document:
    row = serving or {}
    return {
        "name": name,
        "url": row.get("deployment_url"),
        "deployment_id": row.get("id"),
        "status": row.get("status"),
        "commit": row.get("commit"),
        "artefact": row.get("artefact"),
        "resources": (given or Resources()).model_dump(mode="json"),
        "environment_vars": names,
    }


def _names(parts: Parts, project_id: str) -> dict[str, list[str]]:
    return {name: sorted(parts.secrets.read(Place(project_id, name, Kind.USER))) for name in ENVIRONMENTS}


__all__ = ["router"]
