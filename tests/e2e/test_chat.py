"""A conversation through the whole product: command line, REST and WebSocket, one application."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.e2e.conftest import LiveServer

pytestmark = pytest.mark.slow
Conversation = tuple[LiveServer, str, dict[str, Any]]


@pytest.fixture(scope="module")
def conversation(live_server: LiveServer) -> Conversation:
    """The server, the project that the first message made, and what the command line said of it."""
    done = live_server.cli("chat", "Build a REST API for notes with title and text", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    return live_server, outcome["project_id"], outcome


def ask(live: LiveServer, project_id: str, message: str) -> dict[str, Any]:
    done = live.cli("chat", project_id, message, "--json")
    return json.loads(done.stdout) | {"exit": done.returncode}


def test_a_message_makes_a_live_application(conversation: Conversation) -> None:
    live, project_id, outcome = conversation
    assert (outcome["status"], outcome["intent"]) == ("succeeded", "create")
    project = live.http.get(f"/api/projects/{project_id}").json()
    url = project["deployment_config"]["dev"]["url"]
    assert outcome["answer"] == f"Done: {url}"
    assert project["commit"] in [fact["text"] for fact in outcome["evidence"]]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("why is coverage not 100 %?", ("of the lines. No test reaches", "QA's report on commit")),
        ("what did the last change touch?", ("app/routes/notes.py (added)", "commit ")),
        ("what will it cost?", ("0.0000 USD (0 tokens)", "served on this machine")),
        ("is it up?", ("is up: its health check answered 200", "probed 20")),
        ("what did you not understand?", ("Everything of the request was understood", "run ")),
        ("show the logs", ("Application startup complete", "log of deployment")),
        ("why did the last run fail?", ("No run of this project has failed", "runs of the project")),
        ("which tests are there?", ("tests/test_notes.py: test_create_read_list", "QA's report on commit")),
    ],
)
def test_questions_are_answered_with_their_evidence(
    conversation: Conversation, question: str, parts: tuple[str, ...]
) -> None:
    live, project_id, _ = conversation
    before = live.http.get(f"/api/projects/{project_id}").json()
    answer = ask(live, project_id, question)
    assert (answer["exit"], answer["intent"]) == (0, "question")
    for part in parts:
        assert part in answer["answer"]
    assert answer["evidence"]
    assert live.http.get(f"/api/projects/{project_id}").json() == before


def test_production_waits_for_a_word(conversation: Conversation) -> None:
    live, project_id, _ = conversation
    waiting = ask(live, project_id, "deploy to production")
    assert (waiting["exit"], waiting["status"]) == (1, "waiting")
    assert "to production" in waiting["answer"]
    during = ask(live, project_id, "what are you doing?")
    assert f"run {waiting['run_id']} (deploy) is waiting for your decision on the deployment" in during["answer"]
    refused = ask(live, project_id, "no, because it is Friday")
    assert (refused["run_id"], refused["status"]) == (waiting["run_id"], "failed")
    assert refused["answer"] == "the deployment to production was rejected: it is Friday"
    after = ask(live, project_id, "why did the last run fail?")
    assert "was rejected: it is Friday" in after["answer"]
    assert waiting["run_id"] in after["evidence"][0]["source"]


def test_deployed_by_a_word_and_seen_on_the_socket(conversation: Conversation) -> None:
    live, project_id, _ = conversation
    answer = live.http.post("/api/chat", json={"message": "deploy to staging", "project_id": project_id}).json()
    address = f"ws{str(live.http.base_url).removeprefix('http').rstrip('/')}/ws"
    query = f"?project_id={project_id}&last_id={answer['last_id']}"
    token: Any = ["bearer", live.cli("token").stdout.strip()]
    seen: list[dict[str, Any]] = []
    with connect(f"{address}{query}", subprotocols=token, proxy=None, close_timeout=1) as socket:
        while not seen or seen[-1]["type"] != "run_finished":
            seen.append(json.loads(socket.recv(timeout=60)))
    assert {event["run_id"] for event in seen} == {answer["run"]["id"]}
    assert [e["type"] for e in seen] == [
        "ops_deployment_started", "ops_deployment_completed", "chat_message", "run_finished",
    ]  # fmt: skip
    *_, words, said = live.http.get(f"/api/projects/{project_id}/messages", params={"limit": 200}).json()["items"]
    assert (words["text"], said["text"]) == ("deploy to staging", seen[2]["text"])
    assert said["run"] == {"id": answer["run"]["id"], "intent": "deploy", "status": "succeeded"}


def test_a_conversation_at_the_terminal(conversation: Conversation) -> None:
    """Lines of a pipe, as of a terminal: each is answered before the next."""
    live, project_id, _ = conversation
    env = os.environ | {"SOFTWRIGHT_HOME": str(live.home), "SOFTWRIGHT_PORT": str(live.http.base_url.port)}
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "chat", project_id],
        input="help\nis it up?\nadd a colour to the moon\nquit\nwhat are you doing?\n",
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    help_at, up_at = done.stdout.index("Say in your own words"), done.stdout.index("is up: its health check")
    assert help_at < up_at
    assert "The project is" not in done.stdout
    assert "> deploy to staging" in done.stderr  # the conversation so far
