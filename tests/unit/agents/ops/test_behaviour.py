"""Answers of a live application before and after a change."""

from __future__ import annotations

import asyncio

import httpx

from agents.ops.behaviour import Seen, broken, observe

PATHS = {"/tasks": {"get": {}, "post": {}}, "/tasks/{id}": {"get": {}}, "/own": {"get": {}}, "/made": {"post": {}}}


def answer(request: httpx.Request) -> httpx.Response:
    match request.url.path:
        case "/openapi.json":
            return httpx.Response(200, json={"openapi": "3.1.0", "paths": PATHS})
        case "/tasks":
            return httpx.Response(200, json={"items": [], "total": 0})
    return httpx.Response(200, text="hello")


def test_every_get_that_needs_nothing_is_asked() -> None:
    async def seen() -> dict[str, Seen]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            return await observe(http, "http://app")

    found = asyncio.run(seen())
    assert found == {
        "/tasks": Seen(200, "application/json", frozenset({"items", "total"})),
        "/own": Seen(200, "text/plain"),
    }


def test_an_application_without_a_document() -> None:
    async def seen() -> dict[str, Seen]:
        transport = httpx.MockTransport(lambda request: httpx.Response(500, text="no"))
        async with httpx.AsyncClient(transport=transport) as http:
            return await observe(http, "http://app")

    assert asyncio.run(seen()) == {}


def test_what_is_told() -> None:
    before = {"/a": Seen(200, "application/json", frozenset({"x", "y"})), "/b": Seen(200, "text/plain")}
    assert broken(before, before, ()) == []
    more = {"/a": Seen(200, "application/json", frozenset({"x", "y", "z"})), "/b": Seen(200, "text/plain")}
    assert broken(before, more, ()) == []
    after = {"/a": Seen(200, "application/json", frozenset({"x"}))}
    assert broken(before, after, ()) == ["GET /a no longer has y", "GET /b answered 200, and does not any more"]
    assert broken(before, after, ("/a", "/b")) == []
    assert broken(before, {**before, "/b": Seen(404, "text/plain")}, ("/a",)) == ["GET /b answered 200, now 404"]
