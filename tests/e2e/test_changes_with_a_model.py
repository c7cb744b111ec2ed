"""Changes with a model: conflicts that it resolves, plans that a person refuses, edits and pays for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Follower, Server, kill
from tests.e2e.modified_project import PatientGate, Project, ended
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


HEALTH = {
    "tasks": [
        {
            "title": "Health says ready",
            "detail": 'GET /health answers {"status": "ready"}.',
            "covers": ["Health answers ready instead of ok"],
            "checks": [{"title": "ready", "steps": ['GET /health -> 200 {"status": "ready"}']}],
        }
    ],
    "touches": ["app/health.py"],
    "contradicts": ["tests/test_app.py::test_health"],
}


def contrary(wanted: Asked, prompt: str) -> Act:
    """What is asked says the opposite of a test of the template."""
    if wanted.role != "dev":
        assert "tests/test_app.py:: " in prompt
        return Act(text=json.dumps(HEALTH))
    if wanted.step:
        return calls(FINISH)
    edits = [
        ("app/health.py", 'Literal["ok"] = "ok"', 'Literal["ready"] = "ready"'),
        ("tests/test_app.py", '{"status": "ok"}', '{"status": "ready"}'),
    ]
    return calls(
        *(("edit_file", {"path": path, "edits": [{"old": old, "new": new}]}) for path, old, new in edits),
        ("run_tests", {}),
    )


def careless(wanted: Asked, prompt: str) -> Act:
    """Changes more of the tests than the plan says."""
    act = contrary(wanted, prompt)
    if wanted.role != "dev" or wanted.step:
        return act
    more = {"old": "assert_problem(answer, 405)", "new": "assert_problem(answer, answer.status_code)"}
    return calls(
        *((call["name"], json.loads(call["arguments"])) for call in act.tool_calls[:2]),
        ("edit_file", {"path": "tests/test_app.py", "edits": [more]}),
    )


def turner(wanted: Asked, prompt: str) -> Act:
    """Takes a field out again, and keeps the remark that people put behind its line."""
    if wanted.step:
        return calls(FINISH)
    found = HUNK.sub(lambda hunk: "    # the size was here\n" if "size" in hunk[1] else hunk[3], shown(prompt, SCHEMA))
    return calls(("write_file", {"path": SCHEMA, "content": found}), ("run_tests", {}))


LISTED = {
    "tasks": [
        {
            "title": "Lists tell how many",
            "detail": "GET /tasks tells how many tasks there are.",
            "covers": ["tell how many tasks there are"],
            "checks": [{"title": "none at first", "steps": ['GET /tasks -> 200 {"total": 0}']}],
        }
    ]
}
REASON = "people read it"
LINE = "# counted\n"


def bold(wanted: Asked, prompt: str) -> Act:
    """Deletes what nobody asked to delete; told no, it tries a command, and another file that has to be asked about."""
    if wanted.role != "dev":
        return Act(text=json.dumps(LISTED))
    page = ("write_file", {"path": "docs/counting.md", "content": "Lists have a total.\n"})
    command = f"rm README.md; printf '{LINE.strip()}' >> Dockerfile; true"
    build = ("write_file", {"path": "Dockerfile.count", "content": LINE})
    return (
        calls(page, ("delete_file", {"path": "README.md"})),
        calls(("run_command", {"command": command}), build),
        calls(("run_tests", {}), FINISH),
    )[wanted.step]


ROLES = {
    "bold": bold,
    "resolver": resolver,
    "lazy": lazy,
    "counter": counter,
    "contrary": contrary,
    "careless": careless,
    "turner": turner,
}


@pytest.fixture(scope="module")
def model() -> Iterator[ThinkingModel]:
    with serve(ThinkingModel(ROLES)) as model:
        yield model


@pytest.fixture(scope="module")
def project(model: ThinkingModel, tmp_path_factory: pytest.TempPathFactory, new_home: NewHome) -> Iterator[Project]:
    endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
    endpoint["SOFTWRIGHT_MODEL"] = "turner"
    server = Server(new_home(), **endpoint)
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


@pytest.mark.long
def test_a_test_that_the_request_contradicts_changes_with_it_and_no_other(project: Project) -> None:
    before = project.state()
    refused = project.end(*project.begin("Health answers ready instead of ok", model="careless"))
    assert refused["status"] == "failed"
    beside = "tests/test_app.py changes more than the request contradicts: test_wrong_method_names_the_right_ones"
    assert beside in refused["error"]
    assert project.state() == before
    done = project.end(*project.begin("Health answers ready instead of ok", model="contrary"))
    assert (done["status"], done["error"]) == ("applied", None)
    assert '{"status": "ready"}' in project.read("tests/test_app.py")
    regression = next(check for check in report_of(project, done) if check["name"] == "regression")
    assert regression["evidence"]["contradicted"] == ["tests/test_app.py"]


def report_of(project: Project, done: dict[str, Any]) -> list[dict[str, Any]]:
    with project.server.database() as database:
        query = "SELECT report FROM reports WHERE project_id = %s AND commit = %s"
        (report,) = database.execute(query, (project.id, done["commit"])).fetchone() or ({},)
    checks: list[dict[str, Any]] = report["checks"]
    return checks


@pytest.mark.long
def test_a_conflict_of_a_rollback_goes_to_dev_too(project: Project) -> None:
    added = project.end(*project.begin("add a size field to tasks"))
    assert (added["status"], added["error"]) == ("applied", None)
    schema = project.read(SCHEMA)
    line = next(line for line in schema.splitlines() if "size:" in line)
    project.push({SCHEMA: schema.replace(line, f"{line}  # in metres") + "\n"})
    done = project.roll_back(f"/api/modifications/{added['id']}/rollback")
    assert (done["status"], done["error"]) == ("applied", None)
    assert "the size was here" in project.read(SCHEMA)
    assert "size" not in project.read("app/models/task.py")


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


@pytest.mark.long
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


@pytest.mark.long
def test_the_chat_shows_a_plan_first_and_takes_an_edited_one(project: Project) -> None:
    run = say(project, "Add an estimate (integer) to tasks, but show me the plan first")
    plan = until(project, run, "waiting")["waiting"]["plan"]["editable"]
    assert plan["spec"]["not_understood"] == []
    assert say(project, "edit " + json.dumps(plan).replace("estimate", "effort")) == run
    until(project, run, "succeeded")
    assert "effort" in project.read("app/models/task.py")


def test_dangerous_calls_wait_and_nothing_is_done_or_paid_twice(project: Project, model: ThinkingModel) -> None:
    """Somebody is there: no to the first in the chat, with a reason; yes to the second, and workers die."""
    server, docker = project.server, project.read("Dockerfile")
    modification, run = project.begin("Make it tell how many tasks there are", model="bold", approve=True)
    assert until(project, run, "waiting")["waiting"]["what"] == "plan"
    server.cli("approve", run)
    asked = until(project, run, "waiting")["waiting"]
    assert (asked["what"], asked["agent"]) == ("tool", "dev")
    assert [(call["tool"], call["summary"]) for call in asked["calls"]] == [("delete_file", "path: README.md")]
    kill(server.child("server.worker"))
    assert say(project, f"no, because {REASON}") == run

    (call,) = until(project, run, "waiting")["waiting"]["calls"]
    assert call["reason"] == "changes Dockerfile.count, by which the project is built, checked or deployed"
    told = str(model.requests[-1]["messages"])
    assert f"A person was asked and said no: {REASON}" in told
    with PatientGate(server, project.id) as gate:
        gate.close_at("dev/decided/2")
        server.cli("approve", run)
        gate.wait()
        kill(server.runner(project.id))
        gate.forget_the_dead()
    done = project.end(modification, run)
    assert (done["status"], done["error"]) == ("applied", None)

    assert project.read("README.md").startswith("# Task API\n")
    assert project.read("Dockerfile") == docker
    assert project.read("Dockerfile.count") == LINE.strip()
    with server.database() as database:
        query = "SELECT key, state FROM model_calls WHERE run_id = %s ORDER BY started_at"
        paid = database.execute(query, (run,)).fetchall()
    assert paid == [("pm/change", "answered"), *((f"dev/1/{n}", "answered") for n in (1, 2, 3))]
    assert len([request for request in model.requests if request["model"] == "bold"]) == len(paid)
    assert {"dev", "dev/decided/1", "dev/decided/2"} <= server.steps(run).keys()
    events = [event for event in Follower(server, project.id).until_finished() if event["run_id"] == run]
    requested = [e["calls"][0]["tool"] for e in events if e["type"] == "approval_requested" and e["what"] == "tool"]
    assert requested == ["delete_file", "write_file"]
    results = {(e["tool"], e["summary"].partition(":")[0]) for e in events if e["type"] == "tool_call"}
    assert ("delete_file", "refused") in results
