"""Twelve changes that would break something: each is caught and named, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Server
from tests.e2e.modified_project import Project

pytestmark = pytest.mark.slow
SENTENCE = (
    "Build a REST API for tasks with title, due date, start date, estimate from 1 to 100, reviewer and "
    "priority one of low, high"
)
BY_HAND = {
    "app/reports.py": '''"""Written by hand."""

from app.models import Task


def overdue(task: Task, today: object) -> bool:
    return task.due_date is not None and task.due_date < today
''',
    "app/digest.py": '''"""Written by hand, and tested by nobody."""

from fastapi import APIRouter, Request
from sqlalchemy import select

from app.models import Task

WANTED = "review" + "er"
router = APIRouter()


@router.get("/digest")
def digest(request: Request) -> dict[str, int]:
    with request.app.state.database.reading() as session:
        return {"unassigned": sum(getattr(task, WANTED) is None for task in session.scalars(select(Task)))}
''',
    "client/tasks.js": 'export const list = () => fetch("/tasks").then((answer) => answer.json());\n',
    "tests/test_promises.py": '''"""What users of this API rely on."""

from pathlib import Path

from app.main import create_app
from app.settings import Settings
from fastapi.testclient import TestClient


def test_a_task_needs_no_more_than_a_title(client: TestClient) -> None:
    assert client.post("/tasks", json={"title": "x"}).status_code == 201


def test_big_estimates(client: TestClient) -> None:
    assert client.post("/tasks", json={"title": "x", "estimate": 90}).status_code == 201


def test_long_titles(client: TestClient) -> None:
    assert client.post("/tasks", json={"title": "x" * 150}).status_code == 201


def test_two_of_a_name(client: TestClient) -> None:
    assert [client.post("/tasks", json={"title": "x"}).status_code for _ in range(2)] == [201, 201]


def test_due_before_it_starts(client: TestClient) -> None:
    row = {"title": "x", "start_date": "2030-02-01", "due_date": "2030-01-01"}
    assert client.post("/tasks", json=row).status_code == 201


def test_low(client: TestClient) -> None:
    assert client.post("/tasks", json={"title": "x", "priority": "low"}).status_code == 201


def test_in_order_of_making(client: TestClient) -> None:
    ids = [client.post("/tasks", json={"title": "x"}).json()["id"] for _ in range(2)]
    assert [row["id"] for row in client.get("/tasks").json()["items"]] == ids


def test_no_token_is_needed(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(environment="test", database_url=f"sqlite:///{tmp_path}/x.db"))) as anyone:
        assert anyone.get("/tasks").status_code == 200
''',
}
BREAKING = [
    ("remove due date", "app/reports.py:7"),
    ("rename due date to deadline", "task.due_date is called deadline"),
    ("rename tasks to jobs", "client/tasks.js:1"),
    ("add a required owner email to tasks", "test_a_task_needs_no_more_than_a_title"),
    ("estimate must be between 1 and 50", "test_big_estimates"),
    ("title must be at most 100 characters", "test_long_titles"),
    ("make title unique", "test_two_of_a_name"),
    ("due date must be after start date", "test_due_before_it_starts"),
    ("remove low from priority", "test_low"),
    ("sort tasks by newest first", "test_in_order_of_making"),
    ("add user accounts", "test_no_token_is_needed"),
    ("rename reviewer to editor", "GET /digest: answered 200; now 500"),
]


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    server = Server(new_home())
    server.up()
    yield server
    server.cli("down")


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(server, tmp_path_factory.mktemp("clone") / "tasks", sentence=SENTENCE)
    (project.folder / "client").mkdir()
    main = project.read("app/main.py") + "\n"
    main = main.replace("import health, metrics", "import digest, health, metrics")
    main = main.replace("(metrics.router)\n", "(metrics.router)\n    app.include_router(digest.router)\n")
    project.push(BY_HAND | {"app/main.py": main})
    return project


@pytest.mark.parametrize(
    ("request_", "named"),
    [*BREAKING[:4], *(pytest.param(*row, marks=pytest.mark.long) for row in BREAKING[4:-1]), BREAKING[-1]],
)
def test_what_would_break_something_is_named_and_not_done(project: Project, request_: str, named: str) -> None:
    row = httpx.post(f"{project.url}/tasks", json={"title": "t", "due_date": "2030-01-01"}, trust_env=False).json()
    before = project.state()
    done = project.modify(request_)
    assert (done["status"], done["rollback_available"]) == ("failed", False)
    step = str(project.server.steps(done["run_id"]))
    assert "regression" in done["error"]
    assert named in step
    assert project.state() == before
    assert project.git(f"--git-dir={project.repository}", "rev-parse", str(done["branch"]), at=None) == done["commit"]
    assert httpx.get(f"{project.url}/tasks/{row['id']}", trust_env=False).json() == row
