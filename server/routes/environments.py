"""Variables of a project's environments: set as secrets, named, never returned; and the one credential shown once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from pydantic import AfterValidator, Field, RootModel

from memory.records.manifest import MANIFEST_NAME
from memory.records.serving import Resources
from memory.secrets import Kind, Place
from server.documents import Environment
from server.parts import Id, Parts, PartsDep, UserDep, found, signed_in, text
from server.problems import Problem, documented
from tools.deploy.compose import compose_file

router = APIRouter(
    prefix="/api/projects/{project_id}/environments/{environment}",
    dependencies=[Depends(signed_in)],
    tags=["environments"],
)
CREDENTIALS = ("API_TOKEN",)
"""Generated values that callers of an application need, other than signing keys."""
MAX_NAMES = 200

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
Value = Annotated[str, Field(max_length=32_768), AfterValidator(text)]


class Variables(RootModel[Annotated[dict[Name, Value], Field(max_length=MAX_NAMES)]]):
    """All of an environment's variables."""


class Changes(RootModel[Annotated[dict[Name, Value | None], Field(max_length=MAX_NAMES)]]):
    """Some of them; null removes one."""


@router.get("/vars", responses=documented(401, 404))
async def names(project_id: Id, environment: Environment, parts: PartsDep) -> dict[str, Any]:
    """Names only: `names` were set by people, `generated` by the platform at the first deploy."""
    found(await parts.store.project(project_id), "project")
    return await asyncio.to_thread(_names, parts, project_id, environment)


@router.get("/compose", response_class=PlainTextResponse, responses=documented(401, 404, 409))
async def compose(project_id: Id, environment: Environment, parts: PartsDep) -> PlainTextResponse:
    """A Compose file for the project's code, with its health; variables by their names."""
    project = found(await parts.store.project(project_id), "project")
    if project["commit"] is None:
        raise Problem(409, "there is no code yet; QA has passed no version of this project")
    manifest = await asyncio.to_thread(parts.code.manifest, project_id, project["commit"])
    if manifest is None:
        raise Problem(409, f"commit {project['commit'][:12]} has no {MANIFEST_NAME} that says how it is run")
    given = (await parts.store.resources(project_id)).get(environment) or Resources(memory_mb=512, cpus=1.0)
    names = (await asyncio.to_thread(_names, parts, project_id, environment))["names"]
    return PlainTextResponse(compose_file(manifest, names, given), media_type="application/yaml")


@router.put("/vars", responses=documented(400, 401, 404, 413, 422))
async def replace(
    project_id: Id, environment: Environment, body: Variables, parts: PartsDep, user: UserDep
) -> dict[str, Any]:
    """These and no others; they reach the application with its next deploy."""
    return await _change(parts, project_id, environment, dict(body.root), user, whole=True)


@router.patch("/vars", responses=documented(400, 401, 404, 413, 422))
async def change(
    project_id: Id, environment: Environment, body: Changes, parts: PartsDep, user: UserDep
) -> dict[str, Any]:
    """Sets or removes some and leaves the others; they reach the application with its next deploy."""
    return await _change(parts, project_id, environment, body.root, user, whole=False)


@router.post("/credentials/{name}", responses=documented(400, 401, 404, 409))
async def reveal(
    project_id: Id, environment: Environment, name: Name, parts: PartsDep, user: UserDep, response: Response
) -> dict[str, str]:
    """The value of a generated credential (API_TOKEN of an application with protected operations), shown once."""
    found(await parts.store.project(project_id), "project")
    value = await asyncio.to_thread(_shown_once, parts, project_id, environment, name)
    await parts.store.note(project_id, "credential_shown", user, environment=environment, name=name)
    response.headers["Cache-Control"] = "no-store"
    return {"name": name, "value": value}


async def _change(
    parts: Parts, project_id: str, environment: str, values: dict[str, str | None], user: str, *, whole: bool
) -> dict[str, Any]:
    found(await parts.store.project(project_id), "project")
    place = Place(project_id, environment, Kind.USER)
    kept = await asyncio.to_thread(lambda: parts.secrets.change(place, values, whole=whole))
    await parts.store.note(project_id, "variables_changed", user, environment=environment, names=sorted(kept))
    return await asyncio.to_thread(_names, parts, project_id, environment)


def _names(parts: Parts, project_id: str, environment: str) -> dict[str, Any]:
    by_people = parts.secrets.read(Place(project_id, environment, Kind.USER))
    generated = parts.secrets.read(Place(project_id, environment, Kind.GENERATED))
    return {"environment": environment, "names": sorted(by_people), "generated": sorted(generated)}


def _shown_once(parts: Parts, project_id: str, environment: str, name: str) -> str:
    """Raises Problem 404, 409."""
    value = parts.secrets.read(Place(project_id, environment, Kind.GENERATED)).get(name)
    if name not in CREDENTIALS or value is None:
        raise Problem(404, f"{environment} has no generated {name}; one is made when an application needs it")
    own_value = "set one of your own with PUT or PATCH on its environment's /vars, and deploy"
    if name in parts.secrets.read(Place(project_id, environment, Kind.USER)):
        raise Problem(409, f"{name} was set by a person, and such values are never shown; {own_value}")
    seen = Place(project_id, environment, Kind.SHOWN)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    first = parts.secrets.remember(seen, name, now)
    if first != now:
        raise Problem(409, f"{name} was shown already, on {first[:10]}; if it is lost, {own_value}")
    return value


__all__ = ["router"]
