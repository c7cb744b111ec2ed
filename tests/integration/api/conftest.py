"""A real API on a real port, without a worker: what it queues stays queued. One a module."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn

from memory.database import make_pool
from memory.services.ensure import Services
from memory.services.postgres import embedded_url
from memory.settings import Settings, load_settings
from memory.store import Store
from server.app import create_app
from server.local_token import local_token

TODO = {"request": "Build a REST API for todos with title"}
NewProject = Callable[..., dict]


@pytest.fixture(scope="module")
def api_settings(
    session_settings: Settings, services: Services, _template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    name = f"test_{uuid.uuid4().hex}"
    with closing(psycopg.connect(services.database_url, autocommit=True)) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {_template}")
        url = embedded_url(session_settings, name)
        home = tmp_path_factory.mktemp("api")
        yield load_settings(home=home, database_url=url, redis_url=services.redis_url, port=free_port())
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def api(api_settings: Settings) -> Iterator[str]:
    """Its address."""
    config = uvicorn.Config(
        create_app(lambda: api_settings), port=api_settings.port, log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield api_settings.url
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="module")
def token(api_settings: Settings, api: str) -> str:
    return local_token(api_settings)


@pytest.fixture(scope="module")
def client(api: str, token: str) -> Iterator[httpx.Client]:
    """Signed in as the administrator."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=api, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def new_project(client: httpx.Client) -> NewProject:
    """Makes one and gives the answer: {project, run}."""

    def make(**body) -> dict:
        answer = client.post("/api/projects", json=TODO | body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    return make


@pytest.fixture
async def store(api_settings: Settings, api: str) -> AsyncIterator[Store]:
    """Of the API's database: to be the worker for a moment."""
    pool = make_pool(api_settings.database_url or "", largest=2)
    await pool.open()
    yield Store(pool)
    await pool.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def below(folder: Path, text: str) -> list[Path]:
    """Files that hold the text."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
