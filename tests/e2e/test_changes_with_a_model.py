"""Changes with a model: conflicts that it resolves, plans that a person refuses, edits and pays for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crash_server import Server
from tests.e2e.modified_project import Project, ended
from tests.e2e.thinking_model import ThinkingModel, calls, shown
from tests.fake_model.fake_model import Act, serve
from tests.fake_model.tape import Asked

pytestmark = pytest.mark.slow
SCHEMA = "app/schemas/task.py"
HUNK = re.compile(
    r"^<{7} people's edits\n(.*?)^\|{7} before\n(.*?)^={7}\n(.*?)^>{7} the change\n", re.MULTILINE | re.DOTALL
)
FINISH = ("finish", {"summary": "Done."})


def resolver(wanted: Asked, prompt: str) -> Act:
    """The change's lines, each with the remark that people put behind theirs."""
    if wanted.step:
        return calls(FINISH)
    text = HUNK.sub(lambda hunk: hunk[3].replace("\n", "  # as the form says\n", 1), shown(prompt, SCHEMA))
    return calls(("write_file", {"path": SCHEMA, "content": text}), ("run_tests", {}))


def lazy(wanted: Asked, prompt: str) -> Act:
    return calls(FINISH)


PLAN = {
    "tasks": [
        {
            "title": "Count the tasks",
            "detail": 'GET /tasks/count answers {"count": n}.',
            "covers": ["tell how many tasks nobody has begun"],
            "checks": [{"title": "none at first", "steps": ['GET /tasks/count -> 200 {"count": 0}']}],
        }
    ]
}
COUNT = """

@router.get("/count")
def count_tasks(session: ReadSession) -> dict[str, int]:
    return {"count": len(session.scalars(select(Task.id)).all())}
"""


def counter(wanted: Asked, prompt: str) -> Act:
    """Plans, then writes what the plan says, as the person has edited it."""
    if wanted.role != "dev":
        return Act(text=json.dumps(PLAN))
    if wanted.step:
        return calls(FINISH)
    path = "/number" if "GET /tasks/number" in prompt else "/count"
    edits = [
        {"old": '\n\n@router.get("", ', "new": f'{COUNT.replace("/count", path).rstrip()}\n\n\n@router.get("", '},
        {
            "old": "from sqlalchemy.orm import Session\n",
            "new": "from sqlalchemy import select\nfrom sqlalchemy.orm import Session\n",
        },
    ]
    return calls(("edit_file", {"path": "app/routes/tasks.py", "edits": edits}), ("run_tests", {}))


@pytest.fixture(scope="module")
def model() -> Iterator[ThinkingModel]:
    with serve(ThinkingModel({"resolver": resolver, "lazy": lazy, "counter": counter})) as model:
        yield model


@pytest.fixture(scope="module")
def project(model: ThinkingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
    server = Server(tmp_path_factory.mktemp("home"), **endpoint)
    server.up()
    yield Project(server, tmp_path_factory.mktemp("clone") / "tasks", deploy="none")
    server.cli("down")


def test_a_conflict_goes_to_dev_and_qa_judges_what_it_makes_of_it(project: Project) -> None:
    schema = project.read(SCHEMA)
    line = next(line for line in schema.splitlines() if "title:" in line)
    project.push({SCHEMA: schema.replace(line, f"{line}  # as the form says", 1) + "\n"})
    before = project.state()
    given_up = project.end(*project.begin("title must be at most 100 characters", model="lazy"))
    assert given_up["status"] == "failed"
    assert f"left marks of the conflict in {SCHEMA}" in given_up["error"]
    assert project.state() == before

    done = project.end(*project.begin("title must be at most 100 characters", model="resolver"))
    assert (done["status"], done["error"]) == ("applied", None)
    assert done["test_results"]["passed"]
    after = project.read(SCHEMA)
    assert "as the form says" in after
    assert "max_length=100" in after
    assert "<<<<<<<" not in after
    assert [c["path"] for c in project.server.steps(done["run_id"])["dev"]["evidence"]["conflicts"]] == [SCHEMA]


def until(project: Project, run: str, status: str) -> dict[str, Any]:
    found = ended(project.server, run)
    assert found["status"] == status, found["error"]
    return found


def say(project: Project, words: str) -> str:
    answer = project.server.ask("POST", "/api/chat", json={"message": words, "project_id": project.id})
    assert answer.status_code == 202, answer.text
    run = str(answer.json()["run"]["id"])
    ended(project.server, run)
    return run


def test_a_plan_is_edited_from_the_command_line_and_a_spent_budget_is_raised(
    project: Project, model: ThinkingModel, tmp_path: Path
) -> None:
    cli, words = project.server.cli, "Tell how many tasks nobody has begun."
    say(project, "remember: counts are never cached")
    modification, run = project.begin(words, model="counter", approve=True, budget_usd=0.025)
    assert until(project, run, "waiting")["waiting"]["what"] == "plan"
    plan = json.loads(cli("edit", run, "--show"))
    edited = tmp_path / "plan.json"
    edited.write_text(json.dumps(plan).replace("/tasks/count", "/tasks/number"))
    cli("edit", run, "--plan", str(edited))

    waiting = until(project, run, "waiting")["waiting"]
    assert waiting["what"] == "budget", "PM's call fitted, and Dev's could cost more than is left"
    cli("approve", run, "--budget", "1")
    done = project.end(modification, run)
    assert (done["status"], done["error"]) == ("applied", None)
    assert '@router.get("/number")' in project.read("app/routes/tasks.py")
    spend = project.server.run(run)["spend"]
    assert 0 < spend["usd"] <= 1

    asked = next(r for r in model.requests if r["model"] == "counter")
    assert "here: counts are never cached" in str(asked["messages"][1]["content"])
    notes = json.loads(cli("show", project.id, "--json"))["memory"]
    assert [n["text"] for n in notes if n["kind"] == "convention"] == ["counts are never cached"]
    assert [n["text"] for n in notes if n["kind"] == "decision"] == [f"a person edited the plan for: {words}"]
    assert any(n["text"].startswith(f"{words} (done, commit ") for n in notes if n["kind"] == "request")
    key = next(n["key"] for n in notes if n["kind"] == "convention")
    path = f"/api/projects/{project.id}/memory"
    assert project.server.ask("DELETE", f"{path}/{key}").status_code == 204
    assert project.server.ask("DELETE", f"{path}/{key}").status_code == 404
    assert "convention" not in {n["kind"] for n in project.server.get(path)["items"]}


def test_a_budget_that_is_not_raised_ends_without_the_model_and_says_so(project: Project) -> None:
    before = project.state()
    modification, run = project.begin("Tell how many tasks are late.", model="counter", approve=True, budget_usd=0.025)
    until(project, run, "waiting")
    project.server.cli("approve", run)
    assert until(project, run, "waiting")["waiting"]["what"] == "budget"
    project.server.cli("reject", run)
    done = project.end(modification, run)
    assert done["status"] == "failed"
    assert "the change needs a model: the budget of this run is 0.0250 USD" in done["error"]
    assert project.state() == before


def test_the_chat_shows_a_plan_first_and_takes_an_edited_one(project: Project) -> None:
    run = say(project, "Add an estimate (integer) to tasks, but show me the plan first")
    plan = until(project, run, "waiting")["waiting"]["plan"]["editable"]
    assert plan["spec"]["not_understood"] == []
    assert say(project, "edit " + json.dumps(plan).replace("estimate", "effort")) == run
    until(project, run, "succeeded")
    assert "effort" in project.read("app/models/task.py")
