"""A sentence becomes a live application, through the command line, the API, the queue and the worker."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def run_cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    env = {**os.environ, "SOFTWRIGHT_HOME": str(tmp_path_factory.mktemp("home")), "SOFTWRIGHT_PORT": str(free_port())}
    env = {k: v for k, v in env.items() if k not in ("DATABASE_URL", "REDIS_URL")} | {"PYTHONPATH": str(ROOT)}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server.cli", *words],
            env=env, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    yield call
    call("down")


@pytest.mark.slow
def test_todos_from_a_sentence(run_cli) -> None:
    done = run_cli("new", "Build a REST API for todos with title, due date and a done flag", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["status"] == "succeeded"
    assert outcome["coverage"] > 0.8
    assert outcome["not_understood"] == []
    with httpx.Client(base_url=outcome["url"], trust_env=False) as app:
        made = app.post("/todos", json={"title": "write", "due_date": "2030-01-02"})
        assert made.status_code == 201
        path = f"/todos/{made.json()['id']}"
        assert made.json()["done"] is False
        assert app.get("/todos").json()["total"] == 1
        assert app.patch(path, json={"done": True}).json()["done"] is True
        assert app.post("/todos", json={"due_date": "2030-01-02"}).status_code == 422
        assert app.post("/todos", json={"title": "x", "due_date": "soon"}).status_code == 422
        assert app.delete(path).status_code == 204
        assert app.get(path).status_code == 404


@pytest.mark.slow
def test_nonsense_is_refused_with_a_reason(run_cli) -> None:
    done = run_cli("new", "asdf", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "failed"
    assert "asdf" in done.stderr or "resource" in done.stderr


@pytest.mark.slow
def test_an_empty_request_is_refused_before_anything_is_made(run_cli) -> None:
    done = run_cli("new", "   ")
    assert done.returncode == 2
    assert "empty" in done.stderr
