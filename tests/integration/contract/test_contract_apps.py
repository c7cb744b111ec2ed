"""OpenAPI files become applications: their own tests pass, and alive they do what the file says."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from agents.pm.contract.reader import read_contract
from tests.integration.template.conftest import SCHEMATHESIS, environment
from tools.scaffold.copier_scaffold import CopierScaffold

ROOT = Path(__file__).resolve().parents[3]
CORPUS = sorted((ROOT / "tests" / "data" / "openapi").glob("*.yaml"))
TOKEN = "a token for the tests"


@pytest.fixture(scope="session")
def python() -> Path:
    lock = ROOT / "templates" / "rest_api" / "locks" / "contract-dev.lock"
    return environment(lock.read_bytes(), "sync", "--require-hashes", str(lock))


def rendered(name: str, folder: Path) -> Path:
    source = ROOT / "tests" / "data" / "openapi" / f"{name}.yaml"
    CopierScaffold(ROOT / "templates").render(read_contract(source.read_bytes()), "rest_api", folder / name)
    return folder / name


def run(python: Path, folder: Path, *arguments: str) -> None:
    done = subprocess.run([python, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@contextmanager
def alive(python: Path, folder: Path) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/live.db", "API_TOKEN": TOKEN}
    argv = [python, "-m", "uvicorn", "app.main:app", "--port", str(port)]
    with (folder / "log").open("wb") as log, subprocess.Popen(argv, cwd=folder, env=variables, stderr=log) as server:
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {TOKEN}"}
            ) as client:
                wait_for(client)
                yield client
        finally:
            server.terminate()


def wait_for(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the application did not start")


@pytest.mark.slow
@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_own_tests_pass(python: Path, tmp_path: Path, path: Path) -> None:
    folder = rendered(path.stem, tmp_path)
    run(python, folder, "pytest", "-q")
    run(python, folder, "ruff", "check", ".")
    run(python, folder, "ruff", "format", "--check", ".")


@pytest.mark.slow
def test_types(python: Path, tmp_path: Path) -> None:
    run(python, rendered("inventory", tmp_path), "mypy")


@pytest.mark.slow
def test_blog(python: Path, tmp_path: Path) -> None:
    with alive(python, rendered("blog", tmp_path)) as client:
        author = client.post("/authors", json={"name": "Ada", "email": "ada@example.com", "password": "correct horse"})
        assert author.status_code == 201
        assert set(author.json()) == {"id", "name", "email", "createdAt"}
        key = author.json()["id"]
        post = client.post(f"/authors/{key}/posts", json={"title": "One"}).json()
        assert post == {
            "id": post["id"],
            "authorId": key,
            "title": "One",
            "published": False,
            "createdAt": post["createdAt"],
        }
        assert client.get(f"/authors/{key}/posts").json() == [post]
        assert client.get(f"/authors/{key}/posts", params={"published": "true"}).json() == []
        assert client.get("/authors/999/posts").status_code == 404
        assert client.post("/authors/999/posts", json={"title": "x"}).status_code == 404
        wrong = client.post("/authors", json={"name": "", "email": "x"})
        assert wrong.status_code == 400
        assert wrong.headers["content-type"] == "application/problem+json"
        changed = client.put(f"/authors/{key}/posts/{post['id']}", json={"title": "Two", "published": True})
        assert (changed.json()["title"], changed.json()["createdAt"]) == ("Two", post["createdAt"])
        assert client.delete(f"/authors/{key}").status_code == 204
        assert client.get(f"/authors/{key}/posts/{post['id']}").status_code == 404
        source = (ROOT / "tests" / "data" / "openapi" / "blog.yaml").read_text()
        assert client.get("/openapi.json").json() == yaml.safe_load(source)


@pytest.mark.slow
def test_inventory(python: Path, tmp_path: Path) -> None:
    with alive(python, rendered("inventory", tmp_path)) as client:
        items = [
            client.post("/items", json={"name": f"n{n}", "price": n, "sku": f"ABC-000{n}"}).json() for n in range(1, 6)
        ]
        assert items[0]["status"] == "draft"
        page = client.get("/v2/items", params={"pageSize": 2, "page": 2}).json()
        assert [item["name"] for item in page["items"]] == ["n3", "n4"]
        assert (page["total"], page["page"], page["totalPages"]) == (5, 2, 3)
        assert client.get("/items", params={"minPrice": 4}).json()["total"] == 2
        assert client.get("/items", params={"sort": "-name"}).json()["items"][0]["name"] == "n5"
        assert client.get("/items", params={"status": "nonsense"}).status_code == 422
        assert client.post(f"/items/{items[0]['id']}/archive").json()["status"] == "archived"
        assert client.get("/items", params={"status": "archived"}).json()["total"] == 1
        changed = client.patch(f"/items/{items[1]['id']}", json={"price": 9.5}).json()
        assert (changed["price"], changed["name"]) == (9.5, "n2")
        missing = client.get("/items/5f0c2a52-7f0e-4b52-9d3b-0f6f7a1c2d3e")
        assert missing.status_code == 404
        assert set(missing.json()) == {"error"}
        assert client.put("/settings", json={"theme": "dark", "pageSize": 5}).json() == {"theme": "dark", "pageSize": 5}
        assert client.get("/settings").json()["theme"] == "dark"


@pytest.mark.slow
def test_secured(python: Path, tmp_path: Path) -> None:
    with alive(python, rendered("secured", tmp_path)) as client:
        assert client.post("/notes", json={"text": "x"}).status_code == 202
        assert client.get("/notes", headers={"Authorization": "", "X-API-Key": TOKEN}).status_code == 200
        refused = client.get("/notes", headers={"Authorization": "Bearer wrong"})
        assert refused.status_code == 401
        assert set(refused.json()) == {"errorCode", "errorMessage"}
        person = {"email": "ada@example.com", "password": "correct horse"}
        assert set(client.post("/users", json=person).json()) == {"userId", "email"}
        token = client.post("/auth/login", json=person).json()["accessToken"]
        assert client.get("/notes", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert client.post("/auth/login", json={**person, "password": "wrong"}).status_code == 401
        assert b"correct horse" not in (tmp_path / "secured" / "live.db").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["petstore", "secured"])
def test_schemathesis_with_the_original_file(python: Path, tmp_path: Path, name: str) -> None:
    tool = environment(SCHEMATHESIS.encode(), "install", SCHEMATHESIS).with_name("schemathesis")
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance,content_type_conformance"
    source = ROOT / "tests" / "data" / "openapi" / f"{name}.yaml"
    with alive(python, rendered(name, tmp_path)) as client:
        argv = [tool, "run", source, "--url", str(client.base_url), "--checks", checks, "-n", "5", "--seed", "1"]
        argv += ["--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"]
        argv += ["-H", f"Authorization: Bearer {TOKEN}"]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:]
