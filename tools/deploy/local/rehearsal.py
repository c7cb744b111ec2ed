"""Trying a version out before callers reach it: on a copy of the data it may write, on the real data it only reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from memory.records.serving import ProbeAnswer
from tools.deploy.local.exchange import Reply, exchange
from tools.deploy.local.smoke import WRONG_BODY, Creation, ListRoute, creations, identity_of, list_routes

SCHEMA_PATH = "/openapi.json"
REQUEST_S = 5.0
SIGN_IN = (401, 403)


@dataclass
class Rehearsal:
    """Asks one running copy over its private socket, and keeps what it answered."""

    address: str
    within_s: float
    request_s: float = REQUEST_S
    answers: list[ProbeAnswer] = field(default_factory=list)
    lists: tuple[ListRoute, ...] = ()
    _began: float = field(default_factory=time.monotonic)

    @property
    def faults(self) -> list[str]:
        return [f"{answer.method} {answer.path}: {answer.fault}" for answer in self.answers if answer.fault]

    async def run(self, *, writing: bool) -> None:
        """Ends at the first thing that is wrong. Without an OpenAPI document nothing is known to ask for."""
        document = await self._document()
        if document is None:
            return
        self.lists = tuple(list_routes(document))
        await self.read(self.lists)
        for creation in creations(document) if writing and not self.faults else ():
            await self._wrong_input(creation)
            await self._created(creation)

    async def read(self, routes: Sequence[ListRoute]) -> None:
        for route in routes:
            if not self.faults and self._has_time():
                await self._ask("GET", route.path, right=_guarded if route.guarded else _good)

    async def _document(self) -> dict[str, Any] | None:
        try:
            reply = await exchange(self.address, "GET", SCHEMA_PATH, timeout_s=self.request_s)
        except (OSError, ValueError):
            return None  # the proof over the public address judges this
        document = reply.json() if reply.status == 200 else None
        return document if isinstance(document, dict) else None

    async def _wrong_input(self, creation: Creation) -> None:
        if not self.faults and self._has_time():
            await self._ask("POST", creation.path, body=WRONG_BODY, right=lambda status: 400 <= status < 500)

    async def _created(self, creation: Creation) -> None:
        """What our made-up input is refused with says nothing about the version: only a failure does."""
        if self.faults or not self._has_time():
            return
        reply = await self._ask("POST", creation.path, body=creation.body, right=lambda status: status < 500)
        identity = identity_of(creation, reply.json()) if reply is not None and 200 <= reply.status < 300 else None
        if identity is None:
            return
        path = creation.item(identity)
        await self._ask("GET", path, right=_guarded if creation.guarded else _good)
        if creation.deletes and not self.faults:
            await self._ask("DELETE", path, right=lambda status: status < 500)

    async def _ask(self, method: str, path: str, *, right: Callable[[int], bool], body: Any = None) -> Reply | None:
        began = time.perf_counter()
        reply, fault = None, ""
        try:
            reply = await exchange(self.address, method, path, body=body, timeout_s=self.request_s)
        except TimeoutError:
            fault = f"no answer within {self.request_s:.2g} s"
        except (OSError, ValueError) as error:
            fault = f"no answer: {error}"
        else:
            fault = "" if right(reply.status) else f"answered {reply.status}"
        took = round((time.perf_counter() - began) * 1000, 2) if reply is not None else None
        self.answers.append(ProbeAnswer(method, path, None if reply is None else reply.status, took, fault))
        return reply

    def _has_time(self) -> bool:
        return time.monotonic() - self._began < self.within_s


def _good(status: int) -> bool:
    return 200 <= status < 300


def _guarded(status: int) -> bool:
    return _good(status) or status in SIGN_IN


async def still_reads(address: str, routes: Sequence[ListRoute], request_s: float) -> str:
    """The first fault of a version that serves; empty where its list routes answer."""
    again = Rehearsal(address, within_s=request_s * len(routes) + 1, request_s=request_s)
    await again.read(routes)
    return again.faults[0] if again.faults else ""


__all__ = ["Rehearsal", "still_reads"]
