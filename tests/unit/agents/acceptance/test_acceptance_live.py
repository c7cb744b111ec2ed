"""Checks against a running application: here one in this process, over HTTP all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Form, Header, HTTPException

from agents.acceptance.lines import read_steps
from agents.acceptance.live import run_check
from memory.records.plan import AcceptanceCheck

OPEN = ["POST /notes {text: Hi, on: $today-1} -> 201 {id: $any, text: Hi, on: $today-1, done: false} as note"]


def application() -> FastAPI:
    app = FastAPI()
    rows: list[dict[str, Any]] = []

    @app.post("/auth/register", status_code=201)
    def register(body: dict[str, str]) -> str:
        return body["email"]

    @app.post("/auth/token")
    def token(username: str = Form()) -> dict[str, str]:
        return {"access_token": username}

    @app.post("/notes", status_code=201)
    def make(body: dict[str, Any], authorization: str = Header("")) -> dict[str, Any]:
        rows.append({"id": len(rows) + 7, "done": False, "by": authorization, **body})
        return rows[-1]

    @app.get("/notes/{number}")
    def read(number: int, authorization: str = Header("")) -> dict[str, Any]:
        found = [row for row in rows if row["id"] == number and row["by"] == authorization]
        if not found:
            raise HTTPException(404)
        return found[0]

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application())
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        yield client


async def result(client: httpx.AsyncClient, *lines: str, accounts: bool = False) -> str:
    steps = read_steps([*OPEN, *lines], accounts=accounts)
    done = await run_check(AcceptanceCheck(title="notes", steps=steps), client, accounts=accounts)
    assert done.passed == (done.detail == "")
    return done.detail


async def test_what_holds_passes(client: httpx.AsyncClient) -> None:
    assert await result(client, "GET /notes/$note.id -> 200 {id: $note.id}") == ""


async def test_everybody_has_a_token_of_their_own(client: httpx.AsyncClient) -> None:
    lines = ["ann: GET /notes/$note.id -> 404", "anonymous: GET /notes/$note.id -> 404", "GET /notes/$note.id -> 200"]
    assert await result(client, *lines, accounts=True) == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("GET /notes/$note.id -> 404", "status 200, not 404"),
        ("GET /notes/$note.id -> 200 {done: true}", "answer.done is False, not True"),
        ("GET /notes/$note.id -> 200 {done: 0}", "answer.done is False, not 0"),
        ("GET /notes/$note.id -> 200 {fine: null}", "answer.fine is missing"),
        ("GET /notes/$note.id -> 200 {on: $today}", "answer.on is '"),
        ("GET /notes/$note.id -> 200 [1]", "not a list of 1"),
        ("GET /notes/$note.loan.id -> 200", "an earlier answer has no 'loan'"),
    ],
)
async def test_what_differs_is_named(client: httpx.AsyncClient, line: str, words: str) -> None:
    assert words in await result(client, line)
