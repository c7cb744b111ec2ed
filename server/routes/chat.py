"""The conversation of a project: a message begins a run, or decides about the one that waits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from agents.pm.decisions import decision_in
from agents.pm.intent_rules import Intent, Sorted, by_rules
from graph.chat import (
    CHANGING,
    CREATE,
    NO_PROJECT,
    REPLY,
    UNSORTED,
    Begun,
    begin,
    has_application,
    replied,
    waits_first,
)
from memory.records.model import Role
from memory.store import KeyReused, Row
from server.documents import Document
from server.pages import Limit, page
from server.parts import ID, Id, Parts, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, queued, reused

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["chat"])
TEMPLATE = "rest_api"
ACTS = (Intent.CREATE, Intent.MODIFY, Intent.DEPLOY, Intent.ROLLBACK)


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    message: Annotated[Text, Field(max_length=20_000, pattern=r"\S")]
    project_id: Annotated[str, Field(pattern=ID)] | None = None


@router.post("/chat", status_code=202, responses={200: {}, **documented(400, 401, 404, 409, 413, 422)})
async def chat(body: Message, parts: PartsDep, user: UserDep, once: OnceDep, response: Response) -> dict[str, Any]:
    """202 with the run that does what was said, or answers it; events after `last_id` are its.

    200 with an `answer` and no run where there is no project and the message is no request for one.
    """
    message, identity = body.message.strip(), once.of(body)
    if body.project_id is None:
        return await _first(parts, message, user, identity, response)
    project = found(await parts.store.project(body.project_id), "project")
    last_id = await parts.events.last_id(project["id"])
    waiting = await parts.store.waiting_run(project["id"])
    try:
        run = await _decided(parts, waiting, message, user, identity) if waiting else None
        if run is None:
            begun = await _begun(parts, project, waiting, message)
            run = await _run(parts, project["id"], begun, user, identity)
    except KeyReused as error:
        raise reused() from error
    except LookupError as error:
        raise Problem(404, "there is no such project") from error
    return await _answer(parts, run, last_id, response)


@router.get("/projects/{project_id}/messages", responses=documented(401, 404, 422))
async def messages(
    project_id: Id,
    parts: PartsDep,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    order: Literal["asc", "desc"] = "asc",
) -> dict[str, Any]:
    """In the order in which they were said; `order=desc` begins with the newest."""
    found(await parts.store.project(project_id), "project")
    place = None if cursor is None else int(cursor)
    if order == "asc":
        rows = await parts.store.messages(project_id, limit + 1, place or 0)
    else:
        rows = await parts.store.latest_messages(project_id, limit + 1, place)
    following = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return page([_document(row) for row in rows[:limit]], following)


async def _first(parts: Parts, message: str, user: str, identity: dict[str, Any], response: Response) -> dict[str, Any]:
    """The first message of a conversation: it makes the project, or is answered as it is."""
    begun = await begin(parts.store, None, message, by_rules(message, has_application=False))
    if begun.intent != CREATE:
        response.status_code = 200
        return {"run": None, "project_id": None, "answer": {"text": begun.asked.get(REPLY, NO_PROJECT), "evidence": []}}
    try:
        project, run = await parts.store.create_project(
            name=message[:60],
            description=message,
            template=TEMPLATE,
            run_input=begun.asked,
            owner_id=user,
            **identity,
        )
    except KeyReused as error:
        raise reused() from error
    except LookupError as error:
        raise Problem(409, "Idempotency-Key: what it made is being deleted; take a fresh one") from error
    return await _answer(parts, {**run, "project_id": project["id"]}, "0", response)


async def _decided(parts: Parts, waiting: Row, message: str, user: str, identity: dict[str, Any]) -> Row | None:
    """None where the message decides nothing."""
    answer = decision_in(message, waiting["waiting"])
    if answer is None:
        return None
    decided = await parts.store.decide_in_words(waiting, answer, message, **identity)
    if decided is None:
        raise Problem(409, "someone has decided meanwhile")
    what = waiting["waiting"]["what"]
    detail = {"run_id": waiting["id"], "what": what, "decision": answer["decision"], "in_words": True}
    await parts.store.note(waiting["project_id"], "decided", user, **detail)
    return decided


async def _begun(parts: Parts, project: Row, waiting: Row | None, message: str) -> Begun:
    there = await has_application(parts.store, project)
    sorting = by_rules(message, has_application=there)
    if waiting is not None and _unclear(sorting):
        return replied(message, waits_first(waiting["waiting"]))
    if not sorting.sure and parts.settings.models_of(Role.PM):
        return Begun(UNSORTED, {"request": message})
    return await begin(parts.store, project, message, sorting)


async def _run(parts: Parts, project_id: str, begun: Begun, user: str, identity: dict[str, Any]) -> Row:
    if begun.intent not in CHANGING:
        return await parts.store.create_run(project_id, begun.intent, begun.asked, **identity)
    _, run = await parts.store.create_modification(project_id, begun.asked, user, **identity)
    return run


def _unclear(sorting: Sorted) -> bool:
    return sorting.intent is Intent.OTHER or (sorting.intent in ACTS and not sorting.sure)


async def _answer(parts: Parts, run: Row, last_id: str, response: Response) -> dict[str, Any]:
    told = await queued(parts, run, response)
    return {"run": {**told, "intent": run["intent"]}, "project_id": run["project_id"], "last_id": last_id}


def _document(row: Row) -> Document:
    run = {"id": row["run_id"], "intent": row["intent"], "status": row["status"]}
    return {
        "id": str(row["id"]),
        "role": row["role"],
        "text": row["text"],
        "evidence": row["evidence"],
        "created_at": row["created_at"],
        "run": run,
    }


__all__ = ["router"]
