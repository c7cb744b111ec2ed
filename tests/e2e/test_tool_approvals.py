"""Tool calls of Dev that a person has to agree to: asked over REST, chat and command line, with workers that die."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.crash_server import Follower, Server, kill
from tests.e2e.modified_project import PatientGate, Project, ended
from tests.e2e.test_changes_with_a_model import COUNT, PLAN
from tests.e2e.thinking_model import ThinkingModel, calls
from tests.fake_model.fake_model import Act, serve
from tests.fake_model.tape import Asked

pytestmark = pytest.mark.slow
WORDS = "Make it tell how many tasks nobody has begun"
REASON = "people read it"
LINE = "# counted\n"
ROUTE = {"old": '\n\n@router.get("", ', "new": f'{COUNT.rstrip()}\n\n\n@router.get("", '}
IMPORT = {
    "old": "from sqlalchemy.orm import Session\n",
    "new": "from sqlalchemy import select\nfrom sqlalchemy.orm import Session\n",
}
EDIT = ("edit_file", {"path": "app/routes/tasks.py", "edits": [ROUTE, IMPORT]})
DELETE = ("delete_file", {"path": "README.md"})
RUN = ("run_command", {"command": f"rm README.md; printf '{LINE.strip()}' >> Dockerfile; true"})


def bold(wanted: Asked, prompt: str) -> Act:
    """Deletes what nobody asked to delete; told no, it tries a command, and another file that has to be asked about."""
    if wanted.role != "dev":
        return Act(text=json.dumps(PLAN if "begun" in prompt else {"tasks": []}))
    build = ("write_file", {"path": "Dockerfile.count", "content": LINE})
    return [calls(EDIT, DELETE), calls(RUN, build), calls(("run_tests", {}), ("finish", {"summary": "Done."}))][
        wanted.step
    ]


@pytest.fixture(scope="module")
def model() -> Iterator[ThinkingModel]:
    with serve(ThinkingModel({"bold": bold})) as model:
        yield model


@pytest.fixture(scope="module")
def project(model: ThinkingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
    server = Server(tmp_path_factory.mktemp("home"), **endpoint, SOFTWRIGHT_MODEL="bold")
    server.up()
    yield Project(server, tmp_path_factory.mktemp("clone") / "tasks", deploy="none")
    server.cli("down")


def waiting(project: Project, run: str) -> dict[str, Any]:
    found = ended(project.server, run)
    assert found["status"] == "waiting", found["error"]
    asked: dict[str, Any] = found["waiting"]
    return asked


def test_dangerous_calls_wait_and_nothing_is_done_or_paid_twice(project: Project, model: ThinkingModel) -> None:
    """In the chat, where somebody is there: no to the first, with a reason; yes to the second, and the worker dies."""
    server = project.server
    docker, before = project.read("Dockerfile"), len(model.requests)
    said = {"message": WORDS, "project_id": project.id}
    begun = server.ask("POST", "/api/chat", json=said).json()["run"]
    asked = waiting(project, begun["id"])
    assert (asked["what"], asked["agent"]) == ("tool", "dev")
    assert [(call["tool"], call["summary"]) for call in asked["calls"]] == [("delete_file", "path: README.md")]
    kill(server.child("server.worker"))
    answer = server.ask("POST", "/api/chat", json={"message": f"no, because {REASON}", "project_id": project.id})
    assert answer.json()["run"]["id"] == begun["id"]

    (call,) = waiting(project, begun["id"])["calls"]
    assert call["reason"] == "changes Dockerfile.count, by which the project is built, checked or deployed"
    told = str(model.requests[-1]["messages"])
    assert f"A person was asked and said no: {REASON}" in told
    with PatientGate(server, project.id) as gate:
        gate.close_at("dev/decided/2")
        server.cli("approve", begun["id"])
        gate.wait()
        kill(server.runner(project.id))
        gate.forget_the_dead()
    done = ended(server, begun["id"])
    assert (done["status"], done["error"]) == ("succeeded", None)

    assert project.read("README.md").startswith("# Task API\n")
    assert project.read("Dockerfile") == docker
    assert project.read("Dockerfile.count") == LINE.strip()
    with server.database() as database:
        query = "SELECT key, state FROM model_calls WHERE run_id = %s ORDER BY started_at"
        paid = database.execute(query, (begun["id"],)).fetchall()
    assert paid == [("pm/change", "answered"), *((f"dev/1/{n}", "answered") for n in (1, 2, 3))]
    assert len(model.requests) == before + len(paid)
    assert [step["name"] for step in done["steps"] if step["agent"] == "dev"] == [
        "dev",
        "dev/decided/1",
        "dev/decided/2",
    ]
    events = [event for event in Follower(server, project.id).until_finished() if event["run_id"] == begun["id"]]
    requested = [event["calls"][0]["tool"] for event in events if event["type"] == "approval_requested"]
    assert requested == ["delete_file", "write_file"]
    results = {(e["tool"], e["summary"].partition(":")[0]) for e in events if e["type"] == "tool_call"}
    assert ("delete_file", "refused") in results
