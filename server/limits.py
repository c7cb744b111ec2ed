"""No request body is read beyond what its route can need."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.problems import problem

PLAIN_BYTES = 1 << 20
OPENAPI_BYTES = 44 << 20
"""An OpenAPI file of 20 MB, twice as long for its quotes and line ends in JSON, and the rest of the request."""
GIT_BYTES = 256 << 20
"""Of one push."""
LARGER = {("POST", "/api/projects"): OPENAPI_BYTES, ("POST", "/api/projects/import"): GIT_BYTES}


class BodyLimit:
    """Answers 413 where a body is longer, also where it does not say so beforehand."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        pushed = GIT_BYTES if scope["path"].startswith("/git/") else PLAIN_BYTES
        limit = LARGER.get((scope["method"], scope["path"]), pushed)
        if _announced(scope) > limit:
            await problem(413, _words(limit), headers={"Connection": "close"})(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _counted(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise HTTPException(413, _words(limit))
        return message

    return counting


def _words(limit: int) -> str:
    return f"the request is longer than {limit >> 20} MB"


__all__ = ["BodyLimit"]
