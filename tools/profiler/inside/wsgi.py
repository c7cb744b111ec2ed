"""A Flask application as ASGI, in its own process: a request in a thread, and its routes as a document of paths."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

PARAMETER = re.compile(r"<(?:(\w+)(?:\([^>]*\))?:)?(\w+)>")
KINDS = {"int": {"type": "integer"}, "float": {"type": "number"}, "uuid": {"type": "string", "format": "uuid"}}
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def is_wsgi(app: Any) -> bool:
    return callable(getattr(app, "wsgi_app", None)) and hasattr(app, "url_map")


class FromWsgi:
    def __init__(self, app: Any) -> None:
        self._app = app

    def openapi(self) -> dict[str, Any]:
        """Of what the rules say: their methods and parameters."""
        paths: dict[str, dict[str, Any]] = {}
        for rule in self._app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            path = PARAMETER.sub(lambda found: "{" + found[2] + "}", rule.rule)
            parameters = [
                {"name": name, "in": "path", "schema": KINDS.get(kind, {"type": "string"})}
                for kind, name in PARAMETER.findall(rule.rule)
            ]
            for method in METHODS & set(rule.methods or ()):
                paths.setdefault(path, {})[method.lower()] = {"parameters": parameters}
        return {"paths": paths}

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = (await receive()).get("body", b"")
        status, headers, content = await asyncio.to_thread(self._answer, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: dict[str, Any], body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
            told[:] = [int(status.split()[0]), [(name.lower().encode(), value.encode()) for name, value in headers]]
            return lambda _: None

        parts = self._app(_environ(scope, body), start)
        try:
            content = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        return told[0], told[1], content


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _environ(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    headers = {bytes(name).decode().lower(): bytes(value).decode() for name, value in scope["headers"]}
    own = ("content-type", "content-length")
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(scope["path"]),
        "QUERY_STRING": scope["query_string"].decode(),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": headers.get("content-length", "0"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name not in own},
    }


__all__ = ["FromWsgi", "is_wsgi"]
