"""What every route that starts a run has in common: the key of a retried request, the queue, the answer."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from memory.store import KeyReused, Row
from server.parts import Parts, UserDep
from server.problems import Problem


class Once(BaseModel):
    """For the store: the key of the request, and what it was used for."""

    key: str | None
    path: str

    def of(self, body: BaseModel | None) -> dict[str, Any]:
        text = self.path + ("" if body is None else body.model_dump_json())
        return {"key": self.key, "fingerprint": hashlib.sha256(text.encode()).hexdigest()}


def once(
    request: Request, user: UserDep, idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None
) -> Once:
    key = None if idempotency_key is None else f"{user}:{idempotency_key}"
    return Once(key=key, path=request.url.path)


OnceDep = Annotated[Once, Depends(once)]


async def new_run(
    parts: Parts, project_id: str, intent: str, asked: dict[str, Any], identity: dict[str, Any], response: Response
) -> dict[str, Any]:
    """The answer of a route that starts a run of a project. Raises Problem 404, 422."""
    try:
        run = await parts.store.create_run(project_id, intent, asked, **identity)
    except LookupError as error:
        raise Problem(404, "there is no such project") from error
    except KeyReused as error:
        raise reused() from error
    return {"run": await queued(parts, run, response)}


async def queued(parts: Parts, run: Row, response: Response) -> dict[str, Any]:
    """Puts the run's project on the queue; where Redis is away, recovery does so when it is back."""
    response.headers["Location"] = f"/api/runs/{run['id']}"
    await asyncio.to_thread(parts.enqueue, run["project_id"])
    return {"id": run["id"], "status": run["status"]}


def reused() -> Problem:
    return Problem(422, "Idempotency-Key: this key was used for another request before; take a fresh one")


__all__ = ["Once", "OnceDep", "new_run", "queued", "reused"]
