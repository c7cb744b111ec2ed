"""The chat over HTTP: which run a message begins, decisions in words, the conversation in its order."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from memory.records.report import QaReport
from memory.store import Store
from tests.integration.api.conftest import NewProject
from tests.integration.api.test_api_projects import NOBODY, is_problem

COMMIT = "c" * 40
PLAN = {"what": "plan", "plan": {"text": "Todos", "questions": []}, "interrupt_id": "i1"}


def say(client: httpx.Client, message: str, project_id: str | None = None, **headers: str) -> httpx.Response:
    body: dict[str, Any] = {"message": message} | ({"project_id": project_id} if project_id else {})
    return client.post("/api/chat", json=body, headers=headers)


def read(client: httpx.Client, project_id: str, what: str = "messages", **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/projects/{project_id}/{what}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def begun(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    return answer.json()


@pytest.fixture
async def ready(store: Store, new_project: NewProject) -> str:
    """A project that QA has passed."""
    made = new_project()
    project_id, run_id = made["project"]["id"], made["run"]["id"]
    await store.save_report(project_id, QaReport(commit=COMMIT, passed=True, checks=()))
    await store.start_run(run_id)
    await store.finish_run(run_id, "succeeded", None)
    return project_id


@pytest.fixture
async def waiting(store: Store, new_project: NewProject) -> tuple[str, str]:
    """A project and its run, which waits for a decision on its plan."""
    made = new_project(approve=True)
    await store.start_run(made["run"]["id"])
    assert await store.wait_for(made["run"]["id"], PLAN)
    return made["project"]["id"], made["run"]["id"]


def test_a_first_message_makes_a_project(client: httpx.Client) -> None:
    answer = say(client, "Build a REST API for todos with title")
    made = begun(answer)
    assert answer.headers["location"] == f"/api/runs/{made['run']['id']}"
    assert (made["run"]["status"], made["run"]["intent"]) == ("queued", "create")
    (message,) = read(client, made["project_id"])["items"]
    assert (message["role"], message["text"]) == ("user", "Build a REST API for todos with title")
    assert message["run"] == {"id": made["run"]["id"], "intent": "create", "status": "queued"}


@pytest.mark.parametrize("message", ["is it up?", "help", "deploy to staging", "add a colour", "hello"])
def test_without_a_project_what_creates_nothing_is_answered(client: httpx.Client, message: str) -> None:
    answer = say(client, message)
    assert answer.status_code == 200
    assert (answer.json()["run"], answer.json()["project_id"]) == (None, None)
    assert "Build a REST API" in answer.json()["answer"]["text"]


@pytest.mark.parametrize(
    ("message", "intent", "asked"),
    [
        ("why is coverage 71 %?", "question", {}),
        ("deploy to staging", "deploy", {"environment": "staging", "deploy": "staging", "commit": COMMIT}),
        ("deploy", "deploy", {"environment": "dev", "deploy": "dev", "commit": COMMIT}),
        ("roll back", "question", {"reply": "Nothing is deployed, so there is nothing to turn back."}),
    ],
)
async def test_what_a_message_begins(
    client: httpx.Client, store: Store, ready: str, message: str, intent: str, asked: dict[str, Any]
) -> None:
    run = await store.run(begun(say(client, message, ready))["run"]["id"])
    assert run is not None
    assert (run["intent"], run["input"]) == (intent, {"request": message} | asked)


async def test_a_change_is_a_modification_and_can_be_taken_back(client: httpx.Client, store: Store, ready: str) -> None:
    begun_run = begun(say(client, "add a priority to todos", ready))["run"]
    assert begun_run["intent"] == "modify"
    (row,) = await store.modifications(ready, 10)
    assert (row["run_id"], row["request"]) == (begun_run["id"], "add a priority to todos")
    await store.update_modification(row["run_id"], base_commit="a" * 40, commit="b" * 40, status="applied")
    await store.finish_run(row["run_id"], "succeeded", None)
    back = await store.run(begun(say(client, "undo that", ready))["run"]["id"])
    assert back is not None
    asked = {"request": "undo that", "to": "a" * 40, "since": "b" * 40, "rolls_back": [row["id"]]}
    assert (back["intent"], back["input"]) == ("rollback", asked)


async def test_a_rollback_goes_to_the_version_before(client: httpx.Client, store: Store, ready: str) -> None:
    for number, commit in enumerate(("a" * 40, "b" * 40)):
        run = await store.create_run(ready, "deploy", {"environment": "dev", "waivers": {"dependencies": "none"}})
        await store.finish_run(run["id"], "succeeded", None)
        row = {"id": str(uuid.uuid4()), "project_id": ready, "run_id": run["id"], "environment": "dev"}
        about = {"commit": commit, "status": "healthy", "deployment_url": f"http://127.0.0.1:{number}", "detail": ""}
        await store.save_deployment(row | about)
    asked = (await store.run(begun(say(client, "roll back", ready))["run"]["id"]) or {})["input"]
    assert (asked["commit"], asked["rolls_back"], asked["waivers"]) == ("a" * 40, row["id"], {"dependencies": "none"})


async def test_production_is_asked_about_where_words_asked_for_it(
    client: httpx.Client, store: Store, ready: str
) -> None:
    run = await store.run(begun(say(client, "deploy to production", ready))["run"]["id"])
    assert run is not None
    assert "approved" not in run["input"]


async def test_a_yes_lets_the_run_go_on(client: httpx.Client, store: Store, waiting: tuple[str, str]) -> None:
    project_id, run_id = waiting
    answer = begun(say(client, "yes, go on", project_id))
    assert answer["run"] == {"id": run_id, "status": "queued", "intent": "create"}
    run = await store.run(run_id)
    assert run is not None
    assert run["decision"] == {"interrupt_id": "i1", "answer": {"decision": "approve"}}
    said = read(client, project_id)["items"]
    assert [(m["text"], m["run"]["id"]) for m in said[1:]] == [("yes, go on", run_id)]
    assert read(client, project_id, "history")["items"][0]["in_words"] is True


async def test_a_no_takes_its_reason_along_once(client: httpx.Client, store: Store, waiting: tuple[str, str]) -> None:
    project_id, run_id = waiting
    key = {"Idempotency-Key": uuid.uuid4().hex}
    words = "no, because the title has to be unique"
    first, again = (begun(say(client, words, project_id, **key)) for _ in range(2))
    assert first["run"]["id"] == again["run"]["id"] == run_id
    run = await store.run(run_id)
    assert run is not None
    assert run["decision"]["answer"] == {"decision": "reject", "comment": "the title has to be unique"}


async def test_what_decides_nothing_leaves_the_run_waiting(
    client: httpx.Client, store: Store, waiting: tuple[str, str]
) -> None:
    project_id, run_id = waiting
    for message, intent in {"what did you not understand?": "question", "hmm": "question"}.items():
        answer = begun(say(client, message, project_id))
        assert answer["run"]["id"] != run_id
        assert answer["run"]["intent"] == intent
    run = await store.run(run_id)
    assert run is not None
    assert run["status"] == "waiting"
    last = await store.run(answer["run"]["id"])
    assert last is not None
    assert "waits for your decision on the plan" in last["input"]["reply"]


async def test_the_conversation_is_paged_in_its_order(client: httpx.Client, store: Store, ready: str) -> None:
    for number in range(4):
        run_id = begun(say(client, f"what does number {number} cost?", ready))["run"]["id"]
        assert await store.say(run_id, f"answer {number}", evidence=[{"topic": "t", "text": "x", "source": "s"}])
        assert not await store.say(run_id, "again")
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = read(client, ready, **query)
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    questions = [(f"what does number {n} cost?", f"answer {n}") for n in range(4)]
    assert [m["text"] for m in seen[1:]] == [text for pair in questions for text in pair]
    assert seen[-1]["evidence"] == [{"topic": "t", "text": "x", "source": "s"}]
    newest = read(client, ready, order="desc", limit=1)
    assert newest["items"] == [seen[-1]]


def test_a_retried_message_is_said_once(client: httpx.Client) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (begun(say(client, "Build a REST API for notes with text", **key)) for _ in range(2))
    assert first["run"]["id"] == again["run"]["id"]
    assert len(read(client, first["project_id"])["items"]) == 1
    assert "Idempotency-Key" in is_problem(say(client, "Build a REST API for cars", **key), 422)["detail"]


@pytest.mark.parametrize(
    "body",
    [{}, {"message": ""}, {"message": " \n"}, {"message": "a\0"}, {"message": 1}, {"message": "x", "project_id": 5},
     {"message": "x" * 20_001}, {"message": "x", "more": 1}],
)  # fmt: skip
def test_messages_that_are_wrong(client: httpx.Client, body: dict[str, Any]) -> None:
    is_problem(client.post("/api/chat", json=body), 422)


def test_projects_that_are_not_there(client: httpx.Client) -> None:
    is_problem(say(client, "is it up?", NOBODY), 404)
    is_problem(client.get(f"/api/projects/{NOBODY}/messages"), 404)
