"""From dev to staging as it is, another version after it, and back: over the command line and the API."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.e2e.conftest import LiveServer

pytestmark = pytest.mark.slow


def test_what_serves_in_dev_is_promoted_and_taken_back(live_server: LiveServer) -> None:
    made = live_server.cli("new", "Build a REST API for notes with title", "--json")
    assert made.returncode == 0, made.stderr
    outcome = json.loads(made.stdout)
    project = f"/api/projects/{outcome['project_id']}"
    live_server.http.put(f"{project}/environments/staging/resources", json={"memory_mb": 800, "instances": 2})

    promoted = live_server.cli("promote", outcome["project_id"], "--from", "dev", "--to", "staging", "--json")

    assert promoted.returncode == 0, promoted.stderr
    evidence = ops(live_server, json.loads(promoted.stdout)["run_id"])
    assert evidence["promoted"] | {"deployment_id": ""} == {
        "from": "dev", "deployment_id": "", "same_commit": True, "same_tree": True, "same_environment": True,
    }  # fmt: skip
    asked = {(answer["method"], answer["path"], answer["status"]) for answer in evidence["probe_answers"]}
    assert {("GET", "/notes", 200), ("POST", "/notes", 422), ("POST", "/notes", 201)} <= asked
    dev, staging, production = live_server.http.get(f"{project}/environments").json()["items"]
    assert dev["artefact"] == staging["artefact"]
    assert dev["url"] != staging["url"]
    assert (production["url"], staging["resources"]["instances"]) == (None, 2)
    assert httpx.get(f"{staging['url']}/notes", trust_env=False).json()["total"] == 0
    document = live_server.http.get(f"/api/deployments/{staging['deployment_id']}").json()
    assert (document["status"], document["resources"]["memory_mb"]) == ("healthy", 800)

    again = live_server.cli("deploy", outcome["project_id"], "--to", "staging", "--strategy", "rolling", "--json")
    assert again.returncode == 0, again.stderr
    refused = live_server.cli("rollback", outcome["project_id"], "--in", "staging")
    assert refused.returncode != 0
    assert "no other version was live in staging" in refused.stderr


def ops(server: LiveServer, run_id: str) -> dict:
    steps = server.http.get(f"/api/runs/{run_id}").json()["steps"]
    return next(step["evidence"] for step in steps if step["name"] == "ops")
