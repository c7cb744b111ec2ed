"""A project's code on GitHub by route and verb: pushed, proposed once, the token nowhere. GitHub is our fake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from memory.code import CodeStore
from memory.settings import Settings
from server.cli import github as verb
from server.cli.client import Client
from server.cli.main import command_line
from server.parts import signed_in
from server.problems import add_problems
from server.routes import platforms
from tests.contract.platforms.fake_github import OWNER, FakeGitHub
from tests.contract.platforms.fake_provider import TOKEN, running
from tests.integration.api.conftest import NewProject, below


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGitHub]:
    with running() as server:
        yield server.add(FakeGitHub, folder=tmp_path_factory.mktemp("github"))


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings, fake: FakeGitHub) -> Settings:
    return api_settings.model_copy(update={"github_url": fake.base})


def committed(settings: Settings, project: str, tmp_path: Path, text: str) -> str:
    """One more commit of the project, as QA leaves it."""
    code, tree = CodeStore(settings.repositories), tmp_path / text
    code.create(project)
    tree.mkdir()
    (tree / "README.md").write_text(text)
    commit = code.commit(project, tree, text, datetime(2030, 1, 1, tzinfo=UTC))
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("UPDATE projects SET commit = %s WHERE id = %s", (commit, project))
    return commit


def test_the_code_is_pushed_and_proposed(
    client: httpx.Client, new_project: NewProject, api_settings: Settings, fake: FakeGitHub, tmp_path: Path
) -> None:
    project = new_project()["project"]["id"]
    path, name = f"/api/projects/{project}/github", f"{OWNER}/softwright-{project[:8]}"
    missing = client.post(f"{path}/push", json={})
    assert (missing.status_code, "softwright platforms github" in missing.json()["detail"]) == (409, True)
    client.put("/api/platforms/github/account", json={"token": TOKEN, "owner": OWNER})
    assert "no commit" in client.post(f"{path}/push", json={}).json()["detail"]
    first = committed(api_settings, project, tmp_path, "first")
    pushed = client.post(f"{path}/push", json={})
    assert pushed.status_code == 200, pushed.text
    assert pushed.json() == client.post(f"{path}/push", json={}).json()
    assert (pushed.json()["repository"]["name"], pushed.json()["repository"]["private"]) == (name, True)
    assert fake.head(name, "main") == first

    second = committed(api_settings, project, tmp_path, "second")
    proposed = client.post(f"{path}/pull-request", json={}).json()
    assert proposed == client.post(f"{path}/pull-request", json={}).json()
    assert fake.head(name, proposed["branch"]) == second
    assert (proposed["pull_request"]["number"], proposed["pull_request"]["base"]) == (1, "main")
    assert len(fake.pulls) == 1

    # commits of ours have no parent here, so the second one is as if others had pushed the first
    refused = client.post(f"{path}/push", json={})
    assert (refused.status_code, "people have pushed" in refused.json()["detail"]) == (409, True)
    assert fake.head(name, "main") == first
    assert client.post(f"{path}/push", json={"force": True}).status_code == 200
    assert fake.head(name, "main") == second
    unknown = client.post(f"{path}/push", json={"commit": "f" * 40})
    assert (unknown.status_code, "no commit" in unknown.json()["detail"]) == (409, True)
    assert client.post(f"{path}/push", json={"branch": "../main"}).status_code == 422
    assert client.post("/api/projects/nobody/github/push", json={}).status_code == 404
    for folder in (api_settings.home, api_settings.secrets):
        assert below(folder, TOKEN) == []


def test_the_verb_does_the_same(
    client: httpx.Client, new_project, api: str, token: str, api_settings: Settings, fake, tmp_path, monkeypatch
) -> None:
    project = new_project()["project"]["id"]
    client.put("/api/platforms/github/account", json={"token": TOKEN, "owner": OWNER})
    commit = committed(api_settings, project, tmp_path, "one")

    @contextmanager
    def connected(asked: str) -> Iterator[tuple[Client, str]]:
        yield Client(api, token), asked

    monkeypatch.setattr(verb, "connected_to", connected)
    run = lambda *words: CliRunner().invoke(command_line(["github"]), ["github", *words])  # noqa: E731
    pushed = run("push", project, "--name", "shop", "--branch", "release/1")
    assert (pushed.exit_code, f"{fake.base}/{OWNER}/shop" in pushed.output) == (0, True), pushed.output
    assert fake.head(f"{OWNER}/shop", "release/1") == commit
    proposed = run("pull-request", project, "--name", "shop", "--base", "release/1", "--title", "The first")
    assert f"{OWNER}/shop/pull/" in proposed.output
    assert run("push", project, "--title", "x").exit_code != 0


def test_accounts_at_platforms_are_for_administrators() -> None:
    app = FastAPI()
    app.include_router(platforms.router)
    add_problems(app, [platforms.router])
    app.dependency_overrides[signed_in] = lambda: "ann"
    with TestClient(app) as client:
        for answer in (
            client.put("/api/platforms/render/account", json={"token": "x", "owner": "y"}),
            client.delete("/api/platforms/render/account"),
        ):
            assert (answer.status_code, "administrators" in answer.json()["detail"]) == (403, True)
