"""kill -9 of everything, everywhere: the run finishes, no step with a result is done twice, the project is whole."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from memory.services.daemon import is_alive
from tests.conftest import NewHome
from tests.e2e.crash_server import (
    ALL_EVENTS,
    Follower,
    Gate,
    Server,
    eventually,
    kill,
    stopped,
    told,
    tree,
)

NODES = ("intake", "pm", "dev", "qa", "ops", "report")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    server = Server(new_home())
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
    assert after["dev"][1]["commit"] == project["commit"]
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


@pytest.mark.long
def test_the_api_the_database_and_the_queue_die_one_after_the_other(server: Server, gate: Gate) -> None:
    """A client that follows all the time sees each event once."""
    gate.close_at("dev")
    project_id, run_id = server.new()
    follower = Follower(server, project_id)
    gate.wait()
    kill(server.child("server.supervision.listen"))
    gate.close_at("ops")

    proving(server, run_id, attempts=1)
    runner = server.runner(project_id)
    inside = tree(runner)[1:]
    kill(runner)
    eventually(lambda: not any(map(is_alive, inside)), "the end of what it had in sandboxes")

    gate.wait()
    kill(server.redis())
    before = with_results(server, run_id)
    kill(*tree(server.postgres()))

    assert told(follower.until_finished()) == ALL_EVENTS
    assert follower.connections >= 2
    assert_whole(server, project_id, run_id, before)
    with server.database() as database:
        database.execute("DROP TRIGGER gate ON steps")


def test_everything_dies_at_once(server: Server) -> None:
    (older,) = {d["deployment_url"] for p in server.get("/api/projects")["items"][:1] for d in deployments(server, p)}
    project_id, run_id = server.new()
    before = proving(server, run_id, attempts=1)
    supervisor = server.supervisor()
    kill(supervisor, *tree(supervisor), *tree(server.postgres()), server.redis(), *server.keepers())
    eventually(lambda: not server.strays(), "the end of what was in sandboxes")
    server.up()
    assert_whole(server, project_id, run_id, before)
    assert_serves(older)


@pytest.mark.parametrize("service", ["postgres", "redis"])
@pytest.mark.long
def test_a_service_hangs(server: Server, service: str) -> None:
    project_id, run_id = server.new()
    before = proving(server, run_id, attempts=1)
    with stopped(getattr(server, service)(), 10):
        answer = server.ask("GET", "/ready")
        assert answer.status_code == 503
        assert answer.json()[service] != "ok"
    assert_whole(server, project_id, run_id, before)


@pytest.mark.long
def test_a_service_is_away_for_a_while(server: Server) -> None:
    """Nobody starts it again meanwhile, as with external services."""
    project_id, run_id = server.new()
    before = proving(server, run_id, attempts=1)
    supervisor = server.supervisor()
    supervisor.suspend()
    kill(server.redis())
    assert refused(server, "POST", "/api/ws-ticket") == "Redis does not answer; try again in a moment"
    kill(*tree(server.postgres()))
    assert refused(server, "GET", f"/api/runs/{run_id}") == "PostgreSQL does not answer; try again in a moment"
    assert server.ask("GET", "/ready").json().keys() == {"postgres", "redis", "worker"}
    assert server.ask("GET", "/health").status_code == 200
    supervisor.resume()
    assert_whole(server, project_id, run_id, before)


def deployments(server: Server, project: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.get(f"/api/projects/{project['id']}/deployments")["items"]
    return items


def proving(server: Server, run_id: str, *, attempts: int) -> dict[str, Any]:
    """Waits until QA is in the middle of its checks; what has a result by then."""

    def some_checks() -> dict[str, Any] | None:
        steps = server.steps(run_id)
        checks = [name for name in with_results(server, run_id) if name.startswith("qa/")]
        return steps if checks and steps["qa"]["attempts"] == attempts else None

    eventually(some_checks, "QA in the middle of its checks")
    return with_results(server, run_id)


def refused(server: Server, method: str, path: str) -> str:
    answer = server.ask(method, path)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])
