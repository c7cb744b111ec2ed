"""Health, readiness, metrics, and the WebSocket of events."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from typing import Any

from fastapi import APIRouter, Depends, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from server.auth import check_token
from server.local_token import NotAllowed
from server.parts import ID, Parts, PartsDep, signed_in
from server.problems import documented
from server.streams import is_event_id
from server.tasks import ALIVE

router = APIRouter()
TICKET_S = 60
ANSWER_S = 1.5
"""Below what the supervisor waits for /ready."""


@router.get("/health", tags=["live"])
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", responses={503: {}}, tags=["live"])
async def ready(parts: PartsDep) -> JSONResponse:
    """200 where PostgreSQL, Redis and a worker answer."""
    checks = {"postgres": await _postgres(parts), "redis": "ok", "worker": "ok"}
    try:
        async with asyncio.timeout(ANSWER_S):
            checks["worker"] = "ok" if await parts.redis.exists(ALIVE) else "none is up"
    except (RedisError, TimeoutError) as error:
        checks |= {"redis": type(error).__name__, "worker": "unknown"}
    return JSONResponse(checks, 200 if set(checks.values()) == {"ok"} else 503)


async def _postgres(parts: Parts) -> str:
    try:
        async with asyncio.timeout(ANSWER_S), parts.pool.connection() as connection:
            await connection.execute("SELECT 1")
    except (PostgresError, PoolTimeout, TimeoutError) as error:
        return type(error).__name__
    return "ok"


@router.get("/metrics", response_class=PlainTextResponse, tags=["live"])
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.post("/api/ws-ticket", dependencies=[Depends(signed_in)], responses=documented(401), tags=["live"])
async def ticket(parts: PartsDep) -> dict[str, Any]:
    """A ticket that opens one WebSocket: `/ws?ticket=`."""
    value = secrets.token_urlsafe(24)
    await parts.redis.set(f"ws-ticket:{value}", "1", ex=TICKET_S)
    return {"ticket": value, "expires_in": TICKET_S}


@router.websocket("/ws")
async def events(socket: WebSocket, project_id: str, last_id: str = "0", ticket: str | None = None) -> None:
    parts: Parts = socket.app.state.parts
    protocols = [p.strip() for p in socket.headers.get("sec-websocket-protocol", "").split(",")]
    named = re.fullmatch(ID, project_id) is not None and is_event_id(last_id)
    if not named or not await _may(parts, protocols, ticket) or await parts.store.project(project_id) is None:
        await socket.close(4404)
        return
    await socket.accept(subprotocol="bearer" if "bearer" in protocols else None)
    gone = asyncio.create_task(_until_gone(socket))
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        async for event in parts.events.follow(project_id, last_id):
            if gone.done():
                break
            if event is not None:
                await socket.send_json(event)
    gone.cancel()


async def _may(parts: Parts, protocols: list[str], ticket: str | None) -> bool:
    if ticket is not None:
        return bool(await parts.redis.delete(f"ws-ticket:{ticket}"))
    try:
        check_token(parts.key, protocols[-1] if len(protocols) == 2 else "")
    except NotAllowed:
        return False
    return True


async def _until_gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


__all__ = ["router"]
