"""Projects: made, listed, changed, deleted; their code and what happened to them."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from memory.code import CodeError
from memory.store import KeyReused, Row
from server.deletion import delete_project
from server.documents import Document, project_document, project_documents
from server.pages import Cursor, Limit, cut, page, position
from server.parts import Id, Parts, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from server.routes.deployments import Waivers
from server.starting import OnceDep, queued, reused
from tools.scaffold.catalogue import CATALOGUE

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["projects"])
Name = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"\S")]
LATEST = 50
"""Entries of the history within a project's document."""


class NewProject(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    request: Annotated[Text, Field(max_length=20_000)]
    name: Name | None = None
    template: Annotated[Text, Field(max_length=100)] | None = None
    openapi: Annotated[Text, Field(min_length=1, max_length=20 << 20)] | None = None
    deploy: Literal["dev", "staging", "production", "none"] = "dev"
    model: Annotated[Text, Field(max_length=200)] | None = None
    budget_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    approve: bool = False
    attended: bool = False
    """Somebody watches the run, and can be asked about tool calls that could do harm."""
    waivers: Waivers = {}


class ChangedProject(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name | None = None
    description: Annotated[Text, Field(max_length=20_000)] | None = None


@router.post("/projects", status_code=202, responses=documented(400, 401, 409, 413, 422))
async def create_project(
    body: NewProject, parts: PartsDep, user: UserDep, once: OnceDep, response: Response
) -> dict[str, Any]:
    template = body.template or "rest_api"
    if template not in [known.id for known in CATALOGUE]:
        raise Problem(422, f"template: there is no template {template!r}")
    if not body.request.strip() and body.openapi is None:
        raise Problem(422, "request: it is empty; write what to build, for instance: a REST API for todos with title")
    try:
        project, run = await parts.store.create_project(
            name=body.name or body.request.strip()[:60] or "from OpenAPI",
            description=body.request,
            template=template,
            run_input=body.model_dump(exclude_none=True),
            owner_id=user,
            **once.of(body),
        )
    except KeyReused as error:
        raise reused() from error
    except LookupError as error:
        raise Problem(409, "Idempotency-Key: what it made is being deleted; take a fresh one") from error
    return {"project": await project_document(parts, project), "run": await queued(parts, run, response)}


@router.get("/projects", responses=documented(401, 422))
async def list_projects(parts: PartsDep, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    rows, following = cut(await parts.store.projects(limit + 1, position(cursor)), limit)
    return page(await project_documents(parts, rows), following)


@router.get("/projects/{project_id}", responses=documented(401, 404, 422))
async def read_project(
    project_id: Id, parts: PartsDep, include: Annotated[str, Query(max_length=100)] = ""
) -> Document:
    """`include`: codebase, history, or both with a comma between them."""
    wanted = {word.strip() for word in include.split(",")} - {""}
    if wanted - {"codebase", "history"}:
        raise Problem(422, "include: it is codebase, history, or codebase,history")
    row = found(await parts.store.project(project_id), "project")
    document = await project_document(parts, row)
    if "codebase" in wanted:
        document["codebase"] = await _codebase(parts, row)
    if "history" in wanted:
        document["history"] = [_happened(r) for r in await parts.store.history(project_id, LATEST)]
    return document


@router.put("/projects/{project_id}", responses=documented(400, 401, 404, 422))
async def change_project(project_id: Id, body: ChangedProject, parts: PartsDep, user: UserDep) -> Document:
    changed = body.model_dump(exclude_none=True)
    row = await parts.store.update_project(project_id, name=body.name, description=body.description)
    row = found(row, "project")
    if changed:
        await parts.store.note(project_id, "project_changed", user, fields=sorted(changed))
    return await project_document(parts, row)


@router.delete("/projects/{project_id}", status_code=204, responses={202: {}, **documented(401, 404)})
async def remove_project(project_id: Id, parts: PartsDep) -> Response:
    """202 where its run takes long to end: nobody sees the project any more, and the rest is removed afterwards."""
    found(await parts.store.project(project_id), "project")
    if await delete_project(parts, project_id):
        return Response(status_code=204)
    return JSONResponse({"detail": "the project is gone; what is left of it is removed when its run has ended"}, 202)


@router.get("/projects/{project_id}/history", responses=documented(401, 404, 422))
async def history(project_id: Id, parts: PartsDep, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """Everything that happened, newest first."""
    found(await parts.store.project(project_id), "project")
    rows, following = cut(await parts.store.history(project_id, limit + 1, position(cursor)), limit)
    return page([_happened(row) for row in rows], following)


@router.get(
    "/projects/{project_id}/archive",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/zip": {}, "application/x-git-bundle": {}}},
        **documented(401, 404, 409, 422),
    },
)
async def archive(project_id: Id, parts: PartsDep, format: Literal["zip", "bundle"] = "zip") -> FileResponse:
    """The code as a zip, or with its history as a git bundle (`git clone FILE`)."""
    row = found(await parts.store.project(project_id), "project")
    _written(row)
    scratch = Path(await asyncio.to_thread(tempfile.mkdtemp))
    name = re.sub(r"[^a-z0-9]+", "-", row["name"].lower()).strip("-") or "project"
    try:
        await asyncio.to_thread(_pack, parts, row, scratch / name, format)
    except CodeError as error:
        await asyncio.to_thread(shutil.rmtree, scratch)
        raise Problem(409, f"the code cannot be packed: {error}") from error
    media_type = "application/zip" if format == "zip" else "application/x-git-bundle"
    return FileResponse(
        scratch / name,
        media_type=media_type,
        filename=f"{name}.{format}",
        background=BackgroundTask(shutil.rmtree, scratch),
    )


def _pack(parts: Parts, row: Row, target: Path, format: str) -> None:
    if format == "zip":
        parts.code.archive(row["id"], row["commit"], target, target.name)
    else:
        parts.code.bundle(row["id"], target)


async def _codebase(parts: Parts, row: Row) -> dict[str, str | None]:
    if row["commit"] is None:
        return {}
    try:
        return await asyncio.to_thread(parts.code.files, row["id"], row["commit"])
    except CodeError as error:
        raise Problem(409, f"the code cannot be read: {error}") from error


def _written(row: Row) -> None:
    """Raises Problem 409."""
    if row["commit"] is None:
        raise Problem(409, "this project has no code yet")


def _happened(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "at": row["created_at"], "kind": row["kind"], **row["detail"]}


__all__ = ["router"]
