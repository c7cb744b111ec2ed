"""Runs generate tests where an application's own reach too little, and hold them against later changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Server
from tests.e2e.modified_project import Project

pytestmark = [pytest.mark.slow, pytest.mark.long]
GENERATED = "tests/test_generated_api.py"
TARGET = "1"
"""More than the template's tests reach: each run has something to generate."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, new_home: NewHome) -> Iterator[Project]:
    server = Server(new_home(), SOFTWRIGHT_COVERAGE_TARGET=TARGET)
    server.up()
    sentence = "Build a REST API for tasks with title"
    yield Project(server, tmp_path_factory.mktemp("clone") / "tasks", deploy="none", sentence=sentence)
    server.cli("down")


def told(project: Project, run: str) -> dict[str, Any]:
    found: dict[str, Any] = project.server.steps(run)["qa"]["evidence"]["generated_tests"]
    return found


def events(project: Project, run: str) -> list[dict[str, Any]]:
    """The run has ended, and so does their stream."""
    lines = project.server.ask("GET", f"/api/runs/{run}/events").text.splitlines()
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]


def test_they_are_kept_where_they_can_fail_and_held_against_the_next_change(project: Project) -> None:
    (run,) = project.server.get(f"/api/projects/{project.id}/runs")["items"]
    first = told(project, run["id"])
    assert first["files"] == [GENERATED]
    assert first["kept"] > 5
    (event,) = [e for e in events(project, run["id"]) if e["type"] == "dev_tests_generated"]
    assert (event["files"], event["thrown_away"]) == ([GENERATED], first["thrown_away"])
    text = project.read(GENERATED)
    assert text.count("\ndef test_") == first["kept"]
    assert project.server.get(f"/api/projects/{project.id}")["commit"] == event["commit"] == project.main()

    done = project.modify("title must be at most 50 characters")
    assert (done["status"], done["error"]) == ("applied", None)
    assert "1 test files of before" not in done["test_results"]["checks"]["regression"]
    again = told(project, done["run_id"])
    assert again["files"] == [GENERATED], "those of what the change altered went with it, and came anew"
    assert repr("x" * 51) in project.read(GENERATED)
