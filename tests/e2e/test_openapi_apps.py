"""OpenAPI files become live applications, through the command line, the API, the queue and the worker."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agents.pm.contract.load import load
from tests.conftest import NewHome

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "data" / "openapi"
SECURED = FILES / "secured.yaml"
Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def cli(new_home: NewHome) -> Iterator[Cli]:
    """Softwright with a home of its own, started by the first command."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"SOFTWRIGHT_HOME": str(new_home()), "SOFTWRIGHT_PORT": port, "PYTHONPATH": str(ROOT)}

    def call(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server.cli", *map(str, words)],
            env=env, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    yield call
    call("down")


@contextmanager
def live(cli: Cli, file: Path) -> Iterator[httpx.Client]:
    """A client of the application that the file became."""
    done = cli("new", "Build this API", "--openapi", file, "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["status"] == "succeeded"
    assert outcome["coverage"] >= 0.9
    with httpx.Client(base_url=outcome["url"], trust_env=False) as client:
        assert client.get("/openapi.json").json() == load(file.read_bytes())
        yield client


@pytest.mark.slow
def test_orders(cli: Cli) -> None:
    with live(cli, FILES / "orders.yaml") as app:
        person = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
        customer = app.post("/api/v1/customers", json=person)
        assert customer.status_code == 201
        order = {"customerId": customer.json()["customerId"], "lines": [{"sku": "ABC-0001", "quantity": 2}]}
        assert app.post("/orders", json=order).status_code == 422
        placed = app.post("/orders", json=order, headers={"Idempotency-Key": "1"})
        assert (placed.status_code, placed.json()["status"]) == (201, "placed")
        assert app.post(f"/orders/{placed.json()['orderId']}/cancel").json()["status"] == "cancelled"
        assert app.get("/orders/4711").status_code == 404
        assert app.put("/orders").status_code == 405


@pytest.mark.slow
@pytest.mark.long
def test_people_log_in(cli: Cli) -> None:
    with live(cli, SECURED) as app:
        refused = app.get("/notes")
        assert refused.status_code == 401
        assert set(refused.json()) == {"errorCode", "errorMessage"}
        person = {"email": "ada@example.com", "password": "correct horse"}
        assert app.post("/users", json=person).status_code == 201
        assert app.post("/auth/login", json={**person, "password": "wrong"}).status_code == 401
        token = app.post("/auth/login", json=person).json()["accessToken"]
        app.headers["Authorization"] = f"Bearer {token}"
        assert app.post("/notes", json={"text": "x"}).status_code == 202
        assert [note["text"] for note in app.get("/notes").json()] == ["x"]


@pytest.mark.slow
@pytest.mark.long
def test_nested_resources_from_json(cli: Cli) -> None:
    with live(cli, FILES / "social.json") as app:
        person = {"handle": "ada", "email": "ada@example.com", "password": "correct horse"}
        user = app.post("/api/v1/users", json=person).json()
        assert set(user) >= {"id", "handle", "email", "created_at"}
        assert "password" not in user
        posts = f"/api/v1/users/{user['id']}/posts"
        post = app.post(posts, json={"title": "Hello", "body": {"kind": "text", "text": "World"}})
        assert (post.status_code, post.json()["userId"]) == (201, user["id"])
        assert app.post(posts, json={"title": "x", "body": {"kind": "text", "url": "y"}}).status_code == 422
        path = f"{posts}/{post.json()['id']}"
        assert app.post(f"{path}/publish").json()["state"] == "published"
        assert app.post(f"{path}/comments", json={"text": "Nice"}).status_code == 201
        assert len(app.get(f"{path}/comments").json()) == 1
        assert app.get("/api/v1/users/99/posts").status_code == 404


@pytest.mark.slow
def test_a_broken_file_is_refused_with_the_place_and_the_remedy(cli: Cli, tmp_path: Path) -> None:
    broken = tmp_path / "api.yaml"
    broken.write_text(SECURED.read_text().replace("#/components/schemas/Note", "https://example.com/note.json"))
    done = cli("new", "Build this API", "--openapi", broken)
    assert done.returncode != 0
    told = " ".join((done.stdout + done.stderr).split())
    assert "another host" in told
    assert "#/paths/~1notes" in told
