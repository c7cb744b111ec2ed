"""Fakes behind real HTTP, our platforms before them, and processes that can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from memory.database import Pool, make_pool
from memory.repositories.remote import Slot
from memory.settings import REPOSITORY, Settings
from tests.contract.platforms.fake_provider import Fake, Server, running
from tests.contract.platforms.kinds import KINDS, make_platform
from tests.contract.platforms.zygote import carried_out
from tools.deploy.remote.checking import service_name
from tools.deploy.remote.platform import RemotePlatform

Result = dict[str, Any]
DATABASE = {"DATABASE_URL": "postgresql://db.example/app"}


@dataclass
class Story:
    """A project's life at one provider, step by step; after each the provider's side is looked at."""

    kind: str
    fake: Fake
    do: Callable[[Result], Awaitable[Result]]
    code: Path
    twice: bool = False
    """Whether an answer that was lost may have made a deploy of the same version twice."""
    project: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def name(self) -> str:
        return service_name(Slot(self.project, "staging", self.kind))

    async def step(self, op: str, key: str, **more: Any) -> Result:
        common = {"op": op, "id": f"{key}-{self.project}", "project": self.project, "code": str(self.code)}
        return await self.do({**common, **more})

    async def deploy(self, commit: str, key: str, **variables: str) -> Result:
        return await self.step("deploy", key, commit=commit, variables=DATABASE | variables)

    def check(self, version: str, **variables: str) -> None:
        assert self.fake.names() == [self.name], f"{self.kind}: {self.fake.fault}: services {self.fake.names()}"
        serves = self.fake.apps()[self.name]
        assert serves.version in (version, version[:20]) or serves.version.endswith(version), (
            f"{self.kind}: {self.fake.fault}: {serves.version} serves"
        )
        assert self.fake.variables_of(self.name).items() >= variables.items()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    pool = make_pool(settings.database_url, largest=12)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield http


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "main.py").write_text("app = None\n")
    (folder / "requirements.lock").write_text("fastapi==1.0\n")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


@pytest.fixture
def begin(server: Server, pool: Pool, http: httpx.AsyncClient, settings: Settings, code: Path):
    """A story in this process: `begin(kind)`, `begin(kind, fault=...)`."""

    def make(kind: str, **options: Any) -> tuple[Story, RemotePlatform]:
        fake = server.add(KINDS[kind].fake, **options)
        platform = make_platform(kind, fake.base, http, pool, settings.secrets)
        return Story(kind, fake, lambda do: carried_out(platform, do), code), platform

    return make


@pytest.fixture(scope="module")
def zygote() -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", "tests.contract.platforms.zygote"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    yield process
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


@pytest.fixture
def begin_killed(server: Server, zygote: subprocess.Popen[str], settings: Settings, code: Path):
    """A story of processes that are killed and started again, until one comes to the end of its step."""

    def make(kind: str) -> tuple[Story, list[int]]:
        fake = server.add(KINDS[kind].fake, fault="kill", writes_only=True)
        kills: list[int] = []

        async def do(command: Result) -> Result:
            about = {
                "kind": kind,
                "base": fake.base,
                "database": settings.database_url,
                "secrets": str(settings.secrets),
            }
            for _ in range(60):
                zygote.stdin.write(json.dumps(command | about) + "\n")
                zygote.stdin.flush()
                ended = json.loads(zygote.stdout.readline())
                if ended["signal"] == 0:
                    assert ended["exit"] == 0
                    return ended["result"]
                assert ended["signal"] == 9
                kills.append(ended["signal"])
            raise AssertionError("it does not come to an end")

        return Story(kind, fake, do, code), kills

    return make
