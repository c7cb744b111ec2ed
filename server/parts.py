"""What the API's routes work with, made once in the lifespan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from redis.asyncio import Redis

from memory.database import Pool
from memory.events import Events
from memory.settings import Settings
from memory.store import Row, Store
from server.auth import NotAllowed, check_token
from server.problems import Problem
from tools.deploy.interface import Platform


@dataclass(frozen=True)
class Parts:
    settings: Settings
    pool: Pool
    store: Store
    events: Events
    redis: Redis
    platform: Platform
    enqueue: Callable[[str], None]
    """Puts a project on the queue. Blocking."""
    key: str
    """Signs tokens."""


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(parts_of)]
bearer = HTTPBearer(auto_error=False)


def signed_in(parts: PartsDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    """The user. Raises Problem 401."""
    if credentials is None:
        raise Problem(401, "Authorization: Bearer <token> is missing; `./softwright token` prints one")
    try:
        return check_token(parts.key, credentials.credentials)
    except NotAllowed as error:
        raise Problem(401, str(error)) from error


def found(row: Row | None, what: str) -> Row:
    """The row. Raises Problem 404."""
    if row is None:
        raise Problem(404, f"there is no such {what}")
    return row


__all__ = ["Parts", "PartsDep", "found", "signed_in"]
