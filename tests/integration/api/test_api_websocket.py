"""The WebSocket: who may open it, and where it begins."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from memory.events import Events, make_redis
from memory.settings import Settings
from tests.integration.api.conftest import NewProject
from tests.integration.api.test_api_projects import NOBODY


def opens(api: str, query: str, *protocols: str) -> bool:
    with open_socket(api, query, *protocols):
        return True


def open_socket(api: str, query: str, *protocols: str) -> Any:
    address = f"ws{api.removeprefix('http')}/ws?{query}"
    chosen: Any = list(protocols) or None
    return connect(address, subprotocols=chosen, proxy=None, close_timeout=1)


async def test_events_are_replayed_from_any_id(
    api: str, token: str, new_project: NewProject, api_settings: Settings
) -> None:
    project_id = (await asyncio.to_thread(new_project))["project"]["id"]
    redis = make_redis(api_settings.redis_url or "")
    first, second = [await Events(redis).emit("tool_call", project_id, None, number=n) for n in range(2)]
    await redis.aclose()

    def received(query: str) -> list[str]:
        with open_socket(api, query, "bearer", token) as socket:
            return [json.loads(socket.recv(timeout=10))["id"] for _ in range(1 if "last_id" in query else 2)]

    assert await asyncio.to_thread(received, f"project_id={project_id}") == [first, second]
    assert await asyncio.to_thread(received, f"project_id={project_id}&last_id={first}") == [second]


def test_a_ticket_opens_it_once(api: str, client: httpx.Client, new_project: NewProject) -> None:
    ticket = client.post("/api/ws-ticket").json()["ticket"]
    query = f"project_id={new_project()['project']['id']}&ticket={ticket}"
    assert opens(api, query)
    with pytest.raises(InvalidStatus):
        opens(api, query)


@pytest.mark.parametrize("odd", ["\0", "x" * 5000, "😀", NOBODY, "../.."])
def test_odd_projects_are_refused(api: str, token: str, odd: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opens(api, f"project_id={quote(odd)}", "bearer", token)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("last_id", ["x", "-1", "9" * 30, "1-x", "\0", "$"])
def test_odd_places_in_the_stream_are_refused(api: str, token: str, new_project: NewProject, last_id: str) -> None:
    project_id = new_project()["project"]["id"]
    with pytest.raises(InvalidStatus) as refused:
        opens(api, f"project_id={project_id}&last_id={quote(last_id)}", "bearer", token)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("protocols", [(), ("bearer",), ("bearer", "x.y.z"), ("bearer", "a", "b")])
def test_nobody_listens_without_a_token(api: str, new_project: NewProject, protocols: tuple[str, ...]) -> None:
    with pytest.raises(InvalidStatus):
        opens(api, f"project_id={new_project()['project']['id']}", *protocols)
