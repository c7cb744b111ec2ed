"""The REST contract against a whole server: API, queue, worker, a secured application at work."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import httpx
import psutil
import pytest

from memory.code import MAIN, CodeStore
from memory.database import make_pool
from memory.services.postgres import embedded_url
from memory.settings import load_settings
from memory.store import Store
from tests.conftest import NewHome

ROOT = Path(__file__).resolve().parents[2]
SECURED = (ROOT / "tests" / "data" / "openapi" / "secured.yaml").read_text()
CANARY = "canary-0815-of-the-user"


@dataclass
class Server:
    home: Path
    env: dict[str, str]
    client: httpx.Client

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server.cli", *words],
            env=self.env, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def events(self, run_id: str, last_id: str | None = None) -> list[dict]:
        """Until the stream ends."""
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        with self.client.stream("GET", f"/api/runs/{run_id}/events", headers=headers, timeout=180) as answer:
            lines = list(answer.iter_lines())
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]

    def ended(self, run_id: str) -> dict:
        assert self.events(run_id)[-1]["type"] == "run_finished"
        return self.client.get(f"/api/runs/{run_id}").json()

    def store(self, work) -> None:
        """Calls `work` with the server's own store."""

        async def with_store() -> None:
            pool = make_pool(embedded_url(load_settings(home=self.home)))
            await pool.open()
            try:
                await work(Store(pool))
            finally:
                await pool.close()

        asyncio.run(with_store())


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    home = new_home()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"SOFTWRIGHT_HOME": str(home), "SOFTWRIGHT_PORT": str(port), "PYTHONPATH": str(ROOT)}
    env |= {"SOFTWRIGHT_OSV_MIRROR": "http://127.0.0.1:9/v1/query"}  # so the audit can never be made
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
        server = Server(home, env, client)
        started = server.cli("up", "--detach")
        try:
            assert started.returncode == 0, started.stderr
            client.headers["Authorization"] = f"Bearer {server.cli('token').stdout.strip()}"
            yield server
        finally:
            server.cli("down")


@pytest.fixture(scope="module")
def project(server: Server) -> dict:
    """A secured application, live in dev; the answer of POST /api/projects."""
    asked = {"request": "as in the file", "openapi": SECURED}
    answer = server.client.post("/api/projects", json=asked, headers={"Idempotency-Key": uuid.uuid4().hex})
    assert answer.status_code == 202
    run = server.ended(answer.json()["run"]["id"])
    assert run["status"] == "succeeded", run
    return answer.json()


def live(server: Server, project: dict) -> dict:
    path = f"/api/projects/{project['project']['id']}"
    return server.client.get(path).json()["deployment_config"]["dev"]


@pytest.mark.slow
def test_events_can_be_read_again_from_anywhere(server: Server, project: dict) -> None:
    run_id = project["run"]["id"]
    whole = server.events(run_id)
    assert [e["type"] for e in whole][:1] == ["pm_planning_started"]
    assert whole[-1]["status"] == "succeeded"
    assert server.events(run_id, whole[3]["id"]) == whole[4:]
    answer = server.client.get(f"/api/runs/{run_id}/events", headers={"Last-Event-ID": whole[-1]["id"]})
    assert answer.status_code == 204


@pytest.mark.slow
def test_secrets_reach_the_application_and_nothing_else(server: Server, project: dict) -> None:
    project_id = project["project"]["id"]
    path = f"/api/projects/{project_id}/environments/dev"
    assert server.client.get(f"{path}/vars").json()["generated"] == ["API_TOKEN"]
    shown = server.cli("credential", project_id)
    token = shown.stdout.strip()
    assert len(token) > 40, shown.stderr
    assert server.cli("credential", project_id).returncode == 1
    with httpx.Client(base_url=live(server, project)["url"], trust_env=False) as app:
        protected = next(p for p, m in app.get("/openapi.json").json()["paths"].items() if "get" in m and "{" not in p)
        assert app.get(protected).status_code == 401
        assert app.get(protected, headers={"Authorization": f"Bearer {token}"}).status_code == 200

    assert server.client.put(f"{path}/vars", json={"API_TOKEN": CANARY}).status_code == 200
    run = server.client.post(f"/api/projects/{project_id}/deploy", json={"environment": "dev"}).json()["run"]
    assert server.ended(run["id"])["status"] == "succeeded"
    with httpx.Client(base_url=live(server, project)["url"], trust_env=False) as app:
        assert app.get(protected, headers={"Authorization": f"Bearer {CANARY}"}).status_code == 200
    for secret in (CANARY, token):
        for process in psutil.process_iter(["cmdline"]):
            assert secret not in " ".join(process.info["cmdline"] or [])
        held = [
            f for f in server.home.rglob("*") if f.is_file() and not f.is_symlink() and secret.encode() in bytes_of(f)
        ]
        assert held == []
    key = server.home / "secrets" / "master.key"
    assert key.stat().st_mode & 0o777 == 0o600


def bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # PostgreSQL and Redis are at work
        return b""


@pytest.mark.slow
def test_code_is_taken_away_as_zip_and_repository(server: Server, project: dict, tmp_path: Path) -> None:
    path = f"/api/projects/{project['project']['id']}"
    document = server.client.get(path, params={"include": "codebase,history"}).json()
    with zipfile.ZipFile(BytesIO(server.client.get(f"{path}/archive").content)) as archive:
        names = {name.partition("/")[2] for name in archive.namelist() if not name.endswith("/")}
    assert names == set(document["codebase"])
    assert "fastapi" in document["dependencies"]
    done = server.cli("export", project["project"]["id"], str(tmp_path / "out"), "--json")
    assert json.loads(done.stdout)["commit"] == document["commit"]
    assert (tmp_path / "out" / "app" / "main.py").read_text() == document["codebase"]["app/main.py"]
    assert server.cli("export", project["project"]["id"], str(tmp_path)).returncode == 2


@pytest.mark.slow
def test_a_rollback_brings_the_version_before_back(server: Server, project: dict, tmp_path: Path) -> None:
    project_id = project["project"]["id"]
    before = live(server, project)
    first = before["commit"]
    code = CodeStore(server.home / "repositories")
    code.check_out(project_id, first, tmp_path / "tree")
    (tmp_path / "tree" / "README.md").write_text("another version\n")
    second = code.commit(project_id, tmp_path / "tree", "second", datetime(2026, 1, 1, tzinfo=UTC))
    code.set_ref(project_id, MAIN, second)

    async def passed(store: Store) -> None:
        report = await store.report(project_id, first)
        assert report is not None
        await store.save_report(project_id, report.model_copy(update={"commit": second}))

    server.store(passed)
    run = server.client.post(f"/api/projects/{project_id}/deploy", json={"environment": "dev"}).json()["run"]
    assert server.ended(run["id"])["status"] == "succeeded"
    deployed = live(server, project)
    assert deployed["commit"] == second
    answer = server.client.post(f"/api/deployments/{deployed['deployment_id']}/rollback")
    assert answer.status_code == 202
    run = server.ended(answer.json()["run"]["id"])
    assert run["status"] == "succeeded"
    back = {"by": "platform", "turned": deployed["deployment_id"], "serves": before["deployment_id"]}
    assert [step["evidence"]["rollback"] for step in run["steps"] if step["name"] == "ops"] == [back]
    assert live(server, project) == before
    assert server.client.get(f"/api/deployments/{deployed['deployment_id']}").json()["status"] == "rolled_back"


@pytest.mark.slow
def test_logs_follow_health_and_stop(server: Server, project: dict) -> None:
    deployment = live(server, project)
    path = f"/api/deployments/{deployment['deployment_id']}"
    assert server.client.get(f"{path}/health").json()["healthy"] is True
    with server.client.stream("GET", f"{path}/logs", params={"follow": "true"}) as answer:
        lines = answer.iter_lines()
        next(lines)
        httpx.get(f"{deployment['url']}/a-path-to-look-for", trust_env=False)
        assert any("a-path-to-look-for" in line or "404" in line for line in lines)
    assert server.client.delete(path).json()["status"] == "stopped"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{deployment['url']}/health", trust_env=False)
    assert server.client.delete(path).json()["status"] == "stopped"
    assert server.client.get(f"{path}/health").json()["status"] == "stopped"


@pytest.mark.slow
def test_production_needs_every_check_or_a_reason(server: Server, project: dict) -> None:
    project_id = project["project"]["id"]
    refused = server.cli("deploy", project_id, "--to", "production", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["status"] == "failed"
    assert "dependencies" in refused.stderr
    assert "--waive" in refused.stderr
    assert server.cli("deploy", project_id, "--to", "production", "--waive", "tests=never").returncode == 2
    assert server.cli("deploy", project_id, "--to", "production", "--waive", "dependencies").returncode == 2
    waived = server.cli("deploy", project_id, "--to", "production", "--waive", "dependencies=no network", "--json")
    assert waived.returncode == 0, waived.stderr
    assert json.loads(waived.stdout)["url"].startswith("http://")


@pytest.mark.slow
def test_a_running_run_is_cancelled_in_its_step(server: Server, project: dict) -> None:
    asked = {"request": "Build a REST API for notes with title", "deploy": "none"}
    made = server.client.post("/api/projects", json=asked).json()
    path = f"/api/runs/{made['run']['id']}"
    deadline = time.monotonic() + 60
    while "qa" not in [step["name"] for step in server.client.get(path).json()["steps"]]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.client.post(f"{path}/cancel").status_code == 202
    run = server.ended(made["run"]["id"])
    assert run["status"] == "cancelled"
    assert {step["status"] for step in run["steps"] if step["name"] == "qa"} == {"cancelled"}
    assert server.client.post(f"{path}/cancel").status_code == 409
    again = server.client.post("/api/projects", json={"request": "asdf"}).json()
    assert server.ended(again["run"]["id"])["status"] == "failed"  # the worker goes on with others


@pytest.mark.slow
def test_deleting_ends_a_running_run_and_its_application(server: Server, project: dict) -> None:
    project_id = project["project"]["id"]
    url = server.client.get(f"/api/projects/{project_id}").json()["deployment_config"]["production"]["url"]
    routes = httpx.get(f"{url}/openapi.json", trust_env=False).json()["paths"]
    server.client.post(f"/api/projects/{project_id}/deploy", json={"environment": "staging"})
    refused = server.cli("rm", project_id)
    assert refused.returncode == 2
    done = server.cli("rm", project_id, "--yes", "--json")
    assert json.loads(done.stdout) == {"project_id": project_id, "deleted": True}
    assert server.cli("rm", project_id, "--yes").returncode == 1
    deadline = time.monotonic() + 60
    while left := [path for path in server.home.rglob("*") if project_id in path.name]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    assert _routes(url) != routes


def _routes(url: str) -> dict | None:
    """None where nobody listens; another server's application may have the port by now."""
    try:
        return httpx.get(f"{url}/openapi.json", trust_env=False).json().get("paths")
    except httpx.TransportError:
        return None
