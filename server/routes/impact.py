"""What a change in words would touch; nothing is changed."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from server.parts import Id, PartsDep, Text, found, signed_in
from server.problems import Problem, documented
from tools.iterator.interface import IteratorError
from tools.iterator.sources import GitSource

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["modifications"])


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    request: Annotated[Text, Field(max_length=20_000, pattern=r"\S")]


@router.post("/projects/{project_id}/impact", responses=documented(400, 401, 404, 409, 413, 422))
async def impact(project_id: Id, body: Asked, parts: PartsDep) -> dict[str, Any]:
    """Likely files with their symbols and reasons, tests that cover them, files that depend on them, and the risk."""
    project = found(await parts.store.project(project_id), "project")
    if project["commit"] is None:
        raise Problem(409, "this project has no code yet, so nothing can be touched")
    git_dir = parts.settings.repositories / f"{project_id}.git"
    try:
        source = await asyncio.to_thread(GitSource, git_dir, project["commit"], project_id)
        told = await parts.impact.analyse(source, body.request)
    except IteratorError as error:
        raise Problem(409, str(error)) from error
    return told.model_dump(mode="json")


__all__ = ["router"]
