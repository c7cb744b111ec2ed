"""What the API's routes work with, made once in the lifespan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import httpx
from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator
from redis.asyncio import Redis

from memory.code_reading import CodeReader
from memory.database import Pool
from memory.events import Events
from memory.secrets import Secrets
from memory.settings import Settings
from memory.spending import Spending
from memory.store import Row, Store
from server.auth import check_token
from server.local_token import ADMINISTRATOR, NotAllowed
from server.problems import Problem
from tools.deploy.interface import Platform
from tools.iterator.interface import ImpactAnalyser


@dataclass(frozen=True)
class Parts:
    settings: Settings
    pool: Pool
    store: Store
    events: Events
    redis: Redis
    platform: Platform
    code: CodeReader
    """Blocking."""
    secrets: Secrets
    """Blocking."""
    spending: Spending
    impact: ImpactAnalyser
    http: httpx.AsyncClient
    """For addresses of ours and of providers."""
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


UserDep = Annotated[str, Depends(signed_in)]


def administrator(user: UserDep) -> str:
    """What concerns the whole installation is not for every user. Raises Problem 403."""
    if user != ADMINISTRATOR:
        raise Problem(403, "this is for administrators; ask one of them")
    return user


ID = r"^[A-Za-z0-9-]{1,64}$"
Id = Annotated[str, Path(pattern=ID)]
"""Of a project, a run, a deployment. What cannot be one is answered with 404 (server.problems)."""


def text(value: str) -> str:
    """What PostgreSQL and files can hold. Raises ValueError."""
    if "\x00" in value:
        raise ValueError("it holds a NUL character, so it is no text; write it in plain words")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("it holds half of a character (a lone surrogate), so it is no text")
    return value


Text = Annotated[str, AfterValidator(text)]


def found(row: Row | None, what: str) -> Row:
    """The row. Raises Problem 404."""
    if row is None:
        raise Problem(404, f"there is no such {what}")
    return row


__all__ = ["ID", "Id", "Parts", "PartsDep", "Text", "UserDep", "administrator", "found", "signed_in", "text"]
