"""503 while PostgreSQL or Redis is away, instead of 500: nothing is wrong with the request, or with us."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketState

from memory.outages import SERVICE_AWAY, service_of
from server.problems import problem

RETRY_AFTER_S = 2
TRY_AGAIN_LATER = 1013
"""Close code of a WebSocket (RFC 6455 registry)."""


def add_outages(app: FastAPI) -> None:
    for kind in SERVICE_AWAY:
        app.add_exception_handler(kind, _unavailable)


async def _unavailable(asked: Any, error: Exception) -> Any:
    words = f"{service_of(error)} does not answer; try again in a moment"
    answer = problem(503, words, headers={"Retry-After": str(RETRY_AFTER_S)})
    if not isinstance(asked, WebSocket):
        return answer
    if asked.application_state is WebSocketState.CONNECTING:
        await asked.send_denial_response(answer)
    elif asked.application_state is WebSocketState.CONNECTED:
        await asked.close(TRY_AGAIN_LATER, words)
    return None


__all__ = ["add_outages"]
