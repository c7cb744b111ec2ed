"""Requests that cannot be met: a clear answer with the place and the remedy, and nothing left half-made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

FINAL = ("succeeded", "failed", "cancelled")


@pytest.fixture(scope="module")
def http(live_server: Any) -> httpx.Client:
    client: httpx.Client = live_server.http
    return client


def projects(http: httpx.Client) -> int:
    return len(http.get("/api/projects", params={"limit": 200}).json()["items"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"request": ""}, "empty"),
        ({"request": " \n\t "}, "empty"),
        ({"request": "notes with\x00 title"}, "NUL"),
        ({"request": "books with title. " * 6000}, "20000"),
        ({"request": 7}, "string"),
        ({}, "request"),
        ({"request": "notes", "template": "../../etc"}, "template"),
        ({"request": "notes", "deploy": "the moon"}, "deploy"),
        ({"request": "notes", "surprise": True}, "surprise"),
    ],
)
def test_what_cannot_be_a_request_makes_no_project(http: httpx.Client, body: dict[str, Any], told: str) -> None:
    before = projects(http)
    answer = http.post("/api/projects", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text
    assert projects(http) == before


@pytest.mark.slow
def test_half_a_surrogate_pair_and_no_json_are_refused(http: httpx.Client) -> None:
    for content in (b'{"request": "notes \\ud800"}', b"\xff\xfe", b"[1]", b"{"):
        answer = http.post("/api/projects", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.slow
@pytest.mark.parametrize("request_text", ["asdf", "🦄🦄🦄", "../../etc", "users log in", "the\x01bell"])
def test_a_request_without_anything_to_store_fails_with_its_reason(
    http: httpx.Client, live_server: Any, request_text: str
) -> None:
    made = http.post("/api/projects", json={"request": request_text}).json()
    run = finished(http, made["run"]["id"])
    assert run["status"] == "failed"
    assert run["error"]
    assert "Traceback" not in run["error"]
    project = http.get(f"/api/projects/{made['project']['id']}").json()
    assert project["status"] == "failed"
    left = [path for path in Path(live_server.home).rglob(f"*{project['id']}*") if "log" not in path.name]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_text", "path"),
    [
        ("class with select and name", "/classes"),
        ("selects with class, import, __init__, metadata, self and name", "/selects"),
    ],
)
def test_names_of_languages_give_an_application_that_works(http: httpx.Client, request_text: str, path: str) -> None:
    made = http.post("/api/projects", json={"request": request_text}).json()
    run = finished(http, made["run"]["id"])
    assert run["status"] == "succeeded", run["error"]
    [row] = http.get(f"/api/projects/{made['project']['id']}/deployments").json()["items"]
    with httpx.Client(base_url=row["deployment_url"], trust_env=False) as app:
        assert app.post(path, json={"name": "a"}).status_code == 201
        assert app.get(path).json()["total"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "told"), [(("new", "asdf"), 1, "Nothing to store"), (("new", ""), 2, "empty")]
)
def test_the_command_says_it_in_one_line(live_server: Any, words: tuple[str, ...], code: int, told: str) -> None:
    done = live_server.cli(*words)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def finished(http: httpx.Client, run_id: str) -> dict[str, Any]:
    for _ in range(600):
        run: dict[str, Any] = http.get(f"/api/runs/{run_id}").json()
        if run["status"] in FINAL:
            return run
        time.sleep(0.2)
    raise AssertionError(f"not done: {run}")
