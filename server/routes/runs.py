"""Runs: their state, their events, and ending them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from memory.records.plan import Plan
from memory.recovery import Recovery
from memory.store import FINAL, Row
from server.documents import Document, run_document, run_documents
from server.pages import Cursor, Limit, cut, page, position
from server.parts import Id, Parts, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from server.starting import queued
from server.streams import EVENT_ID

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["runs"])
FINISHED = "run_finished"


class Resume(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject", "edit"]
    comment: Annotated[Text, Field(max_length=20_000)] | None = None
    plan: Plan | None = None
    """For an edit: `waiting.plan.editable` of the run, changed."""
    answers: Annotated[dict[Text, Text], Field(max_length=20)] | None = None
    """To the plan's questions, by question; PM then plans anew."""
    budget_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The run's new budget; without it, the old one is given once more."""


@router.get("/projects/{project_id}/runs", responses=documented(401, 404, 422))
async def list_runs(project_id: Id, parts: PartsDep, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    found(await parts.store.project(project_id), "project")
    rows, following = cut(await parts.store.runs(project_id, limit + 1, position(cursor)), limit)
    return page(await run_documents(parts, rows), following)


@router.get("/runs/{run_id}", responses=documented(401, 404))
async def read_run(run_id: Id, parts: PartsDep) -> Document:
    return await run_document(parts, found(await parts.store.run(run_id), "run"))


@router.get(
    "/runs/{run_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, 204: {}, **documented(401, 404, 422)},
)
async def events(
    run_id: Id,
    parts: PartsDep,
    last_event_id: Annotated[str | None, Header(pattern=EVENT_ID)] = None,
) -> Response:
    """Server-sent events of the run, those that were and those to come, until `run_finished`.

    A client that comes back with the id of the last one gets 204, which keeps it from coming again.
    """
    run = found(await parts.store.run(run_id), "run")
    if last_event_id and run["status"] in FINAL and not await _any_after(parts, run, last_event_id):
        return Response(status_code=204)
    told = _told(parts, run, last_event_id or "0")
    return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.post("/runs/{run_id}/cancel", responses={202: {}, **documented(400, 401, 404, 409)})
async def cancel(run_id: Id, parts: PartsDep, user: UserDep, response: Response) -> dict[str, Any]:
    """200: it has ended. 202: the step that it is in is being stopped."""
    run = found(await parts.store.run(run_id), "run")
    if run["adopted"]:
        raise Problem(409, "this run is LangGraph's own server's: cancel it there")
    ending = await parts.store.cancel_run(run_id, f"cancelled by {user}")
    if ending is None:
        raise Problem(409, "the run has ended already")
    await parts.store.note(run["project_id"], "cancel_requested", user, run_id=run_id)
    if ending["status"] == "cancelled":
        error = ending["error"]
        await parts.store.say(run_id, f"The run was {error}")
        await parts.events.emit(FINISHED, run["project_id"], run_id, status="cancelled", error=error)
        await Recovery(parts.pool).announced(run_id)
        return {"run": {"id": run_id, "status": "cancelled"}}
    response.status_code = 202
    return {"run": await queued(parts, ending, response)}


@router.post("/runs/{run_id}/resume", status_code=202, responses=documented(400, 401, 404, 409, 422))
async def resume(run_id: Id, body: Resume, parts: PartsDep, user: UserDep, response: Response) -> dict[str, Any]:
    """Decides about what the run waits for; it goes on at once."""
    run = found(await parts.store.run(run_id), "run")
    if run["status"] != "waiting":
        raise Problem(409, f"the run is {run['status']}: nothing waits for a decision ({body.decision})")
    what = run["waiting"]["what"]
    if body.decision == "edit" and (what != "plan" or body.plan is None):
        raise Problem(422, f"plan: an edit is a whole edited plan, for a run that waits for one; this waits for {what}")
    answer = body.model_dump(mode="json", exclude_none=True)
    decided = await parts.store.decide(run_id, {"interrupt_id": run["waiting"]["interrupt_id"], "answer": answer})
    if decided is None:
        raise Problem(409, "someone has decided meanwhile")
    await parts.store.note(run["project_id"], "decided", user, run_id=run_id, what=what, decision=body.decision)
    return {"run": await queued(parts, decided, response)}


async def _any_after(parts: Parts, run: Row, last_id: str) -> bool:
    async for event in parts.events.follow(run["project_id"], last_id):
        if event is None:
            return False
        if event["run_id"] == run["id"]:
            return True
    return False


async def _told(parts: Parts, run: Row, last_id: str) -> AsyncIterator[str]:
    async for event in parts.events.follow(run["project_id"], last_id):
        if event is not None and event["run_id"] == run["id"]:
            yield f"id: {event['id']}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n"
            if event["type"] == FINISHED:
                return
        elif event is None:
            yield ": still there\n\n"
            now = await parts.store.run(run["id"])
            if now is None or now["status"] in FINAL:
                yield _end(run, now)
                return


def _end(run: Row, now: Row | None) -> str:
    """For a run whose last event was lost with Redis, or that was deleted."""
    status = "cancelled" if now is None else now["status"]
    event = {"type": FINISHED, "project_id": run["project_id"], "run_id": run["id"], "status": status}
    return f"event: {FINISHED}\ndata: {json.dumps(event)}\n\n"


__all__ = ["router"]
