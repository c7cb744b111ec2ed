"""Changing a project: what worked works afterwards, or nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Server
from tests.e2e.modified_project import PatientGate, Project, ended

pytestmark = pytest.mark.slow
WEAK = "import hashlib\n\n\ndef mark(data: bytes) -> str:\n    return hashlib.md5(data).hexdigest()\n"
GUESSED = "import random\n\n\ndef session_token() -> str:\n    return str(random.choice('abc'))\n"
UNTIL = datetime.now(UTC).date() + timedelta(days=90)
WAIVER = f'[[waivers]]\nrule = "weak-hash"\nreason = "a mark, no secret"\nauthor = "Ann"\nuntil = {UNTIL}\n'


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    server = Server(new_home())
    server.up()
    yield server
    server.cli("down")


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(server, tmp_path_factory.mktemp("clone") / "tasks")


def test_edits_and_rows_live_through_a_change(project: Project) -> None:
    row = httpx.post(f"{project.url}/tasks", json={"title": "a", "due_date": "2030-01-01"}, trust_env=False).json()
    model = project.read("app/models/task.py") + "\n    def __str__(self) -> str:\n        return self.title\n"
    by_hand = "def test_by_hand() -> None:\n    assert True\n"
    weak = {"app/mark.py": WEAK, "softwright.toml": WAIVER, "app/token.py": GUESSED}
    project.push({"app/models/task.py": model, "tests/test_by_hand.py": by_hand, **weak})
    done = project.modify("rename due date to deadline and add a required owner email. Make it sing.")
    assert (done["status"], done["error"]) == ("applied", None)
    assert done["rollback_available"]
    assert "return self.title" in project.read("app/models/task.py")
    assert project.read("tests/test_by_hand.py") == by_hand.strip()
    assert done["test_results"]["passed"]
    assert "secrets.SystemRandom().choice(" in project.read("app/token.py"), "mended by machine"
    assert [edit["applied"] for edit in done["test_results"]["hardening"]] == [True]
    assert ": 0 new findings, 1 fixed, " in done["test_results"]["comparison"]
    assert [entry["file"] for entry in done["test_results"]["waived"]] == ["app/mark.py"]
    assert "deadline" in done["modified_files"]["app/models/task.py"]
    assert {"app/models/task.py", "app/schemas/task.py"} <= set(done["affected_files"]) & set(done["touched_files"])
    assert 0 < done["prediction"]["precision"] <= 1
    foreseen = [file["path"] for file in done["impact_analysis"]["files"][:8]]
    assert {"app/models/task.py", "app/schemas/task.py"} & set(foreseen)
    assert project.server.run(done["run_id"])["not_understood"][0]["text"] == "Make it sing"
    assert "app/models/task.py (modified)" in project.answer_to("what did the last change touch?")
    after = httpx.get(f"{project.url}/tasks/{row['id']}", trust_env=False).json()
    assert (after["title"], after["deadline"]) == ("a", "2030-01-01")
    assert after["owner_email"] == "unknown@example.invalid"
    listed = project.server.get(f"/api/projects/{project.id}/modifications?limit=1")["items"]
    assert [one["id"] for one in listed] == [done["id"]]
    path = f"/api/projects/{project.id}/security"
    report = project.server.get(path)
    assert (report["passed"], report["comparison"]["new"]) == (True, [])
    assert report["waived"][0]["until"] == UNTIL.isoformat()
    again = project.server.ask("POST", path).json()["run"]["id"]
    assert ended(project.server, again)["status"] == "succeeded"
    assert project.server.get(path)["findings"] == report["findings"]


def test_a_conflict_is_shown_and_nothing_is_changed(project: Project) -> None:
    schema = project.read("app/schemas/task.py")
    line = next(line for line in schema.splitlines() if "title:" in line)
    project.push({"app/schemas/task.py": schema.replace(line, f"{line}  # as the form says", 1) + "\n"})
    before = project.state()
    done = project.modify("title must be at most 100 characters")
    assert done["status"] == "failed"
    assert "app/schemas/task.py: people edited the same lines" in done["error"]
    step = project.server.steps(done["run_id"])["dev"]
    [conflict] = step["evidence"]["conflicts"]
    assert "as the form says" in conflict["hunks"][0]
    assert "max_length=100" in conflict["hunks"][0]
    assert project.state() == before
    assert "<<<<<<<" in project.git(
        f"--git-dir={project.repository}", "show", f"{done['branch']}:app/schemas/task.py", at=None
    )
    project.push({"app/schemas/task.py": schema + "\n"})


@pytest.mark.long
def test_what_somebody_pushes_meanwhile_is_not_lost(project: Project) -> None:
    with PatientGate(project.server) as gate:
        gate.close_at("qa")
        begun = project.begin("add a notes field to tasks")
        gate.wait()
        pushed = project.push({"docs.md": "Written meanwhile.\n"})
        gate.open()
    done = project.end(*begun)
    assert (done["status"], done["error"]) == ("applied", None)
    assert done["base_commit"] == pushed
    assert project.read("docs.md") == "Written meanwhile."
    assert "notes" in project.read("app/models/task.py")


@pytest.mark.long
def test_two_at_once_and_a_retried_request(project: Project) -> None:
    """The second waits for the first; a request that is sent again is carried out once."""
    first = project.begin("add a colour field to tasks")
    second = project.begin("rename colour to color")
    path, body = f"/api/projects/{project.id}/modify", {"request": "add a size field to tasks"}
    again = [project.server.ask("POST", path, json=body, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert again[0]["modification"]["id"] == again[1]["modification"]["id"]
    done = [project.end(*begun) for begun in (first, second)]
    assert [(one["status"], one["error"]) for one in done] == [("applied", None)] * 2
    assert project.end(again[0]["modification"]["id"], again[0]["run"]["id"])["status"] == "applied"
    model = project.read("app/models/task.py")
    assert ("color:" in model, "colour:" in model, "size:" in model) == (True, False, True)


def test_nothing_understood_fails_with_what_can_be_said(project: Project) -> None:
    before = project.state()
    done = project.modify("make it faster and prettier")
    assert done["status"] == "failed"
    assert "no rule for changes fits these words" in done["error"]
    assert ". By hand, look first at " in done["error"]
    assert project.state() == before
    assert project.server.ask("POST", f"/api/projects/{project.id}/modify", json={"request": " "}).status_code == 422
    assert project.server.ask("POST", "/api/projects/none/modify", json={"request": "x"}).status_code == 404
    assert project.server.ask("GET", "/api/modifications/none").status_code == 404


def test_the_plan_can_be_approved_or_refused_first(project: Project) -> None:
    before = project.state()
    modification, run = project.begin("remove priority from tasks", approve=True)
    waiting = ended(project.server, run)
    assert waiting["waiting"]["plan"]["changes"] == ["tasks: field priority removed"]
    assert project.server.get(f"/api/modifications/{modification}")["status"] == "waiting"
    refused = project.server.ask("POST", f"/api/runs/{run}/resume", json={"decision": "reject"})
    assert refused.status_code == 202, refused.text
    assert project.end(modification, run)["status"] == "failed"
    assert project.state() == before
