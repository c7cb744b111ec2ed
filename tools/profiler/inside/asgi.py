"""An ASGI application called in its own process, as a server would: its lifespan, then requests."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tools.profiler.inside.records import CURRENT, Request

START_S = 30.0
REQUEST_S = 20.0


class NotStarted(Exception):
    """The application did not come up; the message says what it said."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float
    kind: str = ""
    """Content type, without its parameters."""

    def json(self) -> Any:
        """None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Application:
    def __init__(self, app: Any) -> None:
        self._app = app
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._state: dict[str, Any] = {}
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises NotStarted. An application without a lifespan has none to start."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        self._life = asyncio.create_task(self._live(scope))
        await self._events.put({"type": "lifespan.startup"})
        try:
            told = await asyncio.wait_for(self._told.get(), START_S)
        except TimeoutError as error:
            raise NotStarted(f"its start did not come to an end within {START_S:g} s") from error
        if told["type"] == "lifespan.startup.failed":
            raise NotStarted(str(told.get("message", ""))[-1500:] or "its start failed")

    async def stop(self) -> None:
        if self._life is not None and not self._life.done():
            await self._events.put({"type": "lifespan.shutdown"})
            await asyncio.wait({self._life}, timeout=START_S)

    async def _live(self, scope: dict[str, Any]) -> None:
        try:
            await self._app(scope, self._events.get, self._told.put)
        except Exception as error:  # an application may refuse the lifespan protocol by raising anything
            quiet = isinstance(error, AssertionError | KeyError | NotImplementedError)
            kind = "lifespan.startup.complete" if quiet else "lifespan.startup.failed"
            await self._told.put({"type": kind, "message": f"{type(error).__name__}: {error}"})

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        noted: Request | None = None,
    ) -> Answer:
        """`body`: sent as JSON. What the application raises counts as 500. Raises TimeoutError."""
        content, sent = b"", {"host": "127.0.0.1", "accept": "*/*", **(headers or {})}
        if form is not None:
            content, sent["content-type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            content, sent["content-type"] = json.dumps(body).encode(), "application/json"
        sent["content-length"] = str(len(content))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": urlencode(dict(query or {})).encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": self._state.copy(),
        }
        token, cpu = CURRENT.set(noted), time.process_time()
        try:
            answer = await asyncio.wait_for(_answered(self._app, scope, content), REQUEST_S)
        finally:
            CURRENT.reset(token)
        if noted is not None:
            noted.cpu_ms = (time.process_time() - cpu) * 1000
            noted.ms, noted.status, noted.answer = answer.seconds * 1000, answer.status, hash(answer.body)
        return answer


async def _answered(app: Any, scope: dict[str, Any], content: bytes) -> Answer:
    status, kind, parts, done = 500, "", [], asyncio.Event()
    given = False

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            await done.wait()
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, kind
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {bytes(name).lower(): bytes(value) for name, value in message.get("headers", ())}
            kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                done.set()

    began = time.perf_counter()
    try:
        await app(scope, receive, send)
    except Exception:  # a server answers 500 for whatever an application raises
        status = 500
    return Answer(status, b"".join(parts), time.perf_counter() - began, kind)


__all__ = ["Answer", "Application", "NotStarted"]
