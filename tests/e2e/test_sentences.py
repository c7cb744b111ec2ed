"""Sentences driven to live applications, each held over HTTP against what its sentence says.

A story is a file in `stories/`: the sentence, an empty line, then exchanges, one a line:

    milk = POST /todos {"title": "milk"} -> 201 {"done": false}     keeps the new id as $milk
    ana: GET /notes -> 200 title: a, b                              as ana, who is registered when first named
    POST /todos {"due_date": "soon"} -> 422 due_date                the answer names the field

An answer's object has to hold what the line tells; `title: a, b` are all rows of the page in their order;
`has` and `lacks` look at the text of the answer. $today is the day.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from pathlib import Path
from string import Template
from typing import Any

import httpx
import pytest

STORIES = sorted((Path(__file__).parent / "stories").glob("*.http"))
ALWAYS = {"expenses", "lessons", "library", "songs", "todos"}
"""Stories that `make test` tells too: people who log in, references, many to many, patterns, and the first of all."""
PATIENCE_S = 400
EXCHANGE = re.compile(
    r"(?:(?P<keep>\w+) = )?(?:(?P<user>\w+): )?(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<body>[{\"].*?))?"
    r" -> (?P<status>\d+(?: or \d+)*)(?: (?P<answer>.+))?"
)
PASSWORD = "correct horse battery staple"  # pragma: allowlist secret


@pytest.fixture(scope="module")
def urls(live_server: Any, request: pytest.FixtureRequest) -> dict[str, str]:
    """Chosen story → address of its application. All are asked for at once, so that the workers are never idle."""
    http: httpx.Client = live_server.http
    runs = {}
    chosen = {item.callspec.params["story"] for item in request.session.items if item.path == request.path}
    for story in sorted(chosen):
        asked = {"request": story.read_text().partition("\n\n")[0], "name": story.stem}
        runs[story.stem] = http.post("/api/projects", json=asked).json()
    deadline = time.monotonic() + PATIENCE_S
    for name, made in runs.items():
        while (run := http.get(f"/api/runs/{made['run']['id']}").json())["status"] not in ("succeeded", "failed"):
            assert time.monotonic() < deadline, f"{name} is not done: {run}"
            time.sleep(0.2)
        assert run["status"] == "succeeded", f"{name}: {run.get('error')}"
        plan = next(step for step in run["steps"] if step["name"] == "pm")["evidence"]
        assert plan["not_understood"] == [], name
    found = {}
    for name, made in runs.items():
        rows = http.get(f"/api/projects/{made['project']['id']}/deployments").json()["items"]
        found[name] = rows[0]["deployment_url"]
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "story",
    [pytest.param(story, marks=() if story.stem in ALWAYS else pytest.mark.long) for story in STORIES],
    ids=[story.stem for story in STORIES],
)
def test_the_application_does_what_the_sentence_says(urls: dict[str, str], story: Path) -> None:
    with httpx.Client(base_url=urls[story.stem], timeout=30, trust_env=False) as app:
        teller = Teller(app)
        for line in story.read_text().partition("\n\n")[2].splitlines():
            teller.exchange(line)


class Teller:
    def __init__(self, app: httpx.Client) -> None:
        self.app = app
        self.known = {"today": dt.datetime.now(dt.UTC).date().isoformat()}
        self.tokens: dict[str, str] = {}

    def exchange(self, line: str) -> None:
        parts = EXCHANGE.fullmatch(Template(line).substitute(self.known))
        assert parts is not None, f"no exchange: {line}"
        body = json.loads(parts["body"]) if parts["body"] else None
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if isinstance(body, str):
            sent = {"content": body, "headers": {"content-type": "text/csv"}}
        sent.setdefault("headers", {}).update(self._signed_in(parts["user"]))
        answer = self.app.request(parts["method"], parts["path"], **sent)
        told = f"{line}\nanswered {answer.status_code} {answer.text[:500]}"
        assert str(answer.status_code) in parts["status"].split(" or "), told
        assert answer.status_code != 422 or answer.headers["content-type"] == "application/problem+json", told
        if parts["answer"]:
            assert holds(answer, parts["answer"]), told
        if parts["keep"]:
            self.known[parts["keep"]] = answer.json()["id"]

    def _signed_in(self, user: str | None) -> dict[str, str]:
        if user is None:
            return {}
        if user not in self.tokens:
            email = f"{user}@example.com"
            self.app.post("/auth/register", json={"email": email, "password": PASSWORD}).raise_for_status()
            signed_in = self.app.post("/auth/token", data={"username": email, "password": PASSWORD})
            self.tokens[user] = signed_in.raise_for_status().json()["access_token"]
        return {"authorization": f"Bearer {self.tokens[user]}"}


def holds(answer: httpx.Response, expected: str) -> bool:
    """True where an answer is as the end of a line tells."""
    word, _, rest = expected.partition(" ")
    if word in ("has", "lacks"):
        return (rest in answer.text) == (word == "has")
    if expected.startswith("{"):
        return is_within(json.loads(expected), answer.json())
    if word.endswith(":"):
        return [str(row[word[:-1]]) for row in answer.json()["items"]] == rest.split(", ")
    return expected in [error["field"] for error in answer.json()["errors"]]


def is_within(part: Any, whole: Any) -> bool:
    """True where each key of `part` has the same value in `whole`."""
    return all(key in whole and whole[key] == value for key, value in part.items())
