"""A platform of its own for each test, whose processes are all gone afterwards."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from memory.records.execution import EnvironmentProvider
from tests.integration.deploy.deploy_place import Place, free_ports, gone, platform_at
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> EnvironmentProvider:
    return UvEnvironments(tmp_path_factory.mktemp("environments"), BubblewrapSandbox())


@pytest.fixture
async def place(tmp_path: Path, environments: EnvironmentProvider) -> AsyncIterator[Place]:
    home, ports = tmp_path / "home", free_ports()
    async with httpx.AsyncClient(timeout=10) as http:
        place = Place(home, tmp_path / "sources", platform_at(home, environments, ports), environments, ports, http)
        yield place
        before = place.processes()
        await place.platform.stop_all()
        assert await asyncio.to_thread(gone, before)
        assert place.keepers() == []


@pytest.fixture
def victim() -> Iterator[socket.socket]:
    """A service of the host on its loopback address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server
