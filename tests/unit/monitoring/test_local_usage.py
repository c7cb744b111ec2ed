"""Processor and memory of all that runs below a keeper: real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from memory.records.monitoring import Target
from server.monitoring.targets import slot_of_keeper
from tools.monitoring.local_usage import LocalUsage

CHILD = "while True: sum(range(10000))"
KEEPER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


@pytest.fixture
def keeper() -> Iterator[subprocess.Popen[bytes]]:
    """Its command line ends as a keeper's; below it one process that is busy."""
    process = subprocess.Popen([sys.executable, "-c", KEEPER, "/x/apps/shop/dev"], start_new_session=True)
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def owner(argv: list[str]) -> str | None:
    return "shop/dev" if argv and argv[-1] == "/x/apps/shop/dev" else None


async def test_a_busy_process_below_the_keeper_is_seen(keeper: subprocess.Popen[bytes]) -> None:
    usage = LocalUsage(owner, cores=2, memory_bytes=1 << 30)
    targets = [Target("d", "shop", "dev", "local", None, cores=0.5, memory_bytes=1 << 26)]
    deadline = time.monotonic() + 30
    first = await usage.usage(targets)
    while "d" not in first or not first["d"].memory_bytes:
        assert time.monotonic() < deadline
        first = await usage.usage(targets)
    await asyncio.sleep(1.0)
    second = (await usage.usage(targets))["d"]
    assert second.cpu_cores is not None
    assert 0.02 < second.cpu_cores <= 1.2
    assert second.cpu_share == pytest.approx(second.cpu_cores / 0.5)
    assert second.memory_share == second.memory_bytes / (1 << 26)
    assert await usage.usage([Target("r", "shop", "dev", "render", None)]) == {}


@pytest.mark.parametrize(
    ("argv", "slot"),
    [
        (["python", "-m", "server.keeper", "/h/secrets", "/h/apps/p/dev"], "p/dev"),
        (["python", "-m", "server.worker", "/h/secrets", "/h/apps/p/dev"], None),
        (["bash"], None),
        ([], None),
    ],
)
def test_a_keeper_is_known_by_its_command_line(argv: list[str], slot: str | None) -> None:
    assert slot_of_keeper(argv) == slot
