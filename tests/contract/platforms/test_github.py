"""A project's code on GitHub: made once, pushed by git itself, proposed once, whatever is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from memory.code import CodeStore
from memory.records.serving import Release
from memory.secrets_file import FileSecrets
from tests.contract.platforms.fake_github import OWNER, FakeGitHub
from tests.contract.platforms.fake_provider import TOKEN, Server
from tests.contract.platforms.kinds import PACE, PATIENCE
from tools.deploy.github import GitHub
from tools.deploy.interface import PlatformBroken
from tools.deploy.remote.accounts import Accounts, NotSetUp
from tools.deploy.remote.calls import Calls
from tools.deploy.remote.interface import Needs
from tools.deploy.remote.publishing import AccountPublisher

PROJECT = "0f0f0f0f-1111-2222-3333-444444444444"


@pytest.fixture
def fake(server: Server, tmp_path: Path) -> FakeGitHub:
    return server.add(FakeGitHub, folder=tmp_path / "github")


def client(fake: FakeGitHub, http: httpx.AsyncClient, token: str = TOKEN) -> GitHub:
    headers = {"Authorization": f"Bearer {token}"}
    calls = Calls(http, "github", fake.base, headers, remedy="Set its token anew", patience=PATIENCE)
    return GitHub(calls, OWNER, token, pace=PACE)


@pytest.fixture
def commit(tmp_path: Path) -> str:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "Dockerfile").write_text("FROM scratch\n")
    code = CodeStore(tmp_path / "repositories")
    code.create(PROJECT)
    return code.commit(PROJECT, tree, "first", datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("fault", ["", "lost", "503", "429"])
async def test_repository_and_pull_request_are_made_once(fake, http, fault: str) -> None:
    fake.fault = fault
    github = client(fake, http)
    made = await github.repository("shop")
    assert made == await github.repository("shop")
    assert fake.names() == [f"{OWNER}/shop"]
    assert made.private
    pull = await github.pull_request(made, head="change-1", base="main", title="Add users")
    assert pull == await github.pull_request(made, head="change-1", base="main", title="Add users")
    assert len(fake.pulls) == 1


async def test_git_pushes_the_commit_without_showing_the_token(fake, http, tmp_path, commit, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("asyncio.create_subprocess_exec", _recording(said))
    github = client(fake, http)
    repository = await github.repository("shop")
    await github.push(repository, tmp_path / "repositories" / f"{PROJECT}.git", commit, "main")
    assert fake.head(f"{OWNER}/shop", "main") == commit
    assert TOKEN not in " ".join(said)
    wrong = client(fake, http, "another-token-of-the-same-length")
    with pytest.raises(PlatformBroken, match="git push to main failed") as caught:
        await wrong.push(repository, tmp_path / "repositories" / f"{PROJECT}.git", commit, "main")
    assert "another-token" not in str(caught.value)


def _recording(said: list[str]):
    import asyncio

    run = asyncio.create_subprocess_exec

    async def recorded(*argv, **options):
        said.extend(map(str, argv))
        return await run(*argv, **options)

    return recorded


async def test_a_version_is_published_where_a_provider_finds_it(fake, http, tmp_path, commit) -> None:
    accounts = Accounts(FileSecrets(tmp_path / "secrets"))
    publisher = AccountPublisher(
        accounts, tmp_path / "repositories", lambda account: client(fake, http, account["token"])
    )
    release = Release("d1", PROJECT, "staging", commit, tmp_path / "tree", platform="render")
    with pytest.raises(NotSetUp, match="softwright platforms github"):
        await publisher.publish(release, (Needs.REPOSITORY, Needs.IMAGE))
    accounts.save("github", {"token": TOKEN, "owner": OWNER})
    artefact = await publisher.publish(release, (Needs.REPOSITORY, Needs.IMAGE))
    assert artefact == await publisher.publish(release, (Needs.REPOSITORY, Needs.IMAGE))
    assert fake.head(artefact.repository.removeprefix(f"{fake.base}/"), "softwright/staging") == commit
    assert artefact.branch == "softwright/staging"
    stored = [
        path.read_bytes()
        for name in ("secrets", "repositories")
        for path in (tmp_path / name).rglob("*")
        if path.is_file()
    ]
    assert len(stored) > 2
    assert not any(TOKEN.encode() in data for data in stored)
