"""Modifications: changes of a project in plain words, what became of them, and the way back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from memory.store import KeyReused
from server.documents import Document
from server.modification_documents import modification_document
from server.pages import Cursor, Limit, cut, page, position
from server.parts import Id, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, queued, reused

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["modifications"])


class Modify(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    request: Annotated[Text, Field(max_length=20_000, pattern=r"\S")]
    approve: bool = False
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
    try:
        row, run = await parts.store.create_modification(
            project_id, body.model_dump(exclude_none=True), user, **once.of(body)
        )
    except LookupError as error:
        raise Problem(404, "there is no such project") from error
    except KeyReused as error:
        raise reused() from error
    row = found(await parts.store.modification(row["id"]), "modification")
    return {"modification": modification_document(row), "run": await queued(parts, run, response)}


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


__all__ = ["router"]
