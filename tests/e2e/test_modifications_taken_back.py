"""Changes in which the worker dies, that are taken back or cancelled: code, rows and deployment stay together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Server, kill, tree
from tests.e2e.modified_project import PatientGate, Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    server = Server(new_home())
    server.up()
    yield server
    server.cli("down")


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(server, tmp_path_factory.mktemp("clone") / "tasks")


def post(project: Project, row: dict[str, Any]) -> dict[str, Any]:
    answer = httpx.post(f"{project.url}/tasks", json=row, trust_env=False, timeout=60)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def get(project: Project, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{project.url}/tasks/{row['id']}", trust_env=False, timeout=60).json()
    return found


NODES = ("intake", "pm", "dev", "qa", "merge", "ops", "report")


@pytest.mark.long
def test_the_worker_dies_in_every_node_of_a_change(project: Project) -> None:
    """Whenever one looks, main is the old commit or the new one; and the change comes to its end."""
    row, old, seen = post(project, {"title": "kept"}), project.main(), set()
    with PatientGate(project.server, project.id) as gate:
        gate.close_at(NODES[0])
        begun = project.begin("rename priority to urgency and add a place field")
        for following in (*NODES[1:], None):
            gate.wait()
            kill(project.server.runner(project.id), *tree(project.server.child("server.worker")))
            gate.forget_the_dead()
            seen.add(project.main())
            if following is None:
                gate.open()
            else:
                gate.close_at(following)
    done = project.end(*begun)
    assert (done["status"], done["error"]) == ("applied", None)
    new = project.main()
    assert seen == {old, new}
    assert project.git(f"--git-dir={project.repository}", "rev-parse", "main^", at=None) == old
    assert project.state()["commit"] == new
    kept = get(project, row)
    assert (kept["title"], kept["place"], "urgency" in kept) == ("kept", None, True)


def test_the_last_change_is_taken_back_and_what_people_pushed_stays(project: Project) -> None:
    last = project.modify("rename title to name and add a spot field")
    assert (last["status"], last["error"]) == ("applied", None)
    row = post(project, {"name": "kept", "spot": "here"})
    project.push({"notes.md": "Later.\n"})
    done = project.roll_back(f"/api/modifications/{last['id']}/rollback")
    assert (done["status"], done["error"]) == ("applied", None)
    assert project.server.get(f"/api/modifications/{last['id']}")["status"] == "rolled_back"
    assert project.read("notes.md") == "Later."
    kept = get(project, row)
    assert kept["title"] == "kept"
    assert "spot" not in kept
    again = project.server.ask("POST", f"/api/modifications/{last['id']}/rollback")
    assert again.status_code == 409


@pytest.mark.long
def test_back_to_an_earlier_commit(project: Project) -> None:
    first = project.git(f"--git-dir={project.repository}", "rev-list", "--max-parents=0", "main", at=None)
    changes = [project.modify(f"add a {name} field to tasks") for name in ("weight", "depth")]
    assert [change["status"] for change in changes] == ["applied", "applied"]
    refused = project.server.ask("POST", f"/api/modifications/{changes[0]['id']}/rollback")
    assert refused.status_code == 409
    row = post(project, {"title": "x", "weight": 5})
    unknown = project.server.ask("POST", f"/api/projects/{project.id}/rollback", json={"commit": "0" * 40})
    assert unknown.status_code == 409
    done = project.roll_back(f"/api/projects/{project.id}/rollback", {"commit": first})
    assert (done["status"], done["error"]) == ("applied", None)
    trees = {
        project.git(f"--git-dir={project.repository}", "rev-parse", f"{c}^{{tree}}", at=None) for c in (first, "main")
    }
    assert len(trees) == 1
    kept = get(project, row)
    assert (kept["title"], set(kept) - {"id", "created_at", "updated_at"}) == ("x", {"title", "due_date", "priority"})
    assert project.modify("add a place field to tasks")["status"] == "applied"
    assert get(project, row)["place"] is None


def test_a_change_that_is_cancelled_after_its_merge_is_taken_back(project: Project) -> None:
    before = project.state()
    with PatientGate(project.server) as gate:
        gate.close_at("merge")
        modification, run = project.begin("add a shape field to tasks")
        gate.wait()
        assert project.server.ask("POST", f"/api/runs/{run}/cancel").status_code == 202
        gate.open()
    done = project.end(modification, run)
    assert done["status"] == "failed"
    assert project.state() == before
