"""A short load: rows are made, then each operation is asked a few times, alone, and some of them together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

from tools.profiler.inside.asgi import Answer, Application
from tools.profiler.inside.operations import FORM, JSON, Asked, Known, Operation, request_for
from tools.profiler.inside.records import Activity, Request
from tools.profiler.inside.samples import Samples

ROWS = 12
SLOW_MS = 3.0
TOGETHER = 8
FAILED = 400
PASSWORD = "correct horse battery staple 9"  # noqa: S105 - of an account that is made here, in a database of the run


@dataclass(frozen=True)
class Times:
    """How much of each part."""

    rounds: int = 12
    operation_s: float = 1.2
    total_s: float = 25.0
    together_s: float = 1.0


@dataclass
class Seen:
    """Of one operation."""

    operation: Operation
    requests: list[Request] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    reason: str = ""
    """Why it was not measured."""


class Load:
    def __init__(
        self, app: Application, samples: Samples, operations: list[Operation], activity: Activity, times: Times
    ) -> None:
        self._app, self._samples, self._activity, self._times = app, samples, activity, times
        self.seen = [Seen(operation) for operation in operations]
        self._known = Known()
        self._ends = time.perf_counter() + times.total_s
        self.together: list[float] = []
        """Milliseconds of requests that were asked side by side."""
        self.together_s = 0.0

    async def prepare(self) -> None:
        """An account where the application has some, rows, and everything once, so that nothing is measured cold."""
        await self._sign_in()
        makers = [s for s in self.seen if s.operation.method == "POST" and not s.operation.parameters]
        for number in range(ROWS):
            for seen in makers:
                if number < 2 or any(status < FAILED for status in seen.statuses):
                    await self._ask(seen, number, noted=number >= ROWS // 2)
        for seen in self.seen:
            if seen.operation.method == "GET":
                answer = await self._ask(seen, 0, noted=False)
                if answer is not None and answer.status < FAILED:
                    self._known.learn(seen.operation, answer.json())

    async def measure(self) -> None:
        """One after the other. What deletes comes last."""
        ordered = sorted(enumerate(self.seen), key=lambda s: _order(s[1].operation, s[0]))
        for _, seen in ordered:
            operation = seen.operation
            if operation.method == "POST" and not operation.parameters and seen.requests:
                continue
            rounds = self._times.rounds if operation.method == "GET" else 4
            until = time.perf_counter() + self._times.operation_s
            for number in range(rounds):
                if number >= 3 and time.perf_counter() > until:
                    break
                if (
                    time.perf_counter() > self._ends
                    or await self._ask(seen, 0 if _reads(operation) else number, noted=True) is None
                ):
                    break

    def readable(self) -> list[Seen]:
        return [s for s in self.seen if _reads(s.operation) and any(r.status < FAILED for r in s.requests)]

    def slow(self) -> list[Seen]:
        """Worth a look at where their time goes."""
        return [s for s in self.readable() if sorted(r.ms for r in s.requests)[len(s.requests) // 2] >= SLOW_MS]

    async def sample(self) -> None:
        """Again, for the sampler to look at: slow readers by themselves."""
        for seen in self.slow():
            until = min(self._ends, time.perf_counter() + self._times.operation_s)
            for number in range(200):
                if number >= 2 and time.perf_counter() > until:
                    break
                await self._ask(seen, 0, noted=False)

    async def run_together(self) -> None:
        readable = self.readable()
        if not readable or time.perf_counter() > self._ends:
            return
        until = time.perf_counter() + self._times.together_s
        began = time.perf_counter()

        async def caller(first: int) -> None:
            number = first
            while time.perf_counter() < until:
                seen = readable[number % len(readable)]
                with contextlib.suppress(TimeoutError):
                    answer = await self._send(seen.operation, self._request(seen, 0), None)
                    self.together.append(answer.seconds * 1000)
                number += 1

        await asyncio.gather(*(caller(first) for first in range(TOGETHER)))
        self.together_s = time.perf_counter() - began

    async def _ask(self, seen: Seen, number: int, *, noted: bool) -> Answer | None:
        asked = self._request(seen, number)
        request = Request(seen.operation.key)
        self._activity.operation = seen.operation.key
        try:
            answer = await self._send(seen.operation, asked, request if noted else None)
        except TimeoutError:
            seen.reason = "a request was not answered in time"
            return None
        finally:
            self._activity.operation = ""
        seen.statuses[answer.status] = seen.statuses.get(answer.status, 0) + 1
        if noted:
            seen.requests.append(request)
        if seen.operation.method == "POST" and answer.status < FAILED:
            self._known.learn(seen.operation, answer.json())
        return answer

    def _request(self, seen: Seen, number: int) -> Asked:
        return request_for(seen.operation, self._samples, self._known, number)

    async def _send(self, operation: Operation, asked: Asked, noted: Request | None) -> Answer:
        return await self._app.ask(
            operation.method,
            asked.path,
            query=asked.query,
            body=asked.body,
            form=asked.form,
            headers=self._known.headers,
            noted=noted,
        )

    async def _sign_in(self) -> None:
        """By what the document offers: something to register at, and something that gives a token for a password."""
        self._known.credentials = names = {
            "username": "someone@example.com",
            "email": "someone@example.com",
            "password": PASSWORD,
        }
        for seen in self.seen:
            content = seen.operation.described.get("requestBody", {}).get("content", {})
            schema = self._samples.resolved(content.get(JSON, {}).get("schema"))
            if seen.operation.method == "POST" and "password" in schema.get("properties", {}):
                body = self._samples.object(schema, 0) | {k: v for k, v in names.items() if k in schema["properties"]}
                self._take_token((await self._app.ask("POST", seen.operation.path, body=body)).json())
        for seen in self.seen:
            content = seen.operation.described.get("requestBody", {}).get("content", {})
            if seen.operation.method == "POST" and FORM in content:
                form = {"username": names["username"], "password": PASSWORD}
                self._take_token((await self._app.ask("POST", seen.operation.path, form=form)).json())

    def _take_token(self, answer: Any) -> None:
        if isinstance(answer, dict) and isinstance(token := answer.get("access_token") or answer.get("token"), str):
            self._known.headers["authorization"] = f"Bearer {token}"


def _reads(operation: Operation) -> bool:
    return operation.method == "GET"


def _order(operation: Operation, number: int) -> tuple[int, int]:
    """What was offered last is deleted first: it may refer to what came before."""
    if operation.method == "DELETE":
        return 2, -number
    return int(operation.method != "GET"), number


__all__ = ["Load", "Seen", "Times"]
