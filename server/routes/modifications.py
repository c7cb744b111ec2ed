"""Modifications: changes of a project in plain words, what became of them, and the way back."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from memory.code import CodeError
from memory.store import KeyReused
from server.documents import Document
from server.modification_documents import modification_document
from server.pages import Cursor, Limit, cut, page, position
from server.parts import Id, Parts, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, queued, reused

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["modifications"])


class Modify(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    request: Annotated[Text, Field(max_length=20_000, pattern=r"\S")]
    approve: bool = False
    attended: bool = False
    """Somebody watches the run, and can be asked about tool calls that could do harm."""
    budget_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    model: Annotated[Text, Field(max_length=200)] | None = None


@router.post("/projects/{project_id}/modify", status_code=202, responses=documented(400, 401, 404, 409, 413, 422))
async def modify(
    project_id: Id, body: Modify, parts: PartsDep, user: UserDep, once: OnceDep, response: Response
) -> dict[str, Any]:
    """Everything that worked works afterwards, or nothing is changed."""
    project = found(await parts.store.project(project_id), "project")
    if project["commit"] is None and project["status"] != "creating":
        raise Problem(409, "this project has no code yet, so there is nothing to change")
    return await _begin(parts, project_id, body.model_dump(exclude_none=True), user, once.of(body), response)


@router.get("/projects/{project_id}/modifications", responses=documented(401, 404, 422))
async def list_modifications(
    project_id: Id, parts: PartsDep, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    found(await parts.store.project(project_id), "project")
    rows = await parts.store.modifications(project_id, limit + 1, position(cursor))
    shown, following = cut([{**row, "created_at": row["requested_at"]} for row in rows], limit)
    return page([modification_document(row) for row in shown], following)


@router.get("/modifications/{modification_id}", responses=documented(401, 404))
async def read_modification(modification_id: Id, parts: PartsDep) -> Document:
    return modification_document(found(await parts.store.modification(modification_id), "modification"))


class RollBack(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


@router.post(
    "/modifications/{modification_id}/rollback", status_code=202, responses=documented(400, 401, 404, 409, 422)
)
async def roll_back(
    modification_id: Id, parts: PartsDep, user: UserDep, once: OnceDep, response: Response
) -> dict[str, Any]:
    """Code, tables and deployments as they were before it; what people have pushed since stays."""
    row = found(await parts.store.modification(modification_id), "modification")
    if row["status"] != "applied" or row["rolls_back"] is not None:
        raise Problem(409, "only a modification that is applied can be rolled back")
    newest = (await parts.store.applied_modifications(row["project_id"]))[0]
    if newest["id"] != row["id"]:
        raise Problem(
            409, f"others came after it: roll back {newest['id']} first, or the project to {row['base_commit']}"
        )
    asked = {
        "request": f"Roll back: {row['request'][:500]}",
        "to": row["base_commit"],
        "since": row["commit"],
        "rolls_back": [row["id"]],
    }
    return await _begin(parts, row["project_id"], asked, user, once.of(None), response)


@router.post("/projects/{project_id}/rollback", status_code=202, responses=documented(400, 401, 404, 409, 413, 422))
async def roll_back_to(
    project_id: Id, body: RollBack, parts: PartsDep, user: UserDep, once: OnceDep, response: Response
) -> dict[str, Any]:
    """Code, tables and deployments as they were at an earlier commit of main."""
    found(await parts.store.project(project_id), "project")
    try:
        known = await asyncio.to_thread(parts.code.history, project_id)
    except CodeError as error:
        raise Problem(409, f"this project's history cannot be read: {error}") from error
    if body.commit not in known[1:]:
        raise Problem(409, f"{body.commit} is no earlier commit of main")
    later = set(known[: known.index(body.commit)])
    rows = await parts.store.applied_modifications(project_id)
    taken = [row["id"] for row in rows if row["commit"] in later]
    asked = {"request": f"Roll back to {body.commit[:12]}", "to": body.commit, "rolls_back": taken}
    return await _begin(parts, project_id, asked, user, once.of(body), response)


async def _begin(
    parts: Parts, project_id: str, asked: dict[str, Any], user: str, identity: dict[str, Any], response: Response
) -> dict[str, Any]:
    """Raises Problem 404, 422."""
    try:
        row, run = await parts.store.create_modification(project_id, asked, user, **identity)
    except LookupError as error:
        raise Problem(404, "there is no such project") from error
    except KeyReused as error:
        raise reused() from error
    row = found(await parts.store.modification(row["id"]), "modification")
    return {"modification": modification_document(row), "run": await queued(parts, run, response)}


__all__ = ["router"]
