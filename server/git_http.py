"""Projects' repositories over HTTP, for `git clone` and `git push`: git's own http-backend behind our tokens."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from server.auth import check_token
from server.local_token import NotAllowed
from server.parts import Parts

PLACE = re.compile(r"^/(?P<project>[A-Za-z0-9-]{1,64})\.git/(?P<service>info/refs|git-upload-pack|git-receive-pack)$")
CONFIG = {
    "http.receivepack": "true",
    "transfer.hideRefs": "refs/softwright",
    "receive.fsckObjects": "true",
    "receive.denyNonFastForwards": "true",
    "receive.denyDeletes": "true",
}
"""Main only grows, and what the template gave is nobody's to move."""
LONGEST_S = 300.0
CHUNK = 64 << 10


class GitHttp:
    """An ASGI application, mounted at /git. The password is a token; the user's name is not looked at."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request, scope["app"].state.parts)
        await response(scope, receive, send)

    async def _answer(self, request: Request, parts: Parts) -> Response:
        user = _user(request, parts)
        if user is None:
            words = "a token is needed as password: `./softwright token` prints one\n"
            return Response(words, 401, headers={"WWW-Authenticate": 'Basic realm="Softwright"'})
        place = PLACE.match(request.url.path.removeprefix(request.scope.get("root_path", "")))
        if place is None or await parts.store.project(place["project"]) is None:
            return Response("there is no such repository\n", 404)
        with tempfile.TemporaryFile() as body:
            async for part in request.stream():
                await asyncio.to_thread(body.write, part)
            environment = _cgi(
                request, parts.settings.repositories, place["project"], place["service"], user, body.tell()
            )
            body.seek(0)
            return await _run(environment, body)


def _user(request: Request, parts: Parts) -> str | None:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    token = given
    if kind.lower() == "basic":
        try:
            token = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    try:
        return check_token(parts.key, token)
    except NotAllowed:
        return None


def _cgi(request: Request, root: Path, project: str, service: str, user: str, length: int) -> dict[str, str]:
    settings = {"GIT_CONFIG_COUNT": str(len(CONFIG))}
    for number, (key, value) in enumerate(CONFIG.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return settings | {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(root),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "GATEWAY_INTERFACE": "CGI/1.1",
        "PATH_INFO": f"/{project}.git/{service}",
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "REMOTE_USER": user,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(length),
        **({"HTTP_CONTENT_ENCODING": encoding} if (encoding := request.headers.get("content-encoding")) else {}),
    }


async def _run(environment: dict[str, str], body: IO[bytes]) -> Response:
    backend = await asyncio.create_subprocess_exec(
        "git", "http-backend", stdin=body, stdout=asyncio.subprocess.PIPE, env=environment
    )
    if backend.stdout is None:
        raise RuntimeError("git http-backend has no output")
    output = backend.stdout
    status, headers = 200, dict[str, str]()
    async with asyncio.timeout(LONGEST_S):
        while line := (await output.readline()).strip():
            name, _, value = line.decode("latin-1").partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            else:
                headers[name] = value

    async def rest() -> AsyncIterator[bytes]:
        try:
            async with asyncio.timeout(LONGEST_S):
                while part := await output.read(CHUNK):
                    yield part
                await backend.wait()
        finally:
            if backend.returncode is None:
                backend.kill()
                await backend.wait()

    return StreamingResponse(rest(), status, headers)


__all__ = ["GitHttp"]
