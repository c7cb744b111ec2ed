"""Ten applications serve while Softwright is restarted, killed, and loses its PostgreSQL: no request is lost."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from graph.serving import local_platform
from memory.records.serving import Release
from tests.conftest import NewHome
from tests.e2e.crash_server import Server, eventually, kill, tree
from tests.integration.deploy.deploy_place import MANIFEST, write_app

APPS = 10
PERIOD_S = 0.2
pytestmark = [pytest.mark.slow, pytest.mark.long]


@dataclass
class Traffic:
    """On a thread of its own: GET and POST, kept and new connections, five times a second to each application."""

    urls: list[str]
    answered: int = 0
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Traffic:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    async def _all(self) -> None:
        await asyncio.gather(*[self._one(url, number) for number, url in enumerate(self.urls)])

    async def _one(self, url: str, number: int) -> None:
        headers = {"connection": "close"} if number % 2 else {}
        async with httpx.AsyncClient(timeout=20, trust_env=False, headers=headers) as http:
            while not self._stop.is_set():
                try:
                    answer = await (http.post(f"{url}/notes/x") if number % 3 else http.get(f"{url}/version"))
                    answer.raise_for_status()
                    self.answered += 1
                except httpx.HTTPError as error:
                    self.failures.append(f"{url}: {error!r}")
                await asyncio.sleep(PERIOD_S)


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    server = Server(new_home())
    server.up()
    yield server
    server.cli("down")


def test_no_application_loses_a_request(server: Server, tmp_path: Path) -> None:
    urls = asyncio.run(deployed(server, tmp_path))
    keepers = {keeper.pid for keeper in server.keepers()}
    assert len(keepers) == APPS
    with Traffic(urls) as traffic:
        server.cli("down", "--keep-apps")
        before = traffic.answered
        eventually(lambda: traffic.answered > before + APPS, "answers while Softwright is down")
        server.up()
        kill(*tree(server.postgres()))
        eventually(lambda: server.ask("GET", "/api/projects").status_code == 200, "PostgreSQL again", 60)
        supervisor = server.supervisor()
        kill(supervisor, *tree(supervisor), *tree(server.postgres()), server.redis())
        server.up()
        before = traffic.answered
        eventually(lambda: traffic.answered > before + APPS, "answers after all that")
    assert traffic.failures == []
    assert traffic.answered > 10 * APPS
    assert {keeper.pid for keeper in server.keepers()} == keepers


async def deployed(server: Server, folder: Path) -> list[str]:
    platform = local_platform(server.settings)

    async def one(number: int) -> str:
        commit = f"v{number}-{secrets.token_hex(3)}"
        code = write_app(folder / commit, commit)
        served = await platform.deploy(Release(f"d-{commit}", f"app-{number}", "dev", commit, code), MANIFEST)
        assert served.url is not None
        return served.url

    return [await one(number) for number in range(APPS)]
