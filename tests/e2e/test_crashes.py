"""kill -9 of everything, everywhere: the run finishes, no step with a result is done twice, the project is whole."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.crash_server import (
    ALL_EVENTS,
    Follower,
    Gate,
    Server,
    eventually,
    kill,
    told,
    tree,
)

NODES = ("intake", "pm", "dev", "qa", "ops", "report")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"))
    server.up()
    yield server
    server.cli("down")


def with_results(server: Server, run_id: str) -> dict[str, Any]:
    return {
        name: (step["attempts"], step["evidence"]) for name, step in server.steps(run_id).items() if step["ended_at"]
    }


def assert_whole(server: Server, project_id: str, run_id: str, before: dict[str, Any]) -> None:
    """The run is as if nothing had happened; `before` are steps that had a result at a death."""
    run = server.finished(run_id)
    assert (run["status"], run["error"]) == ("succeeded", None)
    after = with_results(server, run_id)
    assert {name: after[name] for name in before} == before
    repository = server.settings.repositories / f"{project_id}.git"
    commits = subprocess.check_output(["git", "--git-dir", repository, "rev-list", "--all"], text=True).split()
    project = server.get(f"/api/projects/{project_id}")
    assert (commits, project["status"]) == ([project["commit"]], "ready")
    (deployment,) = server.get(f"/api/projects/{project_id}/deployments")["items"]
    assert deployment["status"] == "healthy"
    assert_serves(deployment["deployment_url"])
    assert told(Follower(server, project_id).until_finished()) == ALL_EVENTS
    eventually(lambda: not list(server.settings.workspaces.iterdir()), "empty workspaces")
    eventually(lambda: not server.strays(), "no sandbox without an owner")


def assert_serves(url: str) -> None:
    assert httpx.post(f"{url}/notes", json={"title": "a"}, trust_env=False).status_code == 201


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    gate = Gate(server)
    yield gate
    gate.close()


def test_the_worker_dies_in_every_node(server: Server, gate: Gate) -> None:
    """The process of the pool that does the work, then the worker with all its processes, at the end of each node."""
    before: dict[str, Any] = {}
    gate.close_at(NODES[0])
    project_id, run_id = server.new()
    for following in (*NODES[1:], None):
        gate.wait()
        kill(server.runner(project_id))
        gate.forget_the_dead()
        gate.wait()
        before |= with_results(server, run_id)
        kill(*tree(server.child("server.worker")))
        gate.forget_the_dead()
        if following is None:
            gate.open()
        else:
            gate.close_at(following)
    assert {"pm", "dev", "qa", "ops"} <= before.keys()
    assert all(attempts == (3 if name in NODES else 1) for name, (attempts, _) in before.items())
    assert_whole(server, project_id, run_id, before)
