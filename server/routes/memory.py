"""What is remembered of a project: earlier requests, decisions, conventions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from server.parts import Id, PartsDep, UserDep, found, signed_in
from server.problems import Problem, documented

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["memory"])
MOST = 500
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@router.get("/projects/{project_id}/memory", responses=documented(401, 404))
async def notes(project_id: Id, parts: PartsDep) -> dict[str, Any]:
    """Newest first. PM is shown those that a request is about."""
    found(await parts.store.project(project_id), "project")
    kept = await parts.store.notes(project_id, MOST)
    return {"items": [{"key": note.key, **note.model_dump(mode="json")} for note in kept], "next": None}


@router.delete("/projects/{project_id}/memory/{key}", status_code=204, responses=documented(401, 404))
async def forget(project_id: Id, key: Key, parts: PartsDep, user: UserDep) -> Response:
    found(await parts.store.project(project_id), "project")
    if not await parts.store.forget_note(project_id, key):
        raise Problem(404, "there is no such note")
    await parts.store.note(project_id, "forgotten", user, key=key)
    return Response(status_code=204)


__all__ = ["router"]
